/** Pictures made in a process of its own: what decoders take of memory is given back when nobody asks for one any more. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type AbortOptions, abortReason, throwIfAborted } from "../../shared/abort.ts";
import { workerUrl } from "../../shared/worker-url.ts";
import type { DestinationFolder } from "../../transfer/destination/index.ts";
import { type Made, type MakeElsewhere, MakerEnded, type PictureCounts, type PictureWish } from "./pictures.ts";

/** What the child is told when it starts. */
export interface PicturesHome {
  /** Of the destinations, in their order. */
  readonly folders: readonly DestinationFolder[];
  readonly indexFolder: string;
  readonly key: string;
  readonly cacheFolder: string;
  readonly phoneFolder: string;
  readonly maxCacheBytes: number;
}

/** To the child, after its home. */
export type ToPictures = ({ readonly id: number } & PictureWish) | { readonly cancel: number };

/** From it. `counts` are all that it made so far. */
export interface FromPictures {
  readonly id: number;
  readonly made: Made;
  readonly counts: PictureCounts;
}

const idleMs = 10_000;
/**
 * A heap for each thread of the libraries, as glibc has it, keeps what was freed in one from being used in another. V8's compilers stay:
 * without them a HEIC, which is decoded by WebAssembly, takes twice as long.
 */
const lean = {
  flags: ["--max-semi-space-size=1"],
  env: { MALLOC_ARENA_MAX: "1", UV_THREADPOOL_SIZE: "2" },
};

/** One child at a time, started with the first wish. Dispose it to end the child. */
export class PicturesBeside implements MakeElsewhere, Disposable {
  readonly #home: PicturesHome;
  readonly #waiting = new Map<number, PromiseWithResolvers<FromPictures>>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  constructor(home: PicturesHome) {
    this.#home = home;
  }

  /** @throws {MakerEnded}; the signal's reason */
  async make(wish: PictureWish, { signal }: AbortOptions): Promise<Omit<FromPictures, "id">> {
    throwIfAborted(signal);
    clearTimeout(this.#idle);
    const child = this.#start();
    const id = this.#next++;
    const answer = Promise.withResolvers<FromPictures>();
    this.#waiting.set(id, answer);
    const onAbort = (): void => {
      if (child.connected) child.send({ cancel: id } satisfies ToPictures, () => {});
      answer.reject(abortReason(signal as AbortSignal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      child.send({ id, ...wish } satisfies ToPictures, () => {});
      return await answer.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        clearTimeout(this.#idle);
        this.#idle = setTimeout(() => this.#end(), idleMs);
        this.#idle.unref();
      }
    }
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(fileURLToPath(workerUrl(import.meta.url, "pictures-child")), [], {
      execArgv: [...lean.flags, "--disable-warning=ExperimentalWarning"],
      env: { ...process.env, ...lean.env },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child = child;
    child.on("message", (answer: FromPictures) => this.#waiting.get(answer.id)?.resolve(answer));
    const gone = (): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      for (const { reject } of this.#waiting.values()) reject(new MakerEnded("whoever makes pictures ended"));
    };
    child.on("exit", gone).on("error", gone);
    child.send(this.#home, () => {});
    return child;
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#idle);
    this.#end();
  }
}
