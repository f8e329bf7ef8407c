/** Bytes that came and were not taken yet. What is asked for while it is there already costs no turn of the event loop. */
import type { Duplex } from "node:stream";
import { DeviceError } from "../../../shared/errors.ts";

/** Above it the phone has to wait. */
const highWaterBytes = 4 * 1024 * 1024;

export class Inbox {
  readonly #stream: Duplex;
  #chunks: Buffer[] = [];
  #at = 0;
  #bytes = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  /** Of all that ever came. */
  received = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#push(chunk));
    stream.on("end", () => this.fail(lost("the phone closed it")));
    stream.on("close", () => this.fail(lost("it was closed")));
    stream.on("error", (error) => this.fail(lost(error.message, error)));
  }

  /** Whoever waits, and whoever asks later, gets this error. The first one counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.received += chunk.length;
    if (this.#bytes > highWaterBytes) this.#stream.pause();
    this.#wake?.();
  }

  async u32(): Promise<number> {
    const first = this.#chunks[0];
    if (first && first.length - this.#at >= 4) {
      const value = first.readUInt32BE(this.#at);
      this.#skip(4);
      return value;
    }
    return (await this.take(4)).readUInt32BE(0);
  }

  /** Exactly so many. The caller has made sure that the number is one to be held in memory. */
  async take(length: number): Promise<Buffer> {
    while (this.#bytes < length) await this.#more();
    const first = this.#chunks[0];
    if (first && first.length - this.#at >= length) {
      const out = first.subarray(this.#at, this.#at + length);
      this.#skip(length);
      return out;
    }
    const out = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const part = this.#front(length - filled);
      part.copy(out, filled);
      filled += part.length;
    }
    return out;
  }

  /** At least one, at most `most`: whatever is there, without a copy. */
  async some(most: number): Promise<Buffer> {
    while (this.#bytes === 0) await this.#more();
    return this.#front(most);
  }

  #front(most: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    const out = first.subarray(this.#at, Math.min(first.length, this.#at + most));
    this.#skip(out.length);
    return out;
  }

  #skip(length: number): void {
    this.#at += length;
    this.#bytes -= length;
    while (this.#chunks.length > 0 && this.#at >= (this.#chunks[0] as Buffer).length) {
      this.#at -= (this.#chunks[0] as Buffer).length;
      this.#chunks.shift();
    }
    if (this.#bytes <= highWaterBytes / 2 && this.#stream.isPaused()) this.#stream.resume();
  }

  async #more(): Promise<void> {
    // What came before the end is still given.
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

function lost(detail: string, cause?: unknown): DeviceError {
  return new DeviceError("device-disconnected", `The connection to the phone's backup service broke off: ${detail}.`, {
    cause,
    retryable: true,
  });
}
