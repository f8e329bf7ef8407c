/** Files for programs that want a path, in a folder of their own where the system keeps what nobody needs for long. Only this user may look. */
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gone with all that is in it when it is disposed. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(within = tmpdir()): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(within, "offroll-")));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** @throws what the disk refuses, and what `chunks` throws */
  async write(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await using file = await open(this.file(name), "wx", 0o600);
    for await (const chunk of chunks) await file.writeFile(chunk);
  }

  async sizeOf(name: string): Promise<number> {
    return (await stat(this.file(name))).size;
  }

  async *read(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of createReadStream(this.file(name), { highWaterMark: 1024 * 1024 })) yield chunk as Buffer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
