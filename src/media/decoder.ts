/** Pictures decoded and made small, one at a time, in a worker that starts when it is needed and ends when it is idle. */
import { Worker } from "node:worker_threads";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { Semaphore } from "../shared/async.ts";
import { workerUrl } from "../shared/worker-url.ts";

export interface DecodeRequest {
  readonly id: number;
  /** `heif-thumbnail`: the thumbnail inside a HEIC, of which the head may be all there is. */
  readonly kind: "image" | "heif" | "heif-thumbnail";
  readonly bytes: Uint8Array;
  /** The result fits into it, in pixels. */
  readonly box: { readonly width: number; readonly height: number };
  readonly as: "jpeg" | "rgb" | "sixel";
  /** EXIF 1-8, where the bytes do not say it themselves. */
  readonly orientation?: number;
}

export interface RgbRaster {
  /** Red, green, blue; row by row. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
}

export type Decoded =
  | (Pixels & { readonly jpeg: Uint8Array })
  /** DEC's sixel graphics, from introducer to string terminator. */
  | (Pixels & { readonly sixel: string })
  | { readonly rgb: RgbRaster };

export type DecodeReply = { readonly id: number } & (Decoded | { readonly error: string });

/** Where a picture is to fit in, in pixels. */
export interface FitInto extends Pixels {
  /** EXIF 1-8, where the bytes do not say it themselves. */
  readonly orientation: number;
}

const idleMs = 10_000;
/** A hostile picture may take for ever: then the worker is ended with it. */
const timeoutMs = 30_000;
const maxHeapMb = 256;

export class Decoder implements AsyncDisposable {
  readonly #turn = new Semaphore(1);
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  /** A JPEG, upright; undefined where nothing can be made of the bytes, or no decoder is installed. */
  async decode(
    kind: DecodeRequest["kind"],
    bytes: Uint8Array,
    size: number,
    options: AbortOptions = {},
  ): Promise<Uint8Array | undefined> {
    const reply = await this.#inTurn({ kind, bytes, box: { width: size, height: size }, as: "jpeg" }, options);
    return "jpeg" in reply ? reply.jpeg : undefined;
  }

  /** A JPEG or PNG fitted into a box and turned upright: its pixels, or what a terminal draws them from. */
  async fit(
    bytes: Uint8Array,
    as: DecodeRequest["as"],
    { orientation, ...box }: FitInto,
    options: AbortOptions = {},
  ): Promise<Decoded | undefined> {
    const reply = await this.#inTurn({ kind: "image", bytes, box, as, orientation }, options);
    return "error" in reply ? undefined : reply;
  }

  async #inTurn(request: Omit<DecodeRequest, "id">, options: AbortOptions): Promise<DecodeReply> {
    const release = await this.#turn.acquire();
    try {
      throwIfAborted(options.signal);
      clearTimeout(this.#idle);
      return await this.#ask({ ...request, id: this.#next++ });
    } finally {
      this.#idle = setTimeout(() => void this.#end(), idleMs);
      this.#idle.unref();
      release();
    }
  }

  async #ask(request: DecodeRequest): Promise<DecodeReply> {
    const worker = this.#start();
    return await new Promise<DecodeReply>((resolve) => {
      const done = (reply: DecodeReply): void => {
        clearTimeout(timer);
        worker.off("message", done).off("error", fail).off("exit", fail);
        resolve(reply);
      };
      const fail = (): void => {
        if (this.#worker === worker) this.#worker = undefined;
        done({ id: request.id, error: "the decoder ended" });
      };
      const timer = setTimeout(() => {
        void worker.terminate();
        fail();
      }, timeoutMs);
      worker.on("message", done).on("error", fail).on("exit", fail);
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    if (!this.#worker) {
      this.#worker = new Worker(workerUrl(import.meta.url, "decode-worker"), {
        resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
        stderr: true,
      });
      this.#worker.unref();
    }
    return this.#worker;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    await this.#end();
  }
}
