/**
 * What can still be read of a damaged catalog, row by row. SQLite's own walk through damaged pages may never end, and a value may be
 * anything: it is read as a foreign database is, and what does not fit our tables is left.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { ForeignDatabase } from "../../shared/foreign-database.ts";
import type { ForeignRow, ForeignValue } from "../../shared/foreign-rows.ts";
import { Catalog, discardCatalog } from "./catalog.ts";
import { extraBecomesMade } from "./migrations.ts";

/** What a rebuild asks for, `extra` of catalogs before version 5; the rest is found out again. */
const tables = ["meta", "device", "item", "run", "made", "extra", "ignored", "copies", "copy_of"] as const;

/** @param into the name of a new catalog beside it, which has every row that could be read @throws {CancelledError}, or what the disk refuses */
export async function salvageCatalog(folder: string, name: string, into: string, options: AbortOptions): Promise<void> {
  discardCatalog(folder, into);
  Catalog.open(folder, { create: true, name: into })?.[Symbol.dispose]();
  using fresh = new DatabaseSync(join(folder, into));
  // It is read once, and thrown away.
  fresh.exec(
    "PRAGMA synchronous = OFF; CREATE TABLE extra (target TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID",
  );
  try {
    await using old = ForeignDatabase.open(join(folder, name), options);
    const there = new Map((await old.tables()).map((table) => [table.name, table.columns]));
    for (const table of tables) await copyRows(old, fresh, table, there.get(table) ?? []);
  } catch {
    // Its first page is lost too; what was read so far is there.
    throwIfAborted(options.signal);
  }
  fresh.exec(extraBecomesMade);
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** Its place in the primary key, from 1; 0 where it is not in it. */
  readonly pk: number;
}

/** From both ends: a walk stops at the first page that is damaged. */
async function copyRows(
  old: ForeignDatabase,
  fresh: DatabaseSync,
  table: (typeof tables)[number],
  there: readonly string[],
): Promise<void> {
  const ours = fresh.prepare(`PRAGMA table_info(${table})`).all() as unknown as Column[];
  const columns = ours.filter((column) => there.includes(column.name));
  const names = columns.map((column) => column.name).join(", ");
  const key = ours.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk);
  if (!key.every((column) => columns.includes(column))) return;
  const marks = columns.map(() => "?").join(", ");
  const write = fresh.prepare(`INSERT OR IGNORE INTO ${table} (${names}) VALUES (${marks})`);
  for (const order of ["ASC", "DESC"])
    try {
      const by = key.map((column) => `${column.name} ${order}`).join(", ");
      for await (const rows of old.batches(`SELECT ${names} FROM ${table} ORDER BY ${by}`))
        for (const row of rows) if (fits(row, columns)) write.run(...row);
    } catch {
      // The other end is tried.
    }
}

function fits(row: ForeignRow, columns: readonly Column[]): boolean {
  return columns.every(({ type }, i) => isOf(type, row[i] as ForeignValue));
}

function isOf(type: string, value: ForeignValue): boolean {
  return value === null || (type === "INTEGER" ? Number.isSafeInteger(value) : typeof value === "string");
}
