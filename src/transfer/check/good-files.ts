/** Where a good file may be had in place of a damaged one: another copy, or the phone. What is found is a guess until it is hashed. */
import type { MediaItem, MediaSource } from "../../device/media-source.ts";
import { buildCameraRoll, type LibraryOptions } from "../../library/index.ts";
import type { RollPart } from "../../library/roll.ts";
import { captureInstant } from "../../media/capture-time.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { ItemError, remedies, toAppError } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";

/** A file that should be the one that is wanted. */
export interface GoodFile {
  readonly sizeBytes: number;
  /** The date that the copy gets. */
  readonly modified: Date | undefined;
  read(options: AbortOptions): AsyncIterable<Uint8Array>;
}

/** One place that may have good files. */
export interface GoodFiles {
  /** As a person would name the place. */
  readonly label: string;
  candidates(row: CatalogRow): AsyncIterable<GoodFile>;
}

const blockBytes = 1024 * 1024;

/**
 * Equal files in a destination, this one or another.
 * @param wanted rows whose hashes are looked for; the targets of rows without one are nowhere
 */
export function filesInDestination(
  destination: Destination,
  catalog: Catalog,
  wanted: readonly CatalogRow[],
): GoodFiles {
  const targets = new Map<string, string[]>(wanted.flatMap((row) => (row.sha256 ? [[row.sha256, []]] : [])));
  for (const row of catalog.items.eachRow({ state: "done" }))
    if (row.sha256 !== undefined) targets.get(row.sha256)?.push(row.target);
  return {
    label: destination.label,
    async *candidates({ sha256, sizeBytes }) {
      for (const target of targets.get(sha256 ?? "") ?? []) {
        const stat = await destination.stat(target).catch(() => undefined);
        if (stat?.sizeBytes !== sizeBytes) continue;
        yield {
          sizeBytes,
          modified: new Date(stat.modifiedMs),
          read: (options) => storedBytes(destination, target, options),
        };
      }
    },
  };
}

async function* storedBytes(
  destination: Destination,
  target: string,
  options: AbortOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await otherDisk(() => destination.open(target));
  for (let at = 0; ; ) {
    throwIfAborted(options.signal);
    const block = await otherDisk(() => file.read(at, blockBytes));
    if (block.length === 0) return;
    yield block;
    at += block.length;
  }
}

/** What the disk of a copy refuses is that copy's trouble, and none of the destination that is repaired. */
async function otherDisk<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new ItemError("item-unreadable", toAppError(error).message, {
      cause: error,
      remedy: remedies["destination-io"],
    });
  }
}

/** The phone's own files, whichever phone it was that they were copied from. @throws {DeviceError} */
export async function filesOnPhone(
  source: MediaSource,
  options: AbortOptions & { readonly now: number; readonly library?: LibraryOptions | undefined },
): Promise<GoodFiles> {
  const roll = await buildCameraRoll(source, { ...options, heads: "none" });
  const byPath = new Map<string, GoodFile & { readonly item: MediaItem }>();
  const byUuid = new Map<string, GoodFile>();
  for (const photo of roll.items)
    for (const { item, role, availability } of photo.parts) {
      if (availability !== "phone") continue;
      const modified = photo.captured ? captureInstant(photo.captured) : (item.createdAt ?? item.modifiedAt);
      const file = {
        item,
        sizeBytes: item.sizeBytes,
        modified,
        read: (o: AbortOptions): AsyncIterable<Uint8Array> => source.read(item, o),
      };
      byPath.set(item.path, file);
      const uuid = photo.library?.uuid;
      if (uuid !== undefined) byUuid.set(uuidKey(uuid, role), file);
    }
  return {
    label: source.device.name,
    async *candidates(row) {
      const atPath = byPath.get(row.path);
      // Without a hash only the very version of this phone's file is it.
      if (row.sha256 === undefined) {
        if (atPath && row.device === source.device.id && isVersionOf(row, atPath.item)) yield atPath;
        return;
      }
      if (atPath?.sizeBytes === row.sizeBytes) yield atPath;
      const known = row.uuid === undefined ? undefined : byUuid.get(uuidKey(row.uuid, row.role));
      if (known && known !== atPath && known.sizeBytes === row.sizeBytes) yield known;
    },
  };
}

function uuidKey(uuid: string, role: RollPart["role"]): string {
  return `${uuid}\0${role}`;
}

function isVersionOf(row: CatalogRow, item: MediaItem): boolean {
  return row.sizeBytes === item.sizeBytes && row.modifiedMs === (item.modifiedAt?.getTime() ?? 0);
}
