/**
 * The cable in two terms: a request waits `latencyMs`, which overlaps with other requests' waits, and then occupies its
 * connection for `serviceMs`, which does not. All bytes of a phone pass one token bucket; each connection has at most
 * `windowBytes` on the way.
 */
import { performance } from "node:perf_hooks";
import { waitUntil } from "./alarm.ts";

export interface LinkModel {
  readonly latencyMs: number;
  readonly serviceMs: number;
  /** 0 is unlimited. */
  readonly bytesPerSecond: number;
  /** 0 is none; the daemon's window is 131072. */
  readonly windowBytes: number;
}

export const unlimitedLink: LinkModel = { latencyMs: 0, serviceMs: 0, bytesPerSecond: 0, windowBytes: 131_072 };

/** Less than it costs to be woken: it is waited for with what comes next. */
const shortMs = 0.1;

/** One per phone: the wire that all its connections share. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /**
   * @param readyAt when the bytes could have left. A little ago where this computer was late: a phone's wire does not rest for it
   * @returns when they have passed, by the model
   */
  async pass(bytes: number, readyAt = performance.now()): Promise<number> {
    if (this.#bytesPerMs === 0) return readyAt;
    const passedAt = Math.max(this.#freeAt, readyAt) + bytes / this.#bytesPerMs;
    this.#freeAt = passedAt;
    if (passedAt - performance.now() > shortMs) await waitUntil(passedAt);
    return passedAt;
  }
}

/** One per connection: when the next request's answer may leave. */
export class ServiceQueue {
  readonly #link: LinkModel;
  #busyUntil = 0;

  constructor(link: LinkModel) {
    this.#link = link;
  }

  /**
   * @param arrivedAt when the request came, in `performance.now()` terms
   * @returns when it is served, by the model
   */
  async serve(arrivedAt: number): Promise<number> {
    if (this.#link.latencyMs === 0 && this.#link.serviceMs === 0) return arrivedAt;
    this.#busyUntil = Math.max(this.#busyUntil, arrivedAt + this.#link.latencyMs) + this.#link.serviceMs;
    const servedAt = this.#busyUntil;
    await waitUntil(servedAt);
    return servedAt;
  }
}
