/** What of a phone is not in a destination, by its tree alone: no file is opened. */
import { isUnreadable, type MediaItem, type MediaSource } from "../device/media-source.ts";
import { isMedia } from "../media/index.ts";
import type { AbortOptions } from "../shared/abort.ts";
import type { Catalog } from "./catalog.ts";

export interface MissingResult {
  /** Photos, videos and sidecars on the phone. */
  readonly files: number;
  readonly missing: readonly MediaItem[];
  /** Entries that the phone did not let us look at: not known to be in the destination. */
  readonly unreadable: readonly string[];
}

/** @param isWhole whether the copy under this target may be counted on */
export async function missingFrom(
  source: MediaSource,
  catalog: Catalog,
  isWhole: (target: string) => boolean,
  options: AbortOptions = {},
): Promise<MissingResult> {
  const missing: MediaItem[] = [];
  const unreadable: string[] = [];
  let files = 0;
  for await (const entry of source.list({ ...options, areas: ["camera-roll", "cloud-originals"] })) {
    if (isUnreadable(entry)) {
      unreadable.push(entry.path);
      continue;
    }
    if (!isMedia(entry.name)) continue;
    files += 1;
    const row = catalog.find(source.device.id, entry);
    if (row?.state !== "done" || !isWhole(row.target)) missing.push(entry);
  }
  return { files, missing, unreadable };
}
