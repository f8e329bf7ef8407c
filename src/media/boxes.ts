/**
 * The boxes of ISO base media files and QuickTime's atoms, which are the same: length, four letters, contents.
 * Source: ISO/IEC 14496-12, 4.2; QuickTime File Format, "Atoms".
 */
import type { RangeReader } from "./range-reader.ts";

/** One box, without its header. Its end is checked against the box around it. */
export interface Box {
  /** Four letters, as Latin-1: "©day" is one of them. */
  readonly type: string;
  /** Of the contents, from the beginning of the file or of the bytes that were given. */
  readonly start: number;
  readonly end: number;
}

/** Longest header: length, letters and a length of 64 bits. */
const longestHeader = 16;

/** @param limit where whatever holds the box ends @returns undefined for what is no box; one that is cut ends with what holds it */
function boxAt(header: Buffer, at: number, limit: number): Box | undefined {
  if (header.length < 8) return undefined;
  let size = header.readUInt32BE(0);
  let length = 8;
  if (size === 1) {
    if (header.length < longestHeader) return undefined;
    size = Number(header.readBigUInt64BE(8));
    length = longestHeader;
  } else if (size === 0) size = limit - at;
  if (size < length) return undefined;
  return { type: header.toString("latin1", 4, 8), start: at + length, end: Math.min(at + size, limit) };
}

/** Boxes between two offsets of bytes that are all here. */
export function* boxesIn(bytes: Buffer, from: number, to: number): Generator<Box, void, undefined> {
  for (let at = from; at + 8 <= to; ) {
    const box = boxAt(bytes.subarray(at, Math.min(at + longestHeader, to)), at, to);
    if (!box) return;
    yield box;
    at = box.end;
  }
}

/** Boxes of a file that is elsewhere: their headers are read, and of their contents what is asked for. */
export class BoxReader {
  readonly #reader: RangeReader;
  readonly #ahead: number | undefined;
  #left: number;

  /**
   * @param mostBoxes more are not looked at, in all containers together: a file may be made of nothing else
   * @param ahead see `RangeReader.read`
   */
  constructor(reader: RangeReader, mostBoxes: number, ahead?: number) {
    this.#reader = reader;
    this.#left = mostBoxes;
    this.#ahead = ahead;
  }

  async *boxes({ start, end }: Pick<Box, "start" | "end"> = this.whole): AsyncGenerator<Box, void, undefined> {
    for (let at = start; at + 8 <= end && this.#left > 0; this.#left -= 1) {
      const box = boxAt(await this.#reader.read(at, Math.min(longestHeader, end - at), this.#ahead), at, end);
      if (!box) return;
      yield box;
      at = box.end;
    }
  }

  get whole(): Pick<Box, "start" | "end"> {
    return { start: 0, end: this.#reader.size };
  }

  /** The first of its kind. */
  async find(type: string, within?: Pick<Box, "start" | "end">): Promise<Box | undefined> {
    for await (const box of this.boxes(within)) if (box.type === type) return box;
    return undefined;
  }

  /** @param most bytes from the beginning; fewer where the box is shorter */
  async contents({ start, end }: Box, most: number): Promise<Buffer> {
    return await this.#reader.read(start, Math.min(most, end - start));
  }
}
