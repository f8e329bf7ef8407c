/**
 * The door to every SQLite database that is not our own: it is opened read-only in a child process with a deadline and bounds on
 * memory, rows and values, because a query inside this process can be stopped by nothing. Whoever reads one asks for `tables`
 * first, and joins on nothing but a `key`: then no query does more work than the file is long.
 */
import { type ChildProcess, fork } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type AbortOptions, abortReason, throwIfAborted } from "./abort.ts";
import { type ForeignRow, rowsIn } from "./foreign-rows.ts";
import { workerUrl } from "./worker-url.ts";

/** A plain table: no view, no virtual table, no column that is computed. */
export interface ForeignTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The column that is the row's own number, so that at most one row has a value of it: the only thing to join on. */
  readonly key: string | undefined;
}

/** What is wrong with a foreign database, in words that follow a colon or stand in brackets. */
export class ForeignDatabaseError extends Error {
  override readonly name = "ForeignDatabaseError";
}

/** How long the child may work, and how the file is opened. */
export interface ForeignOptions extends AbortOptions {
  /** The processor's time that the child may take in all; from the file's size where it is not given. */
  readonly budgetMs?: number;
  /**
   * The file alone is the database, and nothing writes it meanwhile: no log beside it is read, and none is made. An ordinary opening
   * of a database in WAL mode makes `-wal` and `-shm` in its folder, even for reading. Source: sqlite.org/uri.html#uriimmutable.
   */
  readonly isImmutable?: boolean;
  /** Longer texts and blobs are null; 64 KiB by default, and never more than 16 MiB. */
  readonly maxValueBytes?: number;
  /** Folder that SQLite may put what it sorts into, where that is much; in memory by default. */
  readonly sortFolder?: string;
}

interface Asked {
  readonly sql: string;
  readonly ids?: readonly number[];
}

/** What the parent asks of the child; answered under the same `id`. */
export type ToChild =
  | { readonly ask: "tables"; readonly id: number }
  | ({ readonly ask: "rows"; readonly id: number; readonly isHashed?: boolean } & Asked)
  | ({ readonly ask: "hash"; readonly id: number } & Asked)
  | { readonly ask: "next"; readonly id: number }
  | { readonly ask: "end"; readonly id: number };

/** An answer. `done` says that no more rows follow. */
export type FromChild =
  | { readonly id: number; readonly tables: readonly ForeignTable[] }
  | { readonly id: number; readonly rows: Uint8Array; readonly done: boolean; readonly hash?: string }
  | { readonly id: number; readonly hash: string }
  | { readonly id: number; readonly error: string };

/** What else is asked of a statement. */
export interface BatchOptions {
  /** Numbers of rows: the statement has one `?`, and at most one row for each. It is prepared once for all that ask the same. */
  readonly ids?: readonly number[];
  /** Told at the end what `hash` says of the same. */
  readonly onHash?: (hash: string) => void;
}

/** Of JavaScript's heap in the child, which has a bound for all of its memory too. */
const childHeapMb = 256;
const maxErrorLength = 120;
const usualMaxValueBytes = 64 * 1024;
/** A library of 50,000 photos takes two seconds of the processor's time: five times that, and more for one that is larger. */
const baseBudgetMs = 10_000;
const bytesPerMs = 16_000;
/** On a busy computer, and where the disk is slow, as much is waited for it. */
const patience = 3;
const tooMuch = "reading it took more time or memory than it may";

/** What reading a database of this size may take. */
function budgetFor(file: string): number {
  return baseBudgetMs + Math.ceil(statSync(file).size / bytesPerMs);
}

/**
 * One database that may be hostile, open in a child. One query at a time.
 * @throws {ForeignDatabaseError} for whatever is wrong with it, or when it takes too long
 */
export class ForeignDatabase implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal | undefined;
  #leftMs: number;
  #nextId = 1;
  readonly #answers = new Map<number, PromiseWithResolvers<FromChild>>();
  #ended: Error | undefined;
  readonly #onAbort = (): void => this.#end(abortReason(this.#signal as AbortSignal));

  private constructor(file: string, options: ForeignOptions) {
    const { signal, budgetMs = budgetFor(file), isImmutable, maxValueBytes = usualMaxValueBytes, sortFolder } = options;
    this.#signal = signal;
    const name = isImmutable ? `${pathToFileURL(file)}?immutable=1` : file;
    this.#leftMs = budgetMs * patience;
    const words = [name, String(budgetMs), String(maxValueBytes), sortFolder ?? ""];
    this.#child = fork(fileURLToPath(workerUrl(import.meta.url, "foreign-database-child")), words, {
      execArgv: [
        `--max-old-space-size=${childHeapMb}`,
        "--max-semi-space-size=2",
        "--single-threaded-gc",
        "--disable-warning=ExperimentalWarning",
      ],
      serialization: "advanced",
      // The child ends when its standard input does, which is when this process is no more.
      stdio: ["pipe", "ignore", "ignore", "ipc"],
    });
    this.#child.on("message", (answer: FromChild) => this.#answers.get(answer.id)?.resolve(answer));
    this.#child.on("error", (error) => this.#end(new ForeignDatabaseError(error.message)));
    this.#child.on("exit", () => this.#end(new ForeignDatabaseError(tooMuch)));
    this.#child.stdin?.on("error", () => {});
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** @throws {ForeignDatabaseError} where the file is not there; what is wrong inside it shows at the first question */
  static open(file: string, options: ForeignOptions = {}): ForeignDatabase {
    throwIfAborted(options.signal);
    return new ForeignDatabase(file, options);
  }

  /** @throws {ForeignDatabaseError} */
  async tables(): Promise<readonly ForeignTable[]> {
    const id = this.#nextId++;
    const answer = await this.#wait(id, this.#ask({ ask: "tables", id }));
    return "tables" in answer ? answer.tables : [];
  }

  /**
   * Rows as they come, in batches of which one is read ahead. Integers beyond the safe ones, and values of more than `maxValueBytes`, are null.
   * @throws {ForeignDatabaseError} when SQLite refuses, the time is up or the child is no more
   */
  async *batches(
    sql: string,
    { ids, onHash }: BatchOptions = {},
  ): AsyncGenerator<readonly ForeignRow[], void, undefined> {
    const id = this.#nextId++;
    let isDone = false;
    try {
      let coming = this.#ask({ ask: "rows", id, sql, ...(ids && { ids }), ...(onHash && { isHashed: true }) });
      while (!isDone) {
        const answer = await this.#wait(id, coming);
        if (!("rows" in answer)) return;
        isDone = answer.done;
        if (answer.hash !== undefined) onHash?.(answer.hash);
        if (!isDone) coming = this.#ask({ ask: "next", id });
        yield rowsIn(answer.rows);
      }
    } finally {
      if (!isDone) this.#send({ ask: "end", id });
    }
  }

  /** SHA-256 over every value of a statement's rows, in order: the rows themselves stay in the child. @throws as `batches` */
  async hash(sql: string, { ids }: Pick<BatchOptions, "ids"> = {}): Promise<string> {
    const id = this.#nextId++;
    const answer = await this.#wait(id, this.#ask({ ask: "hash", id, sql, ...(ids && { ids }) }));
    if (!("hash" in answer) || answer.hash === undefined) throw new ForeignDatabaseError("it gave no answer");
    return answer.hash;
  }

  /** All rows of an answer that is known to be short. */
  async all(sql: string): Promise<ForeignRow[]> {
    const rows: ForeignRow[] = [];
    for await (const batch of this.batches(sql)) rows.push(...batch);
    return rows;
  }

  #ask(question: ToChild): Promise<FromChild> {
    const answer = Promise.withResolvers<FromChild>();
    answer.promise.catch(() => {}); // awaited later, or never where the reader left
    if (this.#ended) answer.reject(this.#ended);
    else {
      this.#answers.set(question.id, answer);
      this.#send(question);
    }
    return answer.promise;
  }

  #send(question: ToChild): void {
    if (!this.#ended && this.#child.connected) this.#child.send(question, () => {});
  }

  /** Only time that is waited counts: what the reader does with the rows is its own. */
  async #wait(id: number, coming: Promise<FromChild>): Promise<FromChild> {
    const from = performance.now();
    const timer = setTimeout(() => this.#end(new ForeignDatabaseError(tooMuch)), Math.max(0, this.#leftMs));
    try {
      const answer = await coming;
      if ("error" in answer) throw new ForeignDatabaseError(answer.error.slice(0, maxErrorLength));
      return answer;
    } finally {
      clearTimeout(timer);
      this.#leftMs -= performance.now() - from;
      this.#answers.delete(id);
    }
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
    // It may be inside a query that never ends, where it hears nothing but this.
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
    const gone = isGone ? undefined : new Promise((resolve) => this.#child.once("exit", resolve));
    this.#end(new ForeignDatabaseError("it was closed"));
    await gone;
  }
}

/** In words what is wrong with a database's pages; undefined when nothing is. */
export async function foreignDamage(file: string, options: ForeignOptions = {}): Promise<string | undefined> {
  try {
    await using db = ForeignDatabase.open(file, options);
    const [row] = await db.all("PRAGMA quick_check(1)");
    const verdict = row?.[0];
    return verdict === "ok" ? undefined : String(verdict).slice(0, maxErrorLength);
  } catch (error) {
    throwIfAborted(options.signal);
    return (error as Error).message;
  }
}
