/** One connection to the adb server, as exact reads of bounded length over the library's streams. */
import type { AdbServerClient } from "@yume-chan/adb";
import { abortReason } from "../../shared/abort.ts";
import { within } from "../../shared/async.ts";
import { DeviceError, ProtocolError } from "../../shared/errors.ts";
import { nextConnectionNumber } from "../trace.ts";
import { connectionError } from "./adb-errors.ts";

type Socket = Pick<AdbServerClient.ServerConnection, "readable" | "writable" | "close">;

/**
 * A stream to the server or to a service of a phone. One reader at a time. Every wait obeys its signal and ends when the other side
 * stays silent too long.
 */
export class AdbConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stallMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this[Symbol.asyncDispose]();
  /** In traces. */
  readonly number = nextConnectionNumber();
  #rest: Buffer = Buffer.alloc(0);
  #closed = false;

  /** @param signal ends the connection, whatever is being waited for: a service cannot be told to stop */
  constructor(socket: Socket, stallMs: number, signal?: AbortSignal) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader() as unknown as ReadableStreamDefaultReader<Uint8Array>;
    this.#writer = socket.writable.getWriter() as unknown as WritableStreamDefaultWriter<Uint8Array>;
    this.#stallMs = stallMs;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async write(bytes: Buffer): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      throw await this.#lost(error);
    }
  }

  /** @throws {DeviceError} `device-disconnected` when the stream ends first, or nothing comes */
  async readExactly(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) return this.#take(length);
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const chunk = await this.#next();
      if (!chunk) throw await this.#lost(new Error("the stream ended"));
      parts.push(chunk);
      have += chunk.length;
    }
    this.#rest = Buffer.concat(parts);
    return this.#take(length);
  }

  /** Whatever comes next, at most `most` bytes; undefined at the end. */
  async readSome(most: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0) {
      const chunk = await this.#next();
      if (!chunk) return undefined;
      this.#rest = chunk;
    }
    return this.#take(Math.min(most, this.#rest.length));
  }

  /** Everything to the end. @throws {ProtocolError} when it is more than `most` */
  async readAll(most: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let chunk = await this.readSome(most); chunk; chunk = await this.readSome(most)) {
      bytes += chunk.length;
      if (bytes > most) throw new ProtocolError(`the phone answers with more than ${most} bytes`);
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await within(this.#reader.read(), this.#stallMs, silent);
      // An aborted connection ends too, and is no end of what was asked for.
      if (done && this.#signal?.aborted) throw abortReason(this.#signal);
      return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    } catch (error) {
      throw await this.#lost(error);
    }
  }

  async #lost(error: unknown): Promise<Error> {
    await this[Symbol.asyncDispose]();
    if (this.#signal?.aborted) return abortReason(this.#signal);
    return connectionError(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    // A cancelled reader makes the library drop what still comes; closing ends the service on the phone.
    this.#reader.cancel().catch(() => {});
    try {
      await this.#socket.close();
    } catch {
      // closed already
    }
  }
}

function silent(): DeviceError {
  return new DeviceError("device-disconnected", "The phone stopped answering adb.", { retryable: true });
}
