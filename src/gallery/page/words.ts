/** Dates, numbers and names as the page says them. */
import { flag } from "../wire.ts";

/** English words need English dates beside them; of its kinds, the person's own. */
const locale = navigator.language.startsWith("en") ? navigator.language : "en-GB";
/** Made when the first is needed: each takes milliseconds, and the first picture waits for none of them. */
const lazily = (options: Intl.DateTimeFormatOptions): (() => Intl.DateTimeFormat) => {
  let made: Intl.DateTimeFormat | undefined;
  return () => {
    made ??= new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
    return made;
  };
};
const monthFormat = lazily({ month: "long", year: "numeric" });
const shortMonthFormat = lazily({ month: "short", year: "numeric" });
const dayFormat = lazily({ weekday: "short", day: "numeric", month: "short" });
const fullFormat = lazily({ day: "numeric", month: "long", year: "numeric" });
const takenFormat = lazily({
  ...{ weekday: "long", day: "numeric", month: "long", year: "numeric" },
  ...{ hour: "numeric", minute: "2-digit" },
});
const takenDayFormat = lazily({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const countFormat = new Intl.NumberFormat(locale);

const dateOf = (day: number): number =>
  Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);

/** yyyymm; 0 without a date */
export function monthWords(month: number): string {
  return month === 0 ? "No date" : monthFormat().format(dateOf(month * 100 + 1));
}

export function shortMonthWords(month: number): string {
  return month === 0 ? "No date" : shortMonthFormat().format(dateOf(month * 100 + 1));
}

/** yyyymmdd, below the name of its month. */
export function dayWords(day: number): string {
  return day === 0 ? "Without a date" : dayFormat().format(dateOf(day));
}

/** yyyymmdd, where it stands alone. */
export function fullDayWords(day: number): string {
  return day === 0 ? "no date" : fullFormat().format(dateOf(day));
}

/** "14–16 June 2023" of `20230614-20230616`. */
export function spanWords(span: string): string {
  const [from, to] = span.split("-").map(Number);
  if (!from || !to) return span;
  return from === to ? fullDayWords(from) : fullFormat().formatRange(dateOf(from), dateOf(to));
}

/** ISO 8601 with the offset of where it was taken: the clock there. */
export function takenWords(taken: string | null): { readonly date: string; readonly zone: string } {
  const [, local, zone] = /^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)(.*)$/.exec(taken ?? "") ?? [];
  if (local === undefined) return { date: "No date", zone: "" };
  const at = Date.parse(local.length > 10 ? `${local}Z` : `${local}T12:00:00Z`);
  return { date: (local.length > 10 ? takenFormat : takenDayFormat)().format(at), zone: zone ? `UTC${zone}` : "" };
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${countFormat.format(n)} ${n === 1 ? one : many}`;
}

export function number(n: number): string {
  return countFormat.format(n);
}

/** 75 -> "1:15" */
export function clock(seconds: number): string {
  const s = Math.round(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Decimal units, as disks are sold. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [n, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const kindTitles: Readonly<Record<string, string>> = {
  video: "Videos",
  "live photo": "Live Photos",
  portrait: "Portraits",
  panorama: "Panoramas",
  screenshot: "Screenshots",
  "screen recording": "Screen recordings",
  "slo-mo": "Slo-mo",
  "time-lapse": "Time-lapse",
  cinematic: "Cinematic",
  spatial: "Spatial",
  burst: "Bursts",
  raw: "RAW",
  edited: "Edited",
  favourite: "Favourites",
};

export const kindTitle = (kind: string): string => kindTitles[kind] ?? kind;

/** What a screen reader says of a photo in the grid: its name first, by which a person may know it. */
export function photoName(name: string, flags: number, day: number, duration: number): string {
  const kind = flags & flag.video ? `video, ${clock(duration)}` : flags & flag.live ? "Live Photo" : "photo";
  return [name, kind, fullDayWords(day), flags & flag.favourite ? "favourite" : ""].filter(Boolean).join(", ");
}
