/** What a place says of a phone's file: which row is a copy of it, why, and what stands under its name now. */
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MediaItem } from "../../../src/device/media-source.ts";
import type { RollPart } from "../../../src/library/roll.ts";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { openPlace } from "../../../src/transfer/destination/open-place.ts";
import { PlaceEvidence } from "../../../src/transfer/freeup/evidence.ts";
import { isObscuredBy } from "../../../src/transfer/freeup/obscured.ts";
import { backedUp, copyBench, itemOf, phone, sha256Of } from "../../helpers/copies.ts";

const hour = 3_600_000;
const name = "2024/IMG_1.HEIC";
const taken = new Date(Date.UTC(2024, 4, 1, 10));

async function placeWith(change: (catalog: Catalog, item: MediaItem) => void = () => {}) {
  const { one } = copyBench();
  const folder = await backedUp(one, { files: { [name]: "one" } });
  {
    using catalog = Catalog.open(join(one, ".offroll"), { create: false }) as Catalog;
    change(catalog, itemOf(name, "one"));
  }
  return { one, folder };
}

async function evidenceOf({ one, folder }: Awaited<ReturnType<typeof placeWith>>, clock: "utc" | "wall" = "utc") {
  using catalog = Catalog.open(join(one, ".offroll"), { create: false, readOnly: true }) as Catalog;
  await using destination = openPlace(folder).destination(folder.id);
  const source = { device: { id: phone }, capabilities: { clock } } as never;
  return await PlaceEvidence.gather({ index: 0, catalog, destination }, source, {});
}

const partOf = (over: Partial<MediaItem> = {}): RollPart => ({
  ...{ role: "original", availability: "phone", facts: undefined },
  item: { ...itemOf(name, "one"), ...over },
});

test("the very version of a file has its copy, as it was left; any other version has none, and was copied once", async () => {
  const evidence = await evidenceOf(await placeWith());
  expect(evidence.factsOf(partOf(), undefined, undefined)).toEqual([
    {
      ...{ place: 0, target: name, sha256: sha256Of("one"), read: undefined, isReadNow: false },
      ...{ standing: "as-left", by: "version" },
    },
  ]);
  const later = new Date(taken.getTime() + 1000);
  for (const over of [{ sizeBytes: 4 }, { modifiedAt: later }, { createdAt: later }]) {
    expect(evidence.factsOf(partOf(over), undefined, undefined), JSON.stringify(over)).toEqual([]);
    expect(evidence.wasCopied(partOf(over), undefined)).toBe(true);
  }
});

test("a file whose times the phone does not tell has no version to be known by", async () => {
  const untimed = { createdAt: undefined, modifiedAt: undefined };
  const place = await placeWith((catalog, item) => {
    const row = catalog.items.find(phone, item)!;
    catalog.items.forget(phone, item);
    catalog.items.markDone(phone, { ...item, ...untimed }, row);
  });
  expect((await evidenceOf(place)).factsOf(partOf(untimed), undefined, undefined)).toEqual([]);
});

test("a wall clock in another zone shows the same time; the clock of an iPhone never does", async () => {
  const place = await placeWith();
  const shifted = partOf({ modifiedAt: new Date(taken.getTime() + 2 * hour) });
  expect((await evidenceOf(place, "wall")).factsOf(shifted, undefined, undefined)).toHaveLength(1);
  expect((await evidenceOf(place, "utc")).factsOf(shifted, undefined, undefined)).toEqual([]);
});

test("a version that was noted by the photo's id alone is known by its id, and so is the one before", async () => {
  const later = { modifiedAt: new Date(taken.getTime() + 5000) };
  const place = await placeWith((catalog, item) => {
    const row = { ...catalog.items.find(phone, item)!, uuid: "A-B" };
    catalog.items.markDone(phone, { ...item, ...later }, row);
  });
  const evidence = await evidenceOf(place);
  for (const part of [partOf(), partOf(later)])
    expect(evidence.factsOf(part, "A-B", undefined).map(({ by }) => by)).toEqual(["id"]);
  const elsewhere = partOf({ path: "/DCIM/101APPLE/IMG_9.HEIC" });
  expect(evidence.factsOf(elsewhere, "A-B", undefined).map(({ by }) => by)).toEqual(["id"]);
  // The phone's own bytes say more than any of these.
  expect(evidence.factsOf(elsewhere, "A-B", sha256Of("one")).map(({ by }) => by)).toEqual(["phone-hash", "phone-hash"]);
  expect(evidence.factsOf(partOf(), "A-B", sha256Of("two"))).toEqual([]);
});

test.each<[string, (file: string) => void]>([
  ["written-to", (file) => utimesSync(file, taken, new Date(taken.getTime() + 60_000))],
  [
    "written-to",
    (file) => {
      writeFileSync(file, "longer");
      utimesSync(file, taken, taken);
    },
  ],
  ["gone", (file) => rmSync(file)],
])("%s: what stands under the name now", async (standing, change) => {
  const place = await placeWith();
  change(join(place.one, name));
  const [fact] = (await evidenceOf(place)).factsOf(partOf(), undefined, undefined);
  expect(fact?.standing).toBe(standing);
});

test("of a file whose time on the disk is not known nobody can say that it was left alone", async () => {
  const place = await placeWith((catalog) => catalog.items.noteStoredTime(name, sha256Of("one"), undefined));
  const [fact] = (await evidenceOf(place)).factsOf(partOf(), undefined, undefined);
  expect(fact?.standing).toBe("untimed");
});

test("a photo is kept where a further part of it may lie that nobody could look at", () => {
  const photo = { parts: [partOf({ path: "/DCIM/100APPLE/IMG_1.HEIC" })] } as never;
  const isKept = (path: string): boolean => isObscuredBy([{ path }])(photo);
  for (const path of [
    "/DCIM/100APPLE/IMG_1.MOV",
    "/DCIM/100APPLE",
    "/PhotoData/Mutations",
    "/PhotoData/Mutations/DCIM/100APPLE/IMG_1/Adjustments",
  ])
    expect(isKept(path), path).toBe(true);
  for (const path of ["/DCIM/101APPLE", "/DCIM/100APPLE/IMG_10.MOV", "/PhotoData/Mutations/DCIM/101APPLE"])
    expect(isKept(path), path).toBe(false);
});

test("a file that was read against one hash says nothing of another version that was noted under its name", async () => {
  const later = { modifiedAt: new Date(taken.getTime() + 5000) };
  const place = await placeWith((catalog, item) => {
    const row = { ...catalog.items.find(phone, item)!, sha256: sha256Of("two") };
    catalog.items.markDone(phone, { ...item, ...later }, row);
  });
  const evidence = await evidenceOf(place);
  evidence.note({ target: name, sha256: sha256Of("one") }, { at: 1, found: "whole" });
  const readOf = (hash: string) => evidence.factsOf(partOf(), undefined, hash).map(({ isReadNow }) => isReadNow);
  expect([readOf(sha256Of("one")), readOf(sha256Of("two"))]).toEqual([[true], [false]]);
});

test("a time of nothing is no time of another zone: what was written to since is not as it was left", async () => {
  const place = await placeWith();
  utimesSync(join(place.one, name), taken, new Date(0));
  const [fact] = (await evidenceOf(place)).factsOf(partOf(), undefined, undefined);
  expect(fact?.standing).toBe("written-to");
});
