/**
 * A file being received, as a partial in `.offroll/partials`. Large ones carry a checkpoint beside them that says how much is on the
 * disk for certain, so that they can be continued after a kill or a power cut.
 */
import type { AbortOptions } from "../../shared/abort.ts";
import type { CreateOptions, PendingFile, StoredHash } from "./destination.ts";
import { diskError } from "./disk-errors.ts";
import { type DiskFile, type DiskPort, errno } from "./disk-port.ts";

/** Partials of smaller files are not worth continuing. */
const resumableBytes = 8 * 1024 * 1024;
/** How much may be lost to a power cut in mid-file. */
const checkpointBytes = 64 * 1024 * 1024;
/** Chunks are gathered to writes of this size. */
const writeBytes = 1024 * 1024;
/** Bytes waiting for the disk before `write` makes its caller wait. */
const maxQueuedBytes = 4 * 1024 * 1024;

/** What a pending file needs of its destination. */
export interface PendingHost {
  readonly disk: DiskPort;
  readonly bootId: string;
  readonly label: string;
  readonly pastCache: boolean;
  partial(key: string): string;
  commit(partial: string, path: string): Promise<"stored" | "name-taken">;
  /** Of an absolute path. */
  hash(path: string, options: AbortOptions): Promise<StoredHash>;
}

/** Beside a large partial: how much of it is known to be on the disk. */
interface Checkpoint {
  readonly bootId: string;
  readonly flushedBytes: number;
}

export class LocalPendingFile implements PendingFile {
  readonly #host: PendingHost;
  readonly #options: CreateOptions;
  readonly #path: string;
  readonly #file: DiskFile;
  #offset: number;
  #written: number;
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
  #committed = false;

  private constructor(host: PendingHost, options: CreateOptions, file: DiskFile, offset: number) {
    this.#host = host;
    this.#options = options;
    this.#path = host.partial(options.key);
    this.#file = file;
    this.#offset = offset;
    this.#written = offset;
    this.#flushed = offset;
  }

  static async open(host: PendingHost, options: CreateOptions): Promise<LocalPendingFile> {
    const path = host.partial(options.key);
    const resumable = options.sizeBytes >= resumableBytes;
    const offset = resumable ? await survivingBytes(host, options) : 0;
    const file = await host.disk.open(path, offset > 0 ? "extend" : "create", { pastCache: host.pastCache });
    try {
      if (offset > 0) await file.truncate(offset);
      const pending = new LocalPendingFile(host, options, file, offset);
      if (resumable) await pending.#checkpoint();
      return pending;
    } catch (error) {
      // Nobody else has the handle: a disk that goes away just now must not keep it.
      await file.close().catch(() => {});
      throw error;
    }
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
    await this.#disk(() => this.#file.truncate(0));
    this.#sealed = false;
    this.#offset = 0;
    this.#written = 0;
    this.#flushed = 0;
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
          await this.#file.writev(batch, this.#written).finally(() => {
            for (const done of onWritten) done();
          });
          this.#written += bytes;
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
    const reached = this.#written;
    this.#flushed = reached;
    await this.#file.sync();
    const text = JSON.stringify({ bootId: this.#host.bootId, flushedBytes: reached } satisfies Checkpoint);
    const note = await this.#host.disk.open(checkpointPath(this.#path), "create");
    try {
      await note.writev([Buffer.from(text)], 0);
    } finally {
      await note.close();
    }
  }

  async flush(): Promise<void> {
    await this.written();
    if (this.#options.sizeBytes >= resumableBytes) await this.#disk(() => this.#checkpoint());
    else await this.#disk(() => this.#file.sync());
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
      if (modified) await this.#setModified(modified);
      await this.#file.sync();
    });
    this.#sealed = true;
  }

  async commit(path: string, modified: Date | undefined): Promise<"stored" | "name-taken"> {
    await this.#seal(modified);
    return await this.#disk(async () => {
      const result = await this.#host.commit(this.#path, path);
      if (result === "name-taken") return result;
      this.#committed = true;
      await this.#close();
      if (this.#options.sizeBytes >= resumableBytes) await this.#host.disk.unlink(checkpointPath(this.#path));
      return result;
    });
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
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#committed) return;
    try {
      if (this.#kept && !this.#failure) await this.flush();
    } catch {
      // What could not be flushed is not continued from; the checkpoint says so.
    }
    await this.#writing;
    await this.#flushing;
    await this.#close().catch(() => {});
    if (this.#kept) return;
    await this.#host.disk.unlink(this.#path).catch(() => {});
    await this.#host.disk.unlink(checkpointPath(this.#path)).catch(() => {});
  }
}

/** How much of a partial can be trusted: all of it within one boot (the page cache survives a kill), else what was flushed. */
async function survivingBytes(host: PendingHost, options: CreateOptions): Promise<number> {
  const path = host.partial(options.key);
  const stat = await host.disk.lstat(path);
  if (stat?.type !== "file") return 0;
  const checkpoint = await readCheckpoint(host.disk, checkpointPath(path));
  if (!checkpoint) return 0;
  const trusted = checkpoint.bootId === host.bootId ? stat.sizeBytes : checkpoint.flushedBytes;
  return Math.min(trusted, stat.sizeBytes, options.sizeBytes);
}

async function readCheckpoint(disk: DiskPort, path: string): Promise<Checkpoint | undefined> {
  try {
    const file = await disk.open(path, "read");
    try {
      const buffer = Buffer.alloc(1024);
      const count = await file.read(buffer, 0);
      const value = JSON.parse(buffer.toString("utf8", 0, count)) as Checkpoint;
      return Number.isSafeInteger(value.flushedBytes) && value.flushedBytes >= 0 ? value : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function checkpointPath(partial: string): string {
  return partial.replace(/\.part$/, ".json");
}
