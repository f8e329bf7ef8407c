/**
 * What the way to a phone was seen to do: how fast bytes came, and how long nothing was asked of it. One for all connections of a
 * phone; windows and files in flight are chosen by it, not by constants.
 */

/** Rates are taken over so long, while something was asked. */
const sampleMs = 100;
/** Of the newest sample in the rate. */
const weight = 0.3;

/** The idle meter of one phone. Told of every request and its bytes; asked for `idleMs` and a rate. */
export class LinkMeter {
  readonly #now: () => number;
  #outstanding = 0;
  #idleSince: number;
  #idleMs = 0;
  #sampleSince: number;
  #sampleIdleMs = 0;
  #sampleBytes = 0;
  #bytesPerSecond: number | undefined;
  #receivedBytes = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#idleSince = now();
    this.#sampleSince = this.#idleSince;
  }

  /** A request leaves. */
  asked(): void {
    if (this.#outstanding === 0) this.#idleMs += this.#now() - this.#idleSince;
    this.#outstanding += 1;
  }

  /** A request is answered, or will never be. */
  answered(count = 1): void {
    this.#outstanding -= count;
    if (this.#outstanding === 0) this.#idleSince = this.#now();
  }

  received(bytes: number): void {
    this.#receivedBytes += bytes;
    this.#sampleBytes += bytes;
    const now = this.#now();
    if (now - this.#sampleSince < sampleMs) return;
    const busyMs = now - this.#sampleSince - (this.idleMs - this.#sampleIdleMs);
    const rate = (this.#sampleBytes * 1000) / Math.max(busyMs, 1);
    this.#bytesPerSecond =
      this.#bytesPerSecond === undefined ? rate : weight * rate + (1 - weight) * this.#bytesPerSecond;
    this.#sampleSince = now;
    this.#sampleIdleMs = this.idleMs;
    this.#sampleBytes = 0;
  }

  /** Since the beginning. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** While something was asked; undefined before there was time to see. */
  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** How long nothing was asked, since the beginning. */
  get idleMs(): number {
    return this.#idleMs + (this.#outstanding === 0 ? this.#now() - this.#idleSince : 0);
  }
}
