/**
 * The engine: plan (a pure function) -> run (a stream of events) -> catalog. Knows phones only as a `MediaSource` and disks only
 * as a `Destination`. Promises: every listed item has one outcome; a file under its final name is whole; stop it anywhere and
 * the next run finishes; nothing of yours is overwritten. Read first: events.ts, then plan.ts and run.ts.
 */

export { Catalog, discardCatalog } from "./catalog/catalog.ts";
export { readCatalog } from "./catalog/catalog-home.ts";
export type { CatalogRow } from "./catalog/item-row.ts";
export type { RunRow } from "./catalog/runs.ts";
export type { IgnoredFile } from "./catalog/settled.ts";
export { type ChangeOptions, changeCatalog } from "./check/change-catalog.ts";
export { keepFindings } from "./check/findings.ts";
export { filesInDestination, filesOnPhone, type GoodFiles } from "./check/good-files.ts";
export { findFiles, findIgnored, ignoreRemoved } from "./check/ignoring.ts";
export { type CopiedPart, type DestinationLook, lookAside } from "./check/look-aside.ts";
export { type MissingResult, missingFrom, type NotCounted } from "./check/missing.ts";
export { type RebuildResult, rebuildCatalog } from "./check/rebuild.ts";
export { type Repaired, repairFiles } from "./check/repair.ts";
export { type Finding, type VerifyResult, verifyDestination } from "./check/verify.ts";
export type { Destination } from "./destination/destination.ts";
export {
  assertNamed,
  findFile,
  inspectDestination,
  openDestination,
  openPlace,
  placeAbove,
} from "./destination/index.ts";
export {
  forgetDestination,
  type KnownDestination,
  type KnownPhone,
  knownDestinations,
  type RememberedPlace,
  rememberedPlaces,
} from "./destination/known-destinations.ts";
export type { DestinationFolder, FileInPlace, Place } from "./destination/place.ts";
export { assertRightPlace } from "./destination/right-place.ts";
export { type TargetFileSystem, targetFileSystems } from "./destination/target-file-system.ts";
export * from "./events.ts";
export { albumModes, type ExtrasOptions, motionModes, sidecarFormats } from "./extras/options.ts";
export { keywordSources } from "./extras/xmp.ts";
export { readRunLogs } from "./logs/run-log.ts";
export { editChoices, everyPart, liveChoices, type PartChoice, rawChoices, targetName } from "./plan/part-choice.ts";
export { defaultTemplate, PathTemplate, tokens } from "./plan/path-template.ts";
export { parsePlace } from "./plan/place-filter.ts";
export { damagedCopy, type Plan, type PlanEntry } from "./plan/plan.ts";
export { missingRoom } from "./plan/room.ts";
export {
  parseDateArgument,
  type SelectableKind,
  Selection,
  type SelectionOptions,
  selectableKinds,
} from "./plan/selection.ts";
export { Pause } from "./run/pause.ts";
export { elsewhereOf, libraryOf, namedFiles } from "./run/summary.ts";
export { openTransfer, type Transfer } from "./transfer.ts";
export type { TransferOptions } from "./transfer-options.ts";
