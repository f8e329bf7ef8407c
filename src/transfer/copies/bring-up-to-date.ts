/**
 * A copy brought up to date from end to end. The first is locked while its catalog is copied and when the result is noted, and not
 * meanwhile: a phone need not wait for a second disk. The copy is locked all the time.
 */
import { join } from "node:path";
import { throwIfAborted } from "../../shared/abort.ts";
import { diskError, unlessOdd } from "../../shared/disk-errors.ts";
import { isSameDisk } from "../../shared/disks.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import { keepAwake } from "../../shared/keep-awake.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { removeOwnFile } from "../../shared/own-files.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { openHomeCatalog } from "../catalog/catalog-home.ts";
import type { CopyRow } from "../catalog/copies.ts";
import type { Destination } from "../destination/destination.ts";
import { openPlace } from "../destination/open-place.ts";
import type { Place } from "../destination/place.ts";
import type { LockOptions } from "../destination/store.ts";
import { packOldLogs } from "../logs/run-log.ts";
import { copyFiles, type Sides, type Tally } from "./copy-files.ts";
import { copyLogs } from "./copy-logs.ts";
import { copyMade, type MadeTally } from "./copy-made.ts";
import { compare } from "./difference.ts";
import { DiskCopyPlace } from "./disk-copy-place.ts";
import type { CopyEvent, CopySummary, NamedFiles } from "./events.ts";
import { knownCopies, rememberCopy } from "./known-copies.ts";
import { type CopyName, type CopySurroundings, findCopy, findFirst, type IdentifiedFolder, rowOf } from "./sides.ts";

export interface BringUpOptions extends CopySurroundings {
  /** Told of everything, the summary last. */
  readonly onEvent?: (event: CopyEvent) => void;
}

/** What is named in a summary. */
const mostNamed = 20;

/**
 * Copies what the copy lacks. A run that was stopped is continued by the next one, which copies nothing twice.
 * @returns with `stoppedBy` where it ended early: full, away, cancelled
 * @throws {DestinationError} `destination-not-there` where either place is away, `destination-in-use`: nothing was written then;
 * {UsageError} `copy-unknown`
 */
export async function bringUpToDate(copy: CopyName, options: BringUpOptions): Promise<CopySummary> {
  const first = await findFirst(copy, options.dataFolder);
  const row = await rowOf(first, copy.name);
  const found = await findCopy(row, options.dataFolder);
  await openPlace(found).assertApart(first.root);
  const run = new CopyRun(first, found, row, options);
  return await run.run();
}

class CopyRun {
  readonly #first: IdentifiedFolder;
  readonly #copy: IdentifiedFolder;
  readonly #row: CopyRow;
  readonly #options: BringUpOptions;
  readonly #startedAt: number;
  readonly #sameDisk: boolean | undefined;
  /** A copy of the first's catalog on this computer. */
  readonly #snapshot: string;

  constructor(first: IdentifiedFolder, copy: IdentifiedFolder, row: CopyRow, options: BringUpOptions) {
    this.#first = first;
    this.#copy = copy;
    this.#row = row;
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#sameDisk = isSameDisk(first.root, copy.root);
    const folder = join(options.dataFolder, "catalogs");
    makeFoldersSync(folder, 0o700);
    this.#snapshot = join(folder, `copy-${copy.id.replaceAll(/[^\w-]/g, "_")}.sqlite`);
  }

  async run(): Promise<CopySummary> {
    await using stack = new AsyncDisposableStack();
    // The copy first: where it is in use, nothing is noted in the other.
    const place = this.#open(this.#copy);
    const claimed = await place.claim(this.#lockOptions());
    const lock = stack.use(claimed.lock);
    stack.defer(() => removeOwnFile(this.#snapshot));
    const logs = await this.#begin();
    const signals = [this.#options.signal, lock.lost].filter((signal) => signal !== undefined);
    const signal = AbortSignal.any(signals);
    const work = new Work(this.#nothing());
    try {
      await this.#fill(place, logs, work, signal);
    } catch (error) {
      const { code, message, remedy } = toAppError(diskError(error, this.#copy.root));
      if (code === "internal") throw error;
      work.summary = { ...work.summary, ok: false, stoppedBy: { code, message, remedy } };
    }
    await stack.disposeAsync();
    const summary = { ...work.summary, seconds: (this.#options.clock.now() - this.#startedAt) / 1000 };
    await this.#end(summary);
    this.#options.onEvent?.(summary);
    return summary;
  }

  #open(found: IdentifiedFolder): Place {
    return (this.#options.open ?? openPlace)(found);
  }

  #lockOptions(): LockOptions {
    const { clock, pid, waitForLock = false, breakLock, onLockWait, signal } = this.#options;
    return {
      ...{ clock, pid, wait: waitForLock, breakStale: breakLock },
      ...(onLockWait ? { onWait: onLockWait } : {}),
      ...(signal ? { signal } : {}),
    };
  }

  /** @returns names of the logs that the first has, when no run goes on there */
  async #begin(): Promise<readonly string[]> {
    return await this.#inFirst(async (catalog) => {
      const { name } = this.#row;
      const known = this.#known();
      // What could not be noted when it ended, because the first was in use.
      const completeAt = Math.max(this.#row.completeAt ?? 0, known?.completeAt ?? 0) || undefined;
      const { root } = this.#copy;
      catalog.copies.note(name, { path: root, begunAt: this.#startedAt, result: "interrupted", completeAt });
      await catalog.backupTo(this.#snapshot);
      return (await this.#open(this.#first).metadata.runs.names()) ?? [];
    });
  }

  async #inFirst<T>(body: (catalog: Catalog) => Promise<T>, wait = this.#options.waitForLock ?? false): Promise<T> {
    const { metadata } = this.#open(this.#first);
    using _lock = await metadata.lock({ ...this.#lockOptions(), wait });
    const { dataFolder, signal } = this.#options;
    await using home = await openHomeCatalog(
      { store: metadata, id: this.#first.id, dataFolder },
      signal ? { signal } : {},
    );
    return await body(home.catalog);
  }

  #known(): ReturnType<typeof knownCopies>[number] | undefined {
    const { name } = this.#row;
    return knownCopies(this.#options.dataFolder).find((copy) => copy.firstId === this.#first.id && copy.name === name);
  }

  async #fill(place: Place, logs: readonly string[], work: Work, signal: AbortSignal): Promise<void> {
    const { dataFolder, clock, pid } = this.#options;
    const { id } = this.#copy;
    await using home = await openHomeCatalog({ store: place.metadata, id, dataFolder }, { signal });
    const { catalog } = home;
    await using source = this.#open(this.#first).destination(this.#first.id);
    const destination = place.destination(id);
    await using copyPlace = new DiskCopyPlace(destination);
    await reconcile(catalog, destination);
    catalog.copies.noteCopyOf({ ...this.#asFirst(), completeAt: this.#row.completeAt });
    using first = catalog.beside(this.#snapshot);
    const sides: Sides = { catalog, first, source, place: copyPlace };
    const now = clock.now();
    const difference = await compare({ ...sides, now }, { signal });
    catalog.transaction(() => {
      for (const { target, sha256 } of difference.damaged)
        catalog.items.noteRead(target, sha256, { at: now, found: "damaged" });
    });
    work.begin(difference);
    this.#emit({ ...this.#start(), ...totalOf(difference.toCopy) });
    for (const failure of difference.failures)
      this.#emit({ type: "file", outcome: "failed", sizeBytes: 0, ...failure });
    using _awake = difference.toCopy.length > 0 ? keepAwake(pid, "Copying photos to another disk") : undefined;
    const options = { clock, signal, emit: (event: CopyEvent) => this.#emit(event) };
    await copyFiles(sides, difference, work, options).catch((error: unknown) => {
      // Why it ended matters more than that a catalog on a disk that is gone cannot be asked.
      ignoring(() => work.told(first));
      throw error;
    });
    work.told(first);
    first.takeRows(work.held);
    await copyMade(sides, new Map(work.held.map(({ target, here }) => [target, here])), work, options);
    const { runs } = this.#open(this.#first).metadata;
    work.logs = await copyLogs(runs, place.metadata.runs, logs, { signal });
    await packOldLogs(place.metadata.runs, clock.now());
    first.takeTables();
    throwIfAborted(signal);
    work.told(first);
    if (!work.summary.ok) return;
    catalog.copies.noteCopyOf({ ...this.#asFirst(), completeAt: clock.now() });
    await copyPlace.tidy();
  }

  #emit(event: CopyEvent): void {
    this.#options.onEvent?.(event);
  }

  #asFirst(): { id: string; name: string; path: string } {
    return { id: this.#first.id, name: this.#row.name, path: this.#first.root };
  }

  #start(): Pick<CopySummary, "name" | "first" | "place" | "sameDisk"> & { readonly type: "start" } {
    const { name } = this.#row;
    return { type: "start", name, first: this.#first.root, place: this.#copy.root, sameDisk: this.#sameDisk };
  }

  #nothing(): CopySummary {
    const none: NamedFiles = { count: 0, paths: [] };
    return {
      ...this.#start(),
      type: "summary",
      id: this.#copy.id,
      ok: false,
      ...{ files: 0, bytes: 0, copied: { files: 0, bytes: 0 }, present: 0, moved: 0, extras: 0, logs: 0 },
      ...{ failures: [], moreFailures: 0, missingInFirst: none, gone: none, kept: none },
      ...{ linksLeftOut: 0, sizeOnly: 0, ownFiles: 0, seconds: 0 },
    };
  }

  /** In the first, where no run goes on there now, and on this computer. */
  async #end({ ok, files, bytes }: CopySummary): Promise<void> {
    const now = this.#options.clock.now();
    const known = this.#known();
    const completeAt = ok ? now : (this.#row.completeAt ?? known?.completeAt);
    const end = { endedAt: now, result: ok ? "complete" : "incomplete", completeAt, files, bytes } as const;
    const change = { ...end, path: this.#copy.root };
    try {
      await this.#inFirst(async (catalog) => catalog.copies.note(this.#row.name, change), false);
    } catch (error) {
      // It is noted here, and there by the next run.
      if (!(error instanceof AppError)) throw error;
    }
    const { hash: _, ...row } = this.#row;
    const [firstId, firstPath] = [this.#first.id, this.#first.root];
    const { typed } = this.#copy;
    const begun = { begunAt: this.#startedAt, firstId, firstPath, typed, sameDisk: this.#sameDisk };
    rememberCopy(this.#options.dataFolder, { ...row, ...change, ...begun });
  }
}

/** What a run knows more and more of. */
class Work implements Tally, MadeTally {
  summary: CopySummary;
  readonly held: Tally["held"] = [];
  readonly failures: Tally["failures"] = [];
  copied = { files: 0, bytes: 0 };
  moved = 0;
  extras = 0;
  logs = 0;
  linksLeftOut = 0;
  readonly kept: string[] = [];
  #missing: readonly string[] = [];

  constructor(summary: CopySummary) {
    this.summary = summary;
  }

  begin({ held, failures, missingInFirst }: Awaited<ReturnType<typeof compare>>): void {
    this.held.push(...held);
    this.failures.push(...failures);
    this.#missing = missingInFirst;
  }

  told(first: Sides["first"]): void {
    const { held, failures, copied, moved, extras, logs, linksLeftOut, kept } = this;
    const names = new Set(held.map(({ target }) => target));
    const files = first.files().filter(({ target }) => names.has(target));
    this.summary = {
      ...this.summary,
      ...{ copied, moved, extras, logs, linksLeftOut },
      ok: failures.length === 0,
      files: files.length,
      bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      present: files.length - copied.files - moved,
      failures: failures.slice(0, mostNamed),
      moreFailures: Math.max(0, failures.length - mostNamed),
      missingInFirst: named(this.#missing),
      gone: named(first.gone()),
      kept: named(kept),
      sizeOnly: files.filter(({ sha256 }) => sha256 === undefined).length,
      ownFiles: first.ownFiles(),
    };
  }
}

function ignoring(body: () => void): void {
  try {
    body();
  } catch {
    // as said
  }
}

function named(paths: readonly string[]): NamedFiles {
  return { count: paths.length, paths: paths.slice(0, mostNamed) };
}

function totalOf(files: readonly { readonly sizeBytes: number }[]): { files: number; bytes: number } {
  return { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** A crash between naming a file and noting it: the file decides. */
async function reconcile(catalog: Catalog, destination: Destination): Promise<void> {
  await catalog.items.reconcile(async (row) => {
    const stat = await unlessOdd(destination.stat(row.target));
    if (stat?.sizeBytes !== row.sizeBytes) return false;
    return row.sha256 === undefined || (await unlessOdd(destination.hash(row.target)))?.sha256 === row.sha256;
  });
}
