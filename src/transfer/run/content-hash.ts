/**
 * SHA-256 of files while they are received: small ones at once, large ones on a thread of its own, because hashing costs as much as
 * decrypting and would take turns with it.
 */
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { blockBytes } from "../../shared/block-pool.ts";
import { workerUrl } from "../../shared/worker-url.ts";

/** To the worker. Without a chunk the hash is finished. */
export interface HashRequest {
  readonly id: number;
  readonly chunk?: Uint8Array;
}

/** From the worker, one for each request. */
export interface HashReply {
  readonly id: number;
  readonly sha256?: string | undefined;
}

/** The hash of one file, fed in order. */
export interface ContentHash {
  /** @param done called when the chunk's memory may be used for something else */
  update(chunk: Uint8Array, done?: () => void): void;
  /** In hex. Ends the hash. */
  digest(): Promise<string>;
  /** Ends a hash whose result nobody needs. */
  discard(): void;
}

/** A message to another thread costs as much as hashing so many bytes here. */
const worthAThread = blockBytes;
const maxHeapMb = 16;

/** The hashes of one run, with at most one thread for all of them. */
export class Hasher implements AsyncDisposable {
  #worker: Worker | undefined;
  #next = 0;
  readonly #remote = new Map<number, RemoteHash>();

  /** @param sizeBytes of the file */
  start(sizeBytes: number): ContentHash {
    if (sizeBytes < worthAThread) return localHash();
    const id = this.#next++;
    const hash = new RemoteHash((chunk) => this.#post(chunk ? { id, chunk } : { id }));
    this.#remote.set(id, hash);
    return hash;
  }

  #post(request: HashRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, "hash-worker"), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 1 },
    });
    const fail = (error: unknown): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const hash of this.#remote.values()) hash.fail(error);
      this.#remote.clear();
    };
    worker.on("message", ({ id, sha256 }: HashReply) => {
      this.#remote.get(id)?.reply(sha256);
      if (sha256 !== undefined) this.#remote.delete(id);
    });
    worker.on("error", fail);
    worker.on("exit", () => fail(new Error("the thread that hashes ended")));
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate(); // fails what is unfinished, as any other end of the thread
  }
}

class RemoteHash implements ContentHash {
  readonly #post: (chunk?: Uint8Array) => void;
  readonly #result = Promise.withResolvers<string>();
  /** Of the chunks that are on their way, in order. */
  #done: ((() => void) | undefined)[] = [];
  #error: unknown;

  constructor(post: (chunk?: Uint8Array) => void) {
    this.#post = post;
    this.#result.promise.catch(() => {}); // met by who asks for the digest
  }

  update(chunk: Uint8Array, done?: () => void): void {
    if (this.#error !== undefined) throw this.#error;
    this.#done.push(done);
    this.#post(chunk);
  }

  async digest(): Promise<string> {
    if (this.#error === undefined) this.#post();
    return await this.#result.promise;
  }

  discard(): void {
    if (this.#error === undefined) this.#post();
  }

  reply(sha256: string | undefined): void {
    if (sha256 === undefined) this.#done.shift()?.();
    else this.#result.resolve(sha256);
  }

  fail(error: unknown): void {
    this.#error = error;
    this.#result.reject(error);
    for (const done of this.#done.splice(0)) done?.();
  }
}

function localHash(): ContentHash {
  const hash = createHash("sha256");
  return {
    update(chunk, done) {
      hash.update(chunk);
      done?.();
    },
    digest: async () => hash.digest("hex"),
    discard() {},
  };
}
