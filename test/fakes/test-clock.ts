import type { Clock } from "../../src/shared/clock.ts";

/** Time that passes only when somebody sleeps: a minute of waiting takes a turn of the event loop. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly slept: number[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    this.slept.push(ms);
    this.#now += ms;
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) throw signal.reason;
  }
}
