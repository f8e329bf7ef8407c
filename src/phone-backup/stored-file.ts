/**
 * One file of a backup as it is stored: its bytes, or AES-256-CBC of them with padding. Any stretch can be read without what is before
 * it: a block needs the one before it, and nothing else. Read-only; no link is followed.
 */
import { createDecipheriv, type Decipheriv } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { join } from "node:path";

const blockBytes = 16;
/** What is read and decrypted at once. */
const chunkBytes = 1024 * 1024;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/** How many bytes a file of this size takes, encrypted: PKCS#7 adds 1 to 16. */
export function encryptedSize(sizeBytes: number): number {
  return (Math.floor(sizeBytes / blockBytes) + 1) * blockBytes;
}

/** Where a file of this number lies. */
export function storedPath(fileId: string): string {
  return join(fileId.slice(0, 2), fileId);
}

/** An open file of a backup. The caller disposes it. */
export class StoredFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  /** As its disk has it. */
  readonly storedBytes: number;

  private constructor(handle: FileHandle, storedBytes: number) {
    this.#handle = handle;
    this.storedBytes = storedBytes;
  }

  /** @throws as `fs.open` does; "ENOTPLAIN" where a link or anything else stands there */
  static async open(folder: string, fileId: string): Promise<StoredFile> {
    if (!(await lstat(join(folder, fileId.slice(0, 2)))).isDirectory()) throw notPlain();
    const handle = await open(join(folder, storedPath(fileId)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw notPlain();
      return new StoredFile(handle, stat.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** As stored, from `offset` to `end`, in slices that belong to the caller. Ends early where the file does. */
  async *stored(offset: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = offset; at < end; ) {
      const bytes = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
      const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, at);
      if (bytesRead === 0) return;
      yield bytes.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /**
   * Decrypted, from `offset` to `end` of the plain bytes. Padding is not looked at: the size that the manifest tells counts.
   * @param seen told of every stored slice, in order
   */
  async *plain(
    key: Uint8Array,
    offset: number,
    end: number,
    seen?: (stored: Buffer) => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    const from = Math.floor(offset / blockBytes) * blockBytes;
    const decipher = decipherFor(key, await this.#ivAt(from));
    let at = from;
    const storedEnd = seen ? this.storedBytes : Math.ceil(end / blockBytes) * blockBytes;
    for await (const stored of this.stored(from, storedEnd)) {
      seen?.(stored);
      const bytes = decipher.update(stored);
      const slice = bytes.subarray(Math.max(0, offset - at), Math.max(0, end - at));
      at += bytes.length;
      if (slice.length > 0) yield slice;
    }
  }

  /** Whether what is behind the plain bytes is PKCS#7 padding. An empty file that is stored empty has none to look at. */
  async hasPadding(key: Uint8Array, sizeBytes: number): Promise<boolean> {
    if (this.storedBytes === 0) return true;
    const bytes: Buffer[] = [];
    const from = this.storedBytes - blockBytes;
    for await (const slice of this.plain(key, from, this.storedBytes)) bytes.push(slice);
    const last = Buffer.concat(bytes);
    const padding = this.storedBytes - sizeBytes;
    return (
      padding > 0 && padding <= blockBytes && last.subarray(blockBytes - padding).every((byte) => byte === padding)
    );
  }

  async #ivAt(from: number): Promise<Buffer> {
    const iv = Buffer.alloc(blockBytes);
    if (from > 0) await this.#handle.read(iv, 0, blockBytes, from - blockBytes);
    return iv;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** AES-256-CBC without a look at the padding. Source: ios-backup formats as iphone_backup_decrypt reads them. */
export function decipherFor(key: Uint8Array, iv: Uint8Array = Buffer.alloc(blockBytes)): Decipheriv {
  return createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
}

function notPlain(): Error {
  return Object.assign(new Error("it is no plain file"), { code: "ENOTPLAIN" });
}
