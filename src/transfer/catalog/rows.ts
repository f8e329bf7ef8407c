/** Rows of the catalog that are written while files are copied: several as one transaction, on whichever thread. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { assertPlain } from "../../shared/disk-errors.ts";
import { DestinationError } from "../../shared/errors.ts";
import { maxCatalogValueBytes } from "./trust.ts";

/** How long a row waits for others; a file takes several times as long. */
const groupMs = 2;

export interface RowWrite {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
  /** Written in its place where it touched no row. */
  readonly otherwise?: RowWrite;
}

/** Statements by their text. */
export type Prepared = (text: string) => StatementSync;

/** Each is prepared once. */
export function preparing(db: DatabaseSync): Prepared {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    let statement = statements.get(text);
    if (!statement) {
      statement = db.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
}

/** All of them, or none. */
export function writeRows(db: DatabaseSync, sql: Prepared, rows: readonly RowWrite[]): void {
  inTransaction(db, () => {
    for (const { text, values, otherwise } of rows)
      if (sql(text).run(...values).changes === 0 && otherwise) sql(otherwise.text).run(...otherwise.values);
  });
}

export function inTransaction(db: DatabaseSync, body: () => void): void {
  // At once the writer: who reads first and writes then may find that another does, and is not let in.
  db.exec("BEGIN IMMEDIATE");
  try {
    body();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** How long one waits for another that writes. */
const busyMs = 5_000;

/** SQLite follows links. */
function assertPlainPath(file: string): void {
  const folder = lstatSync(dirname(file), { throwIfNoEntry: false });
  if (folder && !folder.isDirectory())
    throw new DestinationError("destination-unsafe", `${dirname(file)} is not a plain folder.`);
  for (const suffix of ["", "-wal", "-shm", "-journal"]) assertPlain(file + suffix);
}

function assertSame(file: string, identity: string | undefined): void {
  if (identity !== undefined && fileIdentity(file) === identity) return;
  throw new DestinationError("destination-not-there", `${file} is not the catalog that was opened before.`);
}

/** Tells a file from one of another disk under the same path; undefined where there is none. */
export function fileIdentity(file: string): string | undefined {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/**
 * A connection that writes. The journal may lose the last rows with the power: the photos are the truth.
 * @param identity of the file that is meant. SQLite would make one that is not there, and another disk may be there by now.
 */
export function openToWrite(file: string, identity: string | undefined): DatabaseSync {
  assertPlainPath(file);
  assertSame(file, identity);
  const db = new DatabaseSync(file, { timeout: busyMs, limits: { length: maxCatalogValueBytes } });
  try {
    assertSame(file, identity);
    db.exec("PRAGMA synchronous = NORMAL");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

interface Waiting {
  readonly row: RowWrite;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Rows that come at about the same time are one transaction, which costs hardly more than one of them; so do those that come during one. */
export class RowGroups {
  readonly #write: (rows: readonly RowWrite[]) => Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;

  /** @param write done when it returns, where it gives no promise */
  constructor(write: (rows: readonly RowWrite[]) => Promise<void> | undefined) {
    this.#write = write;
  }

  /** @returns when it is written @throws what `write` throws, for every row of the group */
  add(row: RowWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      if (!this.#isWriting) this.#timer ??= setTimeout(() => this.flush(), groupMs);
    });
  }

  /** Hands over what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const done = (): void => {
      for (const { resolve } of group) resolve();
    };
    const fail = (error: unknown): void => {
      for (const { reject } of group) reject(error);
    };
    try {
      const writing = this.#write(group.map(({ row }) => row));
      if (!writing) return done();
      this.#isWriting = true;
      void writing.then(done, fail).then(() => {
        this.#isWriting = false;
        this.flush();
      });
    } catch (error) {
      fail(error);
    }
  }
}
