/** A service that speaks in property lists with their length before them. Source: libimobiledevice, src/property_list_service.c. */
import type { Duplex } from "node:stream";
import type { AbortOptions } from "../../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { connectionNumber, type Trace } from "../../trace.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict } from "../../wire/plist.ts";

/** libimobiledevice waits as long. */
const answerMs = 30_000;

/** One connection. Disposing it ends it. */
export class PlistService implements AsyncDisposable {
  readonly #stream: Duplex;
  readonly #maxBytes: number;
  readonly #trace: Trace | undefined;

  /** @param maxBytes of one message; longer ones are an error before memory is taken for them */
  constructor(stream: Duplex, maxBytes: number, trace?: Trace) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#trace = trace;
    stream.on("error", () => {});
  }

  send(message: PlistDict): void {
    const body = encodePlist(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(body.length);
    this.#note("sent", body.length);
    this.#stream.write(Buffer.concat([prefix, body]));
  }

  /** @throws {DeviceError} `device-stalled`, `device-disconnected`; {ProtocolError} for what is no message */
  async receive(options: AbortOptions = {}): Promise<PlistDict> {
    const read = { ...options, timeoutMs: answerMs, onTimeout: stalled };
    const length = (await readExact(this.#stream, 4, read)).readUInt32BE(0);
    if (length === 0 || length > this.#maxBytes) throw new ProtocolError(`a message of ${length} bytes`);
    this.#note("received", length);
    return decodePlistDict(await readExact(this.#stream, length, read));
  }

  /** Lengths only: which apps somebody has is nobody's business. */
  #note(direction: "sent" | "received", bytes: number): void {
    this.#trace?.({ layer: "backup", connection: connectionNumber(this.#stream), direction, message: { bytes } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    destroyQuietly(this.#stream);
  }
}

function stalled(): DeviceError {
  return new DeviceError("device-stalled", "The phone's list of apps did not come.", { retryable: true });
}
