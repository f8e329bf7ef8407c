/**
 * How many items are carried out at once. Found while they are: whenever nothing was asked of the phone for a moment although there
 * was work, more take part. Large files need few, small ones many, and more than are needed only hold memory and open files.
 */

const first = 16;
const more = 16;
const lookMs = 100;
/** Twice as long each time: the beginning tells the most, and is over soonest. */
const firstLookMs = 12.5;
/** Of the time since the last look. */
const idleShare = 0.01;

export class Crew {
  readonly #worker: () => Promise<void>;
  readonly #most: number;
  readonly #idleMs: () => number | undefined;
  readonly #now: () => number;
  readonly #done = Promise.withResolvers<void>();
  #started = 0;
  #working = 0;
  #lookedAt: number;
  #lookAfterMs = firstLookMs;
  #idleThen: number;

  /**
   * @param worker takes items until none is left; @param most as many of them as the phone bears
   * @param idleMs how long nothing was asked of the phone so far; undefined where that is not known, and all take part at once
   */
  constructor(
    worker: () => Promise<void>,
    most: number,
    idleMs: () => number | undefined,
    now = () => performance.now(),
  ) {
    this.#worker = worker;
    this.#most = most;
    this.#idleMs = idleMs;
    this.#now = now;
    this.#lookedAt = now();
    this.#idleThen = idleMs() ?? 0;
  }

  /** How many take part. */
  get size(): number {
    return this.#started;
  }

  async work(): Promise<void> {
    if (this.#most === 0) return;
    this.#add(this.#idleMs() === undefined ? this.#most : first);
    await this.#done.promise;
  }

  /** To be called often while there is work. */
  look(): void {
    const now = this.#now();
    const elapsed = now - this.#lookedAt;
    if (elapsed < this.#lookAfterMs) return;
    const idle = this.#idleMs() ?? 0;
    if (idle - this.#idleThen > idleShare * elapsed) this.#add(more);
    this.#lookAfterMs = Math.min(2 * this.#lookAfterMs, lookMs);
    this.#lookedAt = now;
    this.#idleThen = idle;
  }

  #add(count: number): void {
    for (let i = 0; i < count && this.#started < this.#most; i += 1) {
      this.#started += 1;
      this.#working += 1;
      void this.#worker().then(
        () => {
          this.#working -= 1;
          if (this.#working === 0) this.#done.resolve();
        },
        (error: unknown) => this.#done.reject(error),
      );
    }
  }
}
