/**
 * Makes a catalog anew from the run logs and the files that are there, and from the old one for what no log tells. Every file is read: what is no longer what the log says is
 * known as damaged or missing then, not forgotten.
 */

import { join } from "node:path";
import type { MediaItem } from "../../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { DestinationError } from "../../shared/errors.ts";
import { Catalog, discardCatalog, moveCatalog } from "../catalog/catalog.ts";
import { assertNoFolder, bringHome, isCatalogThere, replaceCatalog } from "../catalog/catalog-home.ts";
import { checkFile } from "../catalog/check-file.ts";
import type { ReadBack } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import { openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";
import type { ItemOutcome } from "../events.ts";
import { type LoggedCopy, type Past, readPast } from "../logs/past-runs.ts";
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
    result = await fill(catalog, past, destination, before, options);
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

async function fill(
  catalog: Catalog,
  past: Past,
  destination: Destination,
  before: Before,
  options: RebuildOptions,
): Promise<RebuildResult> {
  const settled = new Set(before.ignored.map(({ device, path }) => `${device}\0${path}`));
  const counts = { registered: 0, missing: 0, changed: 0 };
  for (const device of before.devices) catalog.devices.note(device);
  for (const { device, at } of past.devices()) catalog.devices.note({ ...device, lastSeen: at });
  let batch: (() => void)[] = [];
  const write = (): void => {
    catalog.transaction(() => {
      for (const row of batch) row();
    });
    batch = [];
  };
  for (const copy of past.copies()) {
    throwIfAborted(options.signal);
    const { found, storedMs } = await checkFile(copy, destination, options);
    // A preview goes when its original comes.
    if (found === "missing" && copy.item.role === "derivative") continue;
    // Removed by a person, who said so.
    if (found === "missing" && settled.has(`${copy.header.device.id}\0${copy.item.path}`)) continue;
    counts[found === "whole" ? "registered" : found === "missing" ? "missing" : "changed"] += 1;
    batch.push(() => register(catalog, copy, { at: options.clock.now(), found }, storedMs));
    if (batch.length >= batchRows) write();
  }
  const told = new Set<string>();
  for (const { header, item, target } of past.copies())
    told.add(keyOf(header.device.id, item)).add(`${header.device.id}\0${target}`);
  let fromCatalog = 0;
  for (const row of before.copies) {
    throwIfAborted(options.signal);
    if (told.has(keyOf(row.device, row)) || told.has(`${row.device}\0${row.target}`)) continue;
    const { found, storedMs } = await checkFile(row, destination, options);
    // Taken away since, for all that is known: the phone's comes again.
    if (found === "missing") continue;
    fromCatalog += 1;
    counts[found === "whole" ? "registered" : "changed"] += 1;
    batch.push(() => registerAgain(catalog, row, { at: options.clock.now(), found }, storedMs));
    if (batch.length >= batchRows) write();
  }
  write();
  let made = 0;
  const byTarget = new Map(before.made.map((file) => [file.target, file]));
  for (const file of new Map([...byTarget, ...past.made]).values()) {
    if (!(await destination.stat(file.target).catch(() => undefined))) continue;
    catalog.made.note(file);
    made += 1;
  }
  catalog.transaction(() => {
    for (const run of past.runs) {
      catalog.runs.start(run);
      if (!run.summary) continue;
      const { finishedAt, summaryText: summary, knownOnly: knownFailures } = run;
      catalog.runs.finish(run.id, { finishedAt, complete: run.summary.ok, summary, knownFailures });
    }
    for (const run of runsUntold(before, past)) {
      catalog.runs.start(run);
      const { finishedAt, summary = "" } = run;
      if (finishedAt !== undefined) catalog.runs.finish(run.id, { ...run, finishedAt, summary });
    }
    for (const failure of past.failures()) catalog.settled.noteFailure(failure);
  });
  return { ...counts, runs: past.runs.length + runsUntold(before, past).length, made, fromCatalog };
}

function runsUntold(before: Before, past: Past): Before["runs"] {
  const told = new Set(past.runs.map(({ id }) => id));
  return before.runs.filter(({ id }) => !told.has(id));
}

/** Of one version of one file on a phone. */
function keyOf(device: string, file: Pick<ItemOutcome, "path" | "sizeBytes" | "createdMs" | "modifiedMs">): string {
  return [device, file.path, file.sizeBytes, file.createdMs ?? 0, file.modifiedMs ?? 0].join("\0");
}

function registerAgain(catalog: Catalog, row: KnownCopy, read: ReadBack, storedMs: number | undefined): void {
  const { createdMs, modifiedMs } = row;
  const item = {
    type: "item",
    path: row.path,
    outcome: "copied",
    sizeBytes: row.sizeBytes,
    createdMs,
    modifiedMs,
  } as const;
  catalog.items.markDone(row.device, asMediaItem(item), {
    ...row,
    readBack: row.sha256 === undefined && read.found === "whole" ? undefined : read,
    storedMs,
  });
}

function register(
  catalog: Catalog,
  { item, header, target, sha256 }: LoggedCopy,
  read: ReadBack,
  storedMs: number | undefined,
): void {
  const copiedAt = Date.parse(header.startedAt);
  catalog.items.markDone(header.device.id, asMediaItem(item), {
    target,
    sha256,
    photoId: item.photoId ?? "",
    uuid: item.uuid,
    role: item.role ?? "original",
    captured: item.captured,
    copiedAt,
    runId: header.runId,
    // Of a file whose hash was not recorded only the size is known.
    readBack: sha256 === undefined && read.found === "whole" ? undefined : read,
    storedMs,
  });
}

function asMediaItem(item: ItemOutcome): MediaItem {
  return {
    id: item.path,
    path: item.path,
    name: item.path.slice(item.path.lastIndexOf("/") + 1),
    area: "camera-roll",
    sizeBytes: item.sizeBytes,
    createdAt: item.createdMs === undefined ? undefined : new Date(item.createdMs),
    modifiedAt: item.modifiedMs === undefined ? undefined : new Date(item.modifiedMs),
  };
}
