/**
 * Files that have another path on the phone than when they were copied: a card whose storage is shown under another name, a folder
 * that was renamed. The same name, size and time is the same file only where its old path is gone from the phone, there is one of it
 * on either side, and the bytes agree with the copy's. Two files that are there together are never one.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type MediaItem, type MediaSource, readRange, readsFrom } from "../../device/media-source.ts";
import type { CameraRoll } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { forEachYielding, yielding } from "../../shared/async.ts";
import { AppError } from "../../shared/errors.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import type { KnownRows } from "./known-rows.ts";

/** A file that was proven to be one that is copied already. */
export interface MovedOnPhone {
  readonly item: MediaItem;
  /** Of the photo under its path of now. */
  readonly photoId: string;
  readonly row: PlanRow;
}

/** The phone, and where its copies are. */
interface BothSides {
  readonly source: MediaSource;
  readonly destination: Destination;
}

/** What is on the phone, and what was copied of it before. */
export interface PhoneAndCopies extends BothSides {
  readonly roll: CameraRoll;
  readonly rows: KnownRows;
}

/** Compared at both ends; a device that reads whole files only sends all of it. */
const endBytes = 1024 * 1024;

/** Costs nothing while every file is known, or none of those that are not looks like one that is gone. */
export async function findMovedOnPhone(
  { source, destination, roll, rows }: PhoneAndCopies,
  options: AbortOptions = {},
): Promise<MovedOnPhone[]> {
  const found: MovedOnPhone[] = [];
  for (const candidate of await candidates(source.device.id, roll, rows)) {
    throwIfAborted(options.signal);
    if (!(await isGone(source, candidate.row.path, options))) continue;
    if (await isSame({ source, destination }, candidate, options)) found.push(candidate);
  }
  return found;
}

/** By name, size and time; only where there is one on the phone and one that is gone from it. */
async function candidates(device: string, roll: CameraRoll, rows: KnownRows): Promise<MovedOnPhone[]> {
  if (rows.isEmpty) return [];
  const listed = new Set<string>();
  await forEachYielding(roll.items, ({ parts }) => {
    for (const { item, availability } of parts) if (availability === "phone") listed.add(item.path);
  });
  const gone = new Map<string, PlanRow[]>();
  for await (const row of yielding(rows.done())) {
    if (row.device !== device || listed.has(row.path) || (row.found ?? "whole") !== "whole") continue;
    const key = keyOf(row.path, row.sizeBytes, row.modifiedMs);
    gone.set(key, [...(gone.get(key) ?? []), row]);
  }
  if (gone.size === 0) return [];
  const fresh = new Map<string, { item: MediaItem; photoId: string }[]>();
  await forEachYielding(roll.items, (photo) => {
    // With a library a photo is known by its UUID, wherever it lies.
    if (photo.library?.uuid !== undefined) return;
    for (const { item, availability } of photo.parts) {
      const key = keyOf(item.path, item.sizeBytes, item.modifiedAt?.getTime() ?? 0);
      if (availability !== "phone" || !gone.has(key) || rows.find(item)) continue;
      fresh.set(key, [...(fresh.get(key) ?? []), { item, photoId: photo.id }]);
    }
  });
  return [...fresh].flatMap(([key, items]) => {
    const rowsGone = gone.get(key) as PlanRow[];
    return items.length === 1 && rowsGone.length === 1 ? [{ ...items[0]!, row: rowsGone[0]! }] : [];
  });
}

function keyOf(path: string, sizeBytes: number, modifiedMs: number): string {
  return [posix.basename(path), sizeBytes, modifiedMs].join("\0");
}

/** Not only left out of this listing: what the phone does not let us look at may be there. */
async function isGone(source: MediaSource, path: string, options: AbortOptions): Promise<boolean> {
  try {
    return (await source.locate(path, options)) === undefined;
  } catch (error) {
    return falseForItem(error);
  }
}

async function isSame(sides: BothSides, pair: MovedOnPhone, options: AbortOptions): Promise<boolean> {
  const { source, destination } = sides;
  const { item, row } = pair;
  try {
    if ((await destination.stat(row.target))?.sizeBytes !== item.sizeBytes) return false;
    if (!readsFrom(source, item, item.sizeBytes - endBytes)) return await isWhollySame(sides, pair, options);
    await using copy = await destination.open(row.target);
    for (const offset of new Set([0, Math.max(0, item.sizeBytes - endBytes)])) {
      const length = Math.min(endBytes, item.sizeBytes - offset);
      const ours = await copy.read(offset, length);
      if (!ours.equals(await readRange(source, item, { ...options, offset, length }))) return false;
    }
    return true;
  } catch (error) {
    return falseForItem(error);
  }
}

async function isWhollySame(
  { source, destination }: BothSides,
  { item, row }: MovedOnPhone,
  options: AbortOptions,
): Promise<boolean> {
  const hash = createHash("sha256");
  for await (const chunk of source.read(item, options)) hash.update(chunk);
  return (await destination.hash(row.target, options)).sha256 === hash.digest("hex");
}

/** What cannot be looked at is not proven the same, and is copied. @throws what concerns more than this one */
function falseForItem(error: unknown): false {
  if (error instanceof AppError && (error.scope === "item" || error.code.startsWith("destination-unsafe")))
    return false;
  throw error;
}
