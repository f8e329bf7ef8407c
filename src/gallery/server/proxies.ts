/**
 * Smaller copies of movies that a browser cannot play as they are (HEVC, mostly), made by the ffmpeg that is installed when somebody
 * wants to see one. They last as long as the server.
 */
import { join } from "node:path";
import { MovieConverter } from "../../media/convert/index.ts";
import type { RangeReader } from "../../media/range-reader.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import { Semaphore } from "../../shared/async.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { removeOwnFile } from "../../shared/own-files.ts";
import { newOwnMovie, openOwnMovie } from "./own-movies.ts";
import type { StoredFiles } from "./stored.ts";

/** How far a copy is. */
export type ProxyState = "making" | "ready" | "failed";

/** Whoever makes copies: `MovieConverter`. */
type MakeCopy = Pick<MovieConverter, "isInstalled" | "toBareMp4">;

interface Proxy {
  readonly name: string;
  /** Ends it, because nobody waits for it any more. */
  readonly end: AbortController;
  readonly done: Promise<void>;
  state: ProxyState;
  waiting: number;
}

const height = 720;
/** The oldest goes first; each has some megabytes a minute. */
const mostKept = 16;
/** An answer is held back for so long: who waits asks again at once. */
const heldMs = 20_000;
/** Between two questions, and for who goes one photo too far. */
const graceMs = 3_000;

/** Makes one at a time, and each only while somebody waits for it. Dispose it to take them away. */
export class Proxies implements AsyncDisposable {
  readonly #files: StoredFiles;
  readonly #folder: string;
  readonly #converter: MakeCopy;
  readonly #clock: Clock;
  readonly #turn = new Semaphore(1);
  readonly #made = new Map<string, Proxy>();
  readonly #over = new AbortController();

  /** @param folder of this computer's cache */
  constructor(
    files: StoredFiles,
    folder: string,
    { converter = new MovieConverter(), clock = systemClock }: { converter?: MakeCopy; clock?: Clock } = {},
  ) {
    this.#files = files;
    this.#folder = folder;
    this.#converter = converter;
    this.#clock = clock;
  }

  get canMake(): boolean {
    return this.#converter.isInstalled;
  }

  /**
   * Begins one where there is none yet, and waits a while for it. When the last of those who wait has gone, it is ended.
   * @returns undefined where there is no such file
   */
  async wait(photo: number, n: number, { signal }: AbortOptions): Promise<ProxyState | undefined> {
    const proxy = this.#made.get(`${photo}/${n}`) ?? this.#begin(photo, n);
    if (proxy?.state !== "making") return proxy?.state;
    proxy.waiting += 1;
    const answered = new AbortController();
    const until = AbortSignal.any([answered.signal, ...(signal ? [signal] : [])]);
    try {
      await Promise.race([proxy.done, this.#clock.sleep(heldMs, { signal: until }).catch(() => {})]);
    } finally {
      answered.abort();
      proxy.waiting -= 1;
      if (proxy.waiting === 0) void this.#endUnlessAwaited(proxy);
    }
    return proxy.state;
  }

  /** One that is ready. The caller disposes it. */
  async open(photo: number, n: number): Promise<({ readonly reader: RangeReader } & AsyncDisposable) | undefined> {
    const proxy = this.#made.get(`${photo}/${n}`);
    if (proxy?.state !== "ready") return undefined;
    return await openOwnMovie(this.#folder, proxy.name);
  }

  #begin(photo: number, n: number): Proxy | undefined {
    const parts = this.#files.parts(photo);
    const part = parts.find((p) => p.n === n);
    if (!part || !this.canMake) return undefined;
    const done = Promise.withResolvers<void>();
    const name = newOwnMovie();
    const proxy: Proxy = { name, end: new AbortController(), done: done.promise, state: "making", waiting: 0 };
    this.#made.set(`${photo}/${n}`, proxy);
    void this.#make(proxy, async () => await this.#files.plainPath(part, parts)).then(done.resolve);
    return proxy;
  }

  async #endUnlessAwaited(proxy: Proxy): Promise<void> {
    await this.#clock.sleep(graceMs, { signal: this.#over.signal }).catch(() => {});
    if (proxy.waiting === 0 && proxy.state === "making") proxy.end.abort();
  }

  async #make(proxy: Proxy, from: () => Promise<string | undefined>): Promise<void> {
    const signal = AbortSignal.any([this.#over.signal, proxy.end.signal]);
    const file = join(this.#folder, proxy.name);
    let release: (() => void) | undefined;
    try {
      release = await this.#turn.acquire(signal);
      const path = await from();
      if (path === undefined) throw new Error("it is not there now");
      await makeFolders(this.#folder, 0o700);
      await this.#converter.toBareMp4(path, file, height, { signal });
      proxy.state = "ready";
    } catch {
      proxy.state = "failed"; // told to whoever waits for it
      removeOwnFile(file);
      if (signal.aborted) this.#forget(proxy);
    } finally {
      release?.();
      for (const old of [...this.#made.values()].filter((p) => p.state !== "making").slice(0, -mostKept))
        this.#forget(old);
    }
  }

  #forget(proxy: Proxy): void {
    for (const [key, kept] of this.#made) if (kept === proxy) this.#made.delete(key);
    removeOwnFile(join(this.#folder, proxy.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    const all = [...this.#made.values()];
    await Promise.all(all.map(({ done }) => done));
    for (const proxy of all) this.#forget(proxy);
  }
}
