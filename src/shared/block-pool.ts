/**
 * The memory that file contents pass through between the phone and the disk: blocks used over and over. A buffer per network record
 * instead makes the collector run for a quarter of a fast copy's processor time.
 */

declare const WebAssembly: {
  Memory: new (options: { initial: number; maximum: number; shared: true }) => { buffer: SharedArrayBuffer };
};

/** Bytes of a block: one read request's, one write's. */
export const blockBytes = 1024 * 1024;
/** Blocks kept for the next taker. Who takes them bounds how many are out. */
const keptBlocks = 32;
const wasmPageBytes = 65_536;

export class BlockPool {
  #arena: SharedArrayBuffer | undefined;
  readonly #free: Buffer[] = [];
  #out = 0;
  #peak = 0;

  /** Bytes of whole blocks that were out at once, at most so far. */
  get peakBytes(): number {
    return this.#peak * blockBytes;
  }

  /**
   * Memory for so many bytes, with anything in it. Shared between threads and beginning on a page, except where it is too little
   * to be worth a block.
   */
  take(bytes: number): Buffer {
    if (bytes <= blockBytes / 4 || bytes > blockBytes) return Buffer.allocUnsafe(bytes);
    this.#out += 1;
    this.#peak = Math.max(this.#peak, this.#out);
    this.#arena ??= this.#open();
    const block = this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(blockBytes));
    return block.subarray(0, bytes);
  }

  /** Takes back what a `take` gave, or any part of it; other memory is left to the collector, as is what nobody gives back. */
  give(part: Uint8Array): void {
    if (!(part.buffer instanceof SharedArrayBuffer)) return;
    this.#out -= 1;
    if (part.buffer !== this.#arena) return;
    this.#free.push(Buffer.from(this.#arena, part.byteOffset - (part.byteOffset % blockBytes), blockBytes));
  }

  /** WebAssembly's memory lies on pages, which unbuffered writes need; the system gives it only as it is first used. */
  #open(): SharedArrayBuffer {
    const pages = (keptBlocks * blockBytes) / wasmPageBytes;
    const arena = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
    for (let i = keptBlocks - 1; i >= 0; i -= 1) this.#free.push(Buffer.from(arena, i * blockBytes, blockBytes));
    return arena;
  }
}
