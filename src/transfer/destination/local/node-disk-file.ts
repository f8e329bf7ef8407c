/** An open file of this computer, which writes whole blocks past the page cache where it may. */
import { constants, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { umask } from "node:process";
import { errno } from "../../../shared/disk-errors.ts";
import type { DiskFile, DiskStat } from "./disk-port.ts";

/** What unbuffered writes are aligned to: a page, and no less than any disk's sector. */
const alignment = 4096;

/** Alternates between two handles of the file: one through the page cache, one past it for whole blocks. */
export class NodeDiskFile implements DiskFile {
  readonly #handle: fs.FileHandle;
  /** Where the same file is opened for writing past the cache; undefined where that is not to be tried, or not any more. */
  #directPath: string | undefined;
  #direct: Promise<fs.FileHandle> | undefined;

  /** @param pastCache whole blocks may go past the page cache */
  constructor(handle: fs.FileHandle, pastCache: boolean) {
    this.#handle = handle;
    // By its handle, not by its name: another file may have that by now.
    this.#directPath = constants.O_DIRECT && pastCache ? `/proc/self/fd/${handle.fd}` : undefined;
  }

  async stat(): Promise<DiskStat> {
    return diskStat(await this.#handle.stat());
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const whole = this.#directPath !== undefined && position % alignment === 0 ? countAligned(buffers) : 0;
    let at = position;
    if (whole > 0) at += await this.#writeDirect(buffers.slice(0, whole), at);
    if (whole < buffers.length) await writeAll(this.#handle, buffers.slice(whole), at);
  }

  async #writeDirect(buffers: readonly Uint8Array[], position: number): Promise<number> {
    try {
      this.#direct ??= fs.open(this.#directPath as string, constants.O_WRONLY | constants.O_DIRECT);
      return await writeAll(await this.#direct, buffers, position);
    } catch (error) {
      // What the file system does not do this way it does the common way.
      if (!["EINVAL", "EOPNOTSUPP", "ENOENT"].includes(errno(error) ?? "")) throw error;
      this.#directPath = undefined;
      return await writeAll(this.#handle, buffers, position);
    }
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead;
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  async setModified(modified: Date): Promise<void> {
    await this.#handle.utimes(modified, modified);
  }

  async share(): Promise<void> {
    const mode = 0o644 & ~umask();
    if (mode === 0o600) return;
    try {
      await this.#handle.chmod(mode);
    } catch (error) {
      // FAT and some network file systems keep no modes.
      if (!["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(errno(error) ?? "")) throw error;
    }
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await (await this.#direct?.catch(() => undefined))?.close();
    await this.#handle.close();
  }
}

/** Never follows: of a link it says `link`. */
export function typeOf(s: Pick<Stats, "isFile" | "isDirectory" | "isSymbolicLink">): DiskStat["type"] {
  return s.isFile() ? "file" : s.isDirectory() ? "folder" : s.isSymbolicLink() ? "link" : "other";
}

/** Node's answer in our words. */
export function diskStat(s: Stats): DiskStat {
  return { type: typeOf(s), sizeBytes: s.size, modifiedMs: s.mtimeMs, links: s.nlink, id: `${s.dev}:${s.ino}` };
}

/** How many buffers from the first on can be written past the cache. */
function countAligned(buffers: readonly Uint8Array[]): number {
  const isAligned = (b: Uint8Array): boolean => b.byteOffset % alignment === 0 && b.length % alignment === 0;
  // Shared memory is what `BlockPool` gives, and begins on a page.
  const end = buffers.findIndex((b) => !(b.buffer instanceof SharedArrayBuffer && isAligned(b)));
  return end < 0 ? buffers.length : end;
}

/** @returns bytes written: all */
async function writeAll(handle: fs.FileHandle, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let rest = buffers as Uint8Array[];
  let at = position;
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    // A short write is legal: go on behind what was taken.
    let i = 0;
    while (i < rest.length && bytesWritten >= rest[i]!.length) bytesWritten -= rest[i++]!.length;
    rest = rest.slice(i);
    if (rest[0] && bytesWritten > 0) rest[0] = rest[0].subarray(bytesWritten);
  }
  return at - position;
}
