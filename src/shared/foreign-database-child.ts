/**
 * The child behind `ForeignDatabase`: opens the file named on its command line read-only and answers questions about it, one at a
 * time. Nothing it reads is trusted: no view, virtual table or computed column is told of, memory is bounded, and it ends with the
 * process that started it, even in the middle of a query.
 */
import { createHash } from "node:crypto";
import { constants, DatabaseSync, type StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { collectNow } from "./collect-garbage.ts";
import type { ForeignTable, FromChild, ToChild } from "./foreign-database.ts";
import { RowsWriter } from "./foreign-rows.ts";

const batchRows = 512;
const batchBytes = 512 * 1024;
const maxValueBytes = Number(process.argv[4]);
const sortFolder = process.argv[5] ?? "";
const maxTables = 4_000;
const maxColumns = 2_000;
const settings = `
PRAGMA query_only = 1;
PRAGMA trusted_schema = 0;
PRAGMA cell_size_check = 1;
PRAGMA mmap_size = 0;
PRAGMA temp_store = ${sortFolder === "" ? "MEMORY" : "FILE"};
PRAGMA cache_size = ${sortFolder === "" ? -16384 : -4096};
`;
/** Of any value or row inside SQLite. */
const maxLength = 16 * 1024 * 1024;
/** Of this process. Node's SQLite keeps no count of its memory, so its own limit does nothing. */
const maxMemoryBytes = 640 * 1024 * 1024;
const lookMs = 20;
const collectedAfter = 50;
/** Statements that are kept for the next time, each with a number of a row in it. */
const maxRepeated = 16;
const repeated = new Map<string, StatementSync>();

// Ctrl-C on a terminal reaches every process in front of it: what becomes of this one is for its parent to say.
process.on("SIGINT", () => {});
// A thread of its own sees the parent's end, and what memory and processor's time are used, as this one may be inside a query then.
new Worker(
  `const { read } = require("node:fs");
   const end = () => process.kill(process.pid, "SIGKILL");
   read(0, Buffer.alloc(1), 0, 1, null, end);
   setInterval(() => {
     const { user, system } = process.cpuUsage();
     if (process.memoryUsage.rss() > ${maxMemoryBytes} || user + system > ${1000 * Number(process.argv[3])}) end();
   }, ${lookMs});`,
  { eval: true },
).unref();

/** Questions, not deeds: no other file is attached, and nothing is set any more. */
const allowed: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
  constants.SQLITE_PRAGMA,
]);

if (sortFolder !== "") process.env["SQLITE_TMPDIR"] = sortFolder;
let opened: DatabaseSync | undefined;
interface Cursor {
  readonly rows: Iterator<unknown[]>;
  /** What was met behind rows that are still to be given. */
  error?: unknown;
  /** Of the rows so far, where it was asked for. */
  readonly hash?: ReturnType<typeof createHash>;
}
const cursors = new Map<number, Cursor>();

const writer = new RowsWriter(maxValueBytes);

function database(): DatabaseSync {
  if (opened) return opened;
  const options = { readOnly: true, allowExtension: false, limits: { length: maxLength, attach: 0 } };
  const db = new DatabaseSync(process.argv[2] as string, options);
  db.exec(settings);
  // The first releases of Node 24 have none: there read-only alone must do.
  if ("setAuthorizer" in db)
    db.setAuthorizer((action) => (allowed.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
  opened = db;
  return db;
}

let statements = 0;

function prepare(sql: string): StatementSync {
  statements += 1;
  // Each takes memory of SQLite until its object is collected: of that V8 sees no need.
  if (statements % collectedAfter === 0) collectNow();
  const statement = database().prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return statement;
}

function valuesOf(sql: string): unknown[][] {
  return prepare(sql).all() as unknown as unknown[][];
}

function tables(): ForeignTable[] {
  const found: ForeignTable[] = [];
  for (const [schema, name, type, , withoutRowid] of valuesOf("PRAGMA main.table_list")) {
    if (schema !== "main" || type !== "table" || typeof name !== "string" || name.startsWith("sqlite_")) continue;
    if (found.length >= maxTables) break;
    const rows = valuesOf(`PRAGMA main.table_xinfo("${name.replaceAll('"', '""')}")`).slice(0, maxColumns);
    // The last column tells what is computed or hidden.
    const plain = rows.filter((row) => Number(row[6]) === 0 && typeof row[1] === "string");
    const keys = rows.filter((row) => Number(row[5]) > 0);
    const isRowNumber = Number(withoutRowid) === 0 && keys.length === 1 && /^integer$/i.test(String(keys[0]?.[2]));
    found.push({
      name,
      columns: plain.map((row) => row[1] as string),
      key: isRowNumber ? (keys[0]?.[1] as string) : undefined,
    });
  }
  return found;
}

/** Rows of a statement; with numbers of rows, for each what the statement says where that number stands for `?`. */
function rowsOf({ sql, ids }: { readonly sql: string; readonly ids?: readonly number[] }): Iterator<unknown[]> {
  if (ids === undefined) return prepare(sql).iterate() as Iterator<unknown[]>;
  const statement = repeated.get(sql) ?? prepare(sql);
  if (repeated.size >= maxRepeated) repeated.clear();
  repeated.set(sql, statement);
  return rowsAt(statement, ids);
}

function* rowsAt(statement: StatementSync, ids: readonly number[]): Generator<unknown[], void, undefined> {
  for (const id of ids) {
    const row: unknown = statement.get(BigInt(id));
    if (row !== undefined) yield row as unknown[];
  }
}

function batch(cursor: Cursor): { rows: Uint8Array; done: boolean; hash?: string } {
  if (cursor.error !== undefined) throw cursor.error;
  writer.begin(cursor.hash);
  let done = false;
  for (let rows = 0; rows < batchRows && writer.length < batchBytes; rows += 1) {
    try {
      const next = cursor.rows.next();
      done = next.done === true;
      if (done) break;
      writer.row(next.value);
    } catch (error) {
      // What lies before a damaged page is whole.
      if (rows === 0) throw error;
      cursor.error = error;
      break;
    }
  }
  const rows = writer.end();
  return { rows, done, ...(done && cursor.hash && { hash: cursor.hash.digest("hex") }) };
}

function hashOf(question: { readonly sql: string; readonly ids?: readonly number[] }): string {
  const hash = createHash("sha256");
  const cursor: Cursor = { rows: rowsOf(question), hash };
  for (;;) {
    const { done, hash: digest } = batch(cursor);
    if (done) return digest ?? "";
  }
}

function answer(question: ToChild): FromChild | undefined {
  const { id, ask } = question;
  try {
    switch (ask) {
      case "tables":
        return { id, tables: tables() };
      case "rows":
        cursors.set(id, { rows: rowsOf(question), ...(question.isHashed && { hash: createHash("sha256") }) });
        break;
      case "hash":
        return { id, hash: hashOf(question) };
      case "end":
        cursors.get(id)?.rows.return?.();
        cursors.delete(id);
        return undefined;
    }
    const cursor = cursors.get(id);
    if (!cursor) return { id, rows: new Uint8Array(), done: true };
    const read = batch(cursor);
    if (read.done) cursors.delete(id);
    return { id, ...read };
  } catch (error) {
    cursors.delete(id);
    return { id, error: (error as Error).message };
  }
}

process.on("message", (question: ToChild) => {
  const said = answer(question);
  if (said) process.send?.(said);
});
