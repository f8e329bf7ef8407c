/**
 * What a WebP says of itself: its size by any of its three kinds of picture, EXIF and XMP behind it.
 * Source: RFC 9649, 2.5-2.7 (VP8, VP8L, VP8X, EXIF, XMP); RFC 6386, 9.1 (VP8's size).
 */
import { type Found, maxXmpBytes, nearText, type Size } from "./found.ts";
import { partOf, type RangeReader } from "./range-reader.ts";

/** A picture of many frames has a chunk for each. */
const maxChunks = 256;

export async function readWebp(reader: RangeReader): Promise<Found> {
  let size: Size | undefined;
  let exif: RangeReader | undefined;
  let xmp: string | undefined;
  for (let at = 12, n = 0; at + 8 <= reader.size && n < maxChunks; n += 1) {
    const head = await reader.read(at, 8);
    if (head.length < 8) break;
    const [type, length] = [head.toString("latin1", 0, 4), head.readUInt32LE(4)];
    const start = at + 8;
    if (type === "VP8X" || type === "VP8 " || type === "VP8L") size ??= sizeIn(type, await reader.read(start, 10));
    else if (type === "EXIF") exif ??= await withoutMark(partOf(reader, start, length));
    else if (type === "XMP ") xmp ??= (await reader.read(start, Math.min(length, maxXmpBytes))).toString("utf8");
    at = start + length + (length % 2);
  }
  return { size, exif: exif ? [{ tiff: exif }] : [], xmp: nearText(xmp) };
}

/** Some write JPEG's mark before it. */
async function withoutMark(block: RangeReader): Promise<RangeReader> {
  const mark = await block.read(0, 6);
  return mark.toString("latin1") === "Exif\0\0" ? partOf(block, 6, block.size - 6) : block;
}

function sizeIn(type: "VP8X" | "VP8 " | "VP8L", bytes: Buffer): Size | undefined {
  if (bytes.length < 10) return undefined;
  if (type === "VP8X") return { width: bytes.readUIntLE(4, 3) + 1, height: bytes.readUIntLE(7, 3) + 1 };
  if (type === "VP8 ") return { width: bytes.readUInt16LE(6) & 0x3fff, height: bytes.readUInt16LE(8) & 0x3fff };
  const bits = bytes.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
