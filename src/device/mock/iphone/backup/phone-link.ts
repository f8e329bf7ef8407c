/** The phone's end of DeviceLink: messages out, statuses in, and the raw streams of files in both directions. */
import type { Duplex } from "node:stream";
import { frameCode, linkMessage, maxHostFrameBytes } from "../../../iphone/mobilebackup2/device-link-format.ts";
import { encodeBinaryPlist, PlistReal, type WritablePlist } from "../../../wire/binary-plist-writer.ts";
import { readExact } from "../../../wire/byte-stream.ts";
import { decodePlist, isDict, type PlistDict, type PlistValue } from "../../../wire/plist.ts";
import type { BackupDescription } from "../../backup-description.ts";
import type { LinkModel, TokenBucket } from "../../link-model.ts";

const maxMessage = 64 * 1024 * 1024;
/** Frames up to so much in all may be longer than a frame should be: phones notice with large files alone. */
const toleratedBytes = 4 * 1024 * 1024;

/** The connection is over, by the phone's own doing. */
export class LinkOver extends Error {}

/** What the host answered. A code in two's complement is a signed one again. */
export interface HostStatus {
  readonly code: number;
  readonly text: string;
  readonly value: PlistValue | undefined;
}

/** A file that is sent: two names, and its bytes as they are stored. */
export interface Upload {
  readonly deviceName: string;
  readonly path: string;
  readonly bytes: AsyncIterable<Buffer>;
  /** After the bytes: the phone could not read on. */
  readonly failure?: string | undefined;
}

/** A file that came; undefined where the host had none. */
export type Downloaded = (path: string, bytes: AsyncIterable<Buffer>) => Promise<void>;

/** The phone, as its link sees it. */
export interface LinkOwner {
  readonly wire: TokenBucket;
  readonly link: LinkModel;
  fileBytesSent: number;
  readonly backup: {
    readonly description: BackupDescription;
    readonly oddities: string[];
    strike(link: PhoneLink, message: string): Promise<void>;
    strikeFile(link: PhoneLink, deviceName: string): Promise<string | undefined>;
  };
}

export class PhoneLink {
  readonly stream: Duplex;
  readonly #phone: LinkOwner;
  /** Of the operation. */
  bytesSent = 0;
  /** Files that broke off. */
  unreadable = 0;
  #readyAt = performance.now();

  constructor(phone: LinkOwner, stream: Duplex) {
    this.#phone = phone;
    this.stream = stream;
  }

  async send(message: WritablePlist): Promise<void> {
    const body = encodeBinaryPlist(message);
    await this.write(Buffer.concat([u32(body.length), body]));
  }

  /** One array. @throws when the host is gone, or sends what is none */
  async receive(): Promise<readonly PlistValue[]> {
    const length = await this.#u32();
    if (length === 0 || length > maxMessage) throw new LinkOver(`a message of ${length} bytes`);
    const message = decodePlist(await readExact(this.stream, length));
    if (!Array.isArray(message)) throw new LinkOver("a message that is no array");
    if (message[0] === linkMessage.disconnect) throw new LinkOver("the host said goodbye");
    return message as readonly PlistValue[];
  }

  async status(): Promise<HostStatus> {
    const [name, code, text, value] = await this.receive();
    if (name !== linkMessage.status || (typeof code !== "number" && typeof code !== "bigint")) {
      this.#phone.backup.oddities.push(`${String(name)} in the place of a status`);
      throw new LinkOver(`${String(name)} in the place of a status`);
    }
    return {
      code: Number(BigInt.asIntN(64, BigInt(code))),
      text: typeof text === "string" ? text : "",
      value,
    };
  }

  /** A request that is answered with a status alone. */
  async ask(name: string, ...rest: WritablePlist[]): Promise<HostStatus> {
    await this.#phone.backup.strike(this, name);
    await this.send([name, ...rest]);
    return await this.status();
  }

  /** What happened to the request that the host made. */
  async respond(code: number, text?: string): Promise<void> {
    await this.send([
      linkMessage.process,
      { MessageName: "Response", ErrorCode: code, ...(text === undefined ? {} : { ErrorDescription: text }) },
      {},
    ]);
  }

  /** Sends files in one batch. @param total what is announced */
  async upload(files: readonly Upload[], progress: number, total: number): Promise<HostStatus> {
    await this.#phone.backup.strike(this, linkMessage.upload);
    await this.send([linkMessage.upload, { DLDeviceIOCallbacks: 1 }, new PlistReal(progress), total]);
    for (const file of files) await this.#uploadOne(file);
    await this.write(u32(0));
    return await this.status();
  }

  async #uploadOne(file: Upload): Promise<void> {
    await this.write(Buffer.concat([named(file.deviceName), named(file.path)]));
    let failure = file.failure;
    for await (const frame of this.#framesOf(file.bytes)) {
      failure ??= await this.#phone.backup.strikeFile(this, file.deviceName);
      if (failure !== undefined) break;
      await this.write(dataFrame(frame));
      this.bytesSent += frame.length;
      this.#phone.fileBytesSent += frame.length;
    }
    const { endsWithErrorCode } = this.#phone.backup.description;
    if (failure !== undefined) {
      this.unreadable += 1;
      await this.write(codeFrame(frameCode.phoneError, Buffer.from(failure)));
    } else await this.write(codeFrame(endsWithErrorCode ? frameCode.phoneError : frameCode.end));
  }

  async *#framesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const lengths = this.#phone.backup.description.frameBytes ?? [262_144];
    let turn = 0;
    let held: Buffer = Buffer.alloc(0);
    for await (const piece of bytes) {
      held = held.length === 0 ? piece : Buffer.concat([held, piece]);
      for (;;) {
        const length = lengths[turn % lengths.length] as number;
        if (held.length < length) break;
        yield held.subarray(0, length);
        held = held.subarray(length);
        turn += 1;
      }
    }
    if (held.length > 0) yield held;
  }

  /** Asks for files; each that comes is given to `take`, to its end. @returns the status, and which did not come */
  async download(
    paths: readonly string[],
    progress: number,
    take: Downloaded,
  ): Promise<{ readonly status: HostStatus; readonly missing: readonly string[] }> {
    await this.#phone.backup.strike(this, linkMessage.download);
    await this.send([linkMessage.download, [...paths], {}, new PlistReal(progress), 0]);
    const came = new Set<string>();
    for (;;) {
      const length = await this.#u32();
      if (length === 0) break;
      if (length > 4096) throw new LinkOver("a name that is too long");
      const path = (await readExact(this.stream, length)).toString("utf8");
      if (!paths.includes(path)) this.#phone.backup.oddities.push(`${path} was not asked for`);
      const state = { failed: false };
      const bytes = this.#incoming(state);
      await take(path, bytes);
      for await (const _ of bytes); // what nobody wanted
      if (!state.failed) came.add(path);
    }
    return { status: await this.status(), missing: paths.filter((path) => !came.has(path)) };
  }

  async *#incoming(state: { failed: boolean }): AsyncGenerator<Buffer> {
    let total = 0;
    for (;;) {
      const length = await this.#u32();
      if (length === 0) throw new LinkOver("a frame without a code");
      const code = (await readExact(this.stream, 1))[0];
      if (code === frameCode.data) {
        total += length - 1;
        // The agent holds a frame in memory, and is ended for it.
        if (length - 1 > maxHostFrameBytes && total > toleratedBytes) throw new LinkOver("the agent ran out of memory");
        yield await readExact(this.stream, length - 1);
        continue;
      }
      if (length > 1) await readExact(this.stream, length - 1);
      if (code !== frameCode.end) state.failed = true;
      return;
    }
  }

  /** One whole file of the host's; undefined where it has none. */
  async fetch(path: string): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    const { missing } = await this.download([path], 0, async (_, bytes) => {
      for await (const part of bytes) parts.push(part);
    });
    return missing.length > 0 ? undefined : Buffer.concat(parts);
  }

  /** Names and what they are. @throws when the host answers no listing */
  async list(path: string): Promise<PlistDict> {
    const { value } = await this.ask(linkMessage.list, path, {}, new PlistReal(0));
    return isDict(value) ? value : {};
  }

  async write(bytes: Buffer): Promise<void> {
    this.#readyAt = await this.#phone.wire.pass(bytes.length, this.#readyAt);
    if (this.stream.destroyed) throw new LinkOver("the connection is gone");
    if (this.stream.write(bytes)) return;
    const window = this.#phone.link.windowBytes || 4 * 1024 * 1024;
    if (this.stream.writableLength <= window) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.stream.off("drain", done).off("close", done);
        resolve();
      };
      this.stream.on("drain", done).on("close", done);
    });
    this.#readyAt = performance.now();
  }

  async #u32(): Promise<number> {
    return (await readExact(this.stream, 4)).readUInt32BE(0);
  }
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

/** A text with its length. */
export function named(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([u32(bytes.length), bytes]);
}

function dataFrame(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(5 + bytes.length);
  out.writeUInt32BE(bytes.length + 1, 0);
  out.writeUInt8(frameCode.data, 4);
  bytes.copy(out, 5);
  return out;
}

function codeFrame(code: number, text: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([u32(text.length + 1), Buffer.from([code]), text]);
}
