/**
 * The engine: plan (a pure function) -> run (a stream of events) -> catalog. Knows phones only as a `MediaSource` and disks only
 * as a `Destination`. Promises: every listed item has one outcome; a file under its final name is whole; stop it anywhere and
 * the next run finishes; nothing of yours is overwritten. Read first: events.ts, then plan.ts and run.ts.
 */
export { Catalog, type CatalogRow, discardCatalog, type RunRow } from "./catalog.ts";
export type { IgnoredFile } from "./catalog-settled.ts";
export { type ChangeOptions, changeCatalog } from "./change-catalog.ts";
export type { Destination } from "./destination/destination.ts";
export { LocalDestination, metadataFolder } from "./destination/local-destination.ts";
export { filesBelow } from "./destination/walk.ts";
export * from "./events.ts";
export { albumModes, type ExtrasOptions, sidecarFormats } from "./extras.ts";
export { keepFindings } from "./findings.ts";
export { filesInDestination, filesOnPhone, type GoodFiles } from "./good-files.ts";
export { findFiles, findIgnored, ignoreRemoved } from "./ignoring.ts";
export {
  assertRightPlace,
  forgetDestination,
  type KnownDestination,
  type KnownPhone,
  knownDestinations,
  type RememberedPlace,
  rememberedPlaces,
} from "./known-destinations.ts";
export { type CopiedPart, type DestinationLook, lookAside } from "./look-aside.ts";
export { type MissingResult, missingFrom, type NotCounted } from "./missing.ts";
export { motionModes } from "./motion-videos.ts";
export {
  assertNamed,
  currentBootId,
  type DestinationFolder,
  destinationIdOf,
  inspectDestination,
  type TargetFileSystem,
  targetFileSystems,
} from "./open-destination.ts";
export { editChoices, everyPart, liveChoices, type PartChoice, rawChoices, targetName } from "./part-choice.ts";
export { defaultTemplate, PathTemplate, tokens } from "./path-template.ts";
export { Pause } from "./pause.ts";
export { parsePlace } from "./place-filter.ts";
export { damagedWords, type Plan, type PlanEntry } from "./plan.ts";
export { type RebuildResult, rebuildCatalog } from "./rebuild.ts";
export { type Repaired, repairFiles } from "./repair.ts";
export { missingRoom, missingRoomWords } from "./room.ts";
export { readRunLogs } from "./run-log.ts";
export {
  parseDateArgument,
  type SelectableKind,
  Selection,
  type SelectionOptions,
  selectableKinds,
} from "./selection.ts";
export { elsewhereOf, libraryOf, namedFiles } from "./summary.ts";
export {
  availabilityWords,
  elsewhereAdvice,
  failureLines,
  skipWords,
  stoppedLines,
  summaryLines,
  withoutPath,
} from "./summary-lines.ts";
export { openTransfer, type Transfer, type TransferOptions } from "./transfer.ts";
export { type Finding, type VerifyResult, verifyDestination } from "./verify.ts";
export { keywordSources } from "./xmp.ts";
