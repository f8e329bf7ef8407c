/**
 * Makes a catalog anew from the run logs and the files that are there, and from the old one for what no log tells. Every file is read: what is no longer what the log says is
 * known as damaged or missing then, not forgotten.
 */

import { join, posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { DestinationError } from "../../shared/errors.ts";
import { Catalog, discardCatalog, moveCatalog } from "../catalog/catalog.ts";
import { assertNoFolder, bringHome, isCatalogThere, replaceCatalog } from "../catalog/catalog-home.ts";
import { checkFile } from "../catalog/check-file.ts";
import { keyOfOutcome, toDate } from "../catalog/file-key.ts";
import type { ReadBack } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import { openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";
import { type LoggedCopy, type LoggedRun, type Past, readPast } from "../logs/past-runs.ts";
import { type Before, type KnownCopy, knownBefore } from "./rebuild-before.ts";

/** What the new catalog knows, and what it could not find. */
export interface RebuildResult {
  /** Files that are whole. */
  readonly registered: number;
  readonly missing: number;
  /** Files that are not what was copied. */
  readonly changed: number;
  readonly runs: number;
  /** Sidecars, album entries and other files made beside the photos. */
  readonly made: number;
  /** Files among them that no log that can be read tells of: the old catalog did. */
  readonly fromCatalog: number;
}

/** What a rebuild needs around it, and who is told of its progress. */
export interface RebuildOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** The person's data folder: catalogs of shares are kept there. */
  readonly dataFolder: string;
  /** Found out when not given. */
  readonly onShare?: boolean;
  /** See `LockOptions.breakStale`. */
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
}

/** Rows written as one: each transaction may wait for the disk. */
const batchRows = 200;

/**
 * Takes the old catalog's place only when it is whole; a damaged one is kept beside it.
 * @throws {DestinationError} `destination-in-use`, `lock-stale`, or what the disk refuses; `nothing-here` where neither logs nor a
 * catalog are; `catalog-corrupt` where nothing of either can be read: then an empty one is there
 */
export async function rebuildCatalog(folder: DestinationFolder, options: RebuildOptions): Promise<RebuildResult> {
  const place = openPlace(folder);
  const { onShare, dataFolder } = options;
  const { id, lock } = await place.claim({ ...options, wait: false, breakStale: options.breakLock });
  using _lock = lock;
  const home = { store: place.metadata, id, dataFolder, onShare };
  const { folder: at, name } = await bringHome(home);
  assertNoFolder(join(at, name));
  const past = await readPast(place.metadata.runs);
  const before = await knownBefore(at, name, past.ignored(), options);
  const isNothing = past.runs.length + before.runs.length + before.devices.length === 0;
  if (isNothing && !isCatalogThere(join(at, name)))
    throw new DestinationError("nothing-here", `${folder.root} holds neither run logs nor a catalog.`, {
      remedy: adoptWords(folder),
    });
  const fresh = `${name}.rebuilt`;
  discardCatalog(at, fresh);
  let result: RebuildResult;
  {
    using catalog = Catalog.open(at, { create: true, name: fresh }) as Catalog;
    await using destination = place.destination(id);
    result = await fill(catalog, { past, before }, destination, options);
    for (const file of before.ignored) catalog.settled.ignore(file, file.cause, file.ignoredAt);
    for (const [device, template] of before.templates) catalog.devices.keepTemplate(device, template);
    for (const copy of before.furtherCopies) catalog.copies.take(copy);
    for (const first of before.copyOf) catalog.copies.noteCopyOf(first);
  }
  // Tools that are not ours may read more of it.
  if (before.isDamaged) moveCatalog(at, name, `${name}.damaged`);
  await replaceCatalog(home, fresh);
  if (isNothing && before.isDamaged)
    throw new DestinationError(
      "catalog-corrupt",
      `Nothing can be read of the catalog, and there are no run logs: an empty one stands in its place now. It is kept as ${join(at, `${name}.damaged`)}.`,
      { remedy: adoptWords(folder) },
    );
  return result;
}

const adoptWords = ({ root }: DestinationFolder): string =>
  `With the device plugged in, \`offroll backup ${root} --adopt\` registers the files that are there already.`;

/** What the logs tell, and what the old catalog did. */
interface Known {
  readonly past: Past;
  readonly before: Before;
}

/** Everything that is known, into a catalog that is empty. */
async function fill(
  catalog: Catalog,
  known: Known,
  destination: Destination,
  options: RebuildOptions,
): Promise<RebuildResult> {
  const { past, before } = known;
  for (const device of before.devices) catalog.devices.note(device);
  for (const { device, at } of past.devices()) catalog.devices.note({ ...device, lastSeen: at });
  const counts = await registerCopies(catalog, known, destination, options);
  const made = await registerMade(catalog, known, destination);
  const untold = runsUntold(before, past);
  catalog.transaction(() => {
    registerRuns(catalog, past.runs, untold);
    for (const failure of past.failures()) catalog.settled.noteFailure(failure);
  });
  return { ...counts, runs: past.runs.length + untold.length, made };
}

/** Every copy is read; what came of that is known from then on. */
async function registerCopies(
  catalog: Catalog,
  known: Known,
  destination: Destination,
  options: RebuildOptions,
): Promise<Pick<RebuildResult, "registered" | "missing" | "changed" | "fromCatalog">> {
  const counts = { registered: 0, missing: 0, changed: 0, fromCatalog: 0 };
  const settled = new Set(known.before.ignored.map(({ device, path }) => `${device}\0${path}`));
  let batch: (() => void)[] = [];
  const write = (): void => {
    catalog.transaction(() => {
      for (const row of batch) row();
    });
    batch = [];
  };
  for (const { copy, isLogged } of copiesOf(known)) {
    throwIfAborted(options.signal);
    const { found, storedMs } = await checkFile(copy, destination, options);
    const isSettled = settled.has(`${copy.device}\0${copy.path}`);
    if (found === "missing" && (!isLogged || isGoneForGood(copy, isSettled))) continue;
    // The row or the file: which of them is damaged nobody can tell. The phone's bytes settle it.
    if (!isLogged && known.before.isDamaged && found !== "whole") continue;
    counts[found === "whole" ? "registered" : found === "missing" ? "missing" : "changed"] += 1;
    if (!isLogged) counts.fromCatalog += 1;
    batch.push(() => register(catalog, copy, { at: options.clock.now(), found }, storedMs));
    if (batch.length >= batchRows) write();
  }
  write();
  return counts;
}

/** A preview goes when its original comes; what a person removed, they said so. */
function isGoneForGood({ role }: KnownCopy, isSettled: boolean): boolean {
  return role === "derivative" || isSettled;
}

/** Those that a log tells of, then those that the old catalog alone knew: what is missing of them was taken away, for all that is known. */
function* copiesOf({ past, before }: Known): Generator<{ readonly copy: KnownCopy; readonly isLogged: boolean }> {
  const told = new Set<string>();
  for (const logged of past.copies()) {
    const copy = rowOf(logged);
    told.add(versionOf(copy)).add(`${copy.device}\0${copy.target}`);
    yield { copy, isLogged: true };
  }
  for (const copy of before.copies)
    if (!told.has(versionOf(copy)) && !told.has(`${copy.device}\0${copy.target}`)) yield { copy, isLogged: false };
}

/** @returns how many of them are there */
async function registerMade(catalog: Catalog, { past, before }: Known, destination: Destination): Promise<number> {
  const files = new Map(before.made.map((file) => [file.target, file]));
  let made = 0;
  for (const file of new Map([...files, ...past.made]).values()) {
    if (!(await destination.stat(file.target).catch(() => undefined))) continue;
    catalog.made.note(file);
    made += 1;
  }
  return made;
}

function registerRuns(catalog: Catalog, logged: readonly LoggedRun[], untold: Before["runs"]): void {
  for (const run of logged) {
    catalog.runs.start(run);
    if (!run.summary) continue;
    const { finishedAt, summaryText: summary, knownOnly: knownFailures } = run;
    catalog.runs.finish(run.id, { finishedAt, complete: run.summary.ok, summary, knownFailures });
  }
  for (const run of untold) {
    catalog.runs.start(run);
    const { finishedAt, summary = "" } = run;
    if (finishedAt !== undefined) catalog.runs.finish(run.id, { ...run, finishedAt, summary });
  }
}

function runsUntold(before: Before, past: Past): Before["runs"] {
  const told = new Set(past.runs.map(({ id }) => id));
  return before.runs.filter(({ id }) => !told.has(id));
}

/** Of one version of one file on a phone. */
function versionOf({ device, path, sizeBytes, createdMs, modifiedMs }: KnownCopy): string {
  return [device, path, sizeBytes, createdMs, modifiedMs].join("\0");
}

/** As the run that copied it noted it. */
function rowOf({ header, item, target, sha256 }: LoggedCopy): KnownCopy {
  return {
    ...keyOfOutcome(header.device.id, item),
    uuid: item.uuid,
    role: item.role ?? "original",
    target,
    sha256,
    state: "done",
    photoId: item.photoId ?? "",
    captured: item.captured,
    copiedAt: Date.parse(header.startedAt),
    runId: header.runId,
  };
}

function register(catalog: Catalog, copy: KnownCopy, read: ReadBack, storedMs: number | undefined): void {
  const { device, path, sizeBytes, createdMs, modifiedMs, sha256 } = copy;
  const item = {
    id: path,
    path,
    name: posix.basename(path),
    area: "camera-roll",
    sizeBytes,
    createdAt: toDate(createdMs),
    modifiedAt: toDate(modifiedMs),
  } as const;
  // Of a file whose hash was not recorded only the size is known.
  const readBack = sha256 === undefined && read.found === "whole" ? undefined : read;
  catalog.items.markDone(device, item, { ...copy, readBack, storedMs });
}
