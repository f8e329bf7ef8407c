/**
 * Places that photos go to, by what a person typed, and those that this computer remembers. Read first: destination.ts and store.ts
 * (the seams), then open-place.ts, the only door to a place.
 */

export { safeComponent } from "../../shared/safe-name.ts";
export type { Destination } from "./destination.ts";
export {
  forgetDestination,
  type KnownDestination,
  type KnownPhone,
  knownDestinations,
  type RememberedPlace,
  rememberedPlaces,
} from "./known-destinations.ts";
export { mayBeInUse } from "./local/lock-file.ts";
export { assertNamed, findFile, inspectDestination, openDestination, openPlace, placeAbove } from "./open-place.ts";
export type { DestinationFolder, FileInPlace, Place } from "./place.ts";
export { assertRightPlace } from "./right-place.ts";
export { type TargetFileSystem, targetFileSystems } from "./target-file-system.ts";
