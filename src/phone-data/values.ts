/** Values of a phone's databases, none of which is trusted to be what its column says; and the clocks they count by. */
import type { ForeignValue } from "../shared/foreign-rows.ts";
import type { Computed } from "./phone-database.ts";

/** Seconds between 1970 and 2001, from which Apple's dates count. */
export const appleEpoch = 978_307_200;
/** Nobody's phone has a date outside of the years 1 and 9999. */
const [earliestMs, latestMs] = [-62_135_596_800_000, 253_402_300_799_999];

/** Text that is not empty; undefined for anything else. */
export function textIn(value: ForeignValue | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.toWellFormed() : undefined;
}

/** A finite number; also one that stands as text. */
export function numberIn(value: ForeignValue | undefined): number | undefined {
  if (typeof value === "string" && value.trim() === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Whether a flag is set. */
export function flagIn(value: ForeignValue | undefined): boolean {
  return (numberIn(value) ?? 0) !== 0;
}

export function bytesIn(value: ForeignValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length > 0 ? value : undefined;
}

/** Seconds since 2001; 0 and -1 are no date. */
export function appleDate(value: ForeignValue | undefined): Date | undefined {
  const seconds = numberIn(value);
  if (seconds === undefined || seconds === 0 || seconds === -1) return undefined;
  return dateOf((seconds + appleEpoch) * 1000);
}

/** Milliseconds since 1970. */
export function dateOf(ms: number): Date | undefined {
  return ms >= earliestMs && ms <= latestMs ? new Date(Math.round(ms)) : undefined;
}

/**
 * A date of Messages as milliseconds since 2001: nanoseconds since iOS 11, seconds before, told apart by their size. Divided by
 * SQLite, because nanoseconds pass what a number holds exactly.
 */
export function messageMs(column: string): Computed & { as: string } {
  return { as: column, of: column, sql: "CASE WHEN ? > 1e12 OR ? < -1e12 THEN ? / 1e6 ELSE ? * 1e3 END" };
}

/** What `messageMs` gave, as a date. */
export function messageDate(value: ForeignValue | undefined): Date | undefined {
  const ms = numberIn(value);
  if (ms === undefined || ms === 0 || ms === -1000) return undefined;
  return dateOf(ms + appleEpoch * 1000);
}

/** ISO 8601 in UTC, without a fraction that is zero. */
export function iso(date: Date | undefined): string | undefined {
  return date?.toISOString().replace(".000Z", "Z");
}

/** An object without the fields that are undefined: absent is no key. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const out: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined) out[key] = fields[key] as T[typeof key];
  return out as T;
}
