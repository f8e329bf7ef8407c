/** Lengths of time as a person types them where days are meant: 14d, 36h, 1y. */
import { parseDuration } from "../app/settings/index.ts";
import { UsageError } from "../shared/errors.ts";

const dayMs = 86_400_000;

/**
 * As `parseAge`, where a slip of the keyboard would cost photos: "30" may have been meant as days.
 * @throws {UsageError} for a number without its unit too
 */
export function parseAgeWithUnit(flag: string, text: string): number {
  if (/[a-z]$/i.test(text.trim())) return parseAge(flag, text);
  throw new UsageError("usage", `${flag} "${text}" does not say of what. Write 30d, 6w or 1y.`);
}

/** @param flag as it is typed @returns milliseconds @throws {UsageError} */
export function parseAge(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,5})([dwy])$/.exec(text.trim()) ?? [];
  if (count !== undefined) return Number(count) * dayMs * ({ d: 1, w: 7, y: 365 }[unit as "d"] ?? 1);
  try {
    return parseDuration(text);
  } catch {
    throw new UsageError("usage", `${flag} "${text}" is not an age. Write 14d or 36h.`);
  }
}
