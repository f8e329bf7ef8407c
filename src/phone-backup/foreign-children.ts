/** Child processes that a hostile database is read in: one is kept for the next question, and each ends after so much work. */
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { ForeignDatabase } from "../shared/foreign-database.ts";

interface Child {
  readonly db: ForeignDatabase;
  worked: number;
}

/** Lends children of one immutable database file. Disposing it ends all that are not lent. */
export class ForeignChildren implements AsyncDisposable {
  readonly #file: string;
  readonly #mostWork: number;
  #idle: Child | undefined;
  #isClosed = false;

  /** @param mostWork after which a child ends: each may take so much of the processor's time in all, by the size of the file */
  constructor(file: string, mostWork: number) {
    this.#file = file;
    this.#mostWork = mostWork;
  }

  /** @param work how much will be asked, in the caller's measure; @param body anything of it that fails ends the child */
  async with<T>(work: number, { signal }: AbortOptions, body: (db: ForeignDatabase) => Promise<T>): Promise<T> {
    const rows = this.lend(work, signal ? { signal } : {}, async function* (db) {
      yield await body(db);
    });
    for await (const value of rows) return value;
    throw new Error("unreachable");
  }

  /** As `with`, for what comes in pieces. */
  async *lend<T>(
    work: number,
    { signal }: AbortOptions,
    body: (db: ForeignDatabase) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    throwIfAborted(signal);
    const child = this.#take(work);
    let hasFailed = false;
    // It may be inside a query that takes long, where it hears nothing else.
    const onAbort = (): void => void child.db[Symbol.asyncDispose]();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const value of body(child.db)) {
        throwIfAborted(signal);
        yield value;
      }
    } catch (error) {
      hasFailed = true;
      throwIfAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (hasFailed || signal?.aborted || this.#idle || this.#isClosed) await child.db[Symbol.asyncDispose]();
      else this.#idle = child;
    }
  }

  #take(work: number): Child {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle && idle.worked + work <= this.#mostWork) {
      idle.worked += work;
      return idle;
    }
    void idle?.db[Symbol.asyncDispose]();
    return { db: ForeignDatabase.open(this.#file, { isImmutable: true }), worked: work };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#idle?.db[Symbol.asyncDispose]();
    this.#idle = undefined;
  }
}
