/** Dates as the person at the keyboard writes them. */
import { type CaptureTime, formatCaptured } from "../media/index.ts";
import { currentLocale } from "../shared/text.ts";

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = currentLocale();
  let known = formatters.get(`${locale} ${key}`);
  if (!known) {
    // Days are days, wherever the computer is: they are put into no zone.
    known = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
    formatters.set(`${locale} ${key}`, known);
  }
  return known;
}

/** "Wednesday 1 May" by the person's locale. @param day "2024-05-01", or empty */
export function dayWords(day: string): string {
  if (day === "") return "No date";
  return formatter("day", { weekday: "long", day: "numeric", month: "long" }).format(new Date(day));
}

/** "May 2024" */
export function monthWords(day: string): string {
  if (day === "") return "Undated";
  return formatter("month", { month: "long", year: "numeric" }).format(new Date(day));
}

/** "May 1, 2024, 12:34:56 PM +02:00 (zone inferred), from exif" */
export function takenWords(captured: CaptureTime): string {
  const written = formatCaptured(captured);
  const offset = /[+-]\d\d:\d\d$/.exec(written)?.[0];
  const clock = formatter("taken", { dateStyle: "medium", timeStyle: "medium" }).format(
    new Date(`${written.slice(0, 19)}Z`),
  );
  const zone = { recorded: "", inferred: " (zone inferred)", unknown: " (zone unknown)" }[captured.zone];
  return `${clock}${offset === undefined ? "" : ` ${offset}`}${zone}, from ${captured.source}`;
}
