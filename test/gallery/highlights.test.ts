/** Years, months and days as the phone chose them: from a kept library to what the page is told. */
import { expect, test } from "vitest";
import type { HighlightsAnswer, ItemsAnswer, ViewAnswer } from "../../src/gallery/wire.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Opened, opened } from "./opened.ts";

interface Chosen {
  readonly key: string;
  readonly kind: string;
  readonly cover?: unknown;
  readonly date?: unknown;
  readonly title?: unknown;
  readonly subtitle?: unknown;
  readonly score?: unknown;
}

const photo = (n: number, day: string, highlights?: unknown, more: object = {}): MadePhoto => ({
  id: String(n).padStart(8, "0"),
  captured: `${day}T12:00:00Z`,
  kept: { ...(highlights === undefined ? {} : { highlights }), ...more },
  files: [{ target: `all/${n}.jpg`, bytes: Buffer.from(`photo ${n}`) }],
});

async function shown(g: Opened, view: string): Promise<string> {
  const query = encodeURIComponent(view);
  const { count } = await g.json<ViewAnswer>(`/api/view?view=${query}`);
  const items = await g.json<ItemsAnswer>(`/api/items?view=${query}&from=0&count=${count}`);
  return items.name.map((name) => name.replace(".jpg", "")).join(" ");
}

const party: Chosen = { key: "D1", kind: "day", date: "2024-05-01", title: "Geburtstag", subtitle: "1. Mai", score: 2 };
const walk: Chosen = { key: "D2", kind: "day", date: "2024-05-07", title: "Bern", score: 1 };
const year: Chosen = { key: "Y", kind: "year", date: "2024-01-01", title: "2024" };

test("days have the photos that were chosen, months and years their own picture or that of their best day", async () => {
  const root = makeDestination([
    photo(1, "2024-05-01", [{ ...party, cover: true }]),
    photo(2, "2024-05-01", [{ ...party, cover: false }]),
    photo(3, "2024-05-01"),
    photo(4, "2024-05-07", [
      { ...walk, cover: true },
      { ...year, cover: true },
    ]),
    photo(5, "2024-05-07", [{ ...walk, cover: false }], { hidden: true }),
    photo(6, "2019-03-03", [{ key: "D3", kind: "day", cover: false, title: "" }]),
  ]);
  await using g = await opened([root]);
  const { years, months, days } = await g.json<HighlightsAnswer>("/api/highlights");
  const coverName = async (id: number): Promise<string> => (await g.json<{ name: string }>(`/api/photo/${id}`)).name;
  expect(days.map((d) => [d.day, d.title, d.note, d.count])).toEqual([
    [20240507, "Bern", "", 1],
    [20240501, "Geburtstag", "1. Mai", 2],
    // Neither the phone's date nor its title is there: the photo's own day.
    [20190303, "", "", 1],
  ]);
  expect(months.map((m) => [m.day, m.count])).toEqual([
    [202405, 3],
    [201903, 1],
  ]);
  expect(years.map((y) => [y.day, y.count])).toEqual([
    [2024, 3],
    [2019, 1],
  ]);
  expect(await coverName(months[0]!.cover.id)).toBe("1.jpg");
  expect(await coverName(years[0]!.cover.id)).toBe("4.jpg");
  expect(await shown(g, days[1]!.view)).toBe("2 1");
  expect(await shown(g, months[0]!.view)).toBe("4 2 1");
  expect(await shown(g, "q=geburtstag")).toBe("2 1");
});

test("two phones that give the same key have highlights of their own", async () => {
  const root = makeDestination([photo(1, "2024-05-01", [{ ...party, key: "7", cover: true }])]);
  const other = makeDestination([photo(2, "2020-02-02", [{ ...walk, key: "7", date: "2020-02-02", cover: true }])], {
    device: "00008120-00000000000000BB",
  });
  await using g = await opened([root, other]);
  const { days } = await g.json<HighlightsAnswer>("/api/highlights");
  expect(days.map((d) => [d.title, d.count])).toEqual([
    ["Geburtstag", 1],
    ["Bern", 1],
  ]);
});

test("what anybody may have written there is no highlight, and a library without any has none", async () => {
  const odd = [
    null,
    7,
    { key: 1, kind: "day" },
    { key: "K", kind: "decade" },
    { key: "B", kind: "day", date: "soon", title: 9, score: "x" },
  ];
  const root = makeDestination([photo(1, "2024-05-01", odd), photo(2, "2024-05-02", "none")]);
  await using g = await opened([root]);
  const { days } = await g.json<HighlightsAnswer>("/api/highlights");
  expect(days.map((d) => [d.day, d.title, d.count])).toEqual([[20240501, "", 1]]);
  await using empty = await opened([makeDestination([photo(1, "2024-05-01")])]);
  expect(await empty.json("/api/highlights")).toEqual({ years: [], months: [], days: [] });
});
