/** Dates as people say them in a search: "june 2023", "last summer", "christmas", in English and in the words of this computer's language. */
import { currentLocale } from "../../shared/text.ts";
import { fold } from "./fold.ts";

/** Days as yyyymmdd, both included. In any year: `month`, and a day of it. */
export type DateTerm =
  | { readonly from: number; readonly to: number }
  | { readonly month: number; readonly day?: number };

/** A date that was found, and how many words it took. */
interface Found {
  readonly term: DateTerm;
  readonly words: number;
  readonly said: string;
}

/** Northern ones, as most phones are there: first month and how many. Winter ends in the year after. */
const seasons: Readonly<Record<string, number>> = { spring: 3, summer: 6, autumn: 9, fall: 9, winter: 12 };
/** The longer names first, each without what may end its words: "new year's eve", "valentine's". */
const feasts: readonly (readonly [name: string, month: number, day: number])[] = [
  ["new year eve", 12, 31],
  ["new year day", 1, 1],
  ["new year", 1, 1],
  ["christma eve", 12, 24],
  ["christma day", 12, 25],
  ["christma", 12, 25],
  ["valentine day", 2, 14],
  ["valentine", 2, 14],
  ["halloween", 10, 31],
];
/** "in june", "from 2021": before a date they say nothing. */
const littleWords: ReadonlySet<string> = new Set(["in", "on", "from", "during"]);
/** The longest date: "on 14th of june 2023". */
const mostWords = 5;
const span = (year: number, month: number, months: number): DateTerm => ({
  from: day(new Date(Date.UTC(year, month - 1, 1))),
  to: day(new Date(Date.UTC(year, month - 1 + months, 0))),
});

/** yyyymmdd */
export function day(date: Date): number {
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

/** Takes dates out of a search. @param today yyyymmdd, in local time */
export function takeDates(
  words: readonly string[],
  today: number,
): { readonly rest: string[]; readonly dates: DateTerm[]; readonly said: string[] } {
  const rest: string[] = [];
  const dates: DateTerm[] = [];
  const said: string[] = [];
  const months = monthNames();
  for (let i = 0; i < words.length; ) {
    const found = dateAt(words.slice(i, i + mostWords).map(plain), today, months);
    if (found) {
      dates.push(found.term);
      said.push(found.said);
      i += found.words;
    } else rest.push(words[i++] as string);
  }
  return { rest, dates, said };
}

/** "may" by itself is a month, and a word that somebody may have written: both are meant. @returns 1 to 12 of a whole name */
export function monthNamed(word: string): number | undefined {
  return monthNames(["long"]).get(plain(word));
}

/** By folded name, short and long, in English and in the language of this computer. */
function monthNames(styles: readonly ("long" | "short")[] = ["long", "short"]): ReadonlyMap<string, number> {
  const names = new Map([["sept", 9]]);
  for (const locale of ["en", currentLocale()])
    for (const style of styles) {
      const format = new Intl.DateTimeFormat(locale, { month: style, timeZone: "UTC" });
      for (let month = 1; month <= 12; month += 1)
        names.set(fold(format.format(Date.UTC(2024, month - 1, 1))).replace(/\.$/, ""), month);
    }
  return names;
}

/** "June 14, 2023", "14. Juni": what ends a word is not of it. */
const plain = (word: string): string =>
  fold(word)
    .replaceAll("’", "'")
    .replace(/[.,;]+$/, "");

function dateAt(words: readonly string[], today: number, months: ReadonlyMap<string, number>): Found | undefined {
  const [first = "", second = ""] = words;
  if (littleWords.has(first)) {
    const found = dateAt(words.slice(1), today, months);
    return found && { ...found, words: found.words + 1 };
  }
  return (
    written(first) ??
    relative(first, second, today) ??
    lastOne(words, today, months) ??
    monthAt(words, months) ??
    seasonAt(first, second) ??
    feastAt(words)
  );
}

/** "last june", "last christmas": the last one that is over. */
function lastOne(
  [first, ...words]: readonly string[],
  today: number,
  months: ReadonlyMap<string, number>,
): Found | undefined {
  if (first !== "last") return undefined;
  const month = months.get(words[0] ?? "");
  const found: Found | undefined =
    month === undefined ? feastAt(words) : { term: { month }, words: 1, said: words[0] as string };
  if (!found || "from" in found.term) return undefined;
  const { month: of, day: date } = found.term;
  const inYear = (year: number): DateTerm => {
    const on = year * 10_000 + of * 100 + (date ?? 0);
    return date === undefined ? span(year, of, 1) : { from: on, to: on };
  };
  const thisYear = inYear(Math.floor(today / 10_000));
  const term = lastDay(thisYear) < today ? thisYear : inYear(Math.floor(today / 10_000) - 1);
  return { term, words: found.words + 1, said: `last ${found.said}` };
}

const yearOf = (word: string): number | undefined => (/^(?:18|19|20)\d\d$/.test(word) ? Number(word) : undefined);

/** The year first or last; with a stroke as American and British people write it, a day would be either's month. */
const writings = [
  /^(?<y>(?:18|19|20)\d\d)[-/](?<m>\d\d?)(?:[-/](?<d>\d\d?))?$/,
  /^(?<m>\d\d?)[/.](?<y>(?:18|19|20)\d\d)$/,
  /^(?<d>\d\d?)\.(?<m>\d\d?)\.(?<y>(?:18|19|20)\d\d)$/,
];

/** 2023, 2023-06, 2023-06-14, 6/2023, 14.6.2023; a year alone is one where it is four digits of these centuries. */
function written(word: string): Found | undefined {
  const year = yearOf(word);
  if (year !== undefined) return { term: span(year, 1, 12), words: 1, said: word };
  const { y, m, d } = writings.map((w) => w.exec(word)?.groups).find(Boolean) ?? {};
  if (y === undefined || Number(m) < 1 || Number(m) > 12) return undefined;
  if (d === undefined) return { term: span(Number(y), Number(m), 1), words: 1, said: word };
  const at = Number(y) * 10_000 + Number(m) * 100 + Number(d);
  return { term: { from: at, to: at }, words: 1, said: word };
}

/** "last summer", "last year", "this month", "yesterday". */
function relative(first: string, second: string, today: number): Found | undefined {
  const now = new Date(Date.UTC(Math.floor(today / 10_000), (Math.floor(today / 100) % 100) - 1, today % 100));
  const shifted = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
  if (first === "today") return { term: { from: today, to: today }, words: 1, said: first };
  if (first === "yesterday") return { term: { from: day(shifted(-1)), to: day(shifted(-1)) }, words: 1, said: first };
  if (first !== "last" && first !== "this") return undefined;
  const back = first === "last" ? 1 : 0;
  const said = `${first} ${second}`;
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth() + 1];
  if (second === "year") return { term: span(year - back, 1, 12), words: 2, said };
  if (second === "month") return { term: span(year, month - back, 1), words: 2, said };
  if (second === "week") {
    const monday = shifted(-((now.getUTCDay() + 6) % 7) - 7 * back);
    return { term: { from: day(monday), to: day(new Date(monday.getTime() + 6 * 86_400_000)) }, words: 2, said };
  }
  const start = seasons[second];
  if (start === undefined) return undefined;
  // The last one that has begun, or for "last" the last one that is over.
  const over = (y: number): boolean => lastDay(span(y, start, 3)) < today;
  let y = year;
  while (!(back ? over(y) : firstDay(span(y, start, 3)) <= today)) y -= 1;
  return { term: span(y, start, 3), words: 2, said };
}

const firstDay = (term: DateTerm): number => ("from" in term ? term.from : 0);
const lastDay = (term: DateTerm): number => ("to" in term ? term.to : 0);

/** "june", "june 2023", "14 june 2023", "june 14th". Short names only beside a number: "may" and "mar" are words, too. */
function monthAt(words: readonly string[], months: ReadonlyMap<string, number>): Found | undefined {
  const dayAt = (i: number): number | undefined => {
    const [, n] = /^([1-9]|[12]\d|3[01])(?:st|nd|rd|th)?$/.exec(words[i] ?? "") ?? [];
    return n === undefined ? undefined : Number(n);
  };
  let date = dayAt(0);
  const at = date === undefined ? 0 : words[1] === "of" ? 2 : 1;
  const name = words[at] ?? "";
  const month = months.get(name);
  if (month === undefined) return undefined;
  let next = at + 1;
  if (date === undefined) {
    date = dayAt(next);
    if (date !== undefined) next += 1;
  }
  const year = yearOf(words[next] ?? "");
  if (year !== undefined) next += 1;
  if (name.length <= 3 && next === 1) return undefined;
  const said = words.slice(0, next).join(" ");
  if (year === undefined) return { term: date === undefined ? { month } : { month, day: date }, words: next, said };
  if (date === undefined) return { term: span(year, month, 1), words: next, said };
  const on = year * 10_000 + month * 100 + date;
  return { term: { from: on, to: on }, words: next, said };
}

function seasonAt(first: string, second: string): Found | undefined {
  const start = seasons[first];
  const year = yearOf(second);
  if (start === undefined || year === undefined) return undefined;
  return { term: span(year, start, 3), words: 2, said: `${first} ${second}` };
}

function feastAt(words: readonly string[]): Found | undefined {
  const bare = words.map((word) => word.replace(/'?s$/, ""));
  for (const [name, month, date] of feasts) {
    const n = name.split(" ").length;
    if (bare.slice(0, n).join(" ") === name)
      return { term: { month, day: date }, words: n, said: words.slice(0, n).join(" ") };
  }
  return undefined;
}
