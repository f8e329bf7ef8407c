/** Statements of a catalog: each prepared once, several as one transaction, on whichever thread. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** One statement and its values, as the writer thread is sent them. */
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

/** All of `body`, or nothing of it: an error rolls back and is thrown on. */
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
