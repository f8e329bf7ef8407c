/** Years, months and days as the phone chose them. What it did not choose is not made up: trips and days are views of their own. */
import type { HighlightAnswer, HighlightsAnswer } from "../wire.ts";
import { coverOf } from "./groups.ts";
import type { IndexFile } from "./index-file.ts";
import { shownOnly } from "./views.ts";

/** Some thousand in ten years; a page shows no more. */
const maxHighlights = 20_000;

interface Row {
  readonly key: string;
  readonly kind: string;
  /** yyyymmdd */
  readonly day: number;
  readonly title: string;
  readonly subtitle: string;
  readonly score: number;
  readonly count: number;
  readonly cover: number | null;
  readonly any: number;
}

/** The latest first. Months and years are those of which a day was chosen, or which have a picture of their own. */
export function highlightsOf(index: IndexFile): HighlightsAnswer {
  const rows = index.all(
    `SELECT c.key, c.kind, CASE WHEN c.day > 0 THEN c.day ELSE min(p.day) END AS day, c.title, c.subtitle, c.score,
       count(*) AS count, max(CASE WHEN c.cover THEN p.id END) AS cover, max(p.id) AS any
     FROM chosen c JOIN photo p ON p.id = c.photo WHERE ${shownOnly} GROUP BY c.key ORDER BY day DESC, c.key LIMIT ${maxHighlights}`,
  ) as unknown as Row[];
  const dated = rows.filter(({ day }) => day > 0);
  const days = dated.filter(({ kind }) => kind === "day");
  return {
    years: spans(index, dated, "year", 10_000),
    months: spans(index, dated, "month", 100),
    days: days.map((row) => ({
      view: new URLSearchParams({ highlight: row.key }).toString(),
      title: row.title,
      note: row.subtitle,
      day: row.day,
      count: row.count,
      cover: coverOf(index, row.cover ?? row.any),
    })),
  };
}

/** @param digits what of a yyyymmdd is left out */
function spans(index: IndexFile, rows: readonly Row[], kind: "month" | "year", digits: number): HighlightAnswer[] {
  const of = Map.groupBy(rows, ({ day }) => Math.floor(day / digits));
  return [...of].flatMap(([span, all]) => {
    const days = all.filter((row) => row.kind === "day");
    const own = all.find((row) => row.kind === kind);
    const [best] = [...days].sort((a, b) => b.score - a.score);
    const cover = own?.cover ?? best?.cover ?? best?.any;
    if (cover === undefined || (days.length === 0 && own === undefined)) return [];
    const [from, to] = [span * digits, (span + 1) * digits - 1];
    return {
      ...{ view: `chosen=1&days=${from}-${to}`, title: "", note: "", day: span },
      ...{ count: countOf(index, from, to), cover: coverOf(index, cover) },
    } satisfies HighlightAnswer;
  });
}

function countOf(index: IndexFile, from: number, to: number): number {
  const sql = `SELECT count(DISTINCT c.photo) AS n FROM chosen c JOIN photo p ON p.id = c.photo WHERE p.day BETWEEN ? AND ? AND ${shownOnly}`;
  return Number(index.get(sql, from, to)?.["n"] ?? 0);
}
