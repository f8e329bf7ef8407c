/**
 * A few AFC connections used as one: each request goes to the least busy. Opened as they are needed, fewer where the phone
 * says ServiceLimit, replaced when they die, kept alive while idle.
 */
import { AppError } from "../../../shared/errors.ts";
import type { AfcClient } from "./afc-client.ts";

/** An AFC session was seen to die after 147 s without a request (libimobiledevice#1723). */
const keepAliveMs = 45_000;
/** A connection with so many requests waiting is worth a second one. */
const busyRequests = 8;

export class AfcPool implements AsyncDisposable {
  readonly #open: () => Promise<AfcClient>;
  #clients: AfcClient[] = [];
  #opening: Promise<AfcClient> | undefined;
  #limit: number;
  #closed = false;
  readonly #keepAlive: NodeJS.Timeout;

  /** @param open starts the service and connects; @param maxConnections 2-4 is what phones are known to bear */
  constructor(open: () => Promise<AfcClient>, maxConnections: number) {
    this.#open = open;
    this.#limit = maxConnections;
    this.#keepAlive = setInterval(() => this.#ping(), keepAliveMs).unref();
  }

  /** Connections the phone allowed so far. */
  get size(): number {
    return this.#clients.length;
  }

  /** @throws {DeviceError} when no connection is left and none can be opened */
  async client(): Promise<AfcClient> {
    this.#clients = this.#clients.filter((c) => c.alive);
    const best = this.#leastBusy();
    if (!best) return await this.#grow();
    if (best.outstanding >= busyRequests && this.#clients.length < this.#limit && !this.#opening) {
      // The caller need not wait for the new one: there is a connection that works.
      void this.#grow().catch(() => {
        this.#limit = Math.max(1, this.#clients.length);
      });
    }
    return best;
  }

  #leastBusy(): AfcClient | undefined {
    return this.#clients.reduce<AfcClient | undefined>(
      (best, c) => (!best || c.outstanding < best.outstanding ? c : best),
      undefined,
    );
  }

  #grow(): Promise<AfcClient> {
    this.#opening ??= this.#openOne().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOne(): Promise<AfcClient> {
    try {
      const client = await this.#open();
      if (this.#closed) await client[Symbol.asyncDispose]();
      else this.#clients.push(client);
      return client;
    } catch (error) {
      const survivor = this.#leastBusy();
      if (error instanceof AppError && error.code === "service-limit" && survivor) {
        this.#limit = Math.max(1, this.#clients.length);
        return survivor;
      }
      throw error;
    }
  }

  #ping(): void {
    for (const client of this.#clients)
      if (client.alive && client.outstanding === 0) void client.getDeviceInfo().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#keepAlive);
    await Promise.all(this.#clients.map((c) => c[Symbol.asyncDispose]()));
    this.#clients = [];
  }
}
