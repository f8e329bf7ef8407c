/** Which photos are meant: the filters of the command line and of the UI as one value. */

import { isRaw } from "../../library/photo-kind.ts";
import { type RollItem, subtypes, whyNotShown } from "../../library/roll.ts";
import { localDate } from "../../media/capture-time.ts";
import type { SkipReason } from "../events.ts";
import { cameraOf, fold, hasLabel, inFolder, textsOf } from "./photo-words.ts";
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
  /** With any of these in the picture: a label that the phone gave it, or a part of what it read there. */
  readonly labels?: readonly string[] | undefined;
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
  readonly #labels: readonly string[] | undefined;
  readonly #camera: string | undefined;
  readonly #text: string | undefined;

  constructor(options: SelectionOptions = {}) {
    this.options = options;
    this.limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#albums = options.albums?.map(fold);
    this.#people = options.people?.map(fold);
    this.#labels = options.labels?.map(fold);
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

  /** Whether it must be known what is in the pictures. */
  get asksForLabels(): boolean {
    return this.#labels !== undefined;
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
    if (this.#labels && !this.#labels.some((wanted) => hasLabel(photo, wanted))) return "filtered";
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
