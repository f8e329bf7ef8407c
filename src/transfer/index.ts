/**
 * The engine: plan (a pure function) -> run (a stream of events) -> catalog. Knows phones only as a `MediaSource` and disks only
 * as a `Destination`. Promises: every listed item has one outcome; a file under its final name is whole; stop it anywhere and
 * the next run finishes; nothing of yours is overwritten. Each room has an index of its own; here is a transfer as a whole. Read
 * first: events.ts, then plan/plan.ts and run/run.ts.
 */
export { claimApart } from "./apart-place.ts";
export { Pause } from "./run/pause.ts";
export { elsewhereOf, libraryOf, namedFiles } from "./run/summary.ts";
export { openTransfer, type Transfer } from "./transfer.ts";
export type { TransferOptions } from "./transfer-options.ts";
