/**
 * The child behind `ForeignDatabase`: opens the file named on its command line read-only and answers questions about it, one at a
 * time. Nothing it reads is trusted: no view, virtual table or computed column is told of, memory is bounded, and it ends with the
 * process that started it, even in the middle of a query.
 */
import { createHash } from "node:crypto";
import { constants, DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { collectNow } from "./collect-garbage.ts";
import type { ForeignRow, ForeignTable, ForeignValue, FromChild, ToChild } from "./foreign-database.ts";

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
  readonly rows: Iterator<Record<string, SQLOutputValue>>;
  /** What was met behind rows that are still to be given. */
  error?: unknown;
  /** Of the rows so far, where it was asked for. */
  readonly hash?: RowsHash;
}
const cursors = new Map<number, Cursor>();

/** One for all, as memory outside of the heap is given back late. */
const hashed = Buffer.allocUnsafeSlow(64 * 1024);

/** A hash of values in their order, each with its type and its length. To be flushed before another is added to. */
class RowsHash {
  readonly #hash = createHash("sha256");
  readonly #bytes = hashed;
  #at = 0;

  add(value: unknown): void {
    if (this.#at > this.#bytes.length - 32) this.flush();
    if (typeof value === "bigint") this.#at = this.#bytes.writeBigInt64LE(value, this.#tag(1));
    else if (typeof value === "number") this.#at = this.#bytes.writeDoubleLE(value, this.#tag(2));
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#blob(value);
    else this.#at = this.#tag(0);
  }

  #tag(tag: number): number {
    return this.#bytes.writeUInt8(tag, this.#at);
  }

  #text(text: string): void {
    // A unit of UTF-16 takes three bytes at most.
    if (text.length * 3 > this.#bytes.length - this.#at - 32) return this.#blob(Buffer.from(text), 4);
    const at = this.#tag(3) + 4;
    const length = this.#bytes.write(text, at);
    this.#bytes.writeUInt32LE(length, at - 4);
    this.#at = at + length;
  }

  #blob(blob: Uint8Array, tag = 5): void {
    this.#at = this.#bytes.writeUInt32LE(blob.length, this.#tag(tag));
    if (blob.length > this.#bytes.length - this.#at) {
      this.flush();
      this.#hash.update(blob);
    } else {
      this.#bytes.set(blob, this.#at);
      this.#at += blob.length;
    }
  }

  flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
  }

  digest(): string {
    this.flush();
    return this.#hash.digest("hex");
  }
}

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
  // Each that names 500 rows takes 100 KB, in SQLite, until its object is collected: of those nobody sees a need.
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

function batch(cursor: Cursor): { rows: ForeignRow[]; done: boolean; hash?: string } {
  if (cursor.error !== undefined) throw cursor.error;
  const rows: ForeignRow[] = [];
  let bytes = 0;
  while (rows.length < batchRows && bytes < batchBytes) {
    let next: IteratorResult<unknown>;
    try {
      next = cursor.rows.next();
    } catch (error) {
      // What lies before a damaged page is whole.
      if (rows.length === 0) throw error;
      cursor.error = error;
      break;
    }
    if (next.done) return { rows, done: true, ...(cursor.hash && { hash: cursor.hash.digest() }) };
    const values = next.value as unknown[];
    if (cursor.hash) for (const value of values) cursor.hash.add(value);
    const row = values.map(foreignValue);
    for (const value of row) bytes += value === null || typeof value === "number" ? 8 : value.length;
    rows.push(row);
  }
  cursor.hash?.flush();
  return { rows, done: false };
}

function foreignValue(value: unknown): ForeignValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : null;
  }
  if (typeof value === "string" || value instanceof Uint8Array) return value.length > maxValueBytes ? null : value;
  return typeof value === "number" ? value : null;
}

function answer(question: ToChild): FromChild | undefined {
  const { id, ask } = question;
  try {
    switch (ask) {
      case "tables":
        return { id, tables: tables() };
      case "rows":
        cursors.set(id, { rows: prepare(question.sql).iterate(), ...(question.isHashed && { hash: new RowsHash() }) });
        break;
      case "hash": {
        const hash = new RowsHash();
        for (const row of prepare(question.sql).iterate())
          for (const value of row as unknown as unknown[]) hash.add(value);
        return { id, hash: hash.digest() };
      }
      case "end":
        cursors.get(id)?.rows.return?.();
        cursors.delete(id);
        return undefined;
    }
    const cursor = cursors.get(id);
    if (!cursor) return { id, rows: [], done: true };
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
