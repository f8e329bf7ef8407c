/** What a picture is converted by, what comes of it, and why nothing does: shared by both sides of the worker. */

/** What a JPEG cannot hold, or what this one does not. In reports and JSON. */
export const losses = ["hdr", "depth", "mattes", "second-eye", "ten-bits", "transparency", "metadata"] as const;
/**
 * One of `losses`: `hdr` a gain map or a brightness curve of HDR; `mattes` masks of persons, hair or sky; `second-eye` of a spatial
 * photo; `metadata` EXIF that is too long for a JPEG.
 */
export type Loss = (typeof losses)[number];

/** Why a picture is not converted. */
export const refusals = [
  "too-large",
  "not-a-picture",
  "damaged",
  "no-full-picture",
  "no-decoder",
  "gave-up",
  "no-ffmpeg",
  "no-tone-mapping",
  "changed",
  "failed",
] as const;
/**
 * One of `refusals`: `no-full-picture` for a RAW file without a JPEG of its whole picture; `no-decoder` where the optional packages
 * are not installed; `gave-up` when the decoder took longer than it may, or died; of movies `changed` where the copy was not as long, as
 * large or told as much as the movie, `failed` where ffmpeg said so.
 */
export type Refusal = (typeof refusals)[number];

export interface JpegOptions {
  /** Longest side in pixels; undefined for as large as it is. Never made larger. */
  readonly maxSize?: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
  /** Colours are converted to sRGB; else they stay as they are, with their profile. */
  readonly srgb?: boolean | undefined;
  /** Without EXIF and XMP: for a page of small pictures. A colour profile stays. */
  readonly bare?: boolean | undefined;
}

export interface MadeJpeg {
  readonly jpeg: Uint8Array;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly lost: readonly Loss[];
}

/** Thrown for a picture that is not converted; its message is a sentence without its end. */
export class NotConverted extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** No picture of more pixels is decoded. */
export const maxPixels = 100_000_000;
/** Nor one of more than these that has to be in memory as a whole. */
export const maxPixelsAtOnce = 2 ** 26;
