/** Makes a catalog anew from the run logs and the files that are there: each file must still be what the log says. */
import type { MediaItem } from "../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { Catalog, discardCatalog } from "./catalog.ts";
import { LocalDestination } from "./destination/local-destination.ts";
import type { ItemOutcome } from "./events.ts";
import { lockDestination } from "./lock.ts";
import { createDestination, currentBootId, type DestinationFolder } from "./open-destination.ts";
import { type RunHeader, readRunLogs } from "./run-log.ts";

export interface RebuildResult {
  readonly registered: number;
  readonly missing: number;
  readonly changed: number;
}

export async function rebuildCatalog(
  folder: DestinationFolder,
  options: AbortOptions & { clock: Clock; pid: number },
): Promise<RebuildResult> {
  const bootId = currentBootId(options.clock);
  using _lock = await lockDestination(folder.metadata, { ...options, bootId, wait: false });
  discardCatalog(folder.metadata);
  createDestination(folder);
  using catalog = Catalog.open(folder.metadata, { create: true }) as Catalog;
  const destination = new LocalDestination(folder.root, { bootId });
  const result = { registered: 0, missing: 0, changed: 0 };
  for (const { header, item } of latestOutcomes(folder.metadata)) {
    throwIfAborted(options.signal);
    const target = item.target as string;
    const stat = await destination.stat(target);
    if (!stat) {
      result.missing += 1;
      continue;
    }
    const whole =
      stat.sizeBytes === item.sizeBytes &&
      (item.sha256 === undefined || (await destination.hash(target, options)).sha256 === item.sha256);
    if (!whole) {
      result.changed += 1;
      continue;
    }
    catalog.noteDevice(header.device.id, header.device.name, header.device.model, Date.parse(header.startedAt));
    catalog.markDone(header.device.id, asMediaItem(item), {
      target,
      sha256: item.sha256,
      photoId: item.photoId ?? "",
      uuid: item.uuid,
      role: item.role ?? "original",
      captured: item.captured,
      copiedAt: Date.parse(header.startedAt),
      runId: header.runId,
    });
    result.registered += 1;
  }
  return result;
}

function latestOutcomes(metadata: string): Iterable<{ header: RunHeader; item: ItemOutcome }> {
  const latest = new Map<string, { header: RunHeader; item: ItemOutcome }>();
  let header: RunHeader | undefined;
  for (const { line } of readRunLogs(metadata)) {
    if (line.type === "run") header = line;
    if (line.type !== "item" || !header || line.target === undefined) continue;
    if (line.outcome !== "copied" && line.outcome !== "present") continue;
    latest.set([header.device.id, line.path, line.sizeBytes, line.createdMs, line.modifiedMs].join("\0"), {
      header,
      item: line,
    });
  }
  return latest.values();
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
