/** What server and page say to each other: types, and the bits that photos carry. Nothing here knows a browser or Node. */

/** Bits of `ItemsAnswer.flags`. A photo has any number of them. */
export const flag = {
  video: 1,
  live: 2,
  favourite: 4,
  edited: 8,
  hidden: 16,
  trashed: 32,
  unpicked: 64,
  raw: 128,
  screenshot: 256,
  panorama: 512,
  portrait: 1024,
  slomo: 2048,
  timelapse: 4096,
  burst: 8192,
  cinematic: 16384,
  spatial: 32768,
  screenrecording: 65536,
} as const;

/** Shape of a tile as one byte: width to height times 50, within what rows are laid out with. */
export const ratioScale = 50;
/** Narrower and wider pictures are shown cropped in the grid: 9:16 to 4:1. */
export const ratioBounds = { least: 28, most: 200 } as const;

/** What the page is told when it opens. */
export interface StartAnswer {
  readonly title: string;
  /** Local date of this computer, `2024-05-01`. */
  readonly today: string;
  readonly count: number;
  readonly hidden: number;
  readonly trashed: number;
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  readonly favourites: number;
  readonly people: number;
  readonly places: number;
  readonly duplicates: number;
  readonly phones: readonly {
    readonly n: number;
    readonly name: string;
    readonly model: string;
    readonly count: number;
  }[];
  readonly destinations: readonly string[];
  /** Why albums of the gallery cannot be kept; null where they can. */
  readonly cannotKeep: string | null;
  readonly earliest: number;
  readonly latest: number;
  /** Which index it is of: see `IndexAnswer`. */
  readonly generation: number;
  /** The backup has changed since this index was made, and the next one is being made. */
  readonly isOlder: boolean;
}

/**
 * How far the index is, sent as it goes on; the last is `ready` or `failed`. A page is of one index, its generation, since photos have
 * other numbers in the next: it goes on with its own until it is loaded anew.
 */
export type IndexAnswer =
  | { readonly state: "making"; readonly step: IndexStep; readonly done: number; readonly of: number }
  | { readonly state: "ready"; readonly generation: number }
  | { readonly state: "failed"; readonly why: string; readonly remedy: string };

/** What is being read or made: what phones' libraries say, the photos themselves, and what the search finds them by. */
export type IndexStep = "libraries" | "photos" | "words";

/** Photos of one view, in its order: how many on which day, and the shape of each. Enough to lay all of it out. */
export interface ViewAnswer {
  readonly count: number;
  /** Day as yyyymmdd (0: no date) and how many photos it has, one after the other; empty where the order is not by day. */
  readonly days: readonly number[];
  /** Base64 of one byte a photo: see `ratioScale`. */
  readonly ratios: string;
  /** Set where these are only the first photos of the view: how many it has in all. */
  readonly of?: number;
  /** What the search understood besides words, for the person who typed it. */
  readonly understood?: readonly string[];
}

/** A stretch of a view, as columns. */
export interface ItemsAnswer {
  readonly from: number;
  readonly id: readonly number[];
  /** Names the picture's content: part of its address, so that it may be kept for ever. */
  readonly v: readonly string[];
  readonly name: readonly string[];
  readonly flags: readonly number[];
  /** Seconds, rounded; 0 for what is no movie. */
  readonly duration: readonly number[];
  /** In words, "240 MB"; where photos stand by their size. */
  readonly size?: readonly string[];
}

/** In the page itself, so that the first pictures wait for no question: the start, and the first photos of the timeline. */
export interface FirstAnswer {
  readonly start: StartAnswer;
  readonly view: ViewAnswer;
  readonly items: ItemsAnswer;
}

/** What is laid out at once fills the largest screen; whatever comes behind it is laid out when the first pictures are there. */
export const headPhotos = 360;

/** Photos are asked for in stretches of so many, at fixed places, so that each is asked for once. */
export const stretch = 120;

/** Something that photos are grouped by, with one of them as its cover. */
export interface GroupAnswer {
  /** The view's words: what `api/view?` is asked with. */
  readonly view: string;
  readonly title: string;
  /** Folders of an album; what else is said below the title. */
  readonly note: string;
  readonly count: number;
  readonly cover: { readonly id: number; readonly v: string };
  /** Set for albums of the gallery itself, which a person may change here. */
  readonly own?: string;
}

/** A year, month or day as the phone chose it. */
export interface HighlightAnswer extends GroupAnswer {
  /** yyyy, yyyymm or yyyymmdd. */
  readonly day: number;
}

/** Each the latest first. Days have the phone's own titles, in its language; years and months are named by the page. */
export interface HighlightsAnswer {
  readonly years: readonly HighlightAnswer[];
  readonly months: readonly HighlightAnswer[];
  readonly days: readonly HighlightAnswer[];
}

/** Where photos were taken: rounded to a hundredth of a degree, with how many and one of them. */
export interface PlacesAnswer {
  readonly lat: readonly number[];
  readonly lon: readonly number[];
  readonly count: readonly number[];
  readonly id: readonly number[];
  readonly v: readonly string[];
  readonly names: readonly (readonly [name: string, count: number])[];
}

/** A file of a photo that can be looked at or downloaded. */
export interface PartAnswer {
  readonly n: number;
  readonly role: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  /** Destination and path in it. */
  readonly place: string;
  readonly path: string;
  readonly fromPhone: string;
  readonly copiedAt: string;
  readonly run: string;
  readonly readBack: string | null;
}

/** How the single view shows it: a picture that the browser can show, one made for it, or a movie. */
export interface PhotoAnswer {
  readonly id: number;
  readonly name: string;
  readonly flags: number;
  readonly taken: string | null;
  readonly takenFrom: string | null;
  readonly width: number;
  readonly height: number;
  /** Address of the picture; of a movie its poster. */
  readonly picture: string;
  /** Of the unedited original, where there is an edit. */
  readonly originalPicture: string | null;
  /** The file itself where a browser can show it and bear it, for zooming in. */
  readonly full: string | null;
  /** A JPEG as large as a screen, made for it: for where many are shown at once. */
  readonly made: string;
  readonly movie: { readonly url: string; readonly proxy: string | null } | null;
  readonly liveMovie: { readonly url: string; readonly proxy: string | null } | null;
  readonly download: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly caption: string;
  readonly gps: { readonly lat: number; readonly lon: number } | null;
  readonly links: readonly { readonly kind: string; readonly title: string; readonly view: string }[];
  readonly parts: readonly PartAnswer[];
  readonly copies: readonly string[];
  readonly burst: { readonly view: string; readonly count: number } | null;
}

/** Why there is no picture of a photo: of these the page makes its words. */
export type NoPicture =
  /** Not in the destination any more, or something else has its name. */
  | "gone"
  /** The destination itself is not at its place. */
  | "disk-gone"
  /** More pixels or bytes than are decoded. */
  | "too-large"
  | "damaged"
  /** Whatever its name says. */
  | "not-a-picture"
  /** A RAW file without a JPEG of its picture. */
  | "no-full-picture"
  /** The optional package that decodes it is not installed. */
  | "no-decoder"
  /** Stills of movies need it. */
  | "no-ffmpeg"
  /** Decoding took longer than it may, or ended the decoder. */
  | "gave-up";

/** What a request is refused with. */
export interface ErrorAnswer {
  readonly error: string;
  readonly code: string;
  /** Set where a picture or its file was asked for. */
  readonly reason?: NoPicture;
}

/** A photo of an exported album. */
export interface StaticPhoto {
  /** Its pictures' name. */
  readonly n: string;
  /** yyyymmdd; 0 without a date. */
  readonly day: number;
  /** As `ratioScale` has it. */
  readonly ratio: number;
  readonly hasPicture: boolean;
  /** The movie's address; "" where it is not in the album. */
  readonly movie?: string;
  /** What was asked for with `--with`. */
  readonly words?: string;
}

/** An exported album, as its data file has it. */
export interface StaticAlbum {
  readonly title: string;
  readonly photos: readonly StaticPhoto[];
}

/** What an album that leaves the house may tell besides pictures and days, for those who ask for it. */
export const albumWords = ["place", "camera", "person", "caption"] as const;
export type AlbumWord = (typeof albumWords)[number];

/** How far such an album is, and in the end what came of it. */
export interface AlbumCounts {
  readonly of: number;
  photos: number;
  movies: number;
  /** Movies of which only the first picture is there, because no ffmpeg is, or it could not. */
  movieStills: number;
  /** Photos of which no picture could be made. */
  without: number;
}

/** One that is fetched from the page. `gone`: nobody fetches it any more, or it could not be finished. */
export interface AlbumAnswer extends AlbumCounts {
  readonly state: "waiting" | "making" | "ready" | "gone";
}
