/** What the phone chose for its Years, Months and Days, from databases of every iOS generation and from ones that nobody made so. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type LibraryDescription,
  type LibraryHighlight,
  type WriteOptions,
  writePhotosLibrary,
} from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import type { PhotoHighlight } from "../../src/library/photos/photos-highlights.ts";
import { readLibraryRows } from "../../src/library/photos/photos-rows.ts";
import { ForeignDatabase } from "../../src/shared/foreign-database.ts";
import { asset, newest } from "../helpers/library-phone.ts";

const seconds = (iso: string): number => Date.parse(iso) / 1000;
const photos = ["IMG_0001.HEIC", "IMG_0002.HEIC", "IMG_0003.HEIC", "IMG_0004.HEIC"].map((filename) =>
  asset({ filename }),
);
const [first, second, third, fourth] = photos.map((p) => p.uuid) as [string, string, string, string];
const span = { start: seconds("2023-12-31T23:30:00Z"), end: seconds("2024-01-01T20:00:00Z"), zone: 3600 };
const made: readonly LibraryHighlight[] = [
  { ...span, kind: "year", uuid: "Y", title: "2024", cover: first },
  { ...span, kind: "month", uuid: "M", parent: "Y", title: "January 2024", cover: first },
  {
    ...{ ...span, kind: "day", uuid: "D", parent: "M", title: "Cafe\u0301", subtitle: "1 January" },
    ...{ score: 0.75, cover: first, chosen: [first, second], all: [first, second, third] },
  },
  { ...span, kind: "day-group", uuid: "G", parent: "M", title: "A group", chosen: [second, fourth], all: [] },
];

async function read(
  highlights: readonly LibraryHighlight[],
  generation: Generation = newest,
  options: WriteOptions = {},
): Promise<Map<string, string[]> | undefined> {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-highlights-")), "Photos.sqlite");
  const library: LibraryDescription = { assets: photos, highlights };
  writePhotosLibrary(file, library, generation, options);
  await using db = await ForeignDatabase.open(file);
  const found = (await readLibraryRows(db))!.highlights;
  return found && new Map(photos.map((p, i) => [p.uuid, (found.get(i + 1) ?? []).map(told)]));
}

const told = ({ highlight: h, isCover }: PhotoHighlight): string =>
  `${h.kind} ${h.date} ${h.title}${h.subtitle ? ` / ${h.subtitle}` : ""}${isCover ? " *" : ""}`;

test.each(generations)(
  "iOS $ios: chosen photos, and those that stand for a day, a month, a year",
  async (generation) => {
    const found = await read(made, generation);
    if (generation.number < 13) return expect(found).toBeUndefined();
    // Before the clock of the place was kept, the day is told by UTC.
    const [day, group] = generation.number < 14 ? ["2023-12-31"] : ["2024-01-01", "day 2024-01-01 A group"];
    expect(found).toEqual(
      new Map([
        [first, [`day ${day} Café / 1 January *`, `year ${day} 2024 *`, `month ${day} January 2024 *`]],
        // Its day says it: the group does not say it again.
        [second, [`day ${day} Café / 1 January`]],
        [third, []],
        [fourth, group === undefined ? [] : [group]],
      ]),
    );
  },
);

test("a library that made nothing of its photos says so, and is not one that cannot say", async () => {
  const found = await read([]);
  expect([...found!.values()].flat()).toEqual([]);
  const without = await read([], newest, { mutate: (tables) => void tables.delete("ZPHOTOSHIGHLIGHT") });
  expect(without).toBeUndefined();
});

test("a date out of reach is none, a title may be missing, and columns may be", async () => {
  const odd: LibraryHighlight[] = [
    { kind: "day", uuid: "odd", start: 1.2e14, end: 0, zone: 9e9, chosen: [first], cover: second },
  ];
  expect((await read(odd))!.get(first)).toEqual(["day undefined undefined"]);
  const mutate: WriteOptions["mutate"] = (tables) => {
    for (const column of ["ZTITLE", "ZUUID", "ZSTARTDATE", "ZKEYASSETPRIVATE", "ZKEYASSETSHARED"])
      tables.get("ZPHOTOSHIGHLIGHT")!.delete(column);
  };
  const bare = await read(made, newest, { mutate });
  expect(bare!.get(second)).toEqual(["day undefined undefined / 1 January"]);
  const unlinked: WriteOptions["mutate"] = (tables) => {
    tables.get("ZASSET")!.delete("ZHIGHLIGHTBEINGSUMMARYASSETS");
    tables.get("ZASSET")!.delete("ZDAYGROUPHIGHLIGHTBEINGSUMMARYASSETS");
  };
  const linkless = await read(made, newest, { mutate: unlinked });
  expect(linkless!.get(second)).toEqual([]);
  expect(linkless!.get(first)).toHaveLength(3);
});
