/** Dates as the person at the keyboard writes them: order, separators and 12 or 24 hours by the locale, words in English, digits Latin. */
import { type CaptureTime, formatCaptured } from "../media/capture-time.ts";
import { currentLocale, printable } from "../shared/text.ts";

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let known = formatters.get(key);
  if (!known) {
    // Days are days, wherever the computer is: they are put into no zone.
    known = new Intl.DateTimeFormat(locale, {
      ...options,
      timeZone: "UTC",
      numberingSystem: "latn",
      calendar: "gregory",
    });
    formatters.set(key, known);
  }
  return known;
}

const letters = /\p{L}/u;

/** What the locale says in words is said in English; words between the parts ("de", "日") go. */
function formatted(date: Date, options: Intl.DateTimeFormatOptions): string {
  const english = formatter("en-US", options).formatToParts(date);
  const parts = formatter(currentLocale(), options).formatToParts(date);
  // A month's number that a word between the parts made one of ("5月") is none without it.
  const isWorded = parts.some((p) => p.type === "literal" && letters.test(p.value)) || options.month !== undefined;
  const words = parts.map(({ type, value }) => {
    if (!letters.test(value) && !(type === "month" && isWorded)) return value;
    return type === "literal" ? " " : (english.find((part) => part.type === type)?.value ?? value);
  });
  return printable(words.join("").replaceAll("،", ",")).replaceAll(/ {2,}/g, " ").trim();
}

/** "Wednesday, May 1". @param day "2024-05-01", or empty */
export function dayWords(day: string): string {
  if (day === "") return "No date";
  return formatted(new Date(day), { weekday: "long", day: "numeric", month: "long" });
}

/** "May 1" */
export function shortDay(day: string): string {
  if (day === "") return "No date";
  return formatted(new Date(day), { day: "numeric", month: "short" });
}

/** "May 2024" */
export function monthWords(day: string): string {
  if (day === "") return "Undated";
  return formatted(new Date(day), { month: "long", year: "numeric" });
}

/** "May 1, 2024, 12:34:56 PM +02:00 (zone inferred), from exif" */
export function takenWords(captured: CaptureTime): string {
  const written = formatCaptured(captured);
  if (captured.isDayOnly) return `${formatted(new Date(written), { dateStyle: "medium" })}, from ${captured.source}`;
  const offset = /[+-]\d\d:\d\d$/.exec(written)?.[0];
  const clock = formatted(new Date(`${written.slice(0, 19)}Z`), { dateStyle: "medium", timeStyle: "medium" });
  const zone = { recorded: "", inferred: " (zone inferred)", unknown: " (zone unknown)" }[captured.zone];
  return `${clock}${offset === undefined ? "" : ` ${offset}`}${zone}, from ${captured.source}`;
}
