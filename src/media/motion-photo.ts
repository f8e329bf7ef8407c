/**
 * Motion Photos: a still with its movie behind it in the same file. Found by what the still's XMP announces, by Samsung's trailer, or
 * by a box of HEIC; believed only where a movie really begins. Source: developer.android.com, Motion Photo format 1.0;
 * exiftool, Samsung.pm (trailer); ISO/IEC 14496-12 (boxes).
 */
import { BoxReader } from "./boxes.ts";
import { readFacts } from "./facts.ts";
import type { RangeReader } from "./range-reader.ts";

/** Where the movie lies in the still's file, in bytes. */
export interface MotionVideo {
  readonly offset: number;
  readonly length: number;
}

const maxTrailerBytes = 64 * 1024;
const maxBoxes = 64;

/** Where the movie lies. Boxes and trailers say it exactly; what is announced counts all that comes behind it too. */
export async function findMotionVideo(reader: RangeReader): Promise<MotionVideo | undefined> {
  const { motionVideoBytes: announced } = await readFacts(reader);
  const candidates = [
    await motionBox(reader),
    await samsungTrailer(reader),
    announced === undefined ? undefined : { offset: reader.size - announced, length: announced },
  ];
  for (const candidate of candidates) if (candidate && (await isMovie(reader, candidate))) return candidate;
  return undefined;
}

/** An edited photo keeps the announcement and loses the movie: only its first box proves it. */
async function isMovie(reader: RangeReader, { offset, length }: MotionVideo): Promise<boolean> {
  if (offset <= 0 || length < 16 || offset + length > reader.size) return false;
  const start = await reader.read(offset, 12);
  return start.length === 12 && start.toString("latin1", 4, 8) === "ftyp";
}

const embeddedVideo = 0x0a30;

/** "SEFH", version, count, entries of 12 bytes; then the directory's length and "SEFT". Distances count back from SEFH. */
async function samsungTrailer(reader: RangeReader): Promise<MotionVideo | undefined> {
  if (reader.size < 32) return undefined;
  const end = await reader.read(reader.size - 8, 8);
  if (end.toString("latin1", 4, 8) !== "SEFT") return undefined;
  const length = end.readUInt32LE(0);
  if (length < 12 || length > maxTrailerBytes || length + 8 > reader.size) return undefined;
  const start = reader.size - 8 - length;
  const directory = await reader.read(start, length);
  if (directory.length < length || directory.toString("latin1", 0, 4) !== "SEFH") return undefined;
  const count = Math.min(directory.readUInt32LE(8), Math.floor((length - 12) / 12));
  for (let i = 0; i < count; i += 1) {
    const at = 12 + i * 12;
    if (directory.readUInt16LE(at + 2) !== embeddedVideo) continue;
    const [back, size] = [directory.readUInt32LE(at + 4), directory.readUInt32LE(at + 8)];
    const block = start - back;
    if (block < 0 || size < 8 || block + size > start) return undefined;
    const head = await reader.read(block, 8);
    const nameLength = head.readUInt32LE(4);
    if (nameLength > size - 8) return undefined;
    return { offset: block + 8 + nameLength, length: size - 8 - nameLength };
  }
  return undefined;
}

/** The payload of a top-level `mpvd` box. */
async function motionBox(reader: RangeReader): Promise<MotionVideo | undefined> {
  let isFirst = true;
  for await (const { type, start, end } of new BoxReader(reader, maxBoxes).boxes()) {
    if (isFirst && type !== "ftyp") return undefined;
    isFirst = false;
    if (type === "mpvd") return { offset: start, length: end - start };
  }
  return undefined;
}
