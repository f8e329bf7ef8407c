/**
 * The memory that file contents pass through between the phone and the disk: blocks used over and over. A buffer per network record
 * instead makes the collector run for a quarter of a fast copy's processor time.
 */

import { sharedPageMemory } from "./page-memory.ts";

/** Bytes of a large block: one read request's, one write's. */
export const blockBytes = 1024 * 1024;
/** The sizes that memory comes in, and how much of each is kept for the next taker. Who takes it bounds how much is out. */
const sizes = [
  { bytes: 64 * 1024, kept: 128 },
  { bytes: blockBytes, kept: 32 },
] as const;

/**
 * Lends blocks of a few sizes and takes them back. A block that is never given back is collected as any buffer. One owner at a
 * time: whoever gives a block back must not touch it again.
 */
export class BlockPool {
  readonly #shelves = sizes.map(({ bytes, kept }) => new Shelf(bytes, kept));
  #out = 0;
  #peak = 0;

  /** Bytes of all blocks that were out at once, at most so far. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Memory for so many bytes, a large block's at most, with anything in it; shared between threads, and beginning on a page. */
  take(bytes: number): Buffer {
    const shelf = this.#shelves.find((s) => bytes <= s.blockBytes);
    if (!shelf) return Buffer.allocUnsafe(bytes);
    this.#out += shelf.blockBytes;
    this.#peak = Math.max(this.#peak, this.#out);
    return shelf.take().subarray(0, bytes);
  }

  /** Takes back what a `take` gave, or any part of it, for others; memory of other origin is left to the collector. */
  give(part: Uint8Array): void {
    for (const shelf of this.#shelves) if (shelf.takeBack(part)) this.#out -= shelf.blockBytes;
  }
}

/** Blocks of one size. */
class Shelf {
  readonly blockBytes: number;
  readonly #kept: number;
  #arena: SharedArrayBuffer | undefined;
  readonly #free: number[] = [];

  constructor(bytes: number, kept: number) {
    this.blockBytes = bytes;
    this.#kept = kept;
  }

  take(): Buffer {
    this.#arena ??= this.#open();
    const at = this.#free.pop();
    if (at !== undefined) return Buffer.from(this.#arena, at, this.blockBytes);
    return Buffer.from(new SharedArrayBuffer(this.blockBytes));
  }

  /** Whether it came from here. */
  takeBack(part: Uint8Array): boolean {
    if (part.buffer === this.#arena) this.#free.push(part.byteOffset - (part.byteOffset % this.blockBytes));
    else if (!(part.buffer instanceof SharedArrayBuffer && part.buffer.byteLength === this.blockBytes)) return false;
    return true;
  }

  #open(): SharedArrayBuffer {
    for (let i = this.#kept - 1; i >= 0; i -= 1) this.#free.push(i * this.blockBytes);
    return sharedPageMemory(this.#kept * this.blockBytes);
  }
}
