/**
 * What a run leaves to tell besides its files: what failed and whether that is new, what had been removed by hand, and, on this
 * computer, that the destination exists and how its last run ended.
 */
import type { DeviceInfo } from "../../device/media-source.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { fileKey } from "../catalog/file-key.ts";
import { type FailedFile, failureOf, type RemovedFile } from "../catalog/settled.ts";
import { noteRunBegins, noteRunEnds } from "../destination/known-destinations.ts";
import type { DestinationFolder } from "../destination/place.ts";
import type { FileNote, ItemOutcome, RunSummary, SkipReason, TransferKind } from "../events.ts";
import type { Plan } from "../plan/plan.ts";
import { RunNews } from "./run-news.ts";

/** What a run's notes go by. */
export interface RunNotesOptions {
  readonly folder: DestinationFolder & { readonly id: string };
  readonly kind?: TransferKind;
  /** What became of files in the destination since the last run, before this one has a log. */
  readonly earlier: readonly FileNote[];
  /** Paths of files that were met under other ones on the phone before. */
  readonly movedOnPhone: readonly string[];
  readonly runId: string;
  readonly dataFolder: string;
  /** False for runs that this computer shall not remember. */
  readonly remember?: boolean;
  /** This computer could not remember the destination; its run goes on. */
  readonly onUnremembered?: ((error: Error) => void) | undefined;
}

/** Left out by choice: says nothing of whether it would fail. */
const leftOutByChoice: ReadonlySet<SkipReason> = new Set(["filtered", "hidden", "trashed", "shared", "burst-unpicked"]);

/** Told of every outcome, and asked once for the summary with what was known before. */
export class RunNotes {
  readonly #catalog: Catalog;
  readonly #device: DeviceInfo;
  readonly #options: RunNotesOptions;
  readonly #known: ReadonlyMap<string, FailedFile>;
  readonly #removed: readonly RemovedFile[];
  /** Whether every folder of the phone could be looked into. */
  readonly #sawAll: boolean;
  readonly #failed: FailedFile[] = [];
  readonly #settled = new Set<string>();
  readonly #met = new Set<string>();
  readonly #news: RunNews;
  #knownFailures = 0;

  constructor(catalog: Catalog, device: DeviceInfo, plan: Plan, options: RunNotesOptions) {
    this.#catalog = catalog;
    this.#device = device;
    this.#options = options;
    this.#known = new Map(catalog.settled.failures(device.id).map((f) => [f.path, f]));
    this.#news = new RunNews(catalog, device.id, plan, options.movedOnPhone);
    this.#sawAll = plan.unreadable.length === 0;
    this.#removed = removedFiles(device.id, plan, options.runId);
  }

  begin(now: number): void {
    const before = this.#catalog.settled.removed(this.#device.id);
    if (this.#removed.length + before.length > 0)
      this.#catalog.transaction(() => this.#catalog.settled.noteRemoved(this.#device.id, this.#removed));
    const { id: device, name } = this.#device;
    const { dataFolder, folder, kind = "export" } = this.#options;
    this.#remember(() => noteRunBegins(dataFolder, folder, { device, name, kind, at: now }));
  }

  /** For the log, before anything else. */
  get earlier(): readonly FileNote[] {
    return this.#options.earlier;
  }

  /** Whether the log has to tell it. */
  isNews(outcome: ItemOutcome): boolean {
    return this.#news.isNews(outcome);
  }

  event(outcome: ItemOutcome): void {
    if (outcome.outcome === "failed") return this.#noteFailed(outcome);
    if (!this.#known.has(outcome.path) || outcome.outcome === "cancelled") return;
    const isUntold = outcome.outcome === "skipped" && leftOutByChoice.has(outcome.reason as SkipReason);
    if (isUntold) this.#met.add(outcome.path);
    else this.#settled.add(outcome.path);
  }

  #noteFailed(outcome: ItemOutcome): void {
    const { path } = outcome;
    const { file, isKnown } = failureOf(this.#device.id, outcome, this.#options.runId, this.#known.get(path));
    if (isKnown) this.#knownFailures += 1;
    this.#met.add(path);
    this.#failed.push(file);
  }

  /** Files that are copied again because they were removed by hand. */
  get removed(): number {
    return this.#removed.length;
  }

  /** The summary with what was known before. */
  told(summary: RunSummary): RunSummary {
    return { ...summary, knownFailures: this.#knownFailures, removedHere: this.#removed.length };
  }

  /** Writes it down, in the catalog and on this computer. */
  end(summary: RunSummary, now: number): void {
    const { id: device, name } = this.#device;
    const { runId, dataFolder, folder, kind = "export" } = this.#options;
    const isWholeRun = summary.stoppedBy === undefined && summary.outcomes.cancelled.items === 0;
    const knownOnly = isWholeRun && !summary.ok && this.#knownFailures === summary.outcomes.failed.items;
    const { settled } = this.#catalog;
    this.#news.save();
    this.#catalog.transaction(() => {
      for (const path of this.#settled) settled.forgetFailure(device, path);
      // What a run that saw everything did not meet is no longer on the phone.
      if (isWholeRun && this.#sawAll)
        for (const path of this.#known.keys()) if (!this.#met.has(path)) settled.forgetFailure(device, path);
      for (const file of this.#failed) settled.noteFailure(file);
      this.#catalog.runs.finish(runId, {
        finishedAt: now,
        complete: summary.ok,
        summary: JSON.stringify(summary),
        knownFailures: knownOnly ? this.#knownFailures : 0,
      });
    });
    const note = {
      device,
      name,
      failed: summary.outcomes.failed.items,
      knownFailures: this.#knownFailures,
      ignored: settled.ignored(device).length,
      iCloudOnly: summary.iCloudOnly,
      missing: summary.missing,
      damaged: this.#catalog.items.notWhole(device).length,
      ...this.#catalog.items.held(device),
    };
    const isComplete = summary.ok || knownOnly;
    this.#remember(() => noteRunEnds(dataFolder, folder, { ...note, kind, at: now, isComplete }));
  }

  #remember(note: () => void): void {
    if (this.#options.remember === false) return;
    try {
      note();
    } catch (error) {
      this.#options.onUnremembered?.(error as Error);
    }
  }
}

/** Files that were copied before and are to be copied again: they are not where they were put. */
function removedFiles(device: string, plan: Plan, runId: string): RemovedFile[] {
  const removed: RemovedFile[] = [];
  for (const { item, photo, role, action } of plan.entries)
    if (action.type === "copy" && action.wasAt !== undefined)
      removed.push({
        ...fileKey(device, item, { uuid: photo?.library?.uuid, role }),
        target: action.wasAt,
        runId,
      });
  return removed;
}
