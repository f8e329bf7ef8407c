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
/** Worth the time that opening a connection takes. */
const longFileBytes = 8 * 1024 * 1024;

/** A connection that a file is read on. Disposing it counts the reader out. */
export interface FileLease extends Disposable {
  readonly client: AfcClient;
}

/** Opens connections as reads come, up to what the phone bears, and leaves dead ones out. */
export class AfcPool implements AsyncDisposable {
  readonly #open: () => Promise<AfcClient>;
  #clients: AfcClient[] = [];
  readonly #files = new WeakMap<AfcClient, number>();
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
    const best = this.#least((c) => c.outstanding);
    if (!best) return await this.#grow();
    // The caller need not wait for the new one: there is a connection that works.
    if (best.outstanding >= busyRequests && this.#mayGrow) void this.#tryToGrow();
    return best;
  }

  /**
   * For reading one file, which stays on one connection to its end: on that with the fewest such files, on a new one rather than
   * beside another long file.
   * @throws {DeviceError} when no connection is left and none can be opened
   */
  async forFile(bytes: number): Promise<FileLease> {
    let client = await this.client();
    const leastRead = (): AfcClient => this.#least((c) => this.#filesOn(c)) ?? client;
    // Not for ever: a phone may close what it has just opened.
    for (let tries = this.#limit; bytes >= longFileBytes && tries > 0; tries -= 1) {
      if (this.#filesOn(leastRead()) === 0 || !this.#mayGrow) break;
      await this.#tryToGrow();
    }
    client = leastRead();
    this.#files.set(client, this.#filesOn(client) + 1);
    return { client, [Symbol.dispose]: () => void this.#files.set(client, this.#filesOn(client) - 1) };
  }

  #filesOn(client: AfcClient): number {
    return this.#files.get(client) ?? 0;
  }

  get #mayGrow(): boolean {
    return !this.#closed && this.#clients.length < this.#limit;
  }

  #least(load: (client: AfcClient) => number): AfcClient | undefined {
    this.#clients = this.#clients.filter((c) => c.alive);
    return this.#clients.reduce<AfcClient | undefined>(
      (best, c) => (!best || load(c) < load(best) ? c : best),
      undefined,
    );
  }

  /** What the phone does not allow now is not asked for again. */
  async #tryToGrow(): Promise<void> {
    try {
      await this.#grow();
    } catch {
      this.#limit = Math.max(1, this.#clients.length);
    }
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
      const survivor = this.#least((c) => c.outstanding);
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
