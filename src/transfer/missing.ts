/** What of a phone is not in a destination: every file of the photos that a backup takes, without opening one. */
import type { MediaItem, MediaSource } from "../device/media-source.ts";
import { buildCameraRoll, type LibraryOptions, whyNotShown } from "../library/index.ts";
import type { AbortOptions } from "../shared/abort.ts";
import type { Catalog } from "./catalog.ts";

export interface MissingOptions extends AbortOptions {
  readonly now: number;
  readonly library?: LibraryOptions | undefined;
}

export interface MissingResult {
  /** Photos, videos, edits and sidecars on the phone. */
  readonly files: number;
  readonly missing: readonly MediaItem[];
  /** In the phone's library only, and not in the destination either: no cable can bring them. */
  readonly iCloudOnly: readonly MediaItem[];
  /** Entries that the phone did not let us look at: not known to be in the destination. */
  readonly unreadable: readonly string[];
}

/** @param isWhole whether the copy under this target may be counted on */
export async function missingFrom(
  source: MediaSource,
  catalog: Catalog,
  isWhole: (target: string) => boolean,
  options: MissingOptions,
): Promise<MissingResult> {
  const roll = await buildCameraRoll(source, { ...options, heads: "none" });
  const missing: MediaItem[] = [];
  const iCloudOnly: MediaItem[] = [];
  let files = 0;
  for (const photo of roll.items) {
    // What was thrown away, and other people's reduced copies, no backup takes.
    if (["trashed", "shared"].includes(whyNotShown(photo) ?? "")) continue;
    for (const { item, role, availability } of photo.parts) {
      if (role === "recipe") continue;
      const uuid = photo.library?.uuid;
      const rows = [catalog.find(source.device.id, item)];
      if (uuid !== undefined) rows.push(...catalog.findByUuid(source.device.id, uuid, role));
      const isHere = rows.some((row) => row?.state === "done" && isWhole(row.target));
      if (availability !== "phone") {
        if (!isHere) iCloudOnly.push(item);
        continue;
      }
      files += 1;
      const exact = rows[0];
      if (exact?.state !== "done" || !isWhole(exact.target)) missing.push(item);
    }
  }
  return { files, missing, iCloudOnly, unreadable: roll.unreadable.map((u) => u.path) };
}
