/**
 * The first key frame of a movie as a movie of its own: some hundred kilobytes that a decoder needs, of gigabytes.
 * Source: ISO/IEC 14496-12.
 */
import { firstFrame } from "./first-frame.ts";
import type { RangeReader } from "./range-reader.ts";

/** Of a 4K video in HEVC it is about half a megabyte. */
const maxFrameBytes = 8 * 1024 * 1024;
/** One frame, a second long. */
const timescale = 1000;

/** @returns an MP4 with one frame and the movie's rotation; undefined where none can be made @throws what reading throws */
export async function keyFrameMovie(reader: RangeReader): Promise<Uint8Array | undefined> {
  const frame = await firstFrame(reader);
  if (!frame || frame.length === 0 || frame.length > maxFrameBytes) return undefined;
  const bytes = await reader.read(frame.offset, frame.length);
  if (bytes.length < frame.length) return undefined;
  const ftyp = box("ftyp", Buffer.from("isom"), numbers(512), Buffer.from("isomiso2mp41"));
  const moov = (at: number): Buffer =>
    box("moov", movieHeader(), trackOf(frame.header, frame.description, bytes.length, at));
  const length = ftyp.length + moov(0).length;
  return Buffer.concat([ftyp, moov(length + 8), box("mdat", bytes)]);
}

const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

function movieHeader(): Buffer {
  return box("mvhd", numbers(0, 0, 0, timescale, timescale, 0x10000, 0x1000000, 0, 0, ...matrix, 0, 0, 0, 0, 0, 0, 2));
}

/** The boxes of a table of one sample, in one chunk. */
function trackOf(header: Buffer, description: Buffer, length: number, at: number): Buffer {
  const tables = [
    box("stsd", description),
    box("stts", numbers(0, 1, 1, timescale)),
    box("stsc", numbers(0, 1, 1, 1, 1)),
    box("stsz", numbers(0, 0, 1, length)),
    box("stco", numbers(0, 1, at)),
  ];
  const data = box("dinf", box("dref", numbers(0, 1), box("url ", numbers(1))));
  const media = [
    box("mdhd", numbers(0, 0, 0, timescale, timescale, 0x55c40000)),
    box("hdlr", numbers(0, 0), Buffer.from("vide"), numbers(0, 0, 0), Buffer.alloc(1)),
    box("minf", box("vmhd", numbers(1, 0, 0)), data, box("stbl", ...tables)),
  ];
  return box("trak", box("tkhd", shown(header)), box("mdia", ...media));
}

/** A track's header as that of a second, which is shown. */
function shown(header: Buffer): Buffer {
  const out = Buffer.from(header);
  out.writeUInt8(out.readUInt8(3) | 3, 3);
  if (out[0] === 1) out.writeBigUInt64BE(BigInt(timescale), 28);
  else out.writeUInt32BE(timescale, 20);
  return out.subarray(0, out[0] === 1 ? 96 : 84);
}

function box(type: string, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([numbers(length), Buffer.from(type, "latin1"), ...contents]);
}

function numbers(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, 4 * i);
  return out;
}
