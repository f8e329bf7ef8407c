/** What a catalog's file may hold before anything is asked of it: it lies on a disk that others write to. */
import type { DatabaseSync } from "node:sqlite";
import { ourStatements } from "./migrations.ts";

/**
 * Of a value or row inside SQLite, in bytes. No catalog comes near it, and a damaged or planted one cannot take the memory that it
 * names.
 */
export const maxCatalogValueBytes = 64 * 1024 * 1024;

/** As SQLite itself writes them. It goes by this text alone, not by the type that stands beside it. */
const ordinary = /^CREATE (?:TABLE|INDEX|UNIQUE INDEX) /;

/**
 * Words that begin an expression, or something that acts beside our own statements: a default, a check of each row, part of a table,
 * what becomes of other rows. Of ours, and only as ours has them.
 */
const expressive = /\b(?:AS|CHECK|COLLATE|CONSTRAINT|DEFAULT|GENERATED|ON|REFERENCES|WHERE)\b/i;

function isOrdinary(sql: unknown): boolean {
  if (sql === null) return true;
  if (typeof sql !== "string" || !ordinary.test(sql)) return false;
  // An index says ON once, after its own name.
  return ourStatements().has(sql) || !expressive.test(sql.replace(/^CREATE (?:UNIQUE )?INDEX \w+ ON /, ""));
}

/**
 * A catalog has tables and indexes of columns. A view in a table's place is a query of somebody else's, which may never end, and a
 * trigger runs beside our own statements; both would hold the thread that asks, with nothing that could stop it.
 * @returns the name of the first object that a catalog has not
 */
export function strangeObject(db: DatabaseSync): string | undefined {
  const objects = db.prepare("SELECT name, sql FROM sqlite_master").all() as { name: unknown; sql: unknown }[];
  const strange = objects.find(({ name, sql }) => !/^\w+$/.test(String(name)) || !isOrdinary(sql));
  if (strange) return String(strange.name);
  const computed = db
    .prepare(
      `SELECT m.name FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE c.hidden <> 0
       UNION ALL SELECT m.name FROM sqlite_master m, pragma_index_xinfo(m.name) c WHERE c.cid = -2 LIMIT 1`,
    )
    .get();
  return computed && String(computed["name"]);
}
