/** The facts as a type, for those that find them and those that use them. */
import type { CaptureTime } from "./capture-time.ts";
import type { FileFormat, MediaKind } from "./kinds.ts";

/** Every field is absent when the file does not tell. */
export interface MediaFacts {
  readonly format: FileFormat;
  /** What the first bytes say it is, where the name does not. */
  readonly kind?: MediaKind;
  readonly captured?: CaptureTime;
  /** What else it says, where that is well before: it stands in for a date that is yet to come. */
  readonly earlier?: CaptureTime;
  /** Upright, after orientation. */
  readonly width?: number;
  readonly height?: number;
  /** EXIF 1-8. */
  readonly orientation?: number;
  readonly make?: string;
  readonly model?: string;
  readonly lens?: string;
  readonly exposureSeconds?: number;
  readonly aperture?: number;
  readonly iso?: number;
  readonly focalLength35mm?: number;
  readonly gps?: { readonly lat: number; readonly lon: number };
  readonly durationSeconds?: number;
  readonly codec?: string;
  /** Pairs the still and the movie of a Live Photo. */
  readonly contentIdentifier?: string;
  readonly burstUuid?: string;
  /** The phone itself says that it is one. */
  readonly isScreenshot?: true;
  /** Of a Motion Photo: so many bytes at its end are announced to be a movie. */
  readonly motionVideoBytes?: number;
}
