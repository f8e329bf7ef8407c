/** A destination whose troubles pass by themselves: each call is tried again, and an answer that was lost is found out. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type {
  CreateOptions,
  Destination,
  DestinationProperties,
  ListedName,
  PendingFile,
  StoredEntry,
  StoredFile,
  StoredHash,
  StoredReader,
} from "./destination.ts";

export interface RetryPolicy {
  readonly clock: Clock;
  /** Before each further try. */
  readonly pausesMs: readonly number[];
}

/** Only errors that say so of themselves are worth another try. */
export function withRetry(destination: Destination, policy: RetryPolicy): Destination {
  return new RetryingDestination(destination, policy);
}

/** @param call told whether an earlier try may have done it already */
async function trying<T>(policy: RetryPolicy, call: (again: boolean) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call(tries > 0);
    } catch (error) {
      const pause = policy.pausesMs[tries];
      if (pause === undefined || !(error instanceof AppError) || !error.retryable) throw error;
      await policy.clock.sleep(pause);
    }
  }
}

class RetryingDestination implements Destination {
  readonly #inner: Destination;
  readonly #policy: RetryPolicy;

  constructor(inner: Destination, policy: RetryPolicy) {
    this.#inner = inner;
    this.#policy = policy;
  }

  get label(): string {
    return this.#inner.label;
  }

  get properties(): DestinationProperties {
    return this.#inner.properties;
  }

  list(folder: string): Promise<readonly ListedName[]> {
    return this.#try(() => this.#inner.list(folder));
  }

  statAll(paths: readonly string[], options?: AbortOptions): Promise<(StoredEntry | undefined)[]> {
    return this.#try(() => this.#inner.statAll(paths, options));
  }

  stat(path: string): Promise<StoredFile | undefined> {
    return this.#try(() => this.#inner.stat(path));
  }

  async create(options: CreateOptions): Promise<PendingFile> {
    return new RetryingFile(await this.#try(() => this.#inner.create(options)), this.#policy);
  }

  async duplicate(from: string, to: string, how: "link" | "copy"): Promise<"stored" | "name-taken" | "unsupported"> {
    // Only what was not so before can have come of a try whose answer was lost.
    const wasFree = !(await this.#isThereAt(to));
    return await this.#try(async (again) => {
      const result = await this.#inner.duplicate(from, to, how);
      return again && wasFree && result === "name-taken" && (await this.#areEqual(from, to)) ? "stored" : result;
    });
  }

  async remove(path: string, sha256: string): Promise<boolean> {
    const wasThere = await this.#isThereAt(path);
    return await this.#try(async (again) => {
      const isRemoved = await this.#inner.remove(path, sha256);
      return isRemoved || (again && wasThere && !(await this.#isThereAt(path)));
    });
  }

  async move(from: string, to: string): Promise<"moved" | "name-taken" | "gone"> {
    const wasThere = await this.#isThereAt(from);
    return await this.#try(async (again) => {
      const result = await this.#inner.move(from, to);
      return again && wasThere && result === "gone" && (await this.#isThereAt(to)) ? "moved" : result;
    });
  }

  async removeFolder(path: string): Promise<boolean> {
    const wasThere = await this.#isThereAt(path);
    return await this.#try(async (again) => {
      const isRemoved = await this.#inner.removeFolder(path);
      return isRemoved || (again && wasThere && !(await this.#isThereAt(path)));
    });
  }

  /** Not tried again where the file is gone from its place: where it lies then, the lost answer would have said. */
  async setAside(path: string): Promise<string> {
    const wasThere = await this.#isThereAt(path);
    let lost: unknown;
    return await this.#try(async (again) => {
      if (again && wasThere && !(await this.#isThereAt(path))) throw lost;
      try {
        return await this.#inner.setAside(path);
      } catch (error) {
        lost = error;
        throw error;
      }
    });
  }

  async open(path: string): Promise<StoredReader> {
    const reader = await this.#try(() => this.#inner.open(path));
    return {
      read: (offset, length) => this.#try(() => reader.read(offset, length)),
      [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
    };
  }

  hash(path: string, options?: AbortOptions): Promise<StoredHash> {
    return this.#try(() => this.#inner.hash(path, options));
  }

  freeBytes(): Promise<number> {
    return this.#try(() => this.#inner.freeBytes());
  }

  isThere(): Promise<boolean> {
    return this.#try(() => this.#inner.isThere());
  }

  sweep(keep: (key: string) => boolean): Promise<number> {
    return this.#try(() => this.#inner.sweep(keep));
  }

  #try<T>(call: (again: boolean) => Promise<T>): Promise<T> {
    return trying(this.#policy, call);
  }

  async #isThereAt(path: string): Promise<boolean> {
    return (await this.statAll([path]))[0] !== undefined;
  }

  async #areEqual(a: string, b: string): Promise<boolean> {
    return (await this.hash(a)).sha256 === (await this.hash(b)).sha256;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

class RetryingFile implements PendingFile {
  readonly #inner: PendingFile;
  readonly #policy: RetryPolicy;

  constructor(inner: PendingFile, policy: RetryPolicy) {
    this.#inner = inner;
    this.#policy = policy;
  }

  get offset(): number {
    return this.#inner.offset;
  }

  get offsetCrc32(): number {
    return this.#inner.offsetCrc32;
  }

  get storedMs(): number | undefined {
    return this.#inner.storedMs;
  }

  get dateKept(): boolean {
    return this.#inner.dateKept;
  }

  readBack(offset: number, length: number): Promise<Uint8Array> {
    return this.#try(() => this.#inner.readBack(offset, length));
  }

  restart(): Promise<void> {
    return this.#try(() => this.#inner.restart());
  }

  /** The chunk's memory is needed until no further try will be made. */
  async write(chunk: Uint8Array, onWritten: () => void = () => {}): Promise<void> {
    let isHandedOver = false;
    const handedOver = (): void => {
      isHandedOver = true;
    };
    let isDone = false;
    try {
      await this.#try(() => this.#inner.write(chunk, () => (isDone ? onWritten() : handedOver())));
    } finally {
      isDone = true;
      if (isHandedOver) onWritten();
    }
  }

  written(): Promise<void> {
    return this.#try(() => this.#inner.written());
  }

  flush(): Promise<void> {
    return this.#try(() => this.#inner.flush());
  }

  reread(modified: Date | undefined, options?: AbortOptions): Promise<StoredHash> {
    return this.#try(() => this.#inner.reread(modified, options));
  }

  commit(path: string, modified: Date | undefined): Promise<"stored" | "name-taken"> {
    return this.#try(() => this.#inner.commit(path, modified));
  }

  replace(path: string, sha256: string, modified: Date | undefined): Promise<"stored" | "not-ours"> {
    return this.#try(() => this.#inner.replace(path, sha256, modified));
  }

  keep(): void {
    this.#inner.keep();
  }

  #try<T>(call: () => Promise<T>): Promise<T> {
    return trying(this.#policy, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}
