/** Files as they come from the phone: small ones are written whole and several at a time, large ones in pieces while they come. */
import { closeSync, openSync, unlinkSync, writevSync } from "node:fs";
import { constants, type FileHandle, open, unlink } from "node:fs/promises";
import { HostRefusal, linkStatus, type Receiving } from "../../device/iphone/mobilebackup2/index.ts";
import { diskError, errno } from "../../shared/disk-errors.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
/** Held before it is written. */
const pieceBytes = 1024 * 1024;
/** Written at once, without the thread pool: its three turns take longer than the file. Phones have 100,000 of these. */
const smallBytes = 128 * 1024;
/** A small file that takes longer is one for the thread pool after all: the disk is slow or busy, and several at a time are faster there. A
 * processor that is busy makes each take a millisecond too, and there the pool is slower. */
const slowMs = 2;
/** How much of what is thought of the disk each file changes. */
const perFile = 0.05;
/** Files on their way to the disk. */
const mostOpen = 64;
const mostHeldBytes = 16 * 1024 * 1024;

/** Codes that the phone knows. @param label of what failed, for a person */
export function refusalFor(error: unknown, label: string): HostRefusal {
  if (error instanceof HostRefusal) return error;
  const status = statuses[errno(error) ?? ""] ?? linkStatus.failed;
  return new HostRefusal(status, label, diskError(error, label));
}

const statuses: Readonly<Record<string, number>> = {
  ENOENT: linkStatus.notFound,
  EEXIST: linkStatus.exists,
  ENOTDIR: linkStatus.notAFolder,
  EISDIR: linkStatus.isAFolder,
  ELOOP: linkStatus.loop,
  EIO: linkStatus.io,
  ENOSPC: linkStatus.noSpace,
  EDQUOT: linkStatus.noSpace,
};

/** Writes that were begun and not waited for yet. */
export class WritePool {
  #open = 0;
  #heldBytes = 0;
  #failure: HostRefusal | undefined;
  #waiting: (() => void)[] = [];
  #usualMs = 0;

  /** Whether a small file is to be written by the thread pool. It forgets, so that a disk that is idle again is noticed. */
  get isDiskSlow(): boolean {
    return this.#usualMs > slowMs;
  }

  /** @param ms how long a small file took that was written at once; undefined for one that was not */
  noteSmall(ms = 0): void {
    this.#usualMs += (ms - this.#usualMs) * perFile;
  }

  /** @returns a promise while there is so much on its way that more has to wait */
  add(work: Promise<void>, bytes: number, label: string): Promise<void> | undefined {
    this.#open += 1;
    this.#heldBytes += bytes;
    void work
      .catch((error: unknown) => {
        this.#failure ??= refusalFor(error, label);
      })
      .finally(() => {
        this.#open -= 1;
        this.#heldBytes -= bytes;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    return this.#isFull ? this.#until(() => !this.#isFull) : undefined;
  }

  get #isFull(): boolean {
    return this.#open >= mostOpen || this.#heldBytes >= mostHeldBytes;
  }

  /** What was not begun in vain is told by `settled`. */
  note(error: unknown, label: string): void {
    this.#failure ??= refusalFor(error, label);
  }

  /** @throws {HostRefusal} the first failure since the last call */
  async settled(): Promise<void> {
    await this.#until(() => this.#open === 0);
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A file of its own, in the place of whatever has its name: nothing that is shared with another backup is written into. */
export class ReceivingFile implements Receiving {
  readonly #path: string;
  readonly #pool: WritePool;
  #parts: Buffer[] = [];
  #held = 0;
  #handle: FileHandle | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, pool: WritePool) {
    this.#path = path;
    this.#pool = pool;
  }

  write(bytes: Buffer): Promise<void> | undefined {
    this.#parts.push(bytes);
    this.#held += bytes.length;
    return this.#held < pieceBytes ? undefined : this.#flush();
  }

  /** One piece is written while the next one comes. */
  async #flush(): Promise<void> {
    try {
      await this.#writing;
      this.#handle ??= await openNew(this.#path);
      const parts = this.#take();
      this.#writing = writeAll(this.#handle, parts);
      this.#writing.catch(() => {});
    } catch (error) {
      await this.close().catch(() => {});
      throw refusalFor(error, this.#path);
    }
  }

  #take(): Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    this.#held = 0;
    return parts;
  }

  end(): Promise<void> | undefined {
    const held = this.#held;
    if (!this.#handle && !this.#writing && held <= smallBytes) {
      if (!this.#pool.isDiskSlow) {
        const begun = performance.now();
        this.#writeSmall();
        this.#pool.noteSmall(performance.now() - begun);
        return undefined;
      }
      this.#pool.noteSmall();
    }
    return this.#pool.add(this.#finish(), held, this.#path);
  }

  #writeSmall(): void {
    try {
      const fd = openNewSync(this.#path);
      try {
        const parts = this.#take();
        const total = parts.reduce((sum, part) => sum + part.length, 0);
        if (total > 0 && writevSync(fd, parts) < total)
          throw Object.assign(new Error("short write"), { code: "ENOSPC" });
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      this.#pool.note(error, this.#path);
    }
  }

  async #finish(): Promise<void> {
    const parts = this.#take();
    this.#handle ??= await openNew(this.#path);
    try {
      await this.#writing;
      if (parts.length > 0) await writeAll(this.#handle, parts);
    } finally {
      await this.close();
    }
  }

  /** Whatever came of it. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await this.#writing?.catch(() => {});
    await handle?.close();
  }
}

async function writeAll(handle: FileHandle, parts: Buffer[]): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const { bytesWritten } = await handle.writev(parts);
  // A disk that fills up takes a part, and says so with the next write.
  if (bytesWritten < total) {
    const rest = Buffer.concat(parts).subarray(bytesWritten);
    for (let at = 0; at < rest.length; ) at += (await handle.write(rest, at)).bytesWritten;
  }
}

const newFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

function openNewSync(path: string): number {
  try {
    return openSync(path, newFile, 0o600);
  } catch (error) {
    if (errno(error) !== "EEXIST") throw error;
    unlinkSync(path);
    return openSync(path, newFile, 0o600);
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, newFile, 0o600);
  } catch (error) {
    if (errno(error) !== "EEXIST") throw error;
    await unlink(path);
    return await open(path, newFile, 0o600);
  }
}
