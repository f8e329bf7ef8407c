/** The only door to time. Tests pass a clock of their own, so that a minute of retries takes a millisecond. */
import { setTimeout as delay } from "node:timers/promises";

/** What time it is, and how to wait for another. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`; rejects with an AbortError when `signal` fires first. */
  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void>;
}

/** The computer's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, { signal } = {}) {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
