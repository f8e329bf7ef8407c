/** DeviceLink: messages with their length. Every length is looked at before memory is taken for it. Source: libimobiledevice, src/device_link_service.c. */

import { once } from "node:events";
import type { Duplex } from "node:stream";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { connectionNumber, type Trace } from "../../trace.ts";
import { encodeBinaryPlist, type WritablePlist } from "../../wire/binary-plist-writer.ts";
import { destroyQuietly } from "../../wire/byte-stream.ts";
import { decodePlist, type PlistValue } from "../../wire/plist.ts";
import { linkMessage, maxMessageBytes } from "./device-link-format.ts";
import { Inbox } from "./inbox.ts";

/** A message from the phone: its name, and what follows it. */
export interface LinkMessage {
  readonly name: string;
  readonly rest: readonly PlistValue[];
}

export class DeviceLink implements AsyncDisposable {
  readonly inbox: Inbox;
  readonly #stream: Duplex;
  readonly #trace: Trace | undefined;
  readonly #number: number;

  constructor(stream: Duplex, trace?: Trace) {
    this.#stream = stream;
    this.#trace = trace;
    this.#number = connectionNumber(stream);
    this.inbox = new Inbox(stream);
  }

  /** @throws {ProtocolError} for what is no message; {DeviceError} `device-disconnected` */
  async receive(): Promise<LinkMessage> {
    const length = await this.inbox.u32();
    if (length === 0 || length > maxMessageBytes) throw new ProtocolError(`a message of ${length} bytes`);
    const value = decodePlist(await this.inbox.take(length));
    const [name, ...rest] = Array.isArray(value) ? (value as readonly PlistValue[]) : [];
    if (typeof name !== "string" || !name.startsWith("DL")) throw new ProtocolError("a message without a name");
    this.#note("received", name, length);
    if (name === linkMessage.disconnect)
      throw new DeviceError("device-disconnected", "The phone ended the backup service.", { retryable: true });
    return { name, rest };
  }

  async send(message: readonly WritablePlist[]): Promise<void> {
    const body = encodeBinaryPlist(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(body.length);
    this.#note("sent", String(message[0]), body.length);
    await this.write(Buffer.concat([prefix, body]));
  }

  /** Bytes of a raw stream; waits while the phone takes none. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#stream.destroyed)
      throw this.inbox.failure ?? new DeviceError("device-disconnected", "The phone is gone.", { retryable: true });
    if (this.#stream.write(bytes)) return;
    const gone = new AbortController();
    try {
      await Promise.race([
        once(this.#stream, "drain", { signal: gone.signal }),
        once(this.#stream, "close", { signal: gone.signal }),
      ]);
    } finally {
      gone.abort();
    }
  }

  /** Ends it at once; whoever waits gets the error. */
  abort(error: Error): void {
    this.inbox.fail(error);
    destroyQuietly(this.#stream);
  }

  /** Names and lengths only: what is in them is a person's phone. */
  #note(direction: "sent" | "received", name: string, bytes: number): void {
    this.#trace?.({ layer: "backup", connection: this.#number, direction, message: { name, bytes } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    destroyQuietly(this.#stream);
  }
}
