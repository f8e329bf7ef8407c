/** Bytes per second over the last few seconds: steady enough to read, quick enough to be true. */
const spanMs = 5_000;
const bucketMs = 250;

/** Told of bytes, asked for a rate. The caller says what time it is. */
export class RateMeter {
  readonly #startedAt: number;
  #buckets: { at: number; bytes: number }[] = [];

  constructor(now: number) {
    this.#startedAt = now;
  }

  add(now: number, bytes: number): void {
    const at = now - (now % bucketMs);
    const last = this.#buckets.at(-1);
    if (last?.at === at) last.bytes += bytes;
    else this.#buckets.push({ at, bytes });
    while (this.#buckets[0] && this.#buckets[0].at < now - spanMs) this.#buckets.shift();
  }

  bytesPerSecond(now: number): number {
    const bytes = this.#buckets.filter((b) => b.at >= now - spanMs).reduce((sum, b) => sum + b.bytes, 0);
    const span = Math.max(bucketMs, Math.min(spanMs, now - this.#startedAt));
    return Math.max(0, (bytes * 1000) / span);
  }
}
