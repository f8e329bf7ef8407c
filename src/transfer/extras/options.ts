/** What a person may ask to have made beside the photos. */
import type { KeywordSource } from "./xmp.ts";

/** The values of `--sidecar`. */
export const sidecarFormats = ["xmp", "json"] as const;
/** The values of `--albums-as`. */
export const albumModes = ["none", "links", "copies"] as const;
/** The values of `--motion`. */
export const motionModes = ["keep", "extract"] as const;

/** How JPEG copies are made. */
export interface JpegChoice {
  /** 1 to 100. */
  readonly quality: number;
  /** Of the longer side, in pixels; undefined for as large as the photo. */
  readonly maxSize?: number | undefined;
  /** Colours become sRGB; else they stay as they are. */
  readonly srgb?: boolean | undefined;
  /** Of RAW files too, where a photo has nothing else. */
  readonly raw: boolean;
}

/** What is to be made beside the photos; by default nothing. */
export interface ExtrasOptions {
  readonly sidecar?: (typeof sidecarFormats)[number] | undefined;
  /** Copies of photos that are hidden on the phone now are moved to the hidden ones; else they are counted. */
  readonly hides?: boolean;
  /** What of the library becomes keywords of an XMP sidecar too. */
  readonly keywordsFrom?: readonly KeywordSource[] | undefined;
  readonly albumsAs: (typeof albumModes)[number];
  /** JPEGs of what is none; undefined for none. */
  readonly jpeg?: JpegChoice | undefined;
  /** MP4s of movies in QuickTime's form. */
  readonly mp4?: boolean | undefined;
  /** A folder in the destination that copies in other forms lie in, as their photos do beside it; undefined for beside the photos. */
  readonly copiesTo?: string | undefined;
  /** `extract`: the movie of a Motion Photo beside it; `keep` by default. */
  readonly motion?: (typeof motionModes)[number] | undefined;
}
