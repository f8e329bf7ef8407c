/**
 * Smaller versions of originals that are elsewhere: what the phone kept when iCloud took the original, else its thumbnail.
 * Sources: the path lists in abrignoni/iLEAPP (PhotoData/Metadata and PhotoData/Thumbnails mirror the tree).
 */
import { isUnreadable, type MediaItem, type MediaSource } from "../device/media-source.ts";
import { fileKind } from "../media/kinds.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { type CameraRoll, isEmpty, type RollItem } from "./roll.ts";
import { PhoneThumbnails } from "./thumbnails.ts";
import { stemOf } from "./tree.ts";

const derivativesRoot = "/PhotoData/Metadata";

/** The roll with the best version on the phone added to each item whose original is not there. */
export async function withDerivatives(
  source: MediaSource,
  roll: CameraRoll,
  options: AbortOptions = {},
): Promise<CameraRoll> {
  if (!roll.items.some(isAbsent)) return roll;
  const byStem = new Map<string, MediaItem[]>();
  for await (const entry of source.list({ areas: ["derivatives"], ...options })) {
    if (isUnreadable(entry) || entry.name.startsWith(".")) continue;
    const stem = stemOf(entry.path)
      .slice(derivativesRoot.length)
      .replace(/\.medium$/i, "");
    byStem.set(stem, [...(byStem.get(stem) ?? []), entry]);
  }
  const thumbnails = new PhoneThumbnails(source);
  const items: RollItem[] = [];
  for (const item of roll.items) {
    const best = isAbsent(item) ? await bestVersion(item, byStem, thumbnails, options) : undefined;
    if (!best) items.push(item);
    else
      items.push({
        ...item,
        parts: [...item.parts, { role: "derivative", item: best, availability: "phone", facts: undefined }],
      });
  }
  return { ...roll, items };
}

function isAbsent(item: RollItem): boolean {
  const [primary] = item.parts;
  return primary.role === "original" && (primary.availability !== "phone" || isEmpty(primary));
}

async function bestVersion(
  item: RollItem,
  byStem: ReadonlyMap<string, readonly MediaItem[]>,
  thumbnails: PhoneThumbnails,
  options: AbortOptions,
): Promise<MediaItem | undefined> {
  const path = item.parts[0].item.path;
  const files = (byStem.get(stemOf(path)) ?? []).filter((f) => f.sizeBytes > 0);
  const movie = files.find((f) => fileKind(f.name) === "video");
  const picture = files.find((f) => fileKind(f.name) === "photo");
  const found = item.kind === "video" ? (movie ?? picture) : (picture ?? movie);
  return found ?? (await thumbnails.find(path, options));
}
