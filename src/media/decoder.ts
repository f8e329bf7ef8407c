/** Pictures decoded and made small, one at a time, in a worker that starts when it is needed and ends when it is idle. */
import { Worker } from "node:worker_threads";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { Semaphore } from "../shared/async.ts";
import { workerUrl } from "../shared/worker-url.ts";
import type { RangeReader } from "./range-reader.ts";

/** One picture for the worker. `bytes` are given away: they are gone here afterwards. */
export interface DecodeRequest {
  readonly id: number;
  readonly kind: "image" | "heif";
  readonly bytes: Uint8Array;
  /** The result fits into it, in pixels. */
  readonly box: { readonly width: number; readonly height: number };
  readonly as: "jpeg" | "rgb" | "sixel";
  /** EXIF 1-8, where the bytes do not say it themselves. */
  readonly orientation?: number;
}

/** Pixels, three bytes each. */
export interface RgbRaster {
  /** Red, green, blue; row by row. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Width and height of what was made, after turning. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
}

/** A picture in the form that was asked for. */
export type Decoded =
  | (Pixels & { readonly jpeg: Uint8Array })
  /** DEC's sixel graphics, from introducer to string terminator. */
  | (Pixels & { readonly sixel: string })
  | { readonly rgb: RgbRaster };

/** The first key frame of a movie, as a movie of its own. Its bytes are asked for one range after the other. */
export interface KeyFrameRequest {
  readonly id: number;
  readonly kind: "key-frame";
  readonly sizeBytes: number;
}

/** From the worker, which waits for it. */
export interface RangeRequest {
  readonly id: number;
  readonly offset: number;
  readonly length: number;
}

/** Without bytes: they are not to be had. */
export interface RangeReply {
  readonly id: number;
  readonly range: Uint8Array | undefined;
}

/** The worker's answer to the request of this id. */
export type DecodeReply = { readonly id: number } & (
  | Decoded
  | { readonly movie: Uint8Array | undefined }
  | { readonly error: string }
);

/** Where a picture is to fit in, in pixels. */
export interface FitInto extends Pixels {
  /** EXIF 1-8, where the bytes do not say it themselves. */
  readonly orientation: number;
}

const idleMs = 10_000;
/** A hostile picture may take for ever: then the worker is ended with it. */
const timeoutMs = 30_000;
/** Of a movie little is read: who is busy with its tables for so long goes round in them. */
const keyFrameMs = 5_000;
/** What nobody waits for may end by itself for so long, as it mostly does: the worker need not be started anew. */
const graceMs = 500;
const maxHeapMb = 256;
/** The tables of a movie of hours are some megabytes. */
const maxRangeBytes = 32 * 1024 * 1024;

type Unnumbered = Omit<DecodeRequest, "id"> | Omit<KeyFrameRequest, "id">;

/** What goes along with a request. */
interface Provisions {
  /** Answers what the worker asks meanwhile. */
  readonly range?: (request: RangeRequest) => Promise<Uint8Array | undefined>;
  /** Memory that is the worker's from then on. */
  readonly given?: readonly ArrayBuffer[];
}

/**
 * Decodes one picture at a time, whoever asks; the others wait in order. A picture that is too large, or a decoder that dies of
 * one, costs that picture. Dispose it to end the worker.
 */
export class Decoder implements AsyncDisposable {
  readonly #turn = new Semaphore(1);
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  /**
   * A JPEG, upright; undefined where nothing can be made of the bytes, or no decoder is installed.
   * @param options with `given` the memory of `bytes`, which must be theirs alone, goes to the worker: a whole picture is not had twice
   */
  async decode(
    kind: DecodeRequest["kind"],
    bytes: Uint8Array,
    size: number,
    options: AbortOptions & { readonly given?: boolean } = {},
  ): Promise<Uint8Array | undefined> {
    const request = { kind, bytes, box: { width: size, height: size }, as: "jpeg" } as const;
    const reply = await this.#inTurn(request, options, options.given ? { given: [bytes.buffer as ArrayBuffer] } : {});
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
    return "error" in reply || "movie" in reply ? undefined : reply;
  }

  /**
   * Beside the main thread and within bounds, because a movie may count as many samples as it likes.
   * @returns an MP4 with one frame and the movie's rotation; undefined where none can be made
   * @throws what `movie` throws
   */
  async keyFrame(movie: RangeReader, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    let failure: { readonly error: unknown } | undefined;
    const range = async ({ offset, length }: RangeRequest): Promise<Uint8Array | undefined> => {
      if (failure || length > maxRangeBytes) return undefined;
      try {
        return await movie.read(offset, length);
      } catch (error) {
        failure = { error };
        return undefined;
      }
    };
    const reply = await this.#inTurn({ kind: "key-frame", sizeBytes: movie.size }, options, { range });
    if (failure) throw failure.error;
    return "movie" in reply ? reply.movie : undefined;
  }

  async #inTurn(request: Unnumbered, options: AbortOptions, more: Provisions = {}): Promise<DecodeReply> {
    const release = await this.#turn.acquire();
    try {
      throwIfAborted(options.signal);
      clearTimeout(this.#idle);
      return await this.#ask({ ...request, id: this.#next++ }, more, options);
    } finally {
      this.#idle = setTimeout(() => void this.#end(), idleMs);
      this.#idle.unref();
      release();
    }
  }

  async #ask(
    request: DecodeRequest | KeyFrameRequest,
    { range, given = [] }: Provisions,
    { signal }: AbortOptions,
  ): Promise<DecodeReply> {
    const worker = this.#start();
    const limitMs = request.kind === "key-frame" ? keyFrameMs : timeoutMs;
    return await new Promise<DecodeReply>((resolve) => {
      const heard = (message: DecodeReply | RangeRequest): void => {
        // A copy, because a part of a larger buffer would be sent with all of it.
        if ("offset" in message) {
          // The phone's time is not the decoder's.
          clearTimeout(timer);
          void range?.(message).then((bytes) => {
            if (isDone) return;
            timer = setTimeout(giveUp, limitMs);
            worker.postMessage({ id: message.id, range: bytes && Uint8Array.from(bytes) });
          });
        } else done(message);
      };
      let isDone = false;
      const done = (reply: DecodeReply): void => {
        isDone = true;
        clearTimeout(timer);
        clearTimeout(grace);
        signal?.removeEventListener("abort", onAbort);
        worker.off("message", heard).off("error", fail).off("exit", fail);
        resolve(reply);
      };
      const fail = (): void => {
        if (this.#worker === worker) this.#worker = undefined;
        done({ id: request.id, error: "the decoder ended" });
      };
      const giveUp = (): void => {
        void worker.terminate();
        fail();
      };
      let timer = setTimeout(giveUp, limitMs);
      let grace: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        grace ??= setTimeout(giveUp, graceMs);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      worker.on("message", heard).on("error", fail).on("exit", fail);
      worker.postMessage(request, given);
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
