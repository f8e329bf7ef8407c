/** What a HEIC, HIF or AVIF says of itself, by the boxes of its primary picture. See heif-boxes.ts. */
import { type Deferred, type Found, maxExifBytes, maxXmpBytes } from "./found.ts";
import { HeifFile } from "./heif-boxes.ts";
import { bufferRange, headBytes, type RangeReader } from "./range-reader.ts";
import { isTiff } from "./tiff.ts";

/** Its primary picture's size and turning, EXIF and XMP. Empty for what is no HEIF. */
export async function readHeif(reader: RangeReader): Promise<Found> {
  const file = await HeifFile.open(reader);
  if (!file) return {};
  const exif = await exifOf(file);
  return {
    ...file.shapeOf(file.primary),
    exif: exif ? [{ tiff: bufferRange(exif) }] : [],
    xmp: xmpOf(file),
    motionVideoBytes: { isNear: false, read: async () => await file.motionVideoBytes() },
  };
}

/** The TIFF block that describes the primary picture. */
export async function exifOf(file: HeifFile): Promise<Buffer | undefined> {
  const item = file.describing(({ type }) => type === "Exif");
  const payload = item && (await file.read(item.id, maxExifBytes));
  return payload && findTiffIn(payload);
}

function xmpOf(file: HeifFile): Deferred<string> | undefined {
  const item = file.describing(({ type, contentType }) => type === "mime" && contentType === "application/rdf+xml");
  if (!item) return undefined;
  const extent = file.extentOf(item.id);
  const read = async (): Promise<string | undefined> => (await file.read(item.id, maxXmpBytes))?.toString("utf8");
  return { isNear: extent === undefined || extent.offset + extent.length <= headBytes, read };
}

/** What may stand between the offset and the block: JPEG's marker, its length, its mark. */
const mostBefore = 64;

/**
 * A 4-byte offset to the block precedes it, as ISO/IEC 23008-12, A.2.1, has it; libheif of some years wrote 0 and "Exif\0\0",
 * Android 10 all of JPEG's segment, and some encoders leave the offset out.
 */
export function findTiffIn(payload: Buffer): Buffer | undefined {
  if (payload.length < 12) return undefined;
  const told = payload.subarray(Math.min(4 + payload.readUInt32BE(0), payload.length));
  if (isTiff(told)) return told;
  for (let at = 0; at <= Math.min(mostBefore, payload.length - 8); at += 1)
    if (isTiff(payload.subarray(at, at + 8))) return payload.subarray(at);
  return undefined;
}
