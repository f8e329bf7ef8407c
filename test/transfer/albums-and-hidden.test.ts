/** Album folders by identity, links that no longer hold, and photos that were hidden after they were copied. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { LibraryAlbum, LibraryAsset } from "../../fixtures/make/photos-library.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { summaryLines } from "../../src/present/summary-lines.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import type { RunSummary } from "../../src/transfer/events.ts";
import type { TransferOptions } from "../../src/transfer/index.ts";
import { PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { exportOnce, sumsAddUp, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

const plain = { bold: String, dim: String, good: String, warn: String, bad: String };

interface Options extends Partial<TransferOptions> {
  readonly hidden?: boolean;
  readonly udid?: string;
}

/** One run of the phone as it is then. */
async function run(
  to: string,
  assets: readonly LibraryAsset[],
  albums: readonly LibraryAlbum[],
  { hidden = false, udid, ...over }: Options = {},
): Promise<RunSummary> {
  const phone = libraryPhone({ assets, albums }, { inWal: 0 });
  await using mock = await startMock(
    // Several phones with one photo: it has the same bytes on each.
    udid === undefined ? { files: phone.files } : { udid, files: phone.files.map(sameBytes) },
    { baseFolder: phone.baseFolder },
  );
  await using source = await mock.open();
  const result = await exportOnce(source, to, {
    template: new PathTemplate("{name}"),
    library: libraryOptions(),
    extras: { albumsAs: "links" },
    selection: new Selection({ hidden }),
    ...over,
  });
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary.ok).toBe(true);
  return result.summary;
}

function sameBytes(file: FileDescription): FileDescription {
  return file.generated ? { ...file, generated: { ...file.generated, seed: 1 } } : file;
}

const place = (): string => join(temporaryFolder(), "photos");
const files = (to: string): string[] => [...filesBelow(to)].sort();
const album = (uuid: string, title: string, ...assets: LibraryAsset[]): LibraryAlbum => ({
  uuid,
  title,
  assets: assets.map((a) => a.uuid),
});
const one = asset({ filename: "IMG_0001.JPG" });
const two = asset({ filename: "IMG_0002.JPG" });
const live = asset({ filename: "IMG_0003.HEIC", kindSubtype: 2 });

test("two albums of one title keep a folder each, whatever is exported in which order", async () => {
  const to = place();
  const albums = [album("A", "Lisbon", one), album("B", "Lisbon", two)];
  await run(to, [one, two], albums);
  const first = files(to);
  const marked = first.find((f) => /^Albums\/Lisbon_[0-9a-f]{8}\/IMG_0002\.JPG$/.test(f));
  expect(first).toEqual(["Albums/Lisbon/IMG_0001.JPG", marked, "IMG_0001.JPG", "IMG_0002.JPG"]);
  // Only the second's photo is chosen; then a third comes and the other album is listed first.
  await run(to, [one, two], albums, { selection: new Selection({ text: "IMG_0002" }) });
  expect(files(to)).toEqual(first);
  const three = asset({ filename: "IMG_0000.JPG" });
  await run(to, [three, two, one], [album("B", "Lisbon", three, two), album("A", "Lisbon", one)]);
  const folder = (marked as string).slice(0, -"/IMG_0002.JPG".length);
  expect(files(to)).toEqual([...first, "IMG_0000.JPG", `${folder}/IMG_0000.JPG`].sort());
});

test("two phones on one disk: each keeps its album folders, and one album with its UUID on both has one", async () => {
  const to = place();
  const uuid = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0";
  const albums = (own: string) => [album(uuid, "Family", one), album(own, "Lisbon", one)];
  const phones = [
    { udid: "00008110-00000000000000A1", albums: albums("A") },
    { udid: "00008110-00000000000000B2", albums: albums("B") },
  ];
  const both = async (): Promise<string[]> => {
    for (const { udid, albums } of phones) await run(to, [one], albums, { udid });
    return files(to);
  };
  const first = await both();
  const marked = first.find((f) => /^Albums\/Lisbon_[0-9a-f]{8}\//.test(f));
  expect(first).toEqual(["Albums/Family/IMG_0001.JPG", "Albums/Lisbon/IMG_0001.JPG", marked, "IMG_0001.JPG"]);
  // Neither takes the other's links away.
  expect(await both()).toEqual(first);
});

test("albums that an earlier version mixed are taken apart", async () => {
  const to = place();
  await run(to, [one, two], [album("A", "Lisbon", one, two)]);
  const db = new DatabaseSync(join(to, ".offroll/catalog.sqlite"));
  db.exec("DELETE FROM album");
  db.close();
  await run(to, [one, two], [album("A", "Lisbon", one), album("B", "Lisbon", two)]);
  const inAlbums = files(to).filter((f) => f.startsWith("Albums/"));
  expect(inAlbums).toEqual([
    "Albums/Lisbon/IMG_0001.JPG",
    expect.stringMatching(/^Albums\/Lisbon_[0-9a-f]{8}\/IMG_0002\.JPG$/),
  ]);
});

test("a renamed album has its new name, and the old folder goes; what others put there stays", async () => {
  const to = place();
  await run(to, [one, live], [album("A", "Lisbon", one, live), album("B", "Work", one)]);
  writeFileSync(join(to, "Albums/Work/notes.txt"), "of somebody else");
  const summary = await run(to, [one, live], [album("A", "Porto", one, live), album("B", "Office", one)]);
  expect(summary.extras).toMatchObject({ albumEntries: 4, albumEntriesRemoved: 4 });
  expect(files(to).filter((f) => f.startsWith("Albums/"))).toEqual([
    "Albums/Office/IMG_0001.JPG",
    "Albums/Porto/IMG_0001.JPG",
    "Albums/Porto/IMG_0003.HEIC",
    "Albums/Porto/IMG_0003.MOV",
    "Albums/Work/notes.txt",
  ]);
  expect(existsSync(join(to, "Albums/Lisbon"))).toBe(false);
  expect(statSync(join(to, "Albums/Porto/IMG_0001.JPG")).ino).toBe(statSync(join(to, "IMG_0001.JPG")).ino);
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true })!;
  expect(catalog.made.targets().filter((e) => e.startsWith("Albums/Lisbon"))).toEqual([]);
});

test("a photo that was taken out of an album leaves its folder; one that is gone from the phone keeps its albums", async () => {
  const to = place();
  const trip = (...assets: LibraryAsset[]): LibraryAlbum[] => [album("A", "Lisbon", ...assets)];
  await run(to, [one, two, live], trip(one, two, live));
  await run(to, [one, live], trip(live));
  expect(files(to)).toEqual(
    ["Albums/Lisbon/IMG_0002.JPG", "Albums/Lisbon/IMG_0003.HEIC", "Albums/Lisbon/IMG_0003.MOV"].concat([
      "IMG_0001.JPG",
      "IMG_0002.JPG",
      "IMG_0003.HEIC",
      "IMG_0003.MOV",
    ]),
  );
  // A library that does not tell of albums takes nothing away.
  await run(to, [one, live], trip(live), { library: undefined });
  expect(files(to)).toHaveLength(7);
});

test("hidden and recently deleted photos are laid into no album folder, nor stay there", async () => {
  const to = place();
  const trip = [album("A", "Lisbon", one, two, live)];
  const away = { ...two, hidden: true };
  const thrown = { ...live, trashed: Date.UTC(2024, 5, 1) / 1000 };
  await run(to, [one, away, thrown], trip, { selection: new Selection({ hidden: true, recentlyDeleted: true }) });
  expect(files(to)).toEqual([
    "Albums/Lisbon/IMG_0001.JPG",
    "Hidden/IMG_0002.JPG",
    "IMG_0001.JPG",
    "Recently Deleted/IMG_0003.HEIC",
    "Recently Deleted/IMG_0003.MOV",
  ]);
  const later = place();
  await run(later, [one, live], [album("A", "Lisbon", one, live)]);
  const summary = await run(later, [one, thrown], [album("A", "Lisbon", one, live)]);
  expect(summary.extras.albumEntriesRemoved).toBe(2);
  expect(files(later)).toEqual(["Albums/Lisbon/IMG_0001.JPG", "IMG_0001.JPG", "IMG_0003.HEIC", "IMG_0003.MOV"]);
});

test("a photo that was hidden after it was copied is moved with its movie, sidecars and links, once, and told", async () => {
  const to = place();
  const trip = [album("A", "Lisbon", one, live)];
  const extras = { albumsAs: "links", sidecar: "xmp" } as const;
  const template = new PathTemplate("{year}/{name}");
  await run(to, [one, live], trip, { hidden: true, extras, template });
  expect(files(to)).toContain("2024/IMG_0003.HEIC.xmp");
  const hidden = { ...live, hidden: true };
  // An export that does not take hidden ones moves nothing, and says so.
  const open = await run(to, [one, hidden], trip, { extras: { albumsAs: "none" }, template });
  expect(open.extras).toEqual({ hiddenOpen: 2 });
  expect(existsSync(join(to, "2024/IMG_0003.HEIC"))).toBe(true);
  const moved = await run(to, [one, hidden], trip, { hidden: true, extras: { albumsAs: "none" }, template });
  expect(moved.extras).toEqual({ hiddenMoved: 1 });
  const after = [
    "2024/IMG_0001.JPG",
    "2024/IMG_0001.JPG.xmp",
    "Albums/Lisbon/IMG_0001.JPG",
    "Hidden/2024/IMG_0003.HEIC",
    "Hidden/2024/IMG_0003.HEIC.xmp",
    "Hidden/2024/IMG_0003.MOV",
  ];
  expect(files(to)).toEqual(after);
  const again = await run(to, [one, hidden], trip, { hidden: true, extras, template });
  expect([again.outcomes.copied.items, again.outcomes.present.items, again.extras.hiddenMoved]).toEqual([
    0,
    3,
    undefined,
  ]);
  expect(files(to)).toEqual(after);
  // Never the other way round by itself.
  const shown = await run(to, [one, live], [], { hidden: true, extras: { albumsAs: "none" }, template });
  expect(shown.outcomes.copied.items).toBe(0);
  expect(files(to)).toEqual(after);
});

test("without hashes, too; what is another photo on another phone stays, and is counted; that of a replaced phone goes", async () => {
  const to = place();
  const trip = [album("A", "Lisbon", one, two)];
  const options = { hidden: true, verify: "size" } as const;
  await run(to, [one, two], trip, options);
  const db = new DatabaseSync(join(to, ".offroll/catalog.sqlite"));
  db.exec(
    "CREATE TEMP TABLE t AS SELECT * FROM item; UPDATE t SET device = 'another'; UPDATE t SET uuid = 'its own' WHERE target = 'IMG_0001.JPG'; INSERT INTO item SELECT * FROM t",
  );
  db.close();
  const hidden = [one, two].map((a) => ({ ...a, hidden: true }));
  const summary = await run(to, hidden, trip, { ...options, extras: { albumsAs: "none" } });
  expect(summary.extras).toEqual({ hiddenMoved: 1, hiddenShared: 1 });
  // No backup moves it: nobody is sent to one.
  const words = summaryLines(summary, plain, "phone").join("\n");
  expect(words).toContain("1 copy left in the open: hidden on this phone now, but another phone's too");
  expect(words).not.toContain("a backup moves them");
  expect(files(to)).toEqual(["Albums/Lisbon/IMG_0001.JPG", "Hidden/IMG_0002.JPG", "IMG_0001.JPG"]);
});

test("where a name among the hidden ones is taken, the pair gets another one together", async () => {
  const to = place();
  await run(to, [live], []);
  mkdirSync(join(to, "Hidden"));
  writeFileSync(join(to, "Hidden/IMG_0003.MOV"), "of somebody else");
  const summary = await run(to, [{ ...live, hidden: true }], [], { hidden: true });
  expect(summary.extras.hiddenMoved).toBe(1);
  const id = live.uuid.slice(0, 8).toLowerCase();
  expect(readdirSync(join(to, "Hidden")).sort()).toEqual(
    ["IMG_0003.MOV", `IMG_0003_${id}.HEIC`, `IMG_0003_${id}.MOV`].sort(),
  );
  expect(files(to)).toHaveLength(3);
});
