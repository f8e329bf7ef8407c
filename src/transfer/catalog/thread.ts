/**
 * A thread that writes the catalog's rows where each transaction waits for the disk: on a file system without a write-ahead journal
 * one flushes twice, which takes a USB stick tens of milliseconds, and cable and UI would wait with it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { DestinationError } from "../../shared/errors.ts";
import { workerUrl } from "../../shared/worker-url.ts";
import type { RowWrite } from "./statements.ts";

/** What the writer thread starts with. */
export interface CatalogThreadData {
  readonly file: string;
  /** See `openToWrite`. */
  readonly identity: string | undefined;
  readonly port: MessagePort;
  /** Its first is 1 when the thread has closed the file. */
  readonly ended: Int32Array<SharedArrayBuffer>;
}

/** What the writer thread is asked, in order. */
export type CatalogRequest =
  | { readonly type: "write"; readonly rows: readonly RowWrite[] }
  /** After the disk was away, its handle is dead: the next write opens the file anew. */
  | { readonly type: "close"; readonly identity: string | undefined }
  | { readonly type: "end" };

/** To each `write`, in order. */
export interface CatalogReply {
  /** As SQLite tells it. */
  readonly error?: {
    readonly message: string;
    readonly errcode: number | undefined;
    readonly errstr: string | undefined;
    /** Something else stands in the file's place: no fault of the disk's. */
    readonly unsafe?: true;
  };
}

const maxHeapMb = 16;
/** Longer than SQLite waits for others and flushes. */
const endMs = 30_000;

/** The writer thread, seen from this one. Disposing it waits until all that was asked is on the disk. */
export class CatalogThread implements Disposable {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #ended = new Int32Array(new SharedArrayBuffer(4));
  #waiting: PromiseWithResolvers<void>[] = [];
  #failure: Error | undefined;

  /** @param file exists, with all tables */
  constructor(file: string, identity: string | undefined) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(workerUrl(import.meta.url, "catalog-worker"), {
      workerData: { file, identity, port: port2, ended: this.#ended } satisfies CatalogThreadData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 1 },
    });
    this.#worker.unref();
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the thread that writes the catalog ended")));
    port1.on("message", (reply: CatalogReply) => this.#heard(reply));
    port1.unref();
  }

  /** It could not be started, or died. */
  get isDead(): boolean {
    return this.#failure !== undefined;
  }

  /** All of them, or none. @throws an error with SQLite's `errcode` and `errstr` */
  write(rows: readonly RowWrite[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<void>();
    this.#waiting.push(waiting);
    this.#port.ref();
    this.#post({ type: "write", rows });
    return waiting.promise;
  }

  reopen(identity: string | undefined): void {
    this.#post({ type: "close", identity });
  }

  #post(request: CatalogRequest): void {
    this.#port.postMessage(request);
  }

  #heard({ error }: CatalogReply): void {
    const waiting = this.#waiting.shift();
    if (error?.unsafe) waiting?.reject(new DestinationError("destination-unsafe", error.message));
    else if (error) waiting?.reject(Object.assign(new Error(error.message), error));
    else waiting?.resolve();
    if (this.#waiting.length === 0) this.#port.unref();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#port.unref();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  /** When it returns, everything is written and the file is closed. */
  [Symbol.dispose](): void {
    this.#post({ type: "end" });
    if (!this.#failure) Atomics.wait(this.#ended, 0, 0, endMs);
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      this.#heard(next.message as CatalogReply);
    this.#fail(new Error("the catalog is closed"));
    this.#port.close();
    void this.#worker.terminate();
  }
}
