/**
 * A list in its order, a stretch after the other, without reading the others: SQLite sorts, and what leaves it are the numbers of the
 * rows of one stretch. Where the stretch before is known, the next begins behind its last row.
 */
import type { ForeignValue } from "../shared/foreign-rows.ts";
import type { PhoneDatabase } from "./phone-database.ts";
import { appleDate, appleEpoch, iso, numberIn } from "./values.ts";

/** A stretch of a list: so many, without the first ones. */
export interface Window {
  readonly skip: number;
  readonly limit: number;
}

/** Behind every date, and still a number that SQLite reads as it is written. */
const noDate = -1e15;

/** A column of seconds since 2001 as what is sorted by: what is no date comes last. Says of each value what `appleDate` does. */
export function dateKey(column: string): string {
  const value = `CAST(${column} AS REAL)`;
  const [first, last] = [-62_135_596_800 - appleEpoch, 253_402_300_799 - appleEpoch];
  return `CASE WHEN ${column} IS NULL OR ${value} IN (0, -1) OR ${value} NOT BETWEEN ${first} AND ${last} THEN ${noDate} ELSE ${value} END`;
}

/** A list of rows. */
export class RowOrder {
  readonly #db: PhoneDatabase;
  readonly #from: string;
  readonly #isDescending: boolean;
  /** The last row before a stretch, by how many rows come before it. */
  readonly #before = new Map<number, { readonly key: string; readonly id: number }>();

  /** @param from a statement that gives `id`, the number of a row, and `k`, which is never null */
  constructor(db: PhoneDatabase, from: string, order: "newest first" | "by name") {
    this.#db = db;
    this.#from = from;
    this.#isDescending = order === "newest first";
  }

  /** How many rows there are, and the newest date of those that are sorted by one. @throws {ForeignDatabaseError} */
  async total(): Promise<{ readonly count: number; readonly newestAt: string | undefined }> {
    for await (const batch of this.#db.query(["count", "last"], `SELECT count(*), max(k) FROM (${this.#from})`))
      for (const { count, last } of batch)
        return { count: numberIn(count) ?? 0, newestAt: this.#isDescending ? iso(appleDate(last)) : undefined };
    return { count: 0, newestAt: undefined };
  }

  /** Numbers of rows. @throws {ForeignDatabaseError} */
  async page({ skip, limit }: Window): Promise<number[]> {
    const before = this.#before.get(skip);
    const [sign, order] = this.#isDescending ? ["<", "k DESC, id"] : [">", "k, id"];
    const where = before ? `WHERE k ${sign} ${before.key} OR (k = ${before.key} AND id > ${before.id})` : "";
    const offset = before ? "" : ` OFFSET ${skip}`;
    const sql = `SELECT id, k FROM (${this.#from}) ${where} ORDER BY ${order} LIMIT ${limit}${offset}`;
    const ids: number[] = [];
    for await (const batch of this.#db.query(["id", "k"], sql))
      for (const { id, k } of batch)
        if (typeof id === "number") {
          ids.push(id);
          if (k !== null) this.#before.set(skip + ids.length, { key: literal(k), id });
        }
    return ids;
  }
}

/** A value in SQL; a text by its bytes, whatever stands in it. */
function literal(value: Exclude<ForeignValue, null>): string {
  if (typeof value === "number") return Number.isInteger(value) ? `${value}.0` : String(value);
  const isText = typeof value === "string";
  const hex = Buffer.from(value).toString("hex");
  return isText ? `CAST(x'${hex}' AS TEXT)` : `x'${hex}'`;
}
