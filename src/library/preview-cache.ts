/** Previews kept on this computer, for their owner only, up to a bound: those not looked at for longest go first. */

import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../shared/clock.ts";
import { makeFolders } from "../shared/make-folders.ts";

/** A small picture, ready to be decoded and shown. */
export interface Preview {
  /** A JPEG. */
  readonly bytes: Uint8Array;
  readonly from: "phone" | "exif" | "heif-thumbnail" | "embedded" | "decoded" | "video-frame";
  /** EXIF 1-8, to be applied by whoever shows it. */
  readonly orientation: number;
}

/** Of anything but a file it gets nothing, and waits for nobody. */
const readAtOnce = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** After the bound was reached, so much of it is kept. */
const keptShare = 0.8;

/**
 * Files named by a hash of the photo's identity. Any number of processes may share the folder; what one deletes another makes anew.
 */
export class PreviewCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  #bytes: number | undefined;

  constructor(folder: string, maxBytes: number, clock = systemClock) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  async get(key: string): Promise<Preview | undefined> {
    const file = this.#file(key);
    try {
      const content = await readFile(file, { flag: readAtOnce });
      const end = content.indexOf(10);
      const { from, orientation } = JSON.parse(content.toString("utf8", 0, end)) as Preview;
      const seconds = this.#clock.now() / 1000;
      await utimes(file, seconds, seconds);
      return { bytes: content.subarray(end + 1), from, orientation };
    } catch {
      return undefined;
    }
  }

  /** A cache that cannot be written is no reason not to show a picture. */
  async put(key: string, { bytes, from, orientation }: Preview): Promise<void> {
    const header = Buffer.from(`${JSON.stringify({ from, orientation })}\n`);
    try {
      await makeFolders(this.#folder, 0o700);
      const temporary = join(this.#folder, `${randomBytes(8).toString("hex")}.new`);
      await writeFile(temporary, Buffer.concat([header, bytes]), { mode: 0o600, flag: "wx" });
      await rename(temporary, this.#file(key));
      this.#bytes = (this.#bytes ?? (await this.#measure())) + header.length + bytes.length;
      if (this.#bytes > this.#maxBytes) await this.#shrink();
    } catch {
      this.#bytes = undefined;
    }
  }

  #file(key: string): string {
    return join(this.#folder, createHash("sha256").update(key).digest("hex"));
  }

  async #entries(): Promise<{ path: string; bytes: number; usedAt: number }[]> {
    const names = await readdir(this.#folder);
    return await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        const s = await stat(path);
        return { path, bytes: s.size, usedAt: s.mtimeMs };
      }),
    );
  }

  async #measure(): Promise<number> {
    return (await this.#entries()).reduce((sum, e) => sum + e.bytes, 0);
  }

  async #shrink(): Promise<void> {
    const entries = (await this.#entries()).sort((a, b) => a.usedAt - b.usedAt);
    let bytes = entries.reduce((sum, e) => sum + e.bytes, 0);
    for (const entry of entries) {
      if (bytes <= this.#maxBytes * keptShare) break;
      await rm(entry.path, { force: true });
      bytes -= entry.bytes;
    }
    this.#bytes = bytes;
  }
}
