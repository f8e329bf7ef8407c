/**
 * A JPEG encoded strip by strip: neither its pixels nor its coefficients are ever in memory as a whole. Each strip is a JPEG of its own
 * with the same tables; its scan goes into the whole one behind a restart marker, where prediction begins anew as it does in a JPEG.
 * Source: ITU-T T.81, B.2.4.4 (DRI), F.1.1.5.1 (restart), B.2.2 (the frame's height).
 */
import type { Sharp, SharpOptions } from "sharp";
import type { Pixels } from "../decoder.ts";
import { giveBack } from "./own-memory.ts";

export type SharpFactory = (data: Buffer, options?: SharpOptions) => Sharp;

/** Both sides of the squares that 4:2:0 is coded in. */
const squareSide = 16;
/** As many squares as a restart interval counts. */
const mostSquares = 65_535;
/**
 * Of so many bytes each: from 32 MiB on an allocator gives memory back at once, and of smaller ones the threads of a decoder kept up to
 * 200 MB among them. Measured by `npm run test:convert`; glibc, DEFAULT_MMAP_THRESHOLD_MAX.
 */
const usualStripBytes = 34 * 1024 * 1024;
const maxSide = 65_500;

const startOfFrame = 0xc0;
const defineHuffman = 0xc4;
const startOfScan = 0xda;
const defineQuantization = 0xdb;
const restartInterval = 0xdd;
const firstRestart = 0xd0;

/** Takes rows from top to bottom, then gives the JPEG. */
export class StripEncoder {
  readonly #encode: (rows: Buffer, count: number) => Promise<Buffer>;
  readonly #width: number;
  readonly #height: number;
  readonly #stripRows: number;
  readonly #strip: Buffer;
  #filled = 0;
  #strips = 0;
  readonly #parts: Buffer[] = [];

  /** @param encode baseline, 4:2:0, with the tables that the standard gives: the same for each strip @throws {Error} for sides that no JPEG has */
  constructor(
    { width, height }: Pixels,
    encode: (rows: Buffer, count: number) => Promise<Buffer>,
    stripBytes = usualStripBytes,
  ) {
    if (width > maxSide || height > maxSide) throw new Error("a JPEG has no more than 65,500 pixels a side");
    const squares = Math.ceil(width / squareSide);
    const most = Math.max(1, Math.floor(mostSquares / squares)) * squareSide;
    const inSquares = (rows: number): number => Math.ceil(rows / squareSide) * squareSide;
    this.#stripRows = Math.min(inSquares(stripBytes / (width * 3)), inSquares(height), most);
    this.#strip = Buffer.alloc(this.#stripRows * width * 3);
    [this.#width, this.#height, this.#encode] = [width, height, encode];
  }

  async add(rows: Buffer): Promise<void> {
    const rowBytes = this.#width * 3;
    for (let at = 0; at < rows.length; ) {
      const room = this.#stripRows * rowBytes - this.#filled;
      const taken = rows.copy(this.#strip, this.#filled, at, Math.min(rows.length, at + room));
      at += taken;
      this.#filled += taken;
      if (this.#filled === this.#strip.length) await this.#flush();
    }
  }

  /** Its segments, from DQT to SOS, and its scan with the end; what comes before is for whoever asked. */
  async end(): Promise<Buffer[]> {
    if (this.#filled > 0) await this.#flush();
    giveBack(this.#strip);
    return [...this.#parts, Buffer.from([0xff, 0xd9])];
  }

  async #flush(): Promise<void> {
    const count = this.#filled / (this.#width * 3);
    const jpeg = await this.#encode(this.#strip.subarray(0, this.#filled), count);
    const { tables, scanHeader, scan } = takenApart(jpeg, this.#height);
    if (this.#strips === 0) {
      const interval = (Math.ceil(this.#width / squareSide) * this.#stripRows) / squareSide;
      this.#parts.push(
        ...tables,
        Buffer.from([0xff, restartInterval, 0, 4, interval >> 8, interval & 255]),
        scanHeader,
      );
    } else this.#parts.push(Buffer.from([0xff, firstRestart + ((this.#strips - 1) % 8)]));
    this.#parts.push(scan);
    this.#strips += 1;
    this.#filled = 0;
  }
}

/** @param height that the frame says afterwards */
function takenApart(jpeg: Buffer, height: number): { tables: Buffer[]; scanHeader: Buffer; scan: Buffer } {
  const tables: Buffer[] = [];
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = jpeg[at + 1] as number;
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    const segment = jpeg.subarray(at, end);
    if (marker === startOfScan) return { tables, scanHeader: segment, scan: jpeg.subarray(end, jpeg.length - 2) };
    if (marker === startOfFrame) {
      const frame = Buffer.from(segment);
      frame.writeUInt16BE(height, 5);
      tables.push(frame);
    } else if (marker === defineQuantization || marker === defineHuffman) tables.push(segment);
    else if (marker > startOfFrame && marker < 0xd0) throw new Error("the encoder did not write a baseline JPEG");
    at = end;
  }
  throw new Error("the encoder wrote no scan");
}

/** A JPEG's segments from its tables on, without what stands before its picture. */
export function pictureParts(jpeg: Buffer): Buffer[] {
  let at = 2;
  while (at + 4 <= jpeg.length && isApplication(jpeg[at + 1] as number)) at += 2 + jpeg.readUInt16BE(at + 2);
  return [jpeg.subarray(at)];
}

/** APPn and comments. */
function isApplication(marker: number): boolean {
  return (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
}
