/** What a kept library says of a photo, taken from JSON that anybody may have written: what has not the type it should have is not there. */
import { cameraName } from "../../library/index.ts";
import type { KeptPhoto } from "../../transfer/logs/index.ts";
import { flag } from "../wire.ts";

/** One photo as the index keeps it. */
export interface PhotoFacts {
  readonly name: string | undefined;
  /** ISO 8601, local; undefined where nothing tells. */
  readonly taken: string | undefined;
  readonly flags: number;
  readonly ratio: number;
  readonly duration: number;
  readonly gps: { readonly lat: number; readonly lon: number } | undefined;
  readonly burst: string | undefined;
  /** What is found by words, each with its kind. */
  readonly words: readonly (readonly [kind: string, value: string])[];
  /** Days for which the phone chose it, and days, months and years that it stands for. */
  readonly chosenFor: readonly ChosenFor[];
  /** For the single view alone. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A highlight of the phone with what this photo is to it. */
export interface ChosenFor {
  readonly key: string;
  readonly kind: "day" | "month" | "year";
  /** yyyymmdd; 0 where nothing tells. */
  readonly day: number;
  readonly title: string;
  readonly subtitle: string;
  readonly score: number;
  readonly isCover: boolean;
}

const subtypeFlags: Readonly<Record<string, number>> = {
  live: flag.live,
  panorama: flag.panorama,
  screenshot: flag.screenshot,
  slomo: flag.slomo,
  timelapse: flag.timelapse,
  portrait: flag.portrait,
  cinematic: flag.cinematic,
  spatial: flag.spatial,
  screenrecording: flag.screenrecording,
  burst: flag.burst,
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, 4_000) : undefined;
const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
/** Between an album's folders and its title, which may have any other character. */
export const albumSeparator = "\u001f";

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((v) => text(v) ?? []).slice(0, 500) : [];

/** @param kept of the newest library that has the photo */
export function factsOfKept(kept: KeptPhoto): PhotoFacts {
  const { captured, capturedFrom, durationSeconds, width, height, burstUuid } = kept;
  const isRecorded = capturedFrom !== "file-created" && capturedFrom !== "file-modified";
  return {
    name: text(kept["originalFilename"]) ?? text(kept["path"])?.split("/").at(-1),
    taken: isRecorded ? text(captured) : undefined,
    flags: flagsOf(kept),
    ratio: ratioOf(number(width), number(height)),
    duration: Math.max(0, number(durationSeconds) ?? 0),
    gps: gpsOf(kept["gps"]),
    burst: text(burstUuid),
    words: wordsOf(kept),
    chosenFor: chosenFor(kept),
    detail: detailOf(kept),
  };
}

/** Width to height; of a photo whose size nobody tells that of most photos. */
function ratioOf(width: number | undefined, height: number | undefined): number {
  return width !== undefined && height !== undefined && width > 0 && height > 0 ? width / height : 4 / 3;
}

function flagsOf(kept: KeptPhoto): number {
  let flags = subtypeFlags[text(kept["subtype"]) ?? ""] ?? 0;
  if (kept["kind"] === "video") flags |= flag.video;
  if (kept["live"] === true) flags |= flag.live;
  if (kept["favourite"] === true) flags |= flag.favourite;
  if (kept["edited"] === true) flags |= flag.edited;
  if (kept["hidden"] === true) flags |= flag.hidden;
  if (kept["trashed"] === true) flags |= flag.trashed;
  if (kept["burstPicked"] === false) flags |= flag.unpicked;
  return flags;
}

function gpsOf(value: unknown): PhotoFacts["gps"] {
  const { lat, lon } = (value ?? {}) as { lat?: unknown; lon?: unknown };
  const [y, x] = [number(lat), number(lon)];
  return y === undefined || x === undefined || Math.abs(y) > 90 || Math.abs(x) > 180 ? undefined : { lat: y, lon: x };
}

function wordsOf(kept: KeptPhoto): (readonly [string, string])[] {
  const one = (kind: string, value: unknown): (readonly [string, string])[] => {
    const found = text(value);
    return found === undefined ? [] : [[kind, found]];
  };
  return [
    ...one("caption", kept["caption"]),
    ...one("title", kept["title"]),
    ...one("place", kept["place"]),
    ...one("camera", cameraOf(kept)),
    ...texts(kept["people"]).map((v) => ["person", v] as const),
    ...albumsOf(kept).map((v) => ["album", v] as const),
    ...texts(kept["keywords"]).map((v) => ["keyword", v] as const),
    ...texts(kept["labels"]).map((v) => ["label", v] as const),
    ...occasionsOf(kept).map((v) => ["occasion", v] as const),
    // What the phone read in the picture.
    ...texts(kept["textInPicture"]).map((v) => ["read", v] as const),
  ];
}

/** With their folders; of libraries that were kept before these stood apart, as the path that they are called by. */
function albumsOf(kept: KeptPhoto): string[] {
  const paths = kept["albumPaths"];
  if (!Array.isArray(paths)) return texts(kept["albums"]);
  return paths.slice(0, 500).flatMap((path: unknown) => {
    const { title, folders } = (path ?? {}) as { title?: unknown; folders?: unknown };
    const named = text(title);
    return named === undefined ? [] : [[...texts(folders), named].join(albumSeparator)];
  });
}

/** One photo is chosen for a day, and may stand for it, its month and its year. */
const mostHighlights = 20;

function chosenFor(kept: KeptPhoto): ChosenFor[] {
  const all = kept["highlights"];
  if (!Array.isArray(all)) return [];
  return all.slice(0, mostHighlights).flatMap((value: unknown): ChosenFor[] => {
    const h = (value ?? {}) as Readonly<Record<string, unknown>>;
    const [key, kind, date] = [text(h["key"]), h["kind"], text(h["date"])];
    if (key === undefined || (kind !== "day" && kind !== "month" && kind !== "year")) return [];
    return [
      {
        ...{
          key: key.slice(0, 100),
          kind,
          day: /^\d{4}-\d\d-\d\d$/.test(date ?? "") ? Number(date?.replaceAll("-", "")) : 0,
        },
        ...{ title: text(h["title"]) ?? "", subtitle: text(h["subtitle"]) ?? "" },
        ...{ score: number(h["score"]) ?? 0, isCover: h["cover"] === true },
      },
    ];
  });
}

/** Titles that the phone gave to a day say where, or what for. */
function occasionsOf(kept: KeptPhoto): string[] {
  return chosenFor(kept).flatMap(({ kind, title }) => (kind === "day" && title !== "" ? [title] : []));
}

function cameraOf({ make, model }: KeptPhoto): string {
  const [m, n] = [text(make), text(model)];
  return cameraName({ ...(m === undefined ? {} : { make: m }), ...(n === undefined ? {} : { model: n }) });
}

const shownFields = [
  ...["width", "height", "make", "model", "lens", "exposureSeconds", "aperture", "iso", "focalLength35mm"],
  ...["caption", "title", "keywords", "people", "albums", "place", "labels", "capturedFrom", "zone", "uuid"],
] as const;

function detailOf(photo: KeptPhoto): Record<string, unknown> {
  return Object.fromEntries(
    shownFields.flatMap((k) => (photo[k] === undefined || photo[k] === null ? [] : [[k, photo[k]]])),
  );
}

/** Words that are found for what a photo is, in the words of Photos. */
export function kindWordsOf(flags: number): string[] {
  const words: string[] = [];
  const add = (bit: number, ...names: string[]): void => {
    if (flags & bit) words.push(...names);
  };
  add(flag.video, "video", "movie");
  if (!(flags & flag.video)) words.push("photo");
  add(flag.live, "live photo");
  add(flag.favourite, "favourite", "favorite");
  add(flag.edited, "edited");
  add(flag.raw, "raw");
  add(flag.screenshot, "screenshot");
  add(flag.panorama, "panorama");
  add(flag.portrait, "portrait");
  add(flag.slomo, "slo-mo", "slow motion");
  add(flag.timelapse, "time-lapse", "timelapse");
  add(flag.burst, "burst");
  add(flag.cinematic, "cinematic");
  add(flag.spatial, "spatial");
  add(flag.screenrecording, "screen recording");
  return words;
}

/** The page's own menu says them in the plural, and so do people. */
const manyOf: readonly string[] = [
  ...["photo", "video", "movie", "favourite", "favorite", "screenshot", "panorama", "portrait", "burst"],
  ...["recording", "timelapse", "time-lapse"],
];

/** "videos" -> "video". @param word folded. @returns undefined where it is not the plural of a kind's word */
export function kindOfMany(word: string): string | undefined {
  return manyOf.find((one) => `${one}s` === word);
}
