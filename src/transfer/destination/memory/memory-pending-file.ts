/** A file on its way into memory: it arrives in parts, of which only whole ones survive the end of the process. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { assertBelow } from "../below.ts";
import type { CreateOptions, PendingFile, StoredHash } from "../destination.ts";
import type { MemoryDisk, MemoryPart, Session } from "./memory-disk.ts";

const partBytes = 4 * 1024 * 1024;
/** Smaller files are not worth continuing. */
const resumableBytes = 8 * 1024 * 1024;

export class MemoryPendingFile implements PendingFile {
  readonly #disk: MemoryDisk;
  readonly #session: Session;
  readonly #options: CreateOptions;
  readonly offsetCrc32: number;
  #part: MemoryPart;
  #offset: number;
  /** Not in the part yet. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isKept = false;
  #isOver = false;
  #storedMs: number | undefined;
  #storedAs: string | undefined;

  constructor(disk: MemoryDisk, session: Session, options: CreateOptions) {
    this.#disk = disk;
    this.#session = session;
    this.#options = options;
    const earlier = disk.parts.get(options.key);
    const isGood = earlier?.sizeBytes === options.sizeBytes && options.sizeBytes >= resumableBytes;
    this.#part = earlier && isGood ? earlier : { bytes: Buffer.alloc(0), crc32: 0, sizeBytes: options.sizeBytes };
    this.#offset = this.#part.bytes.length;
    this.offsetCrc32 = this.#part.crc32;
    disk.parts.set(options.key, this.#part);
  }

  get offset(): number {
    return this.#offset;
  }

  async readBack(offset: number, length: number): Promise<Uint8Array> {
    await this.flush();
    return Buffer.from(this.#part.bytes.subarray(offset, offset + length));
  }

  async restart(): Promise<void> {
    this.#disk.assertFor(this.#session);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#offset = 0;
    this.#part = { bytes: Buffer.alloc(0), crc32: 0, sizeBytes: this.#options.sizeBytes };
    this.#disk.parts.set(this.#options.key, this.#part);
  }

  async write(chunk: Uint8Array, onWritten?: () => void): Promise<void> {
    try {
      this.#disk.assertFor(this.#session);
      this.#disk.assertRoom(chunk.length);
      this.#waiting.push(Buffer.from(chunk));
      this.#waitingBytes += chunk.length;
    } finally {
      onWritten?.();
    }
    if (this.#waitingBytes >= partBytes) await this.flush();
  }

  async written(): Promise<void> {
    this.#disk.assertFor(this.#session);
  }

  async flush(): Promise<void> {
    this.#disk.assertFor(this.#session);
    if (this.#waiting.length === 0) return;
    for (const chunk of this.#waiting) this.#part.crc32 = crc32(chunk, this.#part.crc32);
    this.#part.bytes = Buffer.concat([this.#part.bytes, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  async reread(_modified: Date | undefined, options: AbortOptions = {}): Promise<StoredHash> {
    throwIfAborted(options.signal);
    await this.flush();
    const { bytes } = this.#part;
    return { sha256: createHash("sha256").update(bytes).digest("hex"), sizeBytes: bytes.length, from: "disk" };
  }

  async commit(path: string, modified: Date | undefined): Promise<"stored" | "name-taken"> {
    assertBelow(path);
    this.#disk.assertFor(this.#session);
    if (this.#storedAs === path) return "stored";
    await this.flush();
    if (this.#disk.parts.get(this.#options.key) !== this.#part)
      throw new DestinationError("destination-unsafe", `${path}: another run has taken what was written of it.`);
    if (this.#disk.has(path)) return "name-taken";
    this.#store(path, modified);
    return "stored";
  }

  async replace(path: string, sha256: string, modified: Date | undefined): Promise<"stored" | "not-ours"> {
    assertBelow(path);
    this.#disk.assertFor(this.#session);
    if (this.#storedAs === path) return "stored";
    await this.flush();
    const there = this.#disk.files.get(path);
    if (!there || createHash("sha256").update(there.bytes).digest("hex") !== sha256) return "not-ours";
    this.#store(path, modified);
    return "stored";
  }

  #store(path: string, modified: Date | undefined): void {
    this.#storedMs = modified?.getTime() ?? 0;
    this.#disk.store(path, { bytes: this.#part.bytes, modifiedMs: this.#storedMs });
    this.#disk.parts.delete(this.#options.key);
    this.#isOver = true;
    this.#storedAs = path;
  }

  get storedMs(): number | undefined {
    return this.#storedMs;
  }

  get dateKept(): boolean {
    return true;
  }

  keep(): void {
    this.#isKept = this.#options.sizeBytes >= resumableBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A dead process, or a place that is away, takes nothing away.
    if (this.#isOver || !this.#session.isAlive || !this.#disk.isAttached) return;
    this.#isOver = true;
    if (this.#isKept) return await this.flush().catch(() => {});
    if (this.#disk.parts.get(this.#options.key) === this.#part) this.#disk.parts.delete(this.#options.key);
  }
}
