/** JPEGs of pictures, made in workers that start when they are needed and end when they are idle. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type AbortOptions, abortReason, throwIfAborted } from "../../shared/abort.ts";
import { Semaphore } from "../../shared/async.ts";
import { workerUrl } from "../../shared/worker-url.ts";
import { type JpegOptions, type MadeJpeg, NotConverted, type Refusal } from "./options.ts";
import { type PictureBytes, type PictureFile, pictureBytes } from "./picture-bytes.ts";
import { Room } from "./room.ts";

/** To the worker. */
export interface ConvertRequest extends PictureBytes {
  readonly id: number;
  readonly options: JpegOptions;
}

/** What a worker is started with. */
export interface ConvertWork {
  readonly isPatient: boolean;
}

/** From the worker: the end of a request, or that it goes on. */
export type ConvertReply =
  | { readonly id: number; readonly made: MadeJpeg; readonly heapBytes: number }
  | { readonly id: number; readonly reason: Refusal; readonly message: string }
  | { readonly id: number; readonly isAlive: true };

export interface ConverterOptions {
  /** How many pictures are made at once; by default as many as there are cores, four at most. */
  readonly workers?: number;
  /** A hostile picture may take for ever: a worker that says nothing for so long is ended with it. */
  readonly stallMs?: number;
  /** Everything else goes first: where the system knows priorities of threads, its workers have the lowest. */
  readonly isPatient?: boolean;
}

const mostWorkers = 4;
/** What all of them may take: with the program around them 400 MB. Measured on 12, 24 and 48 megapixels by `npm run test:convert`. */
const memoryBytes = 240e6;
/** A worker with both libraries; and for each byte of its file, which grows with what is decoded from it. */
const workerBytes = 60e6;
const bytesPerByte = 8;
const defaultStallMs = 60_000;
const idleMs = 10_000;
const maxHeapMb = 256;
/** libheif's memory never gets smaller: a worker in which it got larger than this is not used again. */
const mostHeapBytes = 96 * 1024 * 1024;

/**
 * Makes some pictures at a time, whoever asks; the others wait in order, and their files are not read before it is their turn. A
 * picture that is too large, or a decoder that dies of one, costs that picture. Dispose it to end the workers.
 */
export class Converter implements AsyncDisposable {
  /** How many pictures are made at once: to ask for more of them only keeps them waiting. */
  readonly width: number;
  readonly #turn: Semaphore;
  readonly #memory = new Room(memoryBytes);
  readonly #stallMs: number;
  readonly #isPatient: boolean;
  readonly #free: Worker[] = [];
  readonly #all = new Set<Worker>();
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  constructor({
    workers = Math.min(mostWorkers, availableParallelism()),
    stallMs = defaultStallMs,
    isPatient = false,
  }: ConverterOptions = {}) {
    this.#isPatient = isPatient;
    this.width = Math.max(1, workers);
    this.#turn = new Semaphore(this.width);
    this.#stallMs = stallMs;
  }

  /**
   * A JPEG of the picture, upright, with its colour profile and, unless `bare`, its EXIF and XMP. HEIC, AVIF, JPEG, PNG, WebP, GIF and
   * TIFF are decoded; of a RAW file the JPEG that it carries of the whole picture, or one of at least `maxSize` pixels.
   * @throws {NotConverted} with its reason; what the reader throws; the signal's reason
   */
  async toJpeg(file: PictureFile, options: JpegOptions, { signal }: AbortOptions = {}): Promise<MadeJpeg> {
    const release = await this.#turn.acquire(signal);
    clearTimeout(this.#idle);
    let leave: (() => void) | undefined;
    try {
      const { size } = file.reader;
      leave = await this.#memory.take(workerBytes + bytesPerByte * size, signal ? { signal } : {});
      const bytes = await pictureBytes(file, options.maxSize);
      throwIfAborted(signal);
      return await this.#ask({ ...bytes, options, id: this.#next++ }, signal);
    } finally {
      leave?.();
      release();
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => void this.#end(this.#free.splice(0)), idleMs);
      this.#idle.unref();
    }
  }

  async #ask(request: ConvertRequest, signal: AbortSignal | undefined): Promise<MadeJpeg> {
    const worker = this.#free.pop() ?? this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<MadeJpeg>();
    const lost = (error: Error): void => {
      void this.#end([worker]);
      reject(error);
    };
    const giveUp = (): void => lost(new NotConverted("gave-up", "decoding it took too long"));
    let timer = setTimeout(giveUp, this.#stallMs);
    const heard = (reply: ConvertReply): void => {
      clearTimeout(timer);
      if ("isAlive" in reply) timer = setTimeout(giveUp, this.#stallMs);
      else if ("made" in reply) {
        if (reply.heapBytes > mostHeapBytes) void this.#end([worker]);
        else this.#free.push(worker);
        resolve(reply.made);
      } else {
        this.#free.push(worker);
        reject(new NotConverted(reply.reason, reply.message));
      }
    };
    const died = (): void => lost(new NotConverted("gave-up", "the decoder ended"));
    const onAbort = (): void => lost(abortReason(signal as AbortSignal));
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.on("message", heard).on("error", died).on("exit", died);
    worker.postMessage(request, [request.bytes.buffer as ArrayBuffer]);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      worker.off("message", heard).off("error", died).off("exit", died);
    }
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, "convert-worker"), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
      stderr: true,
      workerData: { isPatient: this.#isPatient } satisfies ConvertWork,
    });
    worker.unref();
    worker.on("error", () => {}); // one that dies between two pictures costs none
    this.#all.add(worker);
    return worker;
  }

  async #end(workers: readonly Worker[]): Promise<void> {
    for (const worker of workers) this.#all.delete(worker);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    this.#free.length = 0;
    await this.#end([...this.#all]);
  }
}
