/**
 * An AFC client of its own for the two places of a phone's file system that a backup or a restore may change. One request at a time.
 * Kept apart from the client of photos, which has no writing operation and must not learn one.
 */
import type { Duplex } from "node:stream";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import {
  AfcHeader,
  afcMagic,
  afcOperation,
  afcStatus,
  afcStatusName,
  decodeAfcHeader,
  encodePath,
  encodeU64s,
  openForReading,
} from "../afc/afc-format.ts";
import {
  lockNow,
  openForLocking,
  openForWriting,
  restoreAppsFile,
  restoreFolder,
  syncLockFile,
  syncOperation,
  unlock,
} from "./sync-format.ts";

const answerMs = 30_000;
const maxAnswerBytes = 64 * 1024;
const pieceBytes = 64 * 1024;

export class SyncFiles implements AsyncDisposable {
  readonly #stream: Duplex;
  #packet = 0;
  #lock: bigint | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("error", () => {});
  }

  /** False while another program has it. */
  async tryLock(): Promise<boolean> {
    this.#lock ??= await this.#open(syncLockFile, openForLocking);
    const status = await this.#status(syncOperation.fileLock, encodeU64s(this.#lock, lockNow));
    if (status === afcStatus.wouldBlock) return false;
    assertOk(status, "the sync lock");
    return true;
  }

  async releaseLock(): Promise<void> {
    const handle = this.#lock;
    if (handle === undefined) return;
    this.#lock = undefined;
    await this.#status(syncOperation.fileLock, encodeU64s(handle, unlock));
    await this.#status(afcOperation.fileClose, encodeU64s(handle));
  }

  /** Undefined where the phone has no such file, or does not give it. @throws {DeviceError} the phone is gone */
  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const opened = await this.#request(
      afcOperation.fileOpen,
      Buffer.concat([encodeU64s(openForReading), encodePath(path)]),
    );
    if (opened.operation !== afcOperation.fileOpenResult || opened.body.length < 8) return undefined;
    const handle = opened.body.readBigUInt64LE(0);
    const parts: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const args = encodeU64s(handle, BigInt(pieceBytes));
      const { operation, body } = await this.#request(afcOperation.fileRead, args);
      const isRefused = operation !== afcOperation.data && statusIn(operation, body) !== afcStatus.endOfData;
      if (isRefused) bytes = 0;
      if (operation !== afcOperation.data || body.length === 0) break;
      bytes += body.length;
      parts.push(body);
      if (bytes > maxBytes) break;
    }
    await this.#status(afcOperation.fileClose, encodeU64s(handle));
    return bytes > 0 && bytes <= maxBytes ? Buffer.concat(parts) : undefined;
  }

  /** Leaves the list of apps where a restore finds it. */
  async writeRestoreApps(bytes: Buffer): Promise<void> {
    const made = await this.#status(syncOperation.makeDir, encodePath(restoreFolder));
    if (made !== afcStatus.objectExists) assertOk(made, restoreFolder);
    const handle = await this.#open(restoreAppsFile, openForWriting);
    for (let at = 0; at < bytes.length; at += pieceBytes)
      assertOk(
        await this.#status(syncOperation.fileWrite, encodeU64s(handle), bytes.subarray(at, at + pieceBytes)),
        restoreAppsFile,
      );
    assertOk(await this.#status(afcOperation.fileClose, encodeU64s(handle)), restoreAppsFile);
  }

  /** Takes it away again: after a restore that failed, the phone is not to install anything. */
  async removeRestoreApps(): Promise<void> {
    await this.#status(syncOperation.removePath, encodePath(restoreAppsFile));
    await this.#status(syncOperation.removePath, encodePath(restoreFolder));
  }

  async #open(path: string, mode: bigint): Promise<bigint> {
    const { operation, body } = await this.#request(
      afcOperation.fileOpen,
      Buffer.concat([encodeU64s(mode), encodePath(path)]),
    );
    if (operation === afcOperation.fileOpenResult && body.length >= 8) return body.readBigUInt64LE(0);
    throw refused(statusIn(operation, body), path);
  }

  async #status(operation: number, args: Buffer, data: Buffer = Buffer.alloc(0)): Promise<number> {
    const answer = await this.#request(operation, args, data);
    return statusIn(answer.operation, answer.body);
  }

  async #request(
    operation: number,
    args: Buffer,
    data: Buffer = Buffer.alloc(0),
  ): Promise<{ readonly operation: number; readonly body: Buffer }> {
    this.#packet += 1;
    const thisLength = AfcHeader.size + args.length;
    const header = AfcHeader.encode({
      magic: afcMagic,
      entireLength: BigInt(thisLength + data.length),
      thisLength: BigInt(thisLength),
      packetNumber: BigInt(this.#packet),
      operation: BigInt(operation),
    });
    this.#stream.write(Buffer.concat([header, args, data]));
    const reply = decodeAfcHeader(await this.#read(AfcHeader.size));
    if (reply.packetNumber !== this.#packet || reply.bodyBytes > maxAnswerBytes)
      throw new ProtocolError(`AFC reply ${reply.packetNumber} of ${reply.bodyBytes} bytes to request ${this.#packet}`);
    return { operation: reply.operation, body: await this.#read(reply.bodyBytes) };
  }

  async #read(length: number): Promise<Buffer> {
    return await readExact(this.#stream, length, {
      timeoutMs: answerMs,
      onTimeout: () =>
        new DeviceError("device-stalled", "The phone's file service did not answer.", { retryable: true }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    destroyQuietly(this.#stream);
  }
}

function statusIn(operation: number, body: Buffer): number {
  if (operation !== afcOperation.status || body.length < 8) throw new ProtocolError("an AFC reply without a status");
  return Number(body.readBigUInt64LE(0));
}

function assertOk(status: number, what: string): void {
  if (status !== afcStatus.success) throw refused(status, what);
}

function refused(status: number, what: string): DeviceError {
  return new DeviceError("device-refused", `The phone refused ${what} (${afcStatusName(status)}).`, {
    retryable: true,
  });
}
