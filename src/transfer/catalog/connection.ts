/** An open catalog: what its tables ask and write through, on this thread or on one that waits for the disk. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backup, type DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Yielder } from "../../shared/async.ts";
import { assertPlain } from "../../shared/disk-errors.ts";
import { writeNewFile } from "../../shared/plain-folder.ts";
import { catalogName } from "../destination/metadata-folder.ts";
import { catalogError, chooseJournal, type Journal, openReadable, openWritable } from "./file.ts";
import { guarded } from "./guard.ts";
import { RowGroups } from "./row-groups.ts";
import { inTransaction, type Prepared, preparing, type RowWrite, writeRows } from "./statements.ts";
import { CatalogThread } from "./thread.ts";
import { fileIdentity, openToWrite } from "./writer.ts";

/** What SQLite may put beside a catalog of this name, and the catalog itself. */
export const withJournals = ["", "-wal", "-shm", "-journal"] as const;

/** With fewer rows than these the thread would start for nothing. */
const worthAThread = 64;

/** Rows that are written as one: a transaction may flush the disk, and a page takes some 20 ms. */
const pageRows = 2_000;

/** How a catalog is opened. */
/** So many pages at a time are copied for a backup: some milliseconds. */
const backupPages = 2_000;

export interface OpenOptions {
  readonly create: boolean;
  readonly readOnly?: boolean;
  readonly name?: string;
  readonly journal?: Journal;
  /** It was looked through for damage just now: see `isWholeCatalog`. */
  readonly isChecked?: boolean;
  /** Called when a catalog that was read is closed. */
  readonly onClosed?: () => void;
}

/** What a table needs of its catalog. Whatever the disk refuses comes as an error with a remedy. */
export interface Sql {
  /** A statement that is prepared once, whoever asks. */
  prepare(text: string): StatementSync;
  /** A statement of the caller's own: to go through its rows while others ask the same. */
  prepareOwn(text: string): StatementSync;
  /** @returns how many rows it touched */
  write(text: string, ...values: SQLInputValue[]): number;
  /** Resolves when the row is written; those that come at about the same time are one transaction. */
  writeTogether(row: RowWrite): Promise<void>;
  /** Many writes as one: all of them, or none. */
  transaction(body: () => void): void;
}

/**
 * One open catalog. Statements are prepared once. Writes go to the writer thread where each would wait for the disk.
 */
export class Connection implements Sql, Disposable {
  #db: DatabaseSync;
  /** The same, as SQLite's own functions take it. */
  #plain: DatabaseSync;
  readonly #file: string;
  #identity: string | undefined;
  readonly #writable: boolean;
  readonly #journal: Journal;
  #sql: Prepared;
  readonly #groups = new RowGroups((rows) => this.#writeRows(rows));
  #thread: CatalogThread | undefined;
  #onClosed: (() => void) | undefined;
  /** Rows so far. */
  #grouped = 0;

  private constructor(db: DatabaseSync, file: string, writable: boolean, journal: Journal) {
    this.#plain = db;
    this.#db = guarded(db, file);
    this.#sql = preparing(this.#db);
    this.#file = file;
    this.#identity = fileIdentity(file);
    this.#writable = writable;
    this.#journal = journal;
  }

  /** See `Catalog.open`. */
  static open(folder: string, options: OpenOptions): Connection | undefined {
    const file = join(folder, options.name ?? catalogName);
    if (!options.create && !existsSync(file)) return undefined;
    // SQLite would wait for whoever writes to a pipe of that name, and follow a link wherever it leads.
    for (const suffix of withJournals) assertPlain(file + suffix);
    if (options.readOnly) {
      const read = new Connection(openReadable(file), file, false, "rollback");
      read.#onClosed = options.onClosed;
      return read;
    }
    const { db, journal } = openWritable(file, options);
    return new Connection(db, file, true, journal);
  }

  /** After the disk was away: the old handle is dead, the file is not. */
  reopen(): void {
    try {
      this.#db.close();
    } catch {
      // dead already
    }
    try {
      this.#identity = fileIdentity(this.#file);
      this.#plain = openToWrite(this.#file, this.#identity);
      this.#db = guarded(this.#plain, this.#file);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
    this.#sql = preparing(this.#db);
    chooseJournal(this.#db, this.#journal);
    this.#thread?.reopen(this.#identity);
  }

  prepare(text: string): StatementSync {
    return this.#sql(text);
  }

  prepareOwn(text: string): StatementSync {
    return this.#db.prepare(text);
  }

  write(text: string, ...values: SQLInputValue[]): number {
    try {
      return Number(this.#sql(text).run(...values).changes);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  async writeTogether(row: RowWrite): Promise<void> {
    try {
      await this.#groups.add(row);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  /** Where a transaction waits for the disk, another thread does; with a write-ahead journal it seldom does, but takes its time. */
  #writeRows(rows: readonly RowWrite[]): Promise<void> | undefined {
    this.#grouped += rows.length;
    if ((this.#journal === "rollback" || this.#grouped > worthAThread) && !this.#thread?.isDead) {
      this.#thread ??= new CatalogThread(this.#file, this.#identity);
      return this.#thread.write(rows);
    }
    writeRows(this.#db, this.#sql, rows);
    return undefined;
  }

  transaction(body: () => void): void {
    try {
      inTransaction(this.#db, body);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  /** One write for each value, many to a transaction; yields to the event loop between transactions. */
  async inPages<T>(values: Iterable<T>, write: (value: T) => void): Promise<void> {
    const yielder = new Yielder();
    let page: T[] = [];
    const flush = (): void => {
      if (page.length > 0) this.transaction(() => page.forEach(write));
      page = [];
    };
    for (const value of values) {
      page.push(value);
      if (page.length < pageRows) continue;
      flush();
      if (yielder.isDue) await yielder.yieldNow();
    }
    flush();
  }

  /** Counts writers' sessions, so that the newer of two copies is known. */
  get revision(): number {
    return Number(this.#sql("SELECT value FROM meta WHERE key = 'revision'").get()?.["value"] ?? 0);
  }

  /** A consistent copy in one file, counted as newer than this one was. */
  exportTo(file: string): void {
    this.write("INSERT OR REPLACE INTO meta VALUES ('revision', ?)", String(this.revision + 1));
    rmSync(file, { force: true });
    writeNewFile(file, "", 0o600); // SQLite fills what is empty, and leaves its mode
    this.write("VACUUM INTO ?", file);
  }

  /** See `Catalog.backupTo`. */
  async backupTo(file: string): Promise<void> {
    this.#groups.flush();
    rmSync(file, { force: true });
    writeNewFile(file, "", 0o600);
    try {
      await backup(this.#plain, file, { rate: backupPages });
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    this.#groups.flush();
    this.#thread?.[Symbol.dispose]();
    // A write-ahead journal cannot be opened on read-only media: leave one plain file behind.
    if (this.#writable) {
      try {
        this.#db.exec("PRAGMA journal_mode = DELETE");
      } catch {
        // Another reader has it open; the journal is then left as it is, which is legal.
      }
    }
    this.#db.close();
    this.#onClosed?.();
  }
}
