/** Beside a large partial: how much of it is on the disk for certain, and what it is. */

import { errno } from "../../../shared/disk-errors.ts";
import type { DiskFile } from "./disk-port.ts";
import type { RootedDisk } from "./rooted-disk.ts";

/** Written over in place: always as long, and in one sector. */
const noteBytes = 256;

/** A file of fixed length that is overwritten in place, so that a power cut leaves the old note or the new one. */
export class Checkpoint {
  readonly #file: DiskFile;
  flushedBytes: number;
  /** CRC-32 of the bytes that were flushed. */
  crc32: number;

  private constructor(file: DiskFile, flushedBytes: number, crc32: number) {
    this.#file = file;
    this.flushedBytes = flushedBytes;
    this.crc32 = crc32;
  }

  static pathOf(partial: string): string {
    return partial.replace(/\.part$/, ".json");
  }

  static async create(disk: RootedDisk, partial: string): Promise<Checkpoint> {
    const path = Checkpoint.pathOf(partial);
    await disk.unlink(path); // of a partial that is gone
    return new Checkpoint(await disk.open(path, "create"), 0, 0);
  }

  /** @returns undefined where there is none, or none that was written to its end */
  static async open(disk: RootedDisk, partial: string): Promise<Checkpoint | undefined> {
    let file: DiskFile | undefined;
    try {
      file = await disk.open(Checkpoint.pathOf(partial), "extend");
      const buffer = Buffer.alloc(noteBytes);
      const count = await file.read(buffer, 0);
      const value = JSON.parse(buffer.toString("utf8", 0, count)) as Record<"flushedBytes" | "crc32", unknown>;
      const { flushedBytes, crc32 } = value;
      const isOne = (await file.stat()).links <= 1 && isCount(flushedBytes) && isCount(crc32);
      if (isOne) return new Checkpoint(file, flushedBytes, crc32);
    } catch (error) {
      const isDamage = error instanceof SyntaxError || ["ENOENT", "ELOOP", "EACCES"].includes(errno(error) ?? "");
      if (!isDamage) {
        await file?.close();
        throw error;
      }
    }
    await file?.close();
    return undefined;
  }

  async note(flushedBytes: number, crc32: number): Promise<void> {
    this.flushedBytes = flushedBytes;
    this.crc32 = crc32;
    await this.#file.writev([Buffer.from(JSON.stringify({ flushedBytes, crc32 }).padEnd(noteBytes))], 0);
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
