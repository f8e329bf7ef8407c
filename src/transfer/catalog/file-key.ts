/** One version of one file on a phone, as the tables tell it from every other. */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollRole } from "../../library/roll.ts";
import type { ItemOutcome } from "../events.ts";

/** A version of a file on a phone, and the part of a photo that it is where that is known. */
export interface FileKey {
  readonly device: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970, UTC; 0 where the phone does not say. */
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly uuid: string | undefined;
  readonly role: RollRole | undefined;
}

/** Selects a `FileKey` from any table that has the columns. */
export const keyColumns =
  "device, path, size AS sizeBytes, created_ms AS createdMs, modified_ms AS modifiedMs, uuid, role";

/** Finds exactly this version; `versionValues` are its parameters. */
export const isThisVersion = "device = ? AND path = ? AND size = ? AND created_ms = ? AND modified_ms = ?";

/** One version of one file of a phone, as values for SQL. */
export type VersionValues = [device: string, path: string, size: number, createdMs: number, modifiedMs: number];

/** In the order of `isThisVersion`, and of the columns of each table's primary key. */
export function versionValues(device: string, item: MediaItem): VersionValues {
  return [device, item.path, item.sizeBytes, toMs(item.createdAt), toMs(item.modifiedAt)];
}

/** As `versionValues`, of a key that was read. */
export function keyValues(key: FileKey): VersionValues {
  return [key.device, key.path, key.sizeBytes, key.createdMs, key.modifiedMs];
}

/** The key of a listed file. Times that the phone does not tell are 0. */
export function fileKey(
  device: string,
  item: MediaItem,
  part: { readonly uuid?: string | undefined; readonly role?: RollRole | undefined } = {},
): FileKey {
  return {
    device,
    path: item.path,
    sizeBytes: item.sizeBytes,
    createdMs: toMs(item.createdAt),
    modifiedMs: toMs(item.modifiedAt),
    uuid: part.uuid,
    role: part.role,
  };
}

/** Of the file that an event or a line of a log tells of. */
export function keyOfOutcome(device: string, outcome: ItemOutcome): FileKey {
  const { path, sizeBytes, createdMs = 0, modifiedMs = 0, uuid, role } = outcome;
  return { device, path, sizeBytes, createdMs, modifiedMs, uuid, role };
}

/** 0 stands for "the phone does not say". */
export function toMs(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}

/** The inverse of `toMs`: 0 means unknown. */
export function toDate(ms: number): Date | undefined {
  return ms === 0 ? undefined : new Date(ms);
}
