/**
 * Whether an answer is on its way at all: while something is asked, so many bytes must come in so long. A phone that is silent and
 * one that sends a byte now and then are the same. Time is counted in slices: after this computer slept, one slice alone is over.
 */

const slices = 3;
/** The shortest answer, every second. */
const minBytesPerSecond = 70;

export class Pace {
  readonly #windowMs: number;
  #past: number[] = [];
  #now = 0;

  /** @param windowMs a stream that brings too little for so long is stalled */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** How often `isStalled` is to be asked while something is asked of the phone. */
  get sliceMs(): number {
    return this.#windowMs / slices;
  }

  received(bytes: number): void {
    this.#now += bytes;
  }

  /** Nothing was asked until now. */
  restart(): void {
    this.#past = [];
    this.#now = 0;
  }

  /** To be asked at the end of each slice. */
  isStalled(): boolean {
    this.#past = [...this.#past, this.#now].slice(-slices);
    this.#now = 0;
    if (this.#past.length < slices) return false;
    return this.#past.reduce((sum, bytes) => sum + bytes, 0) < (minBytesPerSecond * this.#windowMs) / 1000;
  }
}
