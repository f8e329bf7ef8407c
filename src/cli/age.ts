/** Lengths of time as a person types them where days are meant: 14d, 36h, 1y. */
import { parseDuration } from "../app/settings/index.ts";
import { UsageError } from "../shared/errors.ts";

const dayMs = 86_400_000;

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
