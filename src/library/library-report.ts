/** The phone as its owner would describe it: how much of what, from when, where, and what could be looked at twice. */
import { captureInstant, isRecorded, localDate } from "../media/capture-time.ts";
import { addTo } from "../shared/map.ts";
import { type ICloudReport, reportICloud } from "./icloud-report.ts";
import { isRaw, kindWords, photoSize } from "./photo-kind.ts";
import { type CameraRoll, countAvailability, type RollItem, whyNotShown } from "./roll.ts";

/** Photos that have something in common, counted. */
export interface Group {
  readonly name: string;
  readonly count: number;
  /** On the phone. */
  readonly bytes: number;
}

/** Items that may be one photo twice. Shown to a person; nothing is done with them. */
export interface Duplicates {
  /** `fingerprint`: the phone's own mark of one original; `candidate`: equal size and moment, which proves nothing. */
  readonly by: "fingerprint" | "candidate";
  readonly items: readonly RollItem[];
}

/** An album and what of it was looked at. Albums of one name are told apart. */
export interface AlbumTally extends Group {
  readonly key: string;
}

/** A phone in numbers. Everything counts items that Photos shows, unless it says otherwise. */
export interface LibraryReport {
  readonly shown: readonly RollItem[];
  readonly bytes: number;
  readonly photoBytes: number;
  readonly videoBytes: number;
  readonly availability: ReturnType<typeof countAvailability>;
  readonly excluded: {
    readonly hidden: number;
    readonly trashed: number;
    readonly shared: number;
    readonly burstUnpicked: number;
  };
  readonly trashedBytes: number;
  readonly kinds: readonly Group[];
  readonly years: readonly Group[];
  readonly cameras: readonly Group[];
  readonly places: readonly Group[];
  /** Empty where the library does not tell. */
  readonly albums: readonly AlbumTally[];
  readonly people: readonly Group[];
  readonly favourites: number;
  readonly edited: number;
  readonly largestVideos: readonly RollItem[];
  readonly duplicates: readonly Duplicates[];
  readonly oldScreenshots: Group;
  readonly screenshots: Group;
  readonly bursts: BurstTally;
  /** Undefined for a phone that has no iCloud. */
  readonly iCloud: ICloudReport | undefined;
}

/** Series that were taken at once, with all of their frames. */
export interface BurstTally {
  readonly bursts: number;
  readonly frames: number;
  readonly bytes: number;
  /** Of these, frames that nobody picked: Photos does not show them. */
  readonly unpicked: Pick<Group, "count" | "bytes">;
}

const largestShown = 5;
/** A screenshot that nobody needed for a year. */
const oldScreenshotDays = 365;

/** @param chosen what of the roll is counted; what Photos shows of it otherwise */
export function reportLibrary(roll: CameraRoll, now: number, chosen?: readonly RollItem[]): LibraryReport {
  const shown = chosen ?? roll.items.filter((item) => whyNotShown(item) === undefined);
  const hiddenAway = roll.items.filter((item) => whyNotShown(item) !== undefined);
  const why = (reason: string): RollItem[] => hiddenAway.filter((item) => whyNotShown(item) === reason);
  const videos = shown.filter((item) => item.kind === "video");
  const bytes = sum(roll.items);
  const videoBytes = sum(roll.items.filter((item) => item.kind === "video"));
  return {
    shown,
    bytes,
    videoBytes,
    photoBytes: bytes - videoBytes,
    availability: countAvailability(roll.items),
    excluded: {
      hidden: why("hidden").length,
      trashed: why("trashed").length,
      shared: why("shared").length,
      burstUnpicked: why("burst-unpicked").length,
    },
    trashedBytes: sum(why("trashed")),
    kinds: groupBy(shown, (item) => [isRaw(item) ? "raw" : kindWords(item)]),
    years: groupBy(shown, (item) => [yearOf(item)]),
    cameras: groupBy(shown, (item) => [item.parts[0].facts?.model ?? "unknown camera"]),
    places: byCount(groupBy(shown, placeOf)),
    albums: albumsOf(shown),
    people: byCount(groupBy(shown, (item) => item.library?.people ?? [])),
    favourites: shown.filter((item) => item.library?.favourite).length,
    edited: shown.filter((item) => item.edited).length,
    largestVideos: [...videos].sort((a, b) => photoSize(b) - photoSize(a)).slice(0, largestShown),
    duplicates: findDuplicates(shown),
    oldScreenshots: oldScreenshots(shown, now),
    screenshots: groupOf(
      "screenshots",
      shown.filter((item) => item.subtype === "screenshot"),
    ),
    bursts: burstsOf(roll.items, chosen),
    iCloud: reportICloud(roll),
  };
}

/** Marked as elsewhere where only the file's own times say it. */
function yearOf({ captured }: RollItem): string {
  if (!captured) return "no date";
  return `${isRecorded(captured) ? "" : "~"}${localDate(captured).slice(0, 4)}`;
}

function sum(items: readonly RollItem[]): number {
  return items.reduce((total, item) => total + photoSize(item), 0);
}

function groupBy(items: readonly RollItem[], namesOf: (item: RollItem) => readonly string[]): Group[] {
  const groups = new Map<string, { count: number; bytes: number }>();
  for (const item of items)
    for (const name of namesOf(item)) {
      const group = groups.get(name) ?? { count: 0, bytes: 0 };
      groups.set(name, { count: group.count + 1, bytes: group.bytes + photoSize(item) });
    }
  return [...groups].map(([name, g]) => ({ name, ...g })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** By name with folders, then as the phone numbers them. */
export function albumsOf(items: readonly RollItem[]): AlbumTally[] {
  const albums = new Map<string, AlbumTally>();
  for (const item of items)
    for (const { key, path } of item.library?.albums ?? []) {
      const { count, bytes } = albums.get(key) ?? { count: 0, bytes: 0 };
      albums.set(key, { key, name: path, count: count + 1, bytes: bytes + photoSize(item) });
    }
  const order = (a: AlbumTally): string => `${a.name}\0${a.key}`;
  return [...albums.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function byCount(groups: readonly Group[]): Group[] {
  return [...groups].sort((a, b) => b.count - a.count);
}

/** The library's name of the place; else a square of a tenth of a degree, about ten kilometres. */
function placeOf(item: RollItem): readonly string[] {
  if (item.library?.place) return [item.library.place];
  const gps = item.parts[0].facts?.gps;
  return gps ? [`near ${gps.lat.toFixed(1)}, ${gps.lon.toFixed(1)}`] : [];
}

function findDuplicates(items: readonly RollItem[]): Duplicates[] {
  const byFingerprint = new Map<string, RollItem[]>();
  const byLooks = new Map<string, RollItem[]>();
  for (const item of items) {
    const { fingerprint } = item.library ?? {};
    if (fingerprint !== undefined) addTo(byFingerprint, fingerprint, item);
    else if (item.captured) {
      const { sizeBytes } = item.parts[0].item;
      if (sizeBytes > 0) addTo(byLooks, `${sizeBytes}/${captureInstant(item.captured).getTime()}`, item);
    }
  }
  const several = (groups: Map<string, RollItem[]>, by: Duplicates["by"]): Duplicates[] =>
    [...groups.values()].filter((g) => g.length > 1).map((group) => ({ by, items: group }));
  return [...several(byFingerprint, "fingerprint"), ...several(byLooks, "candidate")];
}

function groupOf(name: string, items: readonly RollItem[]): Group {
  return { name, count: items.length, bytes: sum(items) };
}

/** Frames that Photos does not show are counted with those that it shows. @param chosen whose bursts alone are meant, if given */
function burstsOf(items: readonly RollItem[], chosen: readonly RollItem[] | undefined): BurstTally {
  const wanted = new Set((chosen ?? items).flatMap(({ burst }) => (burst ? [burst.uuid] : [])));
  const frames = items.filter(({ burst, library }) => burst && wanted.has(burst.uuid) && !library?.trashed);
  const unpicked = frames.filter(({ burst }) => burst?.picked === false);
  return {
    bursts: new Set(frames.map(({ burst }) => burst?.uuid)).size,
    frames: frames.length,
    bytes: sum(frames),
    unpicked: { count: unpicked.length, bytes: sum(unpicked) },
  };
}

function oldScreenshots(items: readonly RollItem[], now: number): Group {
  const old = items.filter(
    (item) =>
      item.subtype === "screenshot" &&
      item.captured !== undefined &&
      now - captureInstant(item.captured).getTime() > oldScreenshotDays * 86_400_000,
  );
  return { name: "screenshots older than a year", count: old.length, bytes: sum(old) };
}
