/**
 * Makes a catalog anew from the run logs and the files that are there. Every file is read: what is no longer what the log says is
 * known as damaged or missing then, not forgotten.
 */
import type { MediaItem } from "../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { Catalog, discardCatalog, type ReadBack } from "./catalog.ts";
import { homeOf, isShare, replaceCatalog } from "./catalog-home.ts";
import type { IgnoredFile } from "./catalog-settled.ts";
import type { Destination } from "./destination/destination.ts";
import { LocalDestination } from "./destination/local-destination.ts";
import type { ItemOutcome } from "./events.ts";
import { lockDestination } from "./lock.ts";
import { createDestination, currentBootId, type DestinationFolder } from "./open-destination.ts";
import { type LoggedCopy, readPast } from "./past-runs.ts";
import { checkFile } from "./verify.ts";

export interface RebuildResult {
  /** Files that are whole. */
  readonly registered: number;
  readonly missing: number;
  /** Files that are not what was copied. */
  readonly changed: number;
  readonly runs: number;
  /** Sidecars, album entries and other files made beside the photos. */
  readonly made: number;
}

export interface RebuildOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** The person's data folder: catalogs of shares are kept there. */
  readonly dataFolder: string;
  /** Found out when not given. */
  readonly onShare?: boolean;
}

/** Rows written as one: each transaction may wait for the disk. */
const batchRows = 200;

/** Takes the old catalog's place only when it is whole. @throws {DestinationError} `destination-in-use`, or what the disk refuses */
export async function rebuildCatalog(folder: DestinationFolder, options: RebuildOptions): Promise<RebuildResult> {
  const bootId = currentBootId(options.clock);
  const id = createDestination(folder);
  using _lock = await lockDestination(folder.metadata, { ...options, bootId, wait: false });
  const onShare = options.onShare ?? isShare(folder.root);
  const home = { metadata: folder.metadata, id, dataFolder: options.dataFolder, onShare };
  const { folder: at, name } = homeOf(home);
  const before = settledBefore(at, name);
  const fresh = `${name}.rebuilt`;
  discardCatalog(at, fresh);
  let result: RebuildResult;
  {
    using catalog = Catalog.open(at, { create: true, name: fresh }) as Catalog;
    result = await fill(catalog, folder, new LocalDestination(folder.root, { id }), before.ignored, options);
    for (const file of before.ignored) catalog.settled.ignore(file, file.cause, file.ignoredAt);
    for (const [device, template] of before.templates) catalog.keepTemplate(device, template);
  }
  replaceCatalog(home, fresh);
  return result;
}

interface Settled {
  readonly ignored: readonly IgnoredFile[];
  readonly templates: readonly (readonly [device: string, template: string])[];
}

/** What a person settled is in no log: it is taken along where the old catalog can be read. */
function settledBefore(folder: string, name: string): Settled {
  try {
    using old = Catalog.open(folder, { create: false, readOnly: true, name });
    const templates = (old?.devices() ?? []).flatMap(({ id }) => {
      const template = old?.keptTemplate(id);
      return template === undefined ? [] : [[id, template] as const];
    });
    return { ignored: old?.settled.ignored() ?? [], templates };
  } catch {
    return { ignored: [], templates: [] };
  }
}

async function fill(
  catalog: Catalog,
  folder: DestinationFolder,
  destination: Destination,
  ignored: readonly IgnoredFile[],
  options: RebuildOptions,
): Promise<RebuildResult> {
  const settled = new Set(ignored.map(({ device, path }) => `${device}\0${path}`));
  const past = readPast(folder.metadata);
  const counts = { registered: 0, missing: 0, changed: 0 };
  for (const { device, at } of past.devices()) catalog.noteDevice(device.id, device.name, device.model, at);
  let batch: (() => void)[] = [];
  const write = (): void => {
    catalog.transaction(() => {
      for (const row of batch) row();
    });
    batch = [];
  };
  for (const copy of past.copies()) {
    throwIfAborted(options.signal);
    const { found } = await checkFile(copy, destination, options);
    // A preview goes when its original comes.
    if (found === "missing" && copy.item.role === "derivative") continue;
    // Removed by a person, who said so.
    if (found === "missing" && settled.has(`${copy.header.device.id}\0${copy.item.path}`)) continue;
    counts[found === "whole" ? "registered" : found === "missing" ? "missing" : "changed"] += 1;
    batch.push(() => register(catalog, copy, { at: options.clock.now(), found }));
    if (batch.length >= batchRows) write();
  }
  write();
  let made = 0;
  for (const [target, mark] of past.made) {
    if (!(await destination.stat(target).catch(() => undefined))) continue;
    catalog.noteExtra(target, mark);
    made += 1;
  }
  catalog.transaction(() => {
    for (const run of past.runs) {
      catalog.startRun(run.id, run.device, run.command, run.startedAt, run.kind);
      if (run.summary) catalog.finishRun(run.id, run.summary.ok, run.summaryText, run.finishedAt, run.knownOnly);
    }
    for (const failure of past.failures()) catalog.settled.noteFailure(failure);
  });
  return { ...counts, runs: past.runs.length, made };
}

function register(catalog: Catalog, { item, header, target, sha256 }: LoggedCopy, read: ReadBack): void {
  const copiedAt = Date.parse(header.startedAt);
  catalog.markDone(header.device.id, asMediaItem(item), {
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
