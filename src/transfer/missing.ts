/** What of a phone is not in a destination: every file of the photos that a backup takes, without opening one. */
import type { MediaItem, MediaSource } from "../device/media-source.ts";
import { buildCameraRoll, type LibraryOptions, whyNotShown } from "../library/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import type { Catalog } from "./catalog.ts";
import { fileKey, IgnoredIndex } from "./catalog-settled.ts";

export interface MissingOptions extends AbortOptions {
  readonly now: number;
  readonly library?: LibraryOptions | undefined;
  /** Called after each file that the phone computed a hash of. */
  readonly onHashed?: (done: number) => void;
}

export interface MissingResult {
  /** Photos, videos, edits and sidecars on the phone. */
  readonly files: number;
  readonly missing: readonly MediaItem[];
  /** Not in the destination, because a person said so with `ignore`; not among the files above. */
  readonly ignored: readonly MediaItem[];
  /** In the phone's library only, and not in the destination either: no cable can bring them. */
  readonly iCloudOnly: readonly MediaItem[];
  /** Entries that the phone did not let us look at: not known to be in the destination. */
  readonly unreadable: readonly string[];
  /** Copies whose hash the phone itself computed and found equal; 0 where this phone cannot. */
  readonly hashed: number;
  /** Files of which the phone computes another hash than the copy has. */
  readonly different: readonly MediaItem[];
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
  const ignored: MediaItem[] = [];
  const settled = new IgnoredIndex(catalog.settled.ignored(source.device.id));
  const iCloudOnly: MediaItem[] = [];
  const toHash: { item: MediaItem; sha256: string }[] = [];
  let files = 0;
  for (const photo of roll.items) {
    if (photo.library?.unfinished) continue;
    // What was thrown away, and other people's reduced copies, no backup takes.
    if (["trashed", "shared"].includes(whyNotShown(photo) ?? "")) continue;
    for (const { item, role, availability } of photo.parts) {
      if (role === "recipe") continue;
      const uuid = photo.library?.uuid;
      const { id, platform } = source.device;
      const shifted = platform !== "ios" ? () => catalog.findShifted(id, item) : () => undefined;
      const rows = [catalog.find(id, item) ?? shifted()];
      if (uuid !== undefined) rows.push(...catalog.findByUuid(source.device.id, uuid, role));
      const isHere = rows.some((row) => row?.state === "done" && isWhole(row.target));
      if (availability !== "phone") {
        if (!isHere) iCloudOnly.push(item);
        continue;
      }
      if (!isHere && settled.has(fileKey(id, item, { uuid, role }))) {
        ignored.push(item);
        continue;
      }
      files += 1;
      const exact = rows[0];
      if (exact?.state !== "done" || !isWhole(exact.target)) missing.push(item);
      else if (exact.sha256 !== undefined) toHash.push({ item, sha256: exact.sha256 });
    }
  }
  const unreadable = roll.unreadable.map((u) => u.path).filter((path) => !settled.entries.has(path));
  return { files, missing, ignored, iCloudOnly, unreadable, ...(await compareHashes(source, toHash, options)) };
}

/** End to end without a second transfer: the phone reads its own file, and its hash is the copy's or is not. */
async function compareHashes(
  source: MediaSource,
  files: readonly { item: MediaItem; sha256: string }[],
  options: MissingOptions,
): Promise<Pick<MissingResult, "hashed" | "different">> {
  const different: MediaItem[] = [];
  if (!source.hashOnPhone) return { hashed: 0, different };
  const hash = source.hashOnPhone.bind(source);
  let hashed = 0;
  for await (const { item, isEqual } of mapOrdered(
    files,
    source.capabilities.parallelReads,
    async ({ item, sha256 }) => {
      throwIfAborted(options.signal);
      return { item, isEqual: (await hash(item, options)) === sha256 };
    },
  )) {
    if (isEqual) hashed += 1;
    else different.push(item);
    options.onHashed?.(hashed + different.length);
  }
  return { hashed, different };
}
