/**
 * A worker pool that finds its size while it works: whenever the phone was idle for a moment although there was work, more workers
 * take part. Large files need few, small ones many; more than are needed only hold memory and open files.
 */

const first = 16;
const more = 16;
const intervalMs = 100;
/** Twice as long each time: the beginning tells the most, and is over soonest. */
const firstIntervalMs = 12.5;
/** Of the time since the last adjustment. */
const idleShare = 0.01;

/** Runs one worker many times over, until each has found nothing left to do. */
export class WorkerPool {
  readonly #worker: () => Promise<void>;
  readonly #most: number;
  readonly #idleMs: () => number | undefined;
  readonly #now: () => number;
  readonly #done = Promise.withResolvers<void>();
  #started = 0;
  #working = 0;
  #adjustedAt: number;
  #adjustAfterMs = firstIntervalMs;
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
    this.#adjustedAt = now();
    this.#idleThen = idleMs() ?? 0;
  }

  /** Workers that were started so far. */
  get size(): number {
    return this.#started;
  }

  /** Resolves when no worker has anything left; rejects with the first error of one. */
  async run(): Promise<void> {
    if (this.#most === 0) return;
    this.#add(this.#idleMs() === undefined ? this.#most : first);
    await this.#done.promise;
  }

  /** Adds workers if the phone was idle since the last call. Call it often while there is work: it looks at the clock first. */
  adjust(): void {
    const now = this.#now();
    const elapsed = now - this.#adjustedAt;
    if (elapsed < this.#adjustAfterMs) return;
    const idle = this.#idleMs() ?? 0;
    if (idle - this.#idleThen > idleShare * elapsed) this.#add(more);
    this.#adjustAfterMs = Math.min(2 * this.#adjustAfterMs, intervalMs);
    this.#adjustedAt = now;
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
