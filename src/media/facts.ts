/** What a file says about itself, by one or two small range reads. */
import { sniffFormat } from "./kinds.ts";
import type { MediaFacts } from "./media-facts.ts";
import { motionBytesOfHead } from "./motion-photo.ts";
import { headBytes, type RangeReader } from "./range-reader.ts";

function motionFacts(head: Buffer): Partial<MediaFacts> {
  const motionVideoBytes = motionBytesOfHead(head);
  return motionVideoBytes === undefined ? {} : { motionVideoBytes };
}

/**
 * Reads the facts of one file. A file nothing can be made of has only its format; errors of the reader itself pass through.
 */
export async function readFacts(reader: RangeReader): Promise<MediaFacts> {
  const format = sniffFormat(await reader.read(0, Math.min(reader.size, reader.shortHeadBytes ?? headBytes)));
  switch (format) {
    case "jpeg":
    case "heif":
    case "tiff":
    case "png": {
      // All of it, whatever the name promised.
      const head = await reader.read(0, Math.min(reader.size, headBytes));
      // Loaded when the first photo asks: the parsers are large, and `--help` needs none of them.
      return { format, ...(await (await import("./exif.ts")).readExif(head, format)), ...motionFacts(head) };
    }
    case "quicktime":
      return { format, ...(await (await import("./quicktime.ts")).readQuickTime(reader)) };
    default:
      return { format };
  }
}
