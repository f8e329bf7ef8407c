/** What is found by which words. */
import { expect, test } from "vitest";
import { takeDates } from "../../src/gallery/server/date-words.ts";
import { fold } from "../../src/gallery/server/fold.ts";
import type { ItemsAnswer, ViewAnswer } from "../../src/gallery/wire.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { opened } from "./opened.ts";

test.each([
  ["Österreich", "osterreich"],
  ["Straße", "strasse"],
  ["ＮＡＲＡ", "nara"],
  ["Łódź", "lodz"],
  ["café", "cafe"],
])("%s is compared as %s", (text, folded) => {
  expect(fold(text)).toBe(folded);
});

const today = 20240614;
test.each([
  ["june 2023", [{ from: 20230601, to: 20230630 }], ""],
  ["beach 2021", [{ from: 20210101, to: 20211231 }], "beach"],
  ["last summer", [{ from: 20230601, to: 20230831 }], ""],
  ["this summer", [{ from: 20240601, to: 20240831 }], ""],
  ["last winter", [{ from: 20231201, to: 20240229 }], ""],
  ["last year", [{ from: 20230101, to: 20231231 }], ""],
  ["last month", [{ from: 20240501, to: 20240531 }], ""],
  ["last week", [{ from: 20240603, to: 20240609 }], ""],
  ["yesterday", [{ from: 20240613, to: 20240613 }], ""],
  ["14 june 2023", [{ from: 20230614, to: 20230614 }], ""],
  ["june 14", [{ month: 6, day: 14 }], ""],
  ["december", [{ month: 12 }], ""],
  ["christmas", [{ month: 12, day: 25 }], ""],
  ["2023-06-14", [{ from: 20230614, to: 20230614 }], ""],
  ["2023-02", [{ from: 20230201, to: 20230228 }], ""],
  ["June 14, 2023", [{ from: 20230614, to: 20230614 }], ""],
  ["14th of June 2023 beach", [{ from: 20230614, to: 20230614 }], "beach"],
  ["june 1st", [{ month: 6, day: 1 }], ""],
  ["14. june 2023", [{ from: 20230614, to: 20230614 }], ""],
  ["14.6.2023", [{ from: 20230614, to: 20230614 }], ""],
  ["6/2023", [{ from: 20230601, to: 20230630 }], ""],
  ["2023/06/14", [{ from: 20230614, to: 20230614 }], ""],
  ["sept 2023", [{ from: 20230901, to: 20230930 }], ""],
  ["beach in june 2023", [{ from: 20230601, to: 20230630 }], "beach"],
  ["from last summer", [{ from: 20230601, to: 20230831 }], ""],
  ["last may", [{ from: 20240501, to: 20240531 }], ""],
  ["last june", [{ from: 20230601, to: 20230630 }], ""],
  ["last christmas", [{ from: 20231225, to: 20231225 }], ""],
  ["last new year’s eve", [{ from: 20231231, to: 20231231 }], ""],
  [
    "christmas 2022",
    [
      { month: 12, day: 25 },
      { from: 20220101, to: 20221231 },
    ],
    "",
  ],
  ["christmas eve", [{ month: 12, day: 24 }], ""],
  ["Valentine’s Day", [{ month: 2, day: 14 }], ""],
  ["valentine's dinner", [{ month: 2, day: 14 }], "dinner"],
  ["new year's eve", [{ month: 12, day: 31 }], ""],
  ["last of us", [], "last of us"],
  ["in", [], "in"],
  ["summer 2022 lisbon", [{ from: 20220601, to: 20220831 }], "lisbon"],
  // A name, and words that only begin like a month.
  ["may", [], "may"],
  ["marching band", [], "marching band"],
  ["2023-13", [], "2023-13"],
])("%s: dates, and what is left to be looked for", (text, dates, rest) => {
  const taken = takeDates(text.split(" "), today);
  expect(taken.dates).toEqual(dates);
  expect(taken.rest.join(" ")).toBe(rest);
});

const photo = (id: string, captured: string, kept: object): MadePhoto => ({
  id,
  captured,
  kept: { ...kept },
  files: [{ target: `2023/${id}/IMG_${id.slice(4)}.HEIC`, bytes: Buffer.from(id) }],
});

const photos = [
  photo("00000001", "2023-06-14T12:00:00+02:00", { caption: "Strandurlaub mit Oma", place: "Wien, Österreich" }),
  photo("00000002", "2023-07-01T12:00:00+09:00", { caption: "京都の桜と寺", people: ["花子"] }),
  photo("00000003", "2022-06-02T12:00:00+02:00", {
    albumPaths: [{ title: "AC/DC: live?", folders: ["Trips"] }],
    people: ["Zoë Müller"],
  }),
  photo("00000004", "2021-01-02T12:00:00+02:00", {
    labels: ["Dog", "Beach"],
    textInPicture: ["GLEIS 12 Zürich HB"],
    make: "Apple",
    model: "iPhone 8",
    favourite: true,
  }),
  photo("00000005", "2021-01-03T12:00:00+02:00", { caption: "secret", hidden: true }),
  photo("00000006", "2021-01-04T12:00:00+02:00", { caption: '"quoted" AND (odd) * ^ -', subtype: "screenshot" }),
  photo("00000008", "2019-01-04T12:00:00+02:00", { kind: "video", caption: "Urlaub🏖️ ไปทะเลกัน" }),
  photo("00000009", "2018-05-05T12:00:00+02:00", { place: "Cape Town" }),
  photo("0000000A", "2018-08-05T12:00:00+02:00", { people: ["May Ling"] }),
  photo("00000007", "2020-01-04T12:00:00+02:00", { caption: "secret burst", burstUuid: "B", burstPicked: false }),
];

test("a search finds words, parts of words, names, places, dates and labels, in any writing, and never what is hidden", async () => {
  const root = makeDestination(photos);
  await using g = await opened([root]);
  const found = async (q: string): Promise<string> => {
    const view = encodeURIComponent(new URLSearchParams({ q }).toString());
    const { count } = await g.json<ViewAnswer>(`/api/view?view=${view}`);
    const items = await g.json<ItemsAnswer>(`/api/items?view=${view}&from=0&count=500`);
    expect(items.id).toHaveLength(count);
    return items.name
      .map((name) => name.slice(7, 8))
      .sort()
      .join("");
  };
  const cases: Readonly<Record<string, string>> = {
    urlaub: "18",
    Strandurlaub: "1",
    "oma strand": "1",
    osterreich: "1",
    österreich: "1",
    桜: "2",
    京都: "2",
    京都の桜: "2",
    花: "2",
    zoe: "3",
    May: "9A",
    "may 2018": "9",
    "may ling": "A",
    muller: "3",
    trips: "3",
    "ac/dc": "3",
    dog: "4",
    beach: "4",
    "gleis zurich": "4",
    "iphone 8": "4",
    favourite: "4",
    screenshot: "6",
    quoted: "6",
    '"': "",
    "- … ?!": "",
    "dog - beach": "4",
    "🏖️": "8",
    "🏖": "8",
    ทะ: "8",
    videos: "8",
    screenshots: "6",
    favorites: "4",
    photos: "123469A",
    secret: "",
    IMG_000: "1234689A",
    "img_0003.heic": "3",
    "june 2023": "1",
    june: "13",
    "2021": "46",
    "last summer": "12",
    "wien 2022": "",
    nothing: "",
    "x' OR 1=1 --": "",
  };
  for (const [q, ids] of Object.entries(cases)) expect([q, await found(q)]).toEqual([q, ids]);
});
