/** What a person may ask to have made beside the photos. */
import type { KeywordSource } from "./xmp.ts";

/** The values of `--sidecar`. */
export const sidecarFormats = ["xmp", "json"] as const;
/** The values of `--albums-as`. */
export const albumModes = ["none", "links", "copies"] as const;
/** The values of `--motion`. */
export const motionModes = ["keep", "extract"] as const;

/** What is to be made beside the photos; by default nothing. */
export interface ExtrasOptions {
  readonly sidecar?: (typeof sidecarFormats)[number] | undefined;
  /** Copies of photos that are hidden on the phone now are moved to the hidden ones; else they are counted. */
  readonly hides?: boolean;
  /** What of the library becomes keywords of an XMP sidecar too. */
  readonly keywordsFrom?: readonly KeywordSource[] | undefined;
  readonly albumsAs: (typeof albumModes)[number];
  /** `extract`: the movie of a Motion Photo beside it; `keep` by default. */
  readonly motion?: (typeof motionModes)[number] | undefined;
}
