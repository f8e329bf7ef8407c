/** HEVC stills for tests, as large as wanted: a grid in which each tile is the same picture. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";
import { type Box, boxesIn } from "../../src/media/boxes.ts";
import { box, words } from "./movie.ts";

const halves = (...numbers: number[]): Buffer => Buffer.concat(numbers.map((n) => Buffer.from([n >> 8, n & 255])));

export interface Tile {
  /** What a decoder needs beside the bytes. ISO/IEC 14496-15, 8.3.3.1. */
  readonly hvcC: Buffer;
  readonly width: number;
  readonly height: number;
  readonly bytes: Buffer;
}

/** ISO/IEC 23008-12, 6.6.2.3 (grid); 14496-12, 8.11 (meta and what is in it). */
export function tiledHeic(width: number, height: number, tile = demoTile()): Buffer {
  const [columns, rows] = [Math.ceil(width / tile.width), Math.ceil(height / tile.height)];
  const grid = Buffer.concat([Buffer.from([0, 0, rows - 1, columns - 1]), halves(width, height)]);
  const tiles = Array.from({ length: rows * columns }, (_, i) => i + 2);
  const infe = (id: number, type: string): Buffer =>
    box("infe", words(0x02000000), halves(id, 0), Buffer.from(`${type}\0`, "latin1"));
  const meta = (mediaAt: number): Buffer =>
    box(
      "meta",
      words(0),
      box("hdlr", words(0, 0), Buffer.from("pict"), Buffer.alloc(13)),
      box("pitm", words(0), halves(1)),
      box(
        "iloc",
        words(0),
        Buffer.from([0x44, 0]),
        halves(tiles.length + 1),
        located(1, mediaAt, grid.length),
        ...tiles.map((id) => located(id, mediaAt + grid.length, tile.bytes.length)),
      ),
      box("iinf", words(0), halves(tiles.length + 1), infe(1, "grid"), ...tiles.map((id) => infe(id, "hvc1"))),
      box("iref", words(0), box("dimg", halves(1, tiles.length, ...tiles))),
      box(
        "iprp",
        box(
          "ipco",
          box("hvcC", tile.hvcC),
          box("ispe", words(0, tile.width, tile.height)),
          box("ispe", words(0, width, height)),
        ),
        box(
          "ipma",
          words(0, tiles.length + 1),
          halves(1),
          Buffer.from([1, 3]),
          ...tiles.map((id) => Buffer.concat([halves(id), Buffer.from([2, 0x81, 2])])),
        ),
      ),
    );
  const ftyp = box("ftyp", Buffer.from("heic"), words(0), Buffer.from("mif1heic"));
  return Buffer.concat([ftyp, meta(ftyp.length + meta(0).length + 8), box("mdat", grid, tile.bytes)]);
}

function located(id: number, offset: number, length: number): Buffer {
  return Buffer.concat([halves(id, 0, 1), words(offset, length)]);
}

/** The primary picture of the demo phone's first HEIC. */
export function demoTile(): Tile {
  const shot = demoRoll().find((s) => s.type === "heic");
  if (!shot) throw new Error("the demo phone has no HEIC");
  const file = readFileSync(join(import.meta.dirname, "../../fixtures/demo-media", mediaName(shot, "still")));
  const meta = behind(4, boxAt(file, whole(file), "meta"));
  const ipco = boxAt(file, meta, "iprp", "ipco");
  const [hvcC, ispe] = [boxAt(file, ipco, "hvcC"), boxAt(file, ipco, "ispe")];
  const at = boxAt(file, meta, "iloc").start + 4;
  if (file.readUInt16BE(at) !== 0x4440 || file.readUInt16BE(at + 4) !== 1) throw new Error("it is laid out otherwise");
  const offset = file.readUInt32BE(at + 8) + file.readUInt32BE(at + 14);
  return {
    hvcC: file.subarray(hvcC.start, hvcC.end),
    width: file.readUInt32BE(ispe.start + 4),
    height: file.readUInt32BE(ispe.start + 8),
    bytes: file.subarray(offset, offset + file.readUInt32BE(at + 18)),
  };
}

/** The first frame of a movie of one track, whose frames lie behind one another. ISO/IEC 14496-12, 8.5-8.7; 12.1.3. */
export function firstFrame(movie: Buffer, width: number, height: number): Tile {
  const stbl = boxAt(movie, whole(movie), "moov", "trak", "mdia", "minf", "stbl");
  const hvc1 = boxAt(movie, behind(8, boxAt(movie, stbl, "stsd")), "hvc1");
  const hvcC = boxAt(movie, behind(78, hvc1), "hvcC");
  const [sizes, offsets] = [boxAt(movie, stbl, "stsz").start, boxAt(movie, stbl, "stco").start];
  const length = movie.readUInt32BE(sizes + 4) || movie.readUInt32BE(sizes + 12);
  const offset = movie.readUInt32BE(offsets + 8);
  return {
    hvcC: Buffer.from(movie.subarray(hvcC.start, hvcC.end)),
    width,
    height,
    bytes: movie.subarray(offset, offset + length),
  };
}

type Stretch = Pick<Box, "start" | "end">;

const whole = (bytes: Buffer): Stretch => ({ start: 0, end: bytes.length });
/** Without fields of its own that a box has before those within it. */
const behind = (fields: number, { start, end }: Stretch): Stretch => ({ start: start + fields, end });

/** The first of each type within the first of the one before. */
function boxAt(bytes: Buffer, within: Stretch, ...types: string[]): Stretch {
  return types.reduce((at, type) => {
    for (const found of boxesIn(bytes, at.start, at.end)) if (found.type === type) return found;
    throw new Error(`there is no ${type}`);
  }, within);
}
