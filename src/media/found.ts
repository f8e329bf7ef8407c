/** What the reader of a container found in it: bytes and texts of which facts are made. See facts.ts. */
import type { RangeReader } from "./range-reader.ts";

/** Pixels, not turned. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is read only where it is needed, because it may cost another request. */
export interface Deferred<T> {
  /** It came along with what was read already. */
  readonly isNear: boolean;
  read(): Promise<T | undefined>;
}

/** EXIF, still unread. */
export interface ExifBlock {
  readonly tiff: RangeReader;
  /** It is a whole file, whose directories are followed. */
  readonly isFile?: true;
  /** Directories that CR3 keeps in blocks of their own. */
  readonly exif?: RangeReader | undefined;
  readonly gps?: RangeReader | undefined;
}

/** Everything is optional: a damaged or odd file tells less, and is no error. */
export interface Found {
  /** As it lies in the file, before it is turned. */
  readonly size?: Size | undefined;
  /** EXIF 1-8, where the container says itself how the picture is turned: then its EXIF is not asked. */
  readonly orientation?: number | undefined;
  /** The best first. */
  readonly exif?: readonly ExifBlock[];
  readonly xmp?: Deferred<string> | undefined;
  /** A date in the words of a PNG's text. */
  readonly dateText?: string | undefined;
  /** How many bytes at the end of the file are a movie. */
  readonly motionVideoBytes?: Deferred<number> | undefined;
}

/** What XMP is read of: more than any phone writes into one packet. */
export const maxXmpBytes = 256 * 1024;
/** What EXIF is read of where it is one block. */
export const maxExifBytes = 256 * 1024;

export function nearText(text: string | undefined): Deferred<string> | undefined {
  return text === undefined ? undefined : { isNear: true, read: async () => text };
}
