/**
 * lockdownd's framing: a 4-byte big-endian length, then a plist. One request, one reply, in order.
 * Source: libimobiledevice, src/property_list_service.c.
 */
import type { Duplex } from "node:stream";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { connectionNumber, type Trace } from "../../trace.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../wire/plist.ts";
import { LockdownError } from "./lockdown-errors.ts";

/** On the phone, behind the daemon. Source: libimobiledevice, src/lockdown.c. */
export const lockdownPort = 62078;
/** A longer one is an error before it is read. Real ones have some tens of kilobytes. */
export const maxLockdownMessageBytes = 16 * 1024 * 1024;
/** libimobiledevice waits as long. */
const replyTimeoutMs = 30_000;

/** One message as bytes, with its length. */
export function encodeLockdownFrame(message: PlistDict): Buffer {
  const body = encodePlist(message);
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt32BE(body.length, 0);
  body.copy(out, 4);
  return out;
}

/** @throws {ProtocolError} for a length nobody sends */
export function decodeLockdownLength(prefix: Buffer): number {
  const length = prefix.readUInt32BE(0);
  if (length === 0 || length > maxLockdownMessageBytes)
    throw new ProtocolError(`lockdown message of ${length} bytes: outside 1..${maxLockdownMessageBytes}`);
  return length;
}

/** Requests wait for each other: lockdownd answers in order and has no numbers for them. */
export class LockdownConnection implements AsyncDisposable {
  #stream: Duplex;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #trace: Trace | undefined;
  readonly #number: number;

  constructor(stream: Duplex, trace?: Trace) {
    this.#stream = stream;
    this.#number = connectionNumber(stream);
    this.#trace = trace;
    stream.on("error", () => {}); // readers see it through the stream's state
  }

  /**
   * @throws {LockdownError} when the phone answers with an error; the connection stays usable
   * @throws {DeviceError | ProtocolError} otherwise; the connection is then closed
   */
  request(message: PlistDict, options: AbortOptions = {}): Promise<PlistDict> {
    const result = this.#turn.then(() => this.#exchange(message, options));
    this.#turn = result.catch(() => {});
    return unlessAborted(result, options.signal);
  }

  async #exchange(message: PlistDict, options: AbortOptions): Promise<PlistDict> {
    // Nothing was said: the connection is as good as before.
    throwIfAborted(options.signal);
    const request = plistField.string(message, "Request") ?? "request";
    let reply: PlistDict;
    try {
      this.#trace?.({ layer: "lockdown", connection: this.#number, direction: "sent", message });
      this.#stream.write(encodeLockdownFrame({ Label: "offroll", ...message }));
      const read = { ...options, timeoutMs: replyTimeoutMs, onTimeout: () => timeoutError(request) };
      const length = decodeLockdownLength(await readExact(this.#stream, 4, read));
      reply = decodePlistDict(await readExact(this.#stream, length, read));
    } catch (error) {
      destroyQuietly(this.#stream);
      throw error;
    }
    this.#trace?.({ layer: "lockdown", connection: this.#number, direction: "received", message: reply });
    const error = plistField.string(reply, "Error");
    if (error) throw new LockdownError(error, request);
    // iOS before 5 answered with Result instead of Error.
    if (plistField.string(reply, "Result") === "Failure") throw new LockdownError("InvalidResponse", request);
    return reply;
  }

  /** Replaces the stream by its encrypted form; `upgrade` gets the plain one, with nothing read ahead. */
  async encrypt(upgrade: (plain: Duplex) => Promise<Duplex>): Promise<void> {
    try {
      this.#stream = await upgrade(this.#stream);
    } catch (error) {
      destroyQuietly(this.#stream);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    destroyQuietly(this.#stream);
  }
}

function timeoutError(request: string): DeviceError {
  return new DeviceError("device-busy", `The phone did not answer ${request} within 30 seconds.`, { retryable: true });
}
