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
const fullFormat = lazily({ day: "numeric", month: "long", year: "numeric" });
const takenFormat = lazily({
  ...{ weekday: "long", day: "numeric", month: "long", year: "numeric" },
  ...{ hour: "numeric", minute: "2-digit" },
});
const takenDayFormat = lazily({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
/** Most English writes thousands so; India, Switzerland and others have their own ways, which Intl knows. */
const hasCommas = /^en(?:-(?:US|GB|CA|AU|NZ|IE|PH))?$/.test(locale);
let countFormat: Intl.NumberFormat | undefined;
const formatted = (n: number): string => {
  if (hasCommas && Number.isInteger(n)) return String(n).replace(/\B(?=(?:\d{3})+$)/g, ",");
  countFormat ??= new Intl.NumberFormat(locale);
  return countFormat.format(n);
};

/**
 * What the first screen says, without Intl, whose first date costs a fresh browser more than everything else that the page does before
 * its first picture. The words are those of CLDR for English.
 */
const monthNames = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Where the month comes before the day, September is shorter. */
const isMonthFirst = /^en(?:-(?:US|CA|PH))?$/.test(locale);
const shortName = (name: string): string => name.slice(0, name === "September" && !isMonthFirst ? 4 : 3);
const partsOf = (day: number): { year: number; month: string; date: number } => ({
  year: Math.floor(day / 10_000),
  month: monthNames[(Math.floor(day / 100) % 100) - 1] ?? "",
  date: day % 100,
});

const dateOf = (day: number): number =>
  Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);

/** yyyymm; 0 without a date */
export function monthWords(month: number): string {
  const { month: name, year } = partsOf(month * 100);
  return month === 0 ? "No date" : `${name} ${year}`;
}

export function shortMonthWords(month: number): string {
  const { month: name, year } = partsOf(month * 100);
  return month === 0 ? "No date" : `${shortName(name)} ${year}`;
}

/** yyyymmdd, below the name of its month. */
export function dayWords(day: number): string {
  if (day === 0) return "Without a date";
  const { month, date } = partsOf(day);
  const weekday = weekdays[new Date(dateOf(day)).getUTCDay()];
  return isMonthFirst ? `${weekday}, ${shortName(month)} ${date}` : `${weekday} ${date} ${shortName(month)}`;
}

/** yyyymmdd, where it stands alone. */
export function fullDayWords(day: number): string {
  if (day === 0) return "no date";
  const { year, month, date } = partsOf(day);
  return isMonthFirst ? `${month} ${date}, ${year}` : `${date} ${month} ${year}`;
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
  return `${formatted(n)} ${n === 1 ? one : many}`;
}

export function number(n: number): string {
  return formatted(n);
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
