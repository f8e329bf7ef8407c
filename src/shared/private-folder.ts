/** Copies of a phone's files on this computer, for as long as they are read: in a folder that nobody else may look into. */
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesPassed } from "./collect-garbage.ts";
import { makeFoldersSync } from "./make-folders.ts";
import { namesOfOwn, removeOwnFolder } from "./own-files.ts";
import { isProcessGone } from "./process.ts";

const prefix = "reading";
const ours = /^reading-(\d+)-[0-9a-f]{8}$/;

/** Disposing it takes it away with all that is in it. What a process that was killed left is taken away by the next. */
export class PrivateFolder implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param above folder of ours that it is made in; made too where it is missing */
  static make(above: string, pid: number): PrivateFolder {
    makeFoldersSync(above, 0o700);
    for (const name of namesOfOwn(above)) {
      const owner = ours.exec(name)?.[1];
      if (owner !== undefined && isProcessGone(Number(owner))) removeOwnFolder(join(above, name));
    }
    const path = join(above, `${prefix}-${pid}-${randomBytes(4).toString("hex")}`);
    mkdirSync(path, { mode: 0o700 });
    return new PrivateFolder(path);
  }

  /** Makes a folder in it. @returns its path */
  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /**
   * Makes a file of these bytes.
   * @param name a plain name of ours, or one in a folder that `folder` made: never what a phone calls it
   * @returns its path
   */
  async write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
    const path = join(this.path, name);
    const file = await open(path, "wx", 0o600);
    try {
      for await (const chunk of bytes) {
        await file.writeFile(chunk);
        bytesPassed(chunk.length);
      }
    } finally {
      await file.close();
    }
    return path;
  }

  /** All bytes of a file that `write` made. */
  async read(name: string): Promise<Uint8Array> {
    const bytes = await readFile(join(this.path, name));
    bytesPassed(bytes.length);
    return bytes;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
