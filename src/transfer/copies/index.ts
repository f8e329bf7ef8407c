/**
 * Second copies of a destination, made disk to disk by the hashes that were recorded when its files came from the phone. Each is a
 * destination by itself. Promises: what is under a name is whole and was read back; nothing is overwritten or deleted; stop it
 * anywhere and the next run finishes. Read first: copy-place.ts (the seam), then bring-up-to-date.ts.
 */
export { addCopy, removeCopy } from "./add-copy.ts";
export { bringUpToDate } from "./bring-up-to-date.ts";
export type { CopyEvent, CopySummary } from "./events.ts";
export { type KnownCopy, knownCopies, pathsOfCopy, placesOfCopies } from "./known-copies.ts";
export { type CopyName, type CopySurroundings, findCopy, findFirst, type IdentifiedFolder } from "./sides.ts";
export { type PlaceCheck, type PlaceTest, testPlace } from "./test-copy.ts";
export { type CheckedSide, type CopyCheck, openCopy, type RepairedFile } from "./verify-copy.ts";
