/** Years, months and days as the phone chose them, one leading into the other. The view is the span: "", "months", "2024", "days", "202405". */
import type { GroupAnswer, HighlightAnswer } from "../wire.ts";
import { api } from "./api.ts";
import { element } from "./dom.ts";
import { cardsPage } from "./groups.ts";
import { fullDayWords, monthWords } from "./words.ts";

const levels = [
  ["", "Years"],
  ["months", "Months"],
  ["days", "Days"],
] as const;

/** What the cards lead to. */
interface HighlightActions {
  /** The photos of a day. */
  readonly onOpen: (group: GroupAnswer) => void;
  readonly onSpan: (view: string) => void;
}

/** @param view which years, months or days: see above */
export async function highlightsPage(view: string, { onOpen, onSpan }: HighlightActions): Promise<HTMLElement> {
  const { years, months, days } = await api.highlights();
  if (years.length === 0) return empty();
  const span = /^\d{4}(?:\d\d)?$/.test(view) ? Number(view) : 0;
  const level = span > 9_999 || view === "days" ? "days" : span > 0 || view === "months" ? "months" : "";
  const shown = level === "days" ? daysOf(days, span) : level === "months" ? monthsOf(months, span) : yearsOf(years);
  const page = cardsPage([...shown], {
    onOpen: (group) => {
      const next = level === "days" ? undefined : (group as HighlightAnswer).day;
      if (next === undefined) onOpen(group);
      else onSpan(String(next));
    },
  });
  page.classList.add("highlights");
  page.prepend(tabs(level, onSpan), element("p", { class: "quiet", text: "As the phone chose them." }));
  return page;
}

type Sections = { readonly title: string; readonly groups: readonly GroupAnswer[] }[];

function yearsOf(years: readonly HighlightAnswer[]): Sections {
  return [{ title: "", groups: years.map((y) => ({ ...y, title: String(y.day) })) }];
}

function monthsOf(months: readonly HighlightAnswer[], year: number): Sections {
  const wanted = months.filter(({ day }) => year === 0 || Math.floor(day / 100) === year);
  return [...bySpan(wanted, 100)].map(([of, all]) => ({
    title: String(of),
    groups: all.map((m) => ({ ...m, title: monthWords(m.day) })),
  }));
}

function daysOf(days: readonly HighlightAnswer[], month: number): Sections {
  const wanted = days.filter(({ day }) => month === 0 || Math.floor(day / 100) === month);
  return [...bySpan(wanted, month === 0 ? 10_000 : 100)].map(([of, all]) => ({
    title: month === 0 ? String(of) : monthWords(of),
    groups: all.map((d) => ({ ...d, title: d.title || fullDayWords(d.day), note: d.note || fullDayWords(d.day) })),
  }));
}

/** By what a day without so many digits is; the order stays. */
function bySpan(all: readonly HighlightAnswer[], digits: number): Map<number, HighlightAnswer[]> {
  const spans = new Map<number, HighlightAnswer[]>();
  for (const one of all) {
    const of = Math.floor(one.day / digits);
    const there = spans.get(of);
    if (there) there.push(one);
    else spans.set(of, [one]);
  }
  return spans;
}

function tabs(level: string, onSpan: (view: string) => void): HTMLElement {
  const buttons = levels.map(([view, label]) =>
    element("button", {
      class: "chip",
      text: label,
      attributes: { type: "button", "aria-pressed": String(view === level) },
      on: { click: () => onSpan(view) },
    }),
  );
  return element("div", { class: "chips", attributes: { role: "group", "aria-label": "Highlights by" } }, ...buttons);
}

function empty(): HTMLElement {
  return element(
    "div",
    { class: "nothing" },
    element("h2", { text: "The phone has told of no highlights" }),
    element("p", {
      text: "iPhones choose photos for their Years, Months and Days while they charge. What they chose comes with the library at the next backup. Trips are found without it.",
    }),
  );
}
