/**
 * What a picture's file unfolds to in whoever decodes all of it at once, by the fields that decoders themselves go by: stricter than
 * facts.ts, because here a size that was misread costs the reader's memory. Whatever is not understood has no size.
 * Sources: ITU T.81, B.1.1; libjpeg-turbo, jdmarker.c (read_markers, next_marker); PNG 3rd edition, 11.2.1, 11.3.6.1 (acTL); GIF89a, 18-26;
 * RFC 9649, 2.5-2.7. Skia, SkJpegCodec.cpp (onGetGainmapCodec).
 */
import { frameSize, isFrame } from "./jpeg-segments.ts";
import { type FileFormat, sniffFormat } from "./kinds.ts";
import { multiPictureMark, otherPictures } from "./multi-picture.ts";
import { headBytes, type RangeReader } from "./range-reader.ts";

/** Pixels as they are stored, before turning. `frames` is 1 for a still. */
export interface Unfolded {
  readonly format: FileFormat;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

type Size = Omit<Unfolded, "format">;
type Bytes = (offset: number, length: number) => Promise<Buffer>;

/** APP2. */
const multiPicture = 0xe2;
/** Of more of them nobody can say that they are few. */
const maxSegments = 2048;
const maxFrames = 4096;
/** Of a GIF each holds 255 bytes at most. */
const maxBlocks = 100_000;

/** @returns undefined for other formats, and where the file does not say it in the way that every decoder understands */
export async function unfolded(reader: RangeReader): Promise<Unfolded | undefined> {
  const bytes = windowed(reader);
  const format = sniffFormat(await bytes(0, 64));
  const size = await sizeOf(format, bytes);
  if (!size || size.width === 0 || size.height === 0) return undefined;
  return { format, ...size };
}

async function sizeOf(format: FileFormat, bytes: Bytes): Promise<Size | undefined> {
  if (format === "jpeg") return await jpeg(bytes);
  if (format === "png") return await png(bytes);
  if (format === "gif") return await gif(bytes);
  if (format === "webp") return await webp(bytes);
  return undefined;
}

/** One stretch at a time is in memory. */
function windowed(reader: RangeReader): Bytes {
  let from = 0;
  let held: Buffer = Buffer.alloc(0);
  return async (offset, length) => {
    if (offset < from || offset + length > from + held.length) {
      held = await reader.read(offset, Math.max(headBytes, length));
      from = offset;
    }
    return held.subarray(offset - from, offset - from + length);
  };
}

/** DHT, DAC, DQT, DNL, DRI, APP0-15, COM: what a decoder skips or takes by its length. */
const hasLength = (marker: number): boolean =>
  [0xc4, 0xcc, 0xdb, 0xdc, 0xdd, 0xfe].includes(marker) || (marker >= 0xe0 && marker <= 0xef);

/** Of the largest picture in it: browsers decode the gain map that lies behind the first one, too. */
async function jpeg(bytes: Bytes): Promise<Size | undefined> {
  const first = await jpegAt(bytes, 0);
  let largest = first?.size;
  for (const start of first?.others ?? []) {
    // Programs that change a file's head leave these offsets as they were: where no JPEG begins nobody finds one.
    if ((await bytes(start, 2)).toString("hex") !== "ffd8") continue;
    const other = (await jpegAt(bytes, start))?.size;
    if (!largest || !other) return undefined;
    if (other.width * other.height > largest.width * largest.height) largest = other;
  }
  return largest;
}

/** Of a marker that decoders search their way past, what comes behind it is not known: two of them may read two sizes. */
async function jpegAt(bytes: Bytes, start: number): Promise<{ size: Size; others: readonly number[] } | undefined> {
  const others: number[] = [];
  for (let at = start + 2, n = 0; n < maxSegments; n += 1) {
    const head = await bytes(at, 9);
    if (head.length < 9 || head[0] !== 0xff) return undefined;
    const marker = head[1] as number;
    const length = head.readUInt16BE(2);
    const size = isFrame(marker) && frameSize(head.subarray(4));
    if (size) return { size: { ...size, frames: 1 }, others };
    if (marker === multiPicture && head.toString("latin1", 4, 8) === multiPictureMark) {
      const found = otherPictures(await bytes(at + 8, length - 6));
      if (!found) return undefined;
      for (const offset of found) others.push(at + 8 + offset);
    }
    if (marker === 0xff) at += 1;
    else if (hasLength(marker) && length >= 2) at += 2 + length;
    else return undefined;
  }
  return undefined;
}

async function png(bytes: Bytes): Promise<Size | undefined> {
  const head = await bytes(8, 16);
  if (head.length < 16 || head.toString("latin1", 4, 8) !== "IHDR" || head.readUInt32BE(0) !== 13) return undefined;
  const size = { width: head.readUInt32BE(8), height: head.readUInt32BE(12) };
  for (let at = 33, n = 0; n < maxSegments; n += 1) {
    const chunk = await bytes(at, 12);
    if (chunk.length < 12) return undefined;
    const type = chunk.toString("latin1", 4, 8);
    if (type === "IDAT") return { ...size, frames: 1 };
    if (type === "acTL") return { ...size, frames: Math.max(1, chunk.readUInt32BE(8)) };
    at += 12 + chunk.readUInt32BE(0);
  }
  return undefined;
}

const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Decoders enlarge the screen by the frames that do not fit into it. */
async function gif(bytes: Bytes): Promise<Size | undefined> {
  const screen = await bytes(0, 13);
  if (screen.length < 13) return undefined;
  let [width, height, frames] = [screen.readUInt16LE(6), screen.readUInt16LE(8), 0];
  let at = 13 + tableBytes(screen.readUInt8(10));
  for (let n = 0; n < maxBlocks && frames <= maxFrames; ) {
    const block = await bytes(at, 10);
    const kind = block[0];
    if (kind === 0x2c && block.length === 10) {
      width = Math.max(width, block.readUInt16LE(1) + block.readUInt16LE(5));
      height = Math.max(height, block.readUInt16LE(3) + block.readUInt16LE(7));
      frames += 1;
      at += 11 + tableBytes(block.readUInt8(9));
    } else if (kind === 0x21) at += 2;
    else return frames === 0 ? undefined : { width, height, frames };
    for (let length = -1; length !== 0 && n < maxBlocks; n += 1) {
      length = (await bytes(at, 1))[0] ?? 0;
      at += 1 + length;
    }
  }
  return undefined;
}

/** The first chunk says of which of its three kinds it is. */
async function webp(bytes: Bytes): Promise<Size | undefined> {
  const head = await bytes(12, 18);
  if (head.length < 18) return undefined;
  const type = head.toString("latin1", 0, 4);
  if (type === "VP8 ")
    return { width: head.readUInt16LE(14) & 0x3fff, height: head.readUInt16LE(16) & 0x3fff, frames: 1 };
  if (type === "VP8L") {
    const bits = head.readUInt32LE(9);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, frames: 1 };
  }
  if (type !== "VP8X") return undefined;
  const frames = await webpFrames(bytes);
  if (frames === undefined) return undefined;
  return { width: head.readUIntLE(12, 3) + 1, height: head.readUIntLE(15, 3) + 1, frames };
}

async function webpFrames(bytes: Bytes): Promise<number | undefined> {
  let frames = 0;
  for (let at = 12, n = 0; n < maxSegments + maxFrames && frames <= maxFrames; n += 1) {
    const chunk = await bytes(at, 8);
    if (chunk.length < 8) return Math.max(1, frames);
    if (chunk.toString("latin1", 0, 4) === "ANMF") frames += 1;
    const length = chunk.readUInt32LE(4);
    at += 8 + length + (length % 2);
  }
  return undefined;
}
