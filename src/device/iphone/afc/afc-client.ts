/** AFC's reading operations, one method each, and whole files as streams of windowed reads. */

import { type AbortOptions, throwIfAborted, unlessAborted } from "../../../shared/abort.ts";
import { AsyncQueue, Semaphore } from "../../../shared/async.ts";
import { type BlockPool, blockBytes } from "../../../shared/block-pool.ts";
import { ItemError, ProtocolError } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";
import type { AfcConnection, AfcReply, AfcRequest } from "./afc-connection.ts";
import { AfcError } from "./afc-errors.ts";
import {
  type AfcRequestOperation,
  afcOperation,
  afcStatus,
  decodePairs,
  decodeStrings,
  encodePath,
  encodeU64s,
  maxListingBytes,
  maxReadBytes,
  openForReading,
} from "./afc-format.ts";

/** What GetFileInfo tells. Times are nanoseconds since 1970 UTC; absent keys are undefined. */
export interface AfcFileInfo {
  readonly type: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedNs: bigint | undefined;
  readonly bornNs: bigint | undefined;
  readonly linkCount: number | undefined;
}

/** What GetDeviceInfo tells of the media partition. */
export interface AfcDeviceInfo {
  readonly model: string | undefined;
  readonly totalBytes: number | undefined;
  readonly freeBytes: number | undefined;
}

/** Which bytes of a file, and how many may be on their way at once. */
export interface AfcReadOptions extends AbortOptions {
  readonly offset: number;
  /** Exactly so many bytes, or an error. */
  readonly length: number;
  /** Bytes asked for and not yet consumed; a window of one request means no pipelining. Found out when not given. */
  readonly windowBytes?: number;
  readonly requestBytes?: number;
  /** Where the memory of the slices comes from, and where the caller may give them back to. */
  readonly blocks?: BlockPool;
}

/** Handles leak per connection and run out (libimobiledevice#284, "No file slots"). */
const maxOpenHandles = 16;
/**
 * A request is what comes in so long, so that progress moves and an end is quick on a slow way too; several of them are on the way,
 * so that the phone always has the next while the consumer hashes and writes this one.
 */
const requestMs = 30;
const requestsOnTheWay = 4;
const minRequestBytes = 64 * 1024;
const maxInfoBytes = 64 * 1024;

/** Replies to reads of one handle came out of order, so their places in the file are not known. Read again one by one. */
export class AfcOrderError extends ProtocolError {}

/**
 * One connection to the AFC service, with its reading operations alone. Calls may overlap: requests are pipelined.
 * @throws {AfcError} the phone's status; {DeviceError} when the connection ends
 */
export class AfcClient implements AsyncDisposable {
  readonly #connection: AfcConnection;
  readonly #handles = new Semaphore(maxOpenHandles);

  constructor(connection: AfcConnection) {
    this.#connection = connection;
  }

  /** False once the connection ended; every later call fails. */
  get alive(): boolean {
    return this.#connection.alive;
  }

  /** Requests that were sent and not answered yet; a pool gives the next read to the connection with the fewest. */
  get outstanding(): number {
    return this.#connection.outstanding;
  }

  /** Names in a folder, as the phone has them, without `.` and `..`. Unsorted. */
  async readDir(path: string): Promise<string[]> {
    const data = await this.#data(
      { operation: "readDir", args: encodePath(path), maxBodyBytes: maxListingBytes },
      path,
    );
    return decodeStrings(data).filter((name) => name !== "" && name !== "." && name !== "..");
  }

  /**
   * Kind, size and times of one file or folder.
   * @throws {AfcError} `objectNotFound`
   */
  async getFileInfo(path: string): Promise<AfcFileInfo> {
    const data = await this.#data(
      { operation: "getFileInfo", args: encodePath(path), maxBodyBytes: maxInfoBytes },
      path,
    );
    return parseFileInfo(decodePairs(data));
  }

  /** Model and room on the media partition. */
  async getDeviceInfo(): Promise<AfcDeviceInfo> {
    const data = await this.#data(
      { operation: "getDeviceInfo", args: Buffer.alloc(0), maxBodyBytes: maxInfoBytes },
      "the phone",
    );
    const pairs = decodePairs(data);
    return {
      model: pairs.get("Model"),
      totalBytes: parseCount(pairs.get("FSTotalBytes")),
      freeBytes: parseCount(pairs.get("FSFreeBytes")),
    };
  }

  /**
   * Streams `length` bytes of a file from `offset`, a slice for each request answered. Slices belong to the caller. Returning
   * early closes the handle after what was asked has arrived.
   * @throws {AfcError} the phone refused; {ItemError} `item-short` when it delivered less;
   *   {AfcOrderError} when replies came out of order
   */
  async *read(path: string, options: AfcReadOptions): AsyncGenerator<Buffer, void, undefined> {
    throwIfAborted(options.signal);
    const release = await this.#handles.acquire();
    let handle: bigint;
    try {
      handle = await unlessAborted(this.#open(path), options.signal);
    } catch (error) {
      release();
      throw error;
    }
    const reader = new WindowedReader(this.#connection, handle, path, options);
    try {
      yield* reader.chunks();
    } finally {
      // Not awaited: the next file's open need not wait for this close. The connection's death frees the handle as well.
      void reader
        .drained()
        .then(() => this.#close(handle, path))
        .catch(() => {})
        .finally(release);
    }
  }

  async #open(path: string): Promise<bigint> {
    const args = Buffer.concat([encodeU64s(openForReading), encodePath(path)]);
    const reply = await this.#request({ operation: "fileOpen", args, maxBodyBytes: 8 }, path);
    if (reply.operation !== afcOperation.fileOpenResult || reply.body.length < 8)
      throw new ProtocolError(`FileOpen was answered with operation ${reply.operation}`);
    return reply.body.readBigUInt64LE(0);
  }

  async #close(handle: bigint, path: string): Promise<void> {
    await this.#request({ operation: "fileClose", args: encodeU64s(handle), maxBodyBytes: 8 }, path);
  }

  async #data(request: AfcRequest, path: string): Promise<Buffer> {
    const reply = await this.#request(request, path);
    return reply.operation === afcOperation.data ? reply.body : Buffer.alloc(0);
  }

  async #request(request: AfcRequest, path: string): Promise<AfcReply> {
    const reply = await this.#connection.request({ about: path, ...request });
    throwForStatus(reply, request.operation, path);
    return reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

/** End of data counts as an empty answer; a status without a code as an I/O error, as libimobiledevice does. */
function throwForStatus(reply: AfcReply, operation: AfcRequestOperation, path: string): void {
  if (reply.operation !== afcOperation.status) return;
  const status = reply.body.length >= 8 ? Number(reply.body.readBigUInt64LE(0)) : afcStatus.ioError;
  if (status === afcStatus.success || (status === afcStatus.endOfData && operation === "fileRead")) return;
  throw new AfcError(status, operation, path);
}

/**
 * Keeps several FileReads outstanding on one handle. Each read advances the handle on the phone, so places in the file are
 * assigned in request order; a reply that overtakes an earlier one makes them unknown, and is an error.
 */
class WindowedReader {
  readonly #connection: AfcConnection;
  readonly #handle: bigint;
  readonly #path: string;
  readonly #options: AfcReadOptions;
  readonly #queue = new AsyncQueue<Buffer>();
  #nextRequest = 0;
  #nextReply = 0;
  /** Bytes asked for in total, less what short replies did not bring. */
  #asked = 0;
  #received = 0;
  #consumed = 0;
  #outstanding = 0;
  #stopped = false;
  /** Whether the handle is where the reads begin. */
  #isPlaced: boolean;
  #onIdle: (() => void) | undefined;

  constructor(connection: AfcConnection, handle: bigint, path: string, options: AfcReadOptions) {
    this.#connection = connection;
    this.#handle = handle;
    this.#path = path;
    this.#options = options;
    this.#isPlaced = options.offset === 0;
  }

  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const { length, signal } = this.#options;
    const onAbort = (): void => {
      this.#stopped = true;
      try {
        throwIfAborted(signal);
      } catch (error) {
        this.#queue.fail(error);
      }
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (!this.#isPlaced) await this.#seek();
      this.#fill();
      if (length === 0) return;
      for await (const chunk of this.#queue) {
        this.#consumed += chunk.length;
        this.#fill();
        yield chunk;
        throwIfAborted(signal);
      }
    } finally {
      this.#stopped = true;
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Resolves at once where reads are pipelined: they are asked for behind the seek, and fail when they overtake it. */
  async #seek(): Promise<void> {
    const { offset, windowBytes } = this.#options;
    const args = encodeU64s(this.#handle, 0, offset);
    const placed = this.#connection
      .request({ operation: "fileSeek", args, maxBodyBytes: 8, about: this.#path })
      .then((reply) => {
        throwForStatus(reply, "fileSeek", this.#path);
        this.#isPlaced = true;
      });
    if (windowBytes === 1) return await placed;
    placed.catch((error) => {
      this.#stopped = true;
      this.#queue.fail(error);
    });
  }

  /** Resolves when no read is outstanding. */
  async drained(): Promise<void> {
    if (this.#outstanding === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #fill(): void {
    const { length, requestBytes = this.#usualRequest() } = this.#options;
    const { windowBytes = requestsOnTheWay * requestBytes } = this.#options;
    // Bounded by what the consumer has taken, whatever is outstanding: a slow disk must not fill the memory.
    while (!this.#stopped && this.#asked < length && this.#asked - this.#consumed < windowBytes)
      this.#ask(Math.min(requestBytes, maxReadBytes, length - this.#asked));
  }

  #usualRequest(): number {
    const rate = this.#connection.bytesPerSecond;
    if (rate === undefined) return blockBytes;
    const bytes = (rate * requestMs) / 1000;
    return Math.min(blockBytes, Math.max(minRequestBytes, 2 ** Math.ceil(Math.log2(bytes))));
  }

  #ask(bytes: number): void {
    const order = this.#nextRequest++;
    const into = this.#options.blocks?.take(bytes) ?? Buffer.allocUnsafe(bytes);
    let filled = 0;
    this.#asked += bytes;
    this.#outstanding += 1;
    const hand = (): void => {
      if (filled === 0) return this.#options.blocks?.give(into);
      this.#received += filled;
      this.#queue.push(into.subarray(0, filled));
    };
    this.#connection
      .request({
        operation: "fileRead",
        args: encodeU64s(this.#handle, bytes),
        maxBodyBytes: bytes,
        into,
        onFilled: (count) => {
          filled += count;
        },
        about: this.#path,
      })
      .then((reply) => {
        throwForStatus(reply, "fileRead", this.#path);
        if (order !== this.#nextReply || !this.#isPlaced) return this.#failOrder();
        this.#nextReply = order + 1;
        this.#asked -= bytes - filled;
        hand();
        if (filled === 0) this.#queue.fail(this.#short());
        else if (this.#received === this.#options.length) this.#queue.end();
      })
      .catch((error) => {
        // What came before the connection died need not be asked for again.
        if (order === this.#nextReply && this.#isPlaced && !this.#stopped) hand();
        this.#stopped = true;
        this.#queue.fail(error);
      })
      .finally(() => {
        this.#outstanding -= 1;
        if (this.#outstanding === 0) this.#onIdle?.();
        this.#fill();
      });
  }

  #failOrder(): void {
    this.#stopped = true;
    this.#queue.fail(new AfcOrderError(`${this.#path}: replies to reads of one handle came out of order`));
  }

  #short(): ItemError {
    this.#stopped = true;
    const { offset, length } = this.#options;
    return new ItemError(
      "item-short",
      `${this.#path}: the phone delivered ${offset + this.#received} of ${offset + length} bytes.`,
      { retryable: true },
    );
  }
}

function parseFileInfo(pairs: Map<string, string>): AfcFileInfo {
  const size = pairs.get("st_size");
  const sizeBytes = parseCount(size);
  if (size !== undefined && sizeBytes === undefined)
    throw new ItemError(
      "item-unreadable",
      `The phone tells an impossible size, ${printable(size.slice(0, 40))} bytes.`,
    );
  const types: Record<string, AfcFileInfo["type"]> = { S_IFREG: "file", S_IFDIR: "folder", S_IFLNK: "link" };
  return {
    type: types[pairs.get("st_ifmt") ?? ""] ?? "other",
    sizeBytes: sizeBytes ?? 0,
    modifiedNs: parseNs(pairs.get("st_mtime")),
    bornNs: parseNs(pairs.get("st_birthtime")),
    linkCount: parseCount(pairs.get("st_nlink")),
  };
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function parseNs(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
