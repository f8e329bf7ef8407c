/**
 * A file being received, as a partial in `.offroll/partials`. Large ones carry a checkpoint beside them that says how much is on the
 * disk for certain, so that they can be continued after a kill or a power cut.
 */
import { crc32 } from "node:zlib";
import type { AbortOptions } from "../../../shared/abort.ts";
import { diskError, errno } from "../../../shared/disk-errors.ts";
import type { CreateOptions, PendingFile, StoredFile, StoredHash } from "../destination.ts";
import type { DiskFile } from "./disk-port.ts";
import { Checkpoint } from "./partial-checkpoint.ts";
import type { RootedDisk } from "./rooted-disk.ts";

/** Partials of smaller files are not worth continuing. */
const resumableBytes = 8 * 1024 * 1024;
/** How much may be lost to a kill or a power cut in mid-file. */
const checkpointBytes = 64 * 1024 * 1024;
/** Chunks are gathered to writes of this size. */
const writeBytes = 1024 * 1024;
/** Bytes waiting for the disk before `write` makes its caller wait. */
const maxQueuedBytes = 4 * 1024 * 1024;

/** What a pending file needs of its destination. Paths are below the root. */
export interface PendingHost {
  readonly disk: RootedDisk;
  readonly label: string;
  readonly pastCache: boolean;
  /** A name that only this run gives. */
  partial(key: string): string;
  /** Partials of earlier tries, here or in runs that are over; each is given once. */
  earlier(key: string): readonly string[];
  /** This one may be continued later. */
  kept(key: string, partial: string): void;
  commit(partial: string, path: string, sizeBytes: number): Promise<StoredFile | "name-taken">;
  /** Renames it over what has the name. */
  replace(partial: string, path: string): Promise<StoredFile>;
  hash(path: string, options: AbortOptions): Promise<StoredHash>;
}

interface Opened {
  readonly file: DiskFile;
  readonly checkpoint: Checkpoint | undefined;
}

/** One file on its way. Writes are gathered and flushed in large pieces; see `PendingFile` for what each call promises. */
export class LocalPendingFile implements PendingFile {
  readonly #host: PendingHost;
  readonly #options: CreateOptions;
  readonly #path: string;
  readonly #checkpointed: Checkpoint | undefined;
  readonly offsetCrc32: number;
  #file: DiskFile;
  #offset: number;
  #written: number;
  /** Of what is written. */
  #crc32: number;
  /** Where the last flush began: what lies before is on the disk, or about to be. */
  #flushed: number;
  #queue: Uint8Array[] = [];
  #onWritten: (() => void)[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #failure: unknown;
  #kept = false;
  #dateKept = true;
  #closed = false;
  /** Dated and flushed, with nothing written since. */
  #sealed = false;
  #storedAs: string | undefined;
  #storedMs: number | undefined;

  private constructor(host: PendingHost, options: CreateOptions, { file, checkpoint }: Opened) {
    this.#host = host;
    this.#options = options;
    this.#path = host.partial(options.key);
    this.#file = file;
    this.#checkpointed = checkpoint;
    const { flushedBytes = 0, crc32 = 0 } = checkpoint ?? {};
    this.#offset = flushedBytes;
    this.#written = flushedBytes;
    this.#flushed = flushedBytes;
    this.#crc32 = crc32;
    this.offsetCrc32 = crc32;
  }

  static async open(host: PendingHost, options: CreateOptions): Promise<LocalPendingFile> {
    const path = host.partial(options.key);
    const opened = (await continueEarlier(host, options, path)) ?? (await begin(host, options, path));
    return new LocalPendingFile(host, options, opened);
  }

  get offset(): number {
    return this.#offset;
  }

  async readBack(offset: number, length: number): Promise<Uint8Array> {
    await this.written();
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.#written - offset)));
    const count = await this.#disk(() => this.#file.read(buffer, offset));
    return buffer.subarray(0, count);
  }

  async restart(): Promise<void> {
    await this.written();
    // Nothing that was there before is ever cut, only left: it might be more than a partial.
    if (this.#offset > 0) await this.#disk(() => this.#beginAnew());
    else if (this.#written > 0) await this.#disk(() => this.#file.truncate(0));
    this.#sealed = false;
    this.#offset = 0;
    this.#written = 0;
    this.#flushed = 0;
    this.#crc32 = 0;
  }

  async #beginAnew(): Promise<void> {
    await this.#file.close();
    await this.#host.disk.unlink(this.#path);
    this.#file = await this.#host.disk.open(this.#path, "create", { pastCache: this.#host.pastCache });
  }

  async write(chunk: Uint8Array, onWritten?: () => void): Promise<void> {
    if (this.#failure) throw diskError(this.#failure, this.#host.label);
    this.#sealed = false;
    this.#queue.push(chunk);
    if (onWritten) this.#onWritten.push(onWritten);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= writeBytes) this.#startWriting();
    if (this.#queuedBytes < maxQueuedBytes) return;
    await this.#writing;
    if (this.#failure) throw diskError(this.#failure, this.#host.label);
  }

  /** One write at a time; the chunks that came meanwhile leave together, uncopied. */
  #startWriting(): void {
    if (this.#writing) return;
    this.#writing = (async () => {
      try {
        while (this.#queue.length > 0) {
          const [batch, onWritten, bytes] = [this.#queue, this.#onWritten, this.#queuedBytes];
          this.#queue = [];
          this.#onWritten = [];
          this.#queuedBytes = 0;
          // A chunk that could not be written is not needed any more either.
          const writing = this.#file.writev(batch, this.#written).finally(() => {
            for (const done of onWritten) done();
          });
          // Beside the writing: before that ends, the memory is still the chunk's.
          const sum = this.#checkpointed ? batch.reduce((crc, chunk) => crc32(chunk, crc), this.#crc32) : 0;
          await writing;
          this.#written += bytes;
          this.#crc32 = sum;
          if (this.#written - this.#flushed >= checkpointBytes) await this.#startFlushing();
        }
      } catch (error) {
        this.#failure = error;
        for (const done of this.#onWritten.splice(0)) done();
      } finally {
        this.#writing = undefined;
      }
    })();
  }

  /** Writing goes on beside a flush, so that the phone never waits for one; only a second flush waits for the first. */
  async #startFlushing(): Promise<void> {
    await this.#flushing;
    this.#flushing = this.#checkpoint()
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async written(): Promise<void> {
    while (this.#queue.length > 0 || this.#writing || this.#flushing) {
      if (this.#queue.length > 0) this.#startWriting();
      await this.#writing;
      await this.#flushing;
      if (this.#failure) break;
    }
    if (this.#failure) throw diskError(this.#failure, this.#host.label);
  }

  async #checkpoint(): Promise<void> {
    const [reached, sum] = [this.#written, this.#crc32];
    this.#flushed = reached;
    await this.#file.sync();
    await this.#checkpointed?.note(reached, sum);
  }

  async flush(): Promise<void> {
    await this.written();
    await this.#disk(() => this.#checkpoint());
  }

  async reread(modified: Date | undefined, options: AbortOptions = {}): Promise<StoredHash> {
    await this.#seal(modified);
    return await this.#disk(() => this.#host.hash(this.#path, options));
  }

  /** Once is enough: a second flush would cost a disk as much as the first. */
  async #seal(modified: Date | undefined): Promise<void> {
    await this.written();
    if (this.#sealed) return;
    await this.#disk(async () => {
      // Of a longer partial, which was continued, the end is not this file's.
      if (this.#offset > 0 && (await this.#file.stat()).sizeBytes > this.#written)
        await this.#file.truncate(this.#written);
      if (modified) await this.#setModified(modified);
      await this.#file.sync();
    });
    this.#sealed = true;
  }

  async commit(path: string, modified: Date | undefined): Promise<"stored" | "name-taken"> {
    if (this.#storedAs === path) return "stored";
    await this.#seal(modified);
    return await this.#disk(async () => {
      const stored = await this.#host.commit(this.#path, path, this.#written);
      if (stored === "name-taken") return stored;
      await this.#named(path, stored);
      return "stored";
    });
  }

  async replace(path: string, sha256: string, modified: Date | undefined): Promise<"stored" | "not-ours"> {
    if (this.#storedAs === path) return "stored";
    await this.#seal(modified);
    return await this.#disk(async () => {
      if ((await this.#host.disk.lstat(path))?.type !== "file") return "not-ours";
      if ((await this.#host.hash(path, {})).sha256 !== sha256) return "not-ours";
      await this.#named(path, await this.#host.replace(this.#path, path));
      return "stored";
    });
  }

  async #named(path: string, stored: StoredFile): Promise<void> {
    this.#storedMs = stored.modifiedMs;
    this.#storedAs = path;
    await this.#host.disk.unlink(this.#path).catch(() => {});
    // Now that it has no name but the photo's.
    await this.#file.share().catch(() => {});
    await this.#close();
    if (this.#checkpointed) await this.#host.disk.unlink(Checkpoint.pathOf(this.#path)).catch(() => {});
  }

  get storedMs(): number | undefined {
    return this.#storedMs;
  }

  /** A file system that cannot keep a date (FAT begins in 1980, some FUSE ones keep none) must not cost the photo. */
  async #setModified(modified: Date): Promise<void> {
    try {
      await this.#file.setModified(modified);
    } catch (error) {
      if (!["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "ERANGE"].includes(errno(error) ?? "")) throw error;
      this.#dateKept = false;
    }
  }

  get dateKept(): boolean {
    return this.#dateKept;
  }

  keep(): void {
    this.#kept = this.#options.sizeBytes >= resumableBytes;
  }

  async #disk<T>(call: () => Promise<T> | T | undefined): Promise<T> {
    try {
      return (await call()) as T;
    } catch (error) {
      throw diskError(error, this.#host.label);
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close().catch(() => {});
    await this.#checkpointed?.close();
  }

  /** What is left over now is nothing to the file: a later run sweeps it. */
  async #leave(): Promise<void> {
    await this.#close();
    await this.#host.disk.unlink(this.#path).catch(() => {});
    if (this.#checkpointed) await this.#host.disk.unlink(Checkpoint.pathOf(this.#path)).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#storedAs !== undefined) return;
    try {
      if (this.#kept && !this.#failure) await this.flush();
    } catch {
      // What could not be flushed is not continued from; the checkpoint says so.
    }
    await this.#writing;
    await this.#flushing;
    if (!this.#kept) return await this.#leave();
    await this.#close();
    this.#host.kept(this.#options.key, this.#path);
  }
}

async function begin(host: PendingHost, options: CreateOptions, path: string): Promise<Opened> {
  const create = (): Promise<DiskFile> => host.disk.open(path, "create", { pastCache: host.pastCache });
  const file = await create().catch(async (error: unknown) => {
    if (errno(error) !== "EEXIST") throw error;
    // No other run gives this name: an earlier try of ours could not take it away.
    await host.disk.unlink(path);
    return await create();
  });
  if (options.sizeBytes < resumableBytes) return { file, checkpoint: undefined };
  try {
    return { file, checkpoint: await Checkpoint.create(host.disk, path) };
  } catch (error) {
    // Nobody else has the handle: a disk that goes away just now must not keep it.
    await file.close().catch(() => {});
    throw error;
  }
}

/** The first earlier partial that can be continued, under our own name; the others go. */
async function continueEarlier(host: PendingHost, options: CreateOptions, path: string): Promise<Opened | undefined> {
  let found: Opened | undefined;
  for (const earlier of host.earlier(options.key)) {
    found ??= options.sizeBytes < resumableBytes ? undefined : await tryToContinue(host, options, earlier, path);
    if (found) continue;
    for (const name of new Set([earlier, path]))
      for (const part of [name, Checkpoint.pathOf(name)]) await host.disk.unlink(part);
  }
  return found;
}

async function tryToContinue(
  { disk, pastCache }: PendingHost,
  options: CreateOptions,
  earlier: string,
  path: string,
): Promise<Opened | undefined> {
  if (earlier !== path) {
    // Whoever has it still open under the old name cannot name it any more.
    await disk.rename(Checkpoint.pathOf(earlier), Checkpoint.pathOf(path)).catch(() => {});
    await disk.rename(earlier, path);
  }
  const checkpoint = await Checkpoint.open(disk, path);
  if (!checkpoint) return undefined;
  let file: DiskFile | undefined;
  try {
    const { flushedBytes } = checkpoint;
    if (flushedBytes > 0 && flushedBytes <= options.sizeBytes) {
      file = await disk.open(path, "extend", { pastCache });
      const { sizeBytes, links } = await file.stat();
      // With a second name it is a finished file, which a crash left here too.
      if (links <= 1 && sizeBytes >= flushedBytes) return { file, checkpoint };
    }
  } catch (error) {
    if (!["ENOENT", "ELOOP", "EACCES", "EPERM"].includes(errno(error) ?? "")) throw error;
  }
  await file?.close();
  await checkpoint.close();
  return undefined;
}
