/** Dates as the person at the keyboard writes them. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let known = formatters.get(key);
  if (!known) {
    // Days are days, wherever the computer is: they are put into no zone.
    known = new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" });
    formatters.set(key, known);
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
