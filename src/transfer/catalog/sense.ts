/** Whether what was read of a row can be what was written: SQLite has no checksums, and a damaged page may give anything. */
import { DestinationError } from "../../shared/errors.ts";

export function senseless(): DestinationError {
  return new DestinationError("catalog-corrupt", "The catalog is damaged: a row of it makes no sense.");
}

/** `number` is a whole one that is a size, a count, or milliseconds of a date that there is; `?` may be NULL. */
export type Kind = "text" | "text?" | "number" | "number?";

/** The last millisecond that a `Date` can hold; no file is as large, in bytes. */
const maxNumber = 8.64e15;

export type Columns = readonly (readonly [name: string, kind: Kind])[];

export function columnsOf(kinds: Readonly<Record<string, Kind>>): Columns {
  return Object.entries(kinds);
}

/** @returns the row itself @throws {DestinationError} `catalog-corrupt` */
export function sensible<R extends Readonly<Record<string, unknown>>>(row: R, columns: Columns): R {
  for (const [name, kind] of columns) if (!isOf(row[name], kind)) throw senseless();
  return row;
}

function isOf(value: unknown, kind: Kind): boolean {
  if (value === null || value === undefined) return kind.endsWith("?");
  if (kind.startsWith("text")) return typeof value === "string";
  return Number.isSafeInteger(value) && Math.abs(value as number) <= maxNumber;
}
