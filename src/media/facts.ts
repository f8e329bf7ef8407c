/** What a file says about itself, by one or two small range reads. */
import type { CaptureTime } from "./capture-time.ts";
import { type FileFormat, sniffFormat } from "./kinds.ts";
import { headBytes, type RangeReader } from "./range-reader.ts";

/** Every field is absent when the file does not tell. */
export interface MediaFacts {
  readonly format: FileFormat;
  readonly captured?: CaptureTime;
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
}

/**
 * Reads the facts of one file. A file nothing can be made of has only its format; errors of the reader itself pass through.
 */
export async function readFacts(reader: RangeReader): Promise<MediaFacts> {
  const head = await reader.read(0, Math.min(reader.size, headBytes));
  const format = sniffFormat(head);
  switch (format) {
    case "jpeg":
    case "heif":
    case "tiff":
    case "png":
      // Loaded when the first photo asks: the parsers are large, and `--help` needs none of them.
      return { format, ...(await (await import("./exif.ts")).readExif(head, format)) };
    case "quicktime":
      return { format, ...(await (await import("./quicktime.ts")).readQuickTime(reader)) };
    default:
      return { format };
  }
}
