/** Which photos are meant: the filters of the command line and of the UI as one value. */
import { posix } from "node:path";
import { onThe } from "../../device/media-source.ts";
import {
  type Album,
  type CameraRoll,
  cameraName,
  isBelow,
  type LibraryFeature,
  type RollItem,
  subtypes,
  whyNotShown,
} from "../../library/index.ts";
import { isRaw } from "../../library/photo-kind.ts";
import { localDate } from "../../media/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import type { SkipReason } from "../events.ts";
import { isInPlace, type PlaceFilter } from "./place-filter.ts";

/** The values of `--kind`. */
export const selectableKinds = ["photo", "video", "raw", ...subtypes] as const;
/** One of `selectableKinds`. */
export type SelectableKind = (typeof selectableKinds)[number];

/** Filters that all have to hold; absent ones let everything through. */
export interface SelectionOptions {
  /** First and last local capture date, both included: "2024-05-01". */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly kinds?: readonly SelectableKind[] | undefined;
  /** On the phone: "/DCIM/100APPLE" or "100APPLE". */
  readonly folder?: string | undefined;
  /** At most so many photos (a Live Photo counts once). */
  readonly limit?: number | undefined;
  /** Exactly these photos, by id. */
  readonly ids?: ReadonlySet<string> | undefined;
  /** In any of these albums: "Lisbon" or "Trips/Lisbon". */
  readonly albums?: readonly string[] | undefined;
  readonly favourites?: boolean | undefined;
  /** Where any of these is seen; a part of the name is enough. */
  readonly people?: readonly string[] | undefined;
  /** In maker or model of the camera. */
  readonly camera?: string | undefined;
  /** In caption, title, keywords, album, person or file name. */
  readonly text?: string | undefined;
  readonly place?: PlaceFilter | undefined;
  /** Also what Photos hides, what was deleted in the last weeks, and burst frames that nobody picked. */
  readonly hidden?: boolean | undefined;
  readonly recentlyDeleted?: boolean | undefined;
  readonly unpickedBursts?: boolean | undefined;
}

/** `chosen`, or why not; `undated` is `filtered` for want of a date. */
export type Verdict =
  | "chosen"
  | "undated"
  | Extract<SkipReason, "filtered" | "hidden" | "trashed" | "shared" | "burst-unpicked">;

/**
 * The filters, checked once. `verdict` answers for each photo; `assertAnswerable` refuses a filter that this phone cannot answer.
 * @throws {UsageError} where a filter cannot mean anything
 */
export class Selection {
  readonly limit: number;
  readonly options: SelectionOptions;
  readonly #albums: readonly string[] | undefined;
  readonly #people: readonly string[] | undefined;
  readonly #camera: string | undefined;
  readonly #text: string | undefined;

  constructor(options: SelectionOptions = {}) {
    this.options = options;
    this.limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#albums = options.albums?.map(fold);
    this.#people = options.people?.map(fold);
    this.#camera = options.camera === undefined ? undefined : fold(options.camera);
    this.#text = options.text === undefined ? undefined : fold(options.text);
  }

  /** Whether what is hidden on the phone is taken too. */
  get takesHidden(): boolean {
    return this.options.hidden === true;
  }

  /** Whether it must be known which camera took a photo. */
  get asksForCamera(): boolean {
    return this.#camera !== undefined;
  }

  verdict(photo: RollItem): Verdict {
    const matched = this.#matches(photo);
    if (matched !== "chosen") return matched;
    const why = whyNotShown(photo);
    if (why === "hidden" && this.options.hidden) return "chosen";
    if (why === "trashed" && this.options.recentlyDeleted) return "chosen";
    if (why === "burst-unpicked" && this.options.unpickedBursts) return "chosen";
    return why ?? "chosen";
  }

  #matches(photo: RollItem): Verdict {
    const { since, until, kinds, folder, ids, favourites, place } = this.options;
    // Who chose by hand chose among what Photos shows: the rest was left out for its own reason.
    if (ids && !ids.has(photo.id)) return whyNotShown(photo) ?? "filtered";
    if (folder !== undefined && !inFolder(photo.parts[0].item.path, folder)) return "filtered";
    if (kinds && !kinds.some((kind) => isKind(photo, kind))) return "filtered";
    if (favourites && photo.library?.favourite !== true) return "filtered";
    if (this.#albums && !this.#inAlbum(photo, this.#albums)) return "filtered";
    const people = photo.library?.people ?? [];
    if (this.#people && !this.#people.some((wanted) => people.some((p) => fold(p).includes(wanted)))) return "filtered";
    if (this.#camera !== undefined && !cameraOf(photo).includes(this.#camera)) return "filtered";
    if (this.#text !== undefined && !textsOf(photo).some((t) => fold(t).includes(this.#text as string)))
      return "filtered";
    if (place && !isInPlace(photo.parts[0].facts?.gps, place)) return "filtered";
    if (since === undefined && until === undefined) return "chosen";
    if (!photo.captured) return "undated";
    const date = localDate(photo.captured);
    return (since === undefined || date >= since) && (until === undefined || date <= until) ? "chosen" : "filtered";
  }

  #inAlbum(photo: RollItem, wanted: readonly string[]): boolean {
    return (photo.library?.albums ?? []).some((a) => wanted.includes(fold(a.title)) || wanted.includes(fold(a.path)));
  }

  /**
   * What was asked for must be something this phone can answer: nothing found and nothing known look alike otherwise.
   * @throws {UsageError} naming the filter, and for a name that matches nothing those that there are
   */
  assertAnswerable(roll: CameraRoll): void {
    const { favourites, albums, people, hidden, recentlyDeleted } = this.options;
    const asked: [boolean, string, LibraryFeature][] = [
      [favourites === true, "--favourites", "favourite"],
      [albums !== undefined, "--album", "albums"],
      [people !== undefined, "--person", "people"],
      [hidden === true, "--hidden", "hidden"],
      [recentlyDeleted === true, "--recently-deleted", "trashed"],
    ];
    const { source, unknown, neverTold, why } = roll.knowledge;
    const { noun, system } = roll.device;
    for (const [isAsked, flag, feature] of asked) {
      if (!isAsked) continue;
      // Taking hidden or deleted ones too needs no answer where nothing tells them apart: they are taken.
      if ((feature === "hidden" || feature === "trashed") && (source === "tree" || !neverTold)) continue;
      if (source === "tree")
        throw new UsageError(
          "usage",
          `${flag} needs the ${noun}'s photo library, and ${why ?? "it could not be read"}.`,
        );
      if (neverTold?.has(feature))
        throw new UsageError("usage", `${flag} cannot be answered: the ${noun} does not tell it.`);
      if (unknown.has(feature) && neverTold)
        throw new UsageError(
          "usage",
          // Where there is a system, it keeps an index, to which another way leads.
          system === undefined
            ? `${flag} cannot be answered: the ${noun} does not tell it.`
            : `${flag} needs adb: over MTP the ${noun} does not tell it.`,
        );
      if (unknown.has(feature))
        throw new UsageError(
          "usage",
          `${flag} cannot be answered: this ${noun}'s library keeps it where offroll does not look.`,
        );
    }
    this.#assertNames(roll);
  }

  /** A name that nothing on the phone has is a slip of the keyboard more often than a wish. */
  #assertNames(roll: CameraRoll): void {
    const { albums, people, camera, folder, text } = this.options;
    const on = onThe(roll.device.noun);
    const all = <T>(of: (photo: RollItem) => readonly T[]): Set<T> => new Set(roll.items.flatMap(of));
    if (albums) {
      const there = all((photo) => photo.library?.albums ?? []);
      const names = new Set([...there].flatMap((a) => [fold(a.path), fold(a.title)]));
      for (const album of albums.filter((a) => !names.has(fold(a)))) throw noAlbum(album, there, roll);
    }
    if (people) {
      const there = all((photo) => photo.library?.people ?? []);
      const isKnown = (wanted: string): boolean => [...there].some((p) => fold(p).includes(fold(wanted)));
      for (const person of people.filter((p) => !isKnown(p)))
        throw nothingOf(`There is nobody called "${printable(person)}" in the photos ${on}.`, there);
    }
    if (camera !== undefined && !roll.items.some((photo) => cameraOf(photo).includes(fold(camera))))
      throw nothingOf(`No photo ${on} is from a camera called "${printable(camera)}".`, all(cameraNames));
    if (folder !== undefined && !roll.items.some((photo) => inFolder(photo.parts[0].item.path, folder)))
      throw nothingOf(
        `There is no folder "${printable(folder)}" with photos ${on}.`,
        all((photo) => [posix.dirname(photo.parts[0].item.path)]),
      );
    const wanted = this.#text;
    if (wanted !== undefined && !roll.items.some((photo) => textsOf(photo).some((t) => fold(t).includes(wanted))))
      throw new UsageError("usage", `Nothing ${on} has "${printable(text ?? "")}" in its names, words or albums.`);
  }
}

function noAlbum(wanted: string, there: ReadonlySet<Album>, roll: CameraRoll): UsageError {
  if (roll.knowledge.sharedAlbums?.some((title) => fold(title) === fold(wanted)))
    return new UsageError(
      "usage",
      `"${printable(wanted)}" is an album shared in iCloud: the ${roll.device.noun} has reduced copies of it, and offroll takes none.`,
      { remedy: "Open the album in Photos, and save the photos you want to the library. Then run this again." },
    );
  const paths = new Set([...there].map((a) => a.path));
  return nothingOf(`There is no album "${printable(wanted)}" with photos ${onThe(roll.device.noun)}.`, paths);
}

const mostNamed = 30;

function nothingOf(what: string, there: ReadonlySet<string>): UsageError {
  const names = [...new Set([...there].map(printable))].sort();
  const more = names.length > mostNamed ? " …" : "";
  const list = names.length === 0 ? "It has none." : `There are: ${names.slice(0, mostNamed).join(", ")}${more}.`;
  return new UsageError("usage", `${what} ${list}`);
}

/** Names that mean the same to a person: composed or not, upper or lower case. */
function fold(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

function cameraOf(photo: RollItem): string {
  return fold(cameraNames(photo)[0] ?? "");
}

function cameraNames(photo: RollItem): string[] {
  const name = cameraName(photo.parts[0].facts ?? {});
  return name === "" ? [] : [name];
}

function textsOf(photo: RollItem): string[] {
  const { library } = photo;
  return [
    library?.caption,
    library?.title,
    library?.originalFilename,
    photo.parts[0].item.name,
    ...(library?.keywords ?? []),
    ...(library?.people ?? []),
    ...(library?.albums ?? []).map((a) => a.path),
  ].filter((t) => t !== undefined);
}

function inFolder(path: string, folder: string): boolean {
  const wanted = folder.replace(/\/+$/, "");
  return wanted === "" || wanted.startsWith("/") ? isBelow(path, `${wanted}/`) : path.includes(`/${wanted}/`);
}

function isKind(photo: RollItem, kind: SelectableKind): boolean {
  switch (kind) {
    case "photo":
    case "video":
      return photo.kind === kind;
    case "live":
      return photo.subtype === "live" || photo.parts.some((p) => p.role === "live-video");
    case "burst":
      return photo.burst !== undefined;
    case "portrait":
      return photo.subtype === "portrait" || (photo.kind === "photo" && photo.library?.depth === true);
    case "raw":
      return isRaw(photo);
    default:
      return photo.subtype === kind;
  }
}

/**
 * A date as a person writes it: `2024`, `2024-05`, `2024-05-01`, or `30d` for thirty days back from today.
 * @param edge which end of the named span is meant
 * @throws {UsageError}
 */
export function parseDateArgument(text: string, edge: "first" | "last", now: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days) return localDay(new Date(now - Number(days) * 86_400_000));
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text);
  if (!match) throw invalidDate(text);
  const [, year, month, day] = match;
  const m = month ? Number(month) : edge === "first" ? 1 : 12;
  const lastDay = new Date(Date.UTC(Number(year), m, 0)).getUTCDate();
  const d = day ? Number(day) : edge === "first" ? 1 : lastDay;
  if (m < 1 || m > 12 || d < 1 || d > lastDay) throw invalidDate(text);
  return `${year}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
}

function localDay(date: Date): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function invalidDate(text: string): UsageError {
  return new UsageError(
    "usage",
    `"${text}" is not a date. Write 2024, 2024-05, 2024-05-01, or 30d for the last thirty days.`,
  );
}
