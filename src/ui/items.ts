/** Photos as the UI shows them: what each row, badge and search needs, worked out once. */
import { posix } from "node:path";
import type { MediaItem } from "../device/media-source.ts";
import { isRaw, kindWords, photoSize } from "../library/photo-kind.ts";
import type { Album, RollItem } from "../library/roll.ts";
import { isRecorded, localDate } from "../media/capture-time.ts";
import { fileKind, splitName } from "../media/kinds.ts";
import { shownName } from "../present/item-view.ts";
import { forEachYielding, sortedYielding } from "../shared/async.ts";
import { printable } from "../shared/text.ts";

/** One photo or video. Text is printable already. */
export interface UiItem {
  readonly id: string;
  /** On the phone, of the primary file: tells the same item before and after the library was read. */
  readonly path: string;
  readonly name: string;
  /** "2024-05-01"; empty without a date. */
  readonly day: string;
  /** "12:34" */
  readonly time: string;
  readonly kind: string;
  readonly video: boolean;
  readonly bytes: number;
  readonly files: number;
  readonly folder: string;
  /** The folder is one that the phone made for what came through iCloud; its name means nothing to a person. */
  readonly fromCloud: boolean;
  readonly albums: readonly Album[];
  readonly favourite: boolean;
  readonly live: boolean;
  readonly edited: boolean;
  readonly burst: boolean;
  readonly raw: boolean;
  /** Its original is in iCloud and not on the phone. */
  readonly elsewhere: boolean;
  /** The library knows it; its original is neither on the phone nor in iCloud. */
  readonly missing: boolean;
  /** Lower case: name, date, camera, kind, caption, people. */
  readonly search: string;
  /** Absent while only its file has been seen. */
  readonly photo?: RollItem;
}

/** Newest first. Thousands of them take a moment: others go first in between. */
export async function toUiItems(photos: readonly RollItem[]): Promise<UiItem[]> {
  const items: UiItem[] = [];
  await forEachYielding(photos, (photo) => items.push(toUiItem(photo)));
  return await sortedYielding(items, newer);
}

/** Texts are made `printable` here, once. */
export function toUiItem(photo: RollItem): UiItem {
  const [primary] = photo.parts;
  const { library, captured } = photo;
  const name = shownName(photo);
  const day = captured ? localDate(captured) : "";
  const time = captured && !captured.isDayOnly ? captured.local.slice(11, 16) : "";
  const kind = kindWords(photo);
  const camera = `${primary.facts?.make ?? ""} ${primary.facts?.model ?? ""}`;
  const words = [
    name,
    day,
    time,
    kind,
    camera,
    library?.caption,
    library?.title,
    ...(library?.people ?? []),
    ...seenWords(photo),
  ];
  return {
    id: photo.id,
    path: primary.item.path,
    name,
    day,
    time,
    kind,
    video: photo.kind === "video",
    bytes: photoSize(photo),
    files: photo.parts.filter((p) => p.availability === "phone" && p.role !== "recipe").length,
    folder: printable(posix.basename(posix.dirname(primary.item.path))),
    fromCloud: primary.item.path.includes("/CPLAssets/"),
    albums: library?.albums ?? [],
    favourite: library?.favourite === true,
    live: photo.subtype === "live" || photo.parts.some((p) => p.role === "live-video"),
    edited: photo.edited === true,
    burst: photo.burst !== undefined,
    raw: isRaw(photo),
    elsewhere: photo.availability === "icloud",
    missing: photo.availability === "missing",
    search: printable(words.join(" ")).toLowerCase(),
    photo,
  };
}

function seenWords({ library }: RollItem): readonly string[] {
  return library?.seen ? [...library.seen.labels, ...library.seen.textInPicture] : [];
}

/** Empty where only the file's times are known: they are good for a day to stand under, and are not when it was taken. */
export function timeTaken({ photo, time }: UiItem): string {
  return photo?.captured && !isRecorded(photo.captured) ? "" : time;
}

/** What is known of files before anything was read of them: enough to look around. */
export function fromFiles(files: readonly MediaItem[]): UiItem[] {
  const stills = new Set(files.filter((f) => fileKind(f.name) === "photo").map((f) => stem(f.path)));
  const items: UiItem[] = [];
  for (const file of files) {
    const kind = fileKind(file.name);
    // A movie beside a still is most likely its own; what it really is shows when the library is read.
    if (kind === "sidecar" || (kind === "video" && stills.has(stem(file.path)))) continue;
    const date = (file.createdAt ?? file.modifiedAt)?.toISOString() ?? "";
    const name = printable(file.name);
    items.push({
      id: file.path,
      path: file.path,
      name,
      day: date.slice(0, 10),
      time: date.slice(11, 16),
      kind: kind === "raw" ? "photo" : kind,
      video: kind === "video",
      bytes: file.sizeBytes,
      files: 1,
      folder: printable(posix.basename(posix.dirname(file.path))),
      fromCloud: file.path.includes("/CPLAssets/"),
      albums: [],
      favourite: false,
      live: false,
      edited: false,
      burst: false,
      raw: kind === "raw",
      elsewhere: false,
      missing: false,
      search: `${name} ${date.slice(0, 10)} ${kind}`.toLowerCase(),
    });
  }
  return items.sort(newer);
}

function stem(path: string): string {
  return posix.join(posix.dirname(path), splitName(posix.basename(path)).stem);
}

/** Newest first. */
function newer(a: UiItem, b: UiItem): number {
  if (a.day !== b.day) return a.day < b.day ? 1 : -1;
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  return a.path < b.path ? 1 : -1;
}

/** "✓ exported ♥ edited live": what sets a photo apart, in words; `exported` for those that are in the destination already. */
export function badges(item: UiItem, exported: boolean): string {
  const words: string[] = exported ? [exportedWords] : [];
  if (item.favourite) words.push("♥");
  if (item.live && item.kind !== "live") words.push("live");
  if (item.edited) words.push("edited");
  if (item.burst && item.kind !== "burst") words.push("burst");
  if (item.elsewhere) words.push("in iCloud only");
  if (item.missing) words.push("missing");
  return words.join(" ");
}

/** The mark of what the destination has. */
export const exportedWords = "✓ exported";
