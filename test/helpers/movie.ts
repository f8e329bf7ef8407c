/** Movies for tests, made of the demo phone's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";

const media = join(import.meta.dirname, "../../fixtures/demo-media");

/** A movie as cameras write them: so many bytes of media between its first box and `moov`. */
export function longMovie(mediaBytes: number): Buffer {
  const shot = demoRoll().find((s) => s.type === "mov");
  if (!shot) throw new Error("the demo phone has no movie");
  const small = readFileSync(join(media, mediaName(shot, "movie")));
  const ftyp = small.readUInt32BE(0);
  const filling = Buffer.alloc(mediaBytes);
  filling.writeUInt32BE(filling.length, 0);
  filling.write("free", 4, "latin1");
  return Buffer.concat([small.subarray(0, ftyp), filling, small.subarray(ftyp)]);
}

/** One box: its length, its letters, what is in it. */
export function box(type: string, ...contents: Buffer[]): Buffer {
  const inside = Buffer.concat(contents);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + inside.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, inside]);
}

/** Numbers of 32 bits. */
export function words(...numbers: number[]): Buffer {
  const out = Buffer.alloc(numbers.length * 4);
  for (const [i, n] of numbers.entries()) out.writeUInt32BE(n >>> 0, i * 4);
  return out;
}

const one = 0x10000;

export interface MovieShape {
  readonly created?: number;
  readonly timescale?: number;
  readonly duration?: number;
  readonly width?: number;
  readonly height?: number;
  /** The matrix says a quarter turn to the right. */
  readonly isTurned?: boolean;
  readonly isDisabled?: boolean;
  readonly codec?: string;
  /** Of the track's table of samples, behind its description. */
  readonly tables?: Buffer;
}

/** A movie of one picture track, without media. ISO/IEC 14496-12, 8.2-8.5. */
export function movieOf(shape: MovieShape, ...more: Buffer[]): Buffer {
  const { created = 0, timescale = 600, duration = 1200 } = shape;
  const mvhd = box("mvhd", words(0, created, created, timescale, duration), Buffer.alloc(80));
  return Buffer.concat([box("ftyp", Buffer.from("qt  "), words(0)), box("moov", mvhd, trackOf(shape), ...more)]);
}

export function trackOf(shape: MovieShape): Buffer {
  const { timescale = 600, duration = 1200, width = 640, height = 360, codec = "hvc1" } = shape;
  const [a, b] = shape.isTurned ? [0, one] : [one, 0];
  const matrix = words(a, b, 0, -b, a, 0, 0, 0, 0x40000000);
  const sizes = words(width * one, height * one);
  const flags = shape.isDisabled ? 0 : 1;
  const tkhd = box("tkhd", words(flags, 0, 0, 1, 0, duration), Buffer.alloc(16), matrix, sizes);
  const mdhd = box("mdhd", words(0, 0, 0, timescale, duration, 0));
  const hdlr = box("hdlr", words(0, 0), Buffer.from("vide"), Buffer.alloc(13));
  const picture = Buffer.alloc(70);
  picture.writeUInt16BE(width, 24);
  picture.writeUInt16BE(height, 26);
  const stsd = box("stsd", words(0, 1), box(codec, Buffer.alloc(8), picture));
  const stbl = box("stbl", stsd, shape.tables ?? Buffer.alloc(0));
  return box("trak", tkhd, box("mdia", mdhd, hdlr, box("minf", box("vmhd", words(1, 0, 0)), stbl)));
}

/** QuickTime metadata with names of its own, as iPhones write it into `moov`. QuickTime File Format, Metadata. */
export function keysBox(values: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(values);
  const hdlr = box("hdlr", words(0, 0), Buffer.from("mdta"), Buffer.alloc(13));
  const key = (name: string): Buffer => box("mdta", Buffer.from(name));
  const keys = box("keys", words(0, entries.length), ...entries.map(([name]) => key(name)));
  const item = (value: string, i: number): Buffer => {
    const data = box("data", words(1, 0), Buffer.from(value));
    const head = words(8 + data.length, i + 1);
    return Buffer.concat([head, data]);
  };
  return box("meta", hdlr, keys, box("ilst", ...entries.map(([, value], i) => item(value, i))));
}
