/** The phone's library, read over the cable from databases of every iOS generation, against what the generator was told. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { LibraryAsset, LibraryDescription } from "../../fixtures/make/photos-library.ts";
import { generations } from "../../fixtures/make/photos-schema.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { photoJson } from "../../src/library/photo-json.ts";
import { type CameraRoll, countAvailability, type RollItem, whyNotShown } from "../../src/library/roll.ts";
import { asset, everyKind, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

const now = Date.UTC(2026, 0);

async function rollOf(
  library: LibraryDescription,
  options: Parameters<typeof libraryPhone>[1] = {},
  library2 = libraryOptions(),
): Promise<CameraRoll> {
  const phone = libraryPhone(library, options);
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: library2 });
  expect(mock.phone.refusedOperations).toEqual([]);
  return roll;
}

const byUuid = (roll: CameraRoll): Map<string, RollItem> =>
  new Map(roll.items.map((i) => [i.library?.uuid ?? i.id, i]));
const parts = (item: RollItem, where = "phone"): string[] =>
  item.parts.filter((p) => p.availability === where).map((p) => p.role);
const find = (library: LibraryDescription, filename: string): LibraryAsset =>
  library.assets.find((a) => a.filename === filename || a.originalFilename === filename)!;

test.each(generations)("iOS $ios: every item, and everything that is known of it", async (generation) => {
  const library = everyKind();
  const roll = await rollOf(library, { generation });
  expect(roll.knowledge.source).toBe("library");
  const items = byUuid(roll);
  const merged = new Map(library.merged);
  expect(roll.items).toHaveLength(library.assets.length);
  const unknown = [...roll.knowledge.unknown];
  expect(unknown).toEqual(generation.number < 13 ? ["camera"] : []);
  for (const a of library.assets) {
    const item = items.get(a.uuid)!;
    expect(item, a.filename).toBeDefined();
    const { library: facts } = item;
    expect(item.kind).toBe(a.kind);
    expect(facts!.favourite).toBe(a.favourite === true);
    expect(facts!.hidden).toBe(a.hidden === true);
    expect(facts!.trashed).toBe(a.trashed !== undefined);
    expect(facts!.shared).toBe(a.shared === true);
    expect(facts!.originalFilename).toBe(a.originalFilename);
    expect(facts!.caption).toBe(a.caption);
    expect(facts!.title).toBe(a.title);
    expect(facts!.keywords).toEqual(a.keywords ?? []);
    const people = (a.people ?? []).map((p) => merged.get(p) ?? p);
    expect([...facts!.people].sort()).toEqual(people.sort());
    expect(item.edited).toBe(a.edited === true);
    expect(item.burst?.uuid).toBe(a.burst?.uuid);
    if (a.burst) expect(item.burst?.picked).toBe(a.burst.visible);
    expect(item.parts[0].facts?.gps).toEqual(a.gps);
    expect(item.availability).toBe(a.original === "cloud" ? "icloud" : a.original === "gone" ? "missing" : "phone");
    const shift = (a.zone!.inferred && generation.number < 13 ? undefined : a.zone!.offset) ?? 7200;
    expect(item.captured!.local).toBe(new Date((a.created! + shift) * 1000).toISOString().slice(0, 19));
    expect(item.captured!.source).toBe("library");
  }
  const subtypes = Object.fromEntries(library.assets.map((a) => [a.filename, items.get(a.uuid)!.subtype]));
  expect(subtypes).toMatchObject({
    "IMG_0001.HEIC": undefined,
    "IMG_0002.HEIC": "live",
    "IMG_0005.MOV": "slomo",
    "IMG_0006.MOV": "timelapse",
    "IMG_0007.MP4": "screenrecording",
    "IMG_0008.PNG": "screenshot",
    "IMG_0009.HEIC": "panorama",
    "IMG_0010.HEIC": "portrait",
    "IMG_0011.MOV": "cinematic",
    "IMG_0013.JPG": "burst",
    // The column came with 17.6; before it nothing tells.
    "IMG_0022.HEIC": generation.number >= 17.6 ? "spatial" : undefined,
  });
  const item = (name: string): RollItem => items.get(find(library, name).uuid)!;
  expect(parts(item("IMG_0002.HEIC"))).toEqual(["original", "live-video"]);
  expect(parts(item("IMG_0003.HEIC"))).toEqual(["original", "live-video", "edit", "edit-live-video", "recipe"]);
  expect(parts(item("IMG_0004.JPG"))).toEqual(["original", "edit", "recipe"]);
  expect(parts(item("IMG_0012.JPG"))).toEqual(["original", "raw"]);
  expect(parts(item("IMG_7003.PNG"))).toEqual(["edit", "recipe"]);
  expect(parts(item("IMG_0021.HEIC"), "icloud")).toEqual(["live-video"]);
  expect(item("IMG_7002.HEIC").parts[0].item.sizeBytes).toBe(2_000_000);
  expect(item("IMG_0002.HEIC").library!.albums.map((a) => a.path)).toEqual(["Trips/2024/Lisbon"]);
  expect(item("IMG_0004.JPG").library!.albums.map((a) => a.path)).toEqual(["Lisbon"]);
  expect(item("IMG_0005.MOV").parts[0].facts!.durationSeconds).toBe(12);
  expect(item("IMG_0002.HEIC").parts[0].facts!.durationSeconds).toBeCloseTo(2.5);
  if (generation.number >= 13) expect(item("IMG_0001.HEIC").parts[0].facts!.model).toBe("iPhone 14 Pro");
  expect(countAvailability(roll.items)).toEqual({ library: 22, phone: 18, icloud: 3, missing: 1, empty: 0 });
  expect(roll.items.map(whyNotShown).filter(Boolean).sort()).toEqual(["burst-unpicked", "hidden", "shared", "trashed"]);
});

test("a field that the phone cannot answer is absent, an empty answer is null", async () => {
  const library = everyKind();
  const drop = (table: string, column: string) => (tables: Map<string, Map<string, string>>) => {
    tables.get(table)!.delete(column);
  };
  const roll = await rollOf(library, { mutate: drop("ZASSET", "ZFAVORITE") });
  const json = photoJson(byUuid(roll).get(library.assets[0]!.uuid)!, roll.knowledge) as Record<string, unknown>;
  expect(json).not.toHaveProperty("favourite");
  expect(json["hidden"]).toBe(false);
  expect(json["caption"]).toBeNull();
  expect(json["people"]).toBeNull();
  expect([...roll.knowledge.unknown]).toEqual(["favourite"]);
});

test("files that the library does not know are items too, and rows of files that lie elsewhere claim nothing", async () => {
  const library = everyKind();
  const { generated } = await import("../helpers/mock.ts");
  const roll = await rollOf(library, {
    extraFiles: [generated("/DCIM/100APPLE/IMG_0099.JPG", 700), generated("/PhotoData/CPLAssets/group9/X.HEIC", 800)],
  });
  const unindexed = roll.items.filter((i) => !i.library).map((i) => i.parts[0].item.path);
  expect(unindexed).toEqual(["/DCIM/100APPLE/IMG_0099.JPG", "/PhotoData/CPLAssets/group9/X.HEIC"]);
});

test("a second look pulls nothing; a new log alone is pulled when only the log changed", async () => {
  const phone = libraryPhone(everyKind());
  const options = libraryOptions();
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const first = await buildCameraRoll(source, { now, library: options });
  const [main, wal] = [statSync(phone.database).size, statSync(`${phone.database}-wal`).size];
  expect(first.knowledge.pulledBytes).toBe(main + wal);
  const opens = mock.phone.operationCounts.get("open")!;
  const second = await buildCameraRoll(source, { now, library: options });
  expect(second.knowledge.pulledBytes).toBe(0);
  expect(second.items).toEqual(first.items);
  // One look into the log's header, and no media file.
  expect(mock.phone.operationCounts.get("open")! - opens).toBe(1);
  const node = mock.phone.node("/PhotoData/Photos.sqlite-wal")!;
  if (node.type !== "file") throw new Error("no log");
  node.modifiedNs += 5_000_000_000n;
  const third = await buildCameraRoll(source, { now, library: options });
  expect(third.knowledge.pulledBytes).toBe(wal);
  expect(third.items).toEqual(first.items);
});

test("the first files are seen before a byte of the database is fetched", async () => {
  const assets = Array.from({ length: 600 }, (_, i) => asset({ filename: `IMG_${1000 + i}.JPG` }));
  const phone = libraryPhone({ assets }, { fillerBytes: 20 * 1024 * 1024 });
  await using mock = await startMock(
    { files: phone.files, link: { bytesPerSecond: 35_000_000, latencyMs: 1 } },
    { baseFolder: phone.baseFolder },
  );
  await using source = await mock.open();
  const seen: number[] = [];
  const roll = await buildCameraRoll(source, {
    now,
    library: libraryOptions(),
    onFirstFiles: (files) => seen.push(files.length, mock.phone.fileBytesSent),
  });
  expect(seen).toEqual([200, 0]);
  expect(roll.knowledge.pulledBytes).toBeGreaterThan(20 * 1024 * 1024);
  expect(roll.items).toHaveLength(600);
});

test("copies of the library are private, and what a killed run left is removed", async () => {
  const phone = libraryPhone(everyKind());
  const options = libraryOptions();
  const { mkdirSync, writeFileSync } = await import("node:fs");
  const { spawnSync } = await import("node:child_process");
  const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
  mkdirSync(join(options.folder, `incoming-${gone}-00000000`), { recursive: true });
  writeFileSync(join(options.folder, `incoming-${gone}-00000000`, "Photos.sqlite"), "half");
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  await buildCameraRoll(source, { now, library: options });
  expect(readdirSync(options.folder).filter((n) => n.startsWith("incoming-"))).toEqual([]);
  const [copy] = readdirSync(options.folder).filter((n) => n !== "current");
  expect(statSync(join(options.folder, copy!)).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(join(options.folder, copy!)))
    if (!name.endsWith("-shm")) expect(statSync(join(options.folder, copy!, name)).mode & 0o077, name).toBe(0);
  expect(dirname(options.folder)).not.toContain("iPhone");
});
