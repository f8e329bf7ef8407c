/** The page to delete by: what a phone says on it is text, the world comes first, and nothing is fetched or run. */
import { expect, test } from "vitest";
import type { RollItem } from "../../src/library/roll.ts";
import { daysOf } from "../../src/present/freeup-days.ts";
import { type PageHead, pageOf } from "../../src/present/freeup-page.ts";
import type { ProvenItem } from "../../src/transfer/freeup/index.ts";

const hostile = `"><img src=x onerror=alert(1)>\u202e'&<script>`;

function proven(n: number, over: Partial<RollItem> = {}): ProvenItem {
  const path = `/DCIM/100APPLE/IMG_${n}.HEIC`;
  const item = { id: path, path, name: `IMG_${n}.HEIC`, area: "camera-roll", sizeBytes: 1000 } as const;
  const part = {
    role: "original",
    item: { ...item, modifiedAt: undefined, createdAt: undefined },
    availability: "phone",
    facts: undefined,
  } as const;
  const captured = {
    local: `2024-05-0${n}T10:0${n}:00`,
    offsetMinutes: 0,
    zone: "recorded",
    source: "library",
  } as const;
  const photo = {
    id: `${n}`,
    kind: "photo",
    subtype: undefined,
    parts: [part],
    captured,
    availability: "phone",
    edited: false,
    ...over,
  } as RollItem;
  return { photo, bytes: 1000, parts: [], oldestReadAt: 0 };
}

const burst = (picked: boolean): Partial<RollItem> => ({ burst: { uuid: "b", picked } });

async function page(items: readonly ProvenItem[], device = "Anna"): Promise<string> {
  const head: PageHead = {
    ...{
      listId: "20261128-aaaaaa",
      madeOn: "2026-11-28",
      device,
      noun: "phone" as const,
      copies: 2,
      oldestProof: "3 days ago",
    },
    ...{ iCloud: { on: true, by: "mark" as const }, places: [], days: daysOf({ proven: items, stays: [] }) },
  };
  return (await Array.fromAsync(pageOf(head, async () => Buffer.from([0xff, 0xd8])))).join("");
}

test("names of phones and photos are text on it, whatever they hold", async () => {
  const library = { originalFilename: hostile } as RollItem["library"];
  const html = await page([proven(1, { library: library as never })], hostile);
  const tags = new Set(html.match(/<[a-z][^>]*>/gi)?.map((tag) => tag.replace(/[ >].*/s, "")));
  expect([...tags].filter((tag) => ["<script", "<a", "<link", "<iframe"].includes(tag))).toEqual([]);
  expect(html.match(/<img [^>]*>/g)).toEqual(['<img alt="" loading="lazy" src="data:image/jpeg;base64,/9g=">']);
  expect(html).not.toContain("\u202e");
  expect(html).toContain("default-src 'none'");
  expect(html.indexOf("EVERYWHERE".toLowerCase())).toBeLessThan(html.indexOf("<h1>"));
});

test("days come as in Photos, the oldest first; a burst is one picture with all of its frames' bytes", async () => {
  const days = daysOf({ proven: [proven(3), proven(1, burst(true)), proven(2, burst(false)), proven(1)], stays: [] });
  expect(days.map(({ day, items, bytes }) => [day, items.length, bytes])).toEqual([
    ["2024-05-01", 2, 3000],
    ["2024-05-03", 1, 1000],
  ]);
  expect(days[0]?.items.map(({ what }) => what)).toContain("burst of 2, 2.0 kB");
});

test("a photo whose namesake of that day stays says so: a person would take the one for the other", () => {
  const staying = (n: number, over: Partial<RollItem> = {}) => ({
    ...{ photo: proven(n, over).photo, bytes: 2_000, reason: "no-recipe" as const, part: undefined },
  });
  const hidden = { hidden: true } as NonNullable<RollItem["library"]>;
  const days = daysOf({
    proven: [proven(1), proven(2), proven(3)],
    stays: [staying(1), staying(3, { library: hidden })],
  });
  expect(days.flatMap(({ items }) => items.map(({ what }) => what))).toEqual([
    "photo, 1.0 kB, NOT its namesake that stays: photo of 2.0 kB",
    "photo, 1.0 kB",
    "photo, 1.0 kB",
  ]);
});
