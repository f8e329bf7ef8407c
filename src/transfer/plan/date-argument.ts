/** Dates as they are typed. */
import { UsageError } from "../../shared/errors.ts";
import { localDay } from "../../shared/local-time.ts";

/**
 * A date as a person writes it: `2024`, `2024-05`, `2024-05-01`, or `30d` for thirty days back from today.
 * @param edge which end of the named span is meant
 * @throws {UsageError}
 */
export function parseDateArgument(text: string, edge: "first" | "last", now: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days) return localDay(new Date(now - Number(days) * 86_400_000));
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text);
  if (!match) throw invalidDate(text);
  const [, year, month, day] = match;
  const m = month ? Number(month) : edge === "first" ? 1 : 12;
  const lastDay = new Date(Date.UTC(Number(year), m, 0)).getUTCDate();
  const d = day ? Number(day) : edge === "first" ? 1 : lastDay;
  if (m < 1 || m > 12 || d < 1 || d > lastDay) throw invalidDate(text);
  return `${year}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
}

function invalidDate(text: string): UsageError {
  return new UsageError(
    "usage",
    `"${text}" is not a date. Write 2024, 2024-05, 2024-05-01, or 30d for the last thirty days.`,
  );
}
