/**
 * Smaller copies of movies that a browser cannot play as they are (HEVC, mostly), made by the ffmpeg that is installed when somebody
 * wants to see one. They last as long as the server.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { MovieConverter } from "../../media/convert/index.ts";
import type { RangeReader } from "../../media/range-reader.ts";
import { Semaphore } from "../../shared/async.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { removeOwnFile } from "../../shared/own-files.ts";
import { openDestination } from "../../transfer/destination/index.ts";
import type { StoredFiles } from "./stored.ts";

/** How far a copy is. */
export type ProxyState = "making" | "ready" | "failed";

interface Proxy {
  readonly name: string;
  state: ProxyState;
}

const height = 720;
/** The oldest goes first; each has some megabytes a minute. */
const mostKept = 16;

/** Makes one at a time. Dispose it to take them away. */
export class Proxies implements AsyncDisposable {
  readonly #files: StoredFiles;
  readonly #folder: string;
  readonly #converter = new MovieConverter();
  readonly #turn = new Semaphore(1);
  readonly #made = new Map<string, Proxy>();
  readonly #over = new AbortController();

  /** @param folder of this computer's cache */
  constructor(files: StoredFiles, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  get canMake(): boolean {
    return this.#converter.isInstalled;
  }

  /** Begins one where there is none yet. @returns undefined where there is no such file */
  state(photo: number, n: number): ProxyState | undefined {
    const key = `${photo}/${n}`;
    const known = this.#made.get(key);
    if (known) return known.state;
    const part = this.#files.parts(photo).find((p) => p.n === n);
    if (!part || !this.canMake) return undefined;
    const proxy: Proxy = { name: `${randomBytes(8).toString("hex")}.mp4`, state: "making" };
    this.#made.set(key, proxy);
    void this.#make(proxy, this.#files.pathOf(part));
    return proxy.state;
  }

  /** One that is ready. The caller disposes it. */
  async open(photo: number, n: number): Promise<({ readonly reader: RangeReader } & AsyncDisposable) | undefined> {
    const proxy = this.#made.get(`${photo}/${n}`);
    if (proxy?.state !== "ready") return undefined;
    return await openOwnMovie(this.#folder, proxy.name);
  }

  async #make(proxy: Proxy, from: string): Promise<void> {
    const release = await this.#turn.acquire();
    try {
      await makeFolders(this.#folder, 0o700);
      await this.#converter.toBareMp4(from, join(this.#folder, proxy.name), height, { signal: this.#over.signal });
      proxy.state = "ready";
    } catch {
      proxy.state = "failed"; // told to whoever waits for it
    } finally {
      release();
      for (const [key, { name }] of this.#made) {
        if (this.#made.size <= mostKept) break;
        this.#made.delete(key);
        removeOwnFile(join(this.#folder, name));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    (await this.#turn.acquire())();
    for (const { name } of this.#made.values()) removeOwnFile(join(this.#folder, name));
  }
}

/** A movie that was made in a folder of our own. @returns undefined where it is not there */
export async function openOwnMovie(
  folder: string,
  name: string,
): Promise<({ readonly reader: RangeReader } & AsyncDisposable) | undefined> {
  const { place, found } = await openDestination(folder, "/");
  await using opened = place.destination(found.id);
  const size = (await opened.stat(name))?.sizeBytes;
  if (size === undefined) return undefined;
  const stored = await opened.open(name);
  return {
    reader: { size, read: async (offset, length) => await stored.read(offset, Math.min(length, size - offset)) },
    [Symbol.asyncDispose]: async () => await stored[Symbol.asyncDispose](),
  };
}
