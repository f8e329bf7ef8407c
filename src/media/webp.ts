/**
 * What a WebP says of itself: its size by any of its three kinds of picture, EXIF and XMP behind it.
 * Source: RFC 9649, 2.5-2.7 (VP8, VP8L, VP8X, EXIF, XMP); RFC 6386, 9.1 (VP8's size).
 */
import { type Found, maxXmpBytes, nearText, type Size } from "./found.ts";
import { headBytes, partOf, type RangeReader } from "./range-reader.ts";

const maxChunks = 256;

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly length: number;
}

interface Texts {
  size: Size | undefined;
  exif: RangeReader | undefined;
  xmp: string | undefined;
}

/** Its size, EXIF and XMP. Source: RFC 9649. */
export async function readWebp(reader: RangeReader): Promise<Found> {
  const found: Texts = { size: undefined, exif: undefined, xmp: undefined };
  for (let at = 12, n = 0; at + 8 <= reader.size; n += 1) {
    const chunk = chunkAt(await reader.read(at, 8), 0, at);
    if (!chunk) break;
    await note(reader, chunk, found);
    at = nextOf(chunk);
    // A moving picture has a chunk for each of its frames: what comes behind them is found from the end of the file.
    if (n < maxChunks && (chunk.type !== "ANMF" || at < headBytes)) continue;
    const from = Math.max(at, reader.size - headBytes);
    const tail = await reader.read(from, reader.size - from);
    for (const last of chunksAtEnd(tail, from)) await note(reader, last, found);
    break;
  }
  const { size, exif, xmp } = found;
  return { size, exif: exif ? [{ tiff: exif }] : [], xmp: nearText(xmp) };
}

async function note(reader: RangeReader, { type, start, length }: Chunk, found: Texts): Promise<void> {
  if (type === "VP8X" || type === "VP8 " || type === "VP8L") found.size ??= sizeIn(type, await reader.read(start, 10));
  else if (type === "EXIF") found.exif ??= await withoutMark(partOf(reader, start, length));
  else if (type === "XMP ") found.xmp ??= (await reader.read(start, Math.min(length, maxXmpBytes))).toString("utf8");
}

/** @param from where the bytes lie in the file */
function chunkAt(bytes: Buffer, at: number, from: number): Chunk | undefined {
  if (at + 8 > bytes.length) return undefined;
  return { type: bytes.toString("latin1", at, at + 4), start: from + at + 8, length: bytes.readUInt32LE(at + 4) };
}

/** Each begins at an even byte. */
function nextOf({ start, length }: Chunk): number {
  return start + length + (length % 2);
}

const mostAtEnd = 16;

/** From the first name from which chunks lead to the very end. */
function chunksAtEnd(tail: Buffer, from: number): Chunk[] {
  for (const { index } of tail.toString("latin1").matchAll(/EXIF|XMP /g)) {
    const chunks: Chunk[] = [];
    let at = index;
    for (let chunk = chunkAt(tail, at, from); chunk && chunks.length < mostAtEnd; chunk = chunkAt(tail, at, from)) {
      chunks.push(chunk);
      at = nextOf(chunk) - from;
    }
    if (at === tail.length) return chunks;
  }
  return [];
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
