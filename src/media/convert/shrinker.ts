/** A picture made smaller by whole steps while its rows come, to no less than twice what is wanted: it is never in memory in full. */
import type { Pixels } from "../decoder.ts";
import type { Raster } from "../heif-decode.ts";

export class Shrinker {
  readonly #step: number;
  readonly #width: number;
  readonly #height: number;
  readonly #from: number;
  readonly #data: Buffer;
  readonly #sums: Uint32Array;
  #summed = 0;
  #row = 0;

  /** @param size the longest side that is wanted */
  constructor({ width, height }: Pixels, size: number) {
    this.#step = Math.max(1, Math.min(Math.floor(Math.max(width, height) / size / 2), width, height));
    [this.#width, this.#height, this.#from] = [Math.floor(width / this.#step), Math.floor(height / this.#step), width];
    this.#data = Buffer.alloc(this.#width * this.#height * 3);
    this.#sums = new Uint32Array(this.#width * 3);
  }

  /** What is left over at the right and below is left out. */
  add(rows: Buffer, count: number): void {
    for (let row = 0; row < count && this.#row < this.#height; row += 1) {
      const at = row * this.#from * 3;
      if (this.#step === 1) {
        rows.copy(this.#data, this.#row * this.#width * 3, at, at + this.#width * 3);
        this.#row += 1;
      } else this.#sum(rows, at);
    }
  }

  end(): Raster {
    return { data: this.#data, width: this.#width, height: this.#height };
  }

  #sum(rows: Buffer, from: number): void {
    const [sums, step] = [this.#sums, this.#step];
    for (let x = 0, at = from; x < sums.length; x += 3)
      for (let i = 0; i < step; i += 1, at += 3) {
        sums[x]! += rows[at]!;
        sums[x + 1]! += rows[at + 1]!;
        sums[x + 2]! += rows[at + 2]!;
      }
    this.#summed += 1;
    if (this.#summed < step) return;
    for (let x = 0; x < sums.length; x += 1)
      this.#data[this.#row * sums.length + x] = Math.round(sums[x]! / (step * step));
    sums.fill(0);
    this.#summed = 0;
    this.#row += 1;
  }
}
