import type { Clock } from "../../src/shared/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes when a test says so: whoever sleeps wakes in order, and everything that follows is over before the next wakes. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  /** What was slept, in ms, in the order in which it was asked for. */
  readonly slept: number[] = [];

  constructor(now: Date) {
    this.#now = now.getTime();
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    this.slept.push(ms);
    await new Promise<void>((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = end;
    await settled();
  }

  /** The computer slept, or somebody set its clock: nobody's sleep passed meanwhile. */
  jump(ms: number): void {
    this.#now += ms;
    this.#sleepers = this.#sleepers.map(({ at, wake }) => ({ at: at + ms, wake }));
  }
}

/** Everything that is ready has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
