/**
 * The cable in two terms: a request waits `latencyMs`, which overlaps with other requests' waits, and then occupies its
 * connection for `serviceMs`, which does not. All bytes of a phone pass one token bucket; each connection has at most
 * `windowBytes` on the way.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

export interface LinkModel {
  readonly latencyMs: number;
  readonly serviceMs: number;
  /** 0 is unlimited. */
  readonly bytesPerSecond: number;
  /** 0 is none; the daemon's window is 131072. */
  readonly windowBytes: number;
}

export const unlimitedLink: LinkModel = { latencyMs: 0, serviceMs: 0, bytesPerSecond: 0, windowBytes: 131_072 };

/** Waits until a moment of `performance.now()`, finer than timers allow. */
export async function waitUntil(moment: number): Promise<void> {
  for (;;) {
    const left = moment - performance.now();
    if (left <= 0) return;
    if (left > 2) await delay(Math.floor(left - 1));
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** One per phone: the wire that all its connections share. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  async pass(bytes: number): Promise<void> {
    if (this.#bytesPerMs === 0) return;
    const start = Math.max(this.#freeAt, performance.now());
    this.#freeAt = start + bytes / this.#bytesPerMs;
    await waitUntil(this.#freeAt);
  }
}

/** One per connection: when the next request's answer may leave. */
export class ServiceQueue {
  readonly #link: LinkModel;
  #busyUntil = 0;

  constructor(link: LinkModel) {
    this.#link = link;
  }

  /** @param arrivedAt when the request came, in `performance.now()` terms */
  async serve(arrivedAt: number): Promise<void> {
    if (this.#link.latencyMs === 0 && this.#link.serviceMs === 0) return;
    this.#busyUntil = Math.max(this.#busyUntil, arrivedAt + this.#link.latencyMs) + this.#link.serviceMs;
    await waitUntil(this.#busyUntil);
  }
}
