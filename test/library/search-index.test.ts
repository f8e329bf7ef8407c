/** What is in a picture, from the index that the phone searches in: both numberings, and everything that may be wrong with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type SeenPhoto, writeSearchIndex } from "../../fixtures/make/search-index.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { CameraRoll } from "../../src/library/roll.ts";
import { xmpSidecar } from "../../src/transfer/extras/xmp.ts";
import { assertAnswerable, Selection } from "../../src/transfer/plan/index.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

const now = Date.UTC(2026, 0);
const path = "/PhotoData/Caches/search/psi.sqlite";
const assets = ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"].map((filename) => asset({ filename }));
const [dog, page, plain] = assets.map((a) => a.uuid) as [string, string, string];
const seen: SeenPhoto[] = [
  { uuid: dog, labels: ["Dog", "Beach"], synonyms: ["Canine"], month: "May 2024", filename: "IMG_0001.JPG" },
  { uuid: page, labels: ["Document"], text: ["Quittung über 12 €"], city: "Bern" },
  { uuid: "FFFFFFFF-0000-4000-8000-00000000000F", labels: ["Of no photo here"] },
];

interface Wishes {
  readonly labels?: boolean;
  /** Of the written index and its log. */
  readonly spoil?: (file: string) => void;
  readonly photos?: readonly SeenPhoto[];
  readonly numbering?: "older" | "newer";
  readonly withWal?: boolean;
  readonly isAbsent?: boolean;
}

async function rollOf(wishes: Wishes = {}): Promise<CameraRoll> {
  const { labels = true, photos = seen, isAbsent } = wishes;
  const folder = mkdtempSync(join(tmpdir(), "offroll-index-"));
  const index = join(folder, "psi.sqlite");
  writeSearchIndex(index, photos, wishes);
  wishes.spoil?.(index);
  const modified = "2024-06-01T10:00:00Z";
  const extraFiles = [
    { path, file: index, modified },
    ...(wishes.withWal ? [{ path: `${path}-wal`, file: `${index}-wal`, modified }] : []),
  ];
  const phone = libraryPhone({ assets }, isAbsent ? {} : { extraFiles });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: libraryOptions(), labels });
  rmSync(folder, { recursive: true });
  rmSync(phone.baseFolder, { recursive: true });
  return roll;
}

let usual: Promise<CameraRoll> | undefined;
/** Of the index as a phone has it. */
const usualRoll = (): Promise<CameraRoll> => (usual ??= rollOf());

const seenIn = (roll: CameraRoll) => new Map(roll.items.map((item) => [item.library?.uuid, item.library?.seen]));
const chosen = (roll: CameraRoll, labels: string[]): string[] => {
  const selection = new Selection({ labels });
  assertAnswerable(selection.options, roll);
  return roll.items.filter((item) => selection.verdict(item) === "chosen").map((item) => item.parts[0].item.name);
};

test.each([false, true])(
  "labels, synonyms and read text are the photo's by its UUID; months, places and names are none (log: %s)",
  async (withWal) => {
    const roll = await (withWal ? rollOf({ withWal }) : usualRoll());
    expect(roll.knowledge.labels).toBe("read");
    expect(seenIn(roll).get(dog)).toEqual({ labels: ["Beach", "Canine", "Dog"], textInPicture: [] });
    expect(seenIn(roll).get(page)).toEqual({ labels: ["Document"], textInPicture: ["Quittung über 12 €"] });
    expect(seenIn(roll).get(plain)).toEqual({ labels: [], textInPicture: [] });
  },
);

test("the numbering until iOS 15 is told by what occurs", async () => {
  const roll = await rollOf({ numbering: "older" });
  expect(seenIn(roll).get(dog)).toEqual({ labels: ["Beach", "Canine", "Dog"], textInPicture: [] });
});

test("--label takes whole labels and parts of read text; a word that nothing has is told with those that there are", async () => {
  const roll = await usualRoll();
  expect(chosen(roll, ["dog"])).toEqual(["IMG_0001.JPG"]);
  expect(chosen(roll, ["quittung", "BEACH"])).toEqual(["IMG_0001.JPG", "IMG_0002.JPG"]);
  expect(() => chosen(roll, ["do"])).toThrow(/has seen no "do".*Beach, Canine, Document, Dog/);
});

test("keywords of a sidecar are labels only on request", async () => {
  const photo = (await usualRoll()).items.find((item) => item.library?.uuid === dog)!;
  expect(xmpSidecar(photo)).not.toContain("Dog");
  expect(xmpSidecar(photo, ["labels"])).toContain("<rdf:li>Dog</rdf:li>");
});

test("nobody asked: the index is not touched", async () => {
  const roll = await rollOf({ labels: false });
  expect(roll.knowledge.labels).toBeUndefined();
  expect([...seenIn(roll).values()]).toEqual([undefined, undefined, undefined]);
});

const spoilt: [string, Wishes, RegExp][] = [
  ["absent", { isAbsent: true }, /shows no search index/],
  ["empty", { spoil: (file) => writeFileSync(file, "") }, /shows no search index/],
  ["no database", { spoil: (file) => writeFileSync(file, Buffer.alloc(9_000, 7)) }, /search index is damaged/],
  ["torn", { spoil: (file) => writeFileSync(file, readFileSync(file).fill(0xa7, 4096)) }, /search index is damaged/],
  ["of another shape", { spoil: (file) => altered(file, "ALTER TABLE ga RENAME TO gb") }, /none that offroll knows/],
  ["with a view for a table", { spoil: (file) => altered(file, viewOfPairs) }, /none that offroll knows/],
];
const viewOfPairs =
  "DROP TABLE ga; CREATE VIEW ga AS SELECT g.rowid AS groupid, a.rowid AS assetid FROM groups g, assets a";

function altered(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test.each(spoilt)("an index that is %s costs its labels alone, and --label says why", async (_, wishes, why) => {
  const roll = await rollOf(wishes);
  expect(roll.items).toHaveLength(assets.length);
  expect(roll.knowledge.source).toBe("library");
  expect(roll.knowledge.labels).toMatchObject({ why: expect.stringMatching(why) });
  expect(() => chosen(roll, ["dog"])).toThrow(/--label needs the phone's own search index/);
});

test("values of the wrong kind are passed over", async () => {
  const roll = await rollOf({
    spoil: (file) =>
      altered(
        file,
        `INSERT INTO groups VALUES (1500, NULL, x'00ff', '', NULL), ('1500', NULL, 'Text number', '', NULL), (1500, NULL, char(0), '', NULL);
         INSERT INTO ga SELECT g.rowid, a.rowid FROM groups g, assets a WHERE g.rowid NOT IN (SELECT groupid FROM ga);
         INSERT INTO assets VALUES ('no number', 3, NULL); INSERT INTO ga VALUES (1, 99), (99, 1), (-1, -1);`,
      ),
  });
  expect(roll.knowledge.labels).toBe("read");
  const { labels } = seenIn(roll).get(plain)!;
  expect(labels).toEqual([]);
});

test("an index that has its tables and no rows, as newer releases leave it, is read and says nothing", async () => {
  const roll = await rollOf({ photos: [] });
  expect(roll.knowledge.labels).toBe("read");
  expect(() => chosen(roll, ["dog"])).toThrow(/has seen no "dog".*It has none/);
});
