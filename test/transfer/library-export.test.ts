/** What export and backup make of the phone's library: choices, names, edits, albums, sidecars, and what is only in iCloud. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { LibraryDescription } from "../../fixtures/make/photos-library.ts";
import type { Tables } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import type { FileNode } from "../../src/device/mock/described-phone.ts";
import { bufferContent } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import type { TransferOptions } from "../../src/transfer/index.ts";
import { everyPart, PathTemplate, parsePlace, Selection } from "../../src/transfer/plan/index.ts";
import { exportOnce, type RunResult, sumsAddUp, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { asset, everyKind, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { generated, type MockSetup, startMock, truth } from "../helpers/mock.ts";

const flat = { template: new PathTemplate("{name}") };

async function start(
  library: LibraryDescription,
  options: Parameters<typeof libraryPhone>[1] = {},
): Promise<MockSetup> {
  const phone = libraryPhone(library, options);
  return await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
}

async function exported(
  library: LibraryDescription,
  over: Partial<TransferOptions> = {},
  to = join(temporaryFolder(), "photos"),
): Promise<RunResult & { files: string[]; to: string }> {
  await using mock = await start(library);
  await using source = await mock.open();
  const result = await exportOnce(source, to, { ...flat, library: libraryOptions(), ...over });
  expect(sumsAddUp(result)).toBe(true);
  expect(mock.phone.refusedOperations).toEqual([]);
  return { ...result, files: [...filesBelow(to)].sort(), to };
}

const reasons = ({ events }: RunResult): Record<string, string[]> => {
  const out: Record<string, string[]> = {};
  for (const e of events)
    if (e.type === "item" && e.outcome === "skipped") {
      const reason = String(e.reason);
      out[reason] = [...(out[reason] ?? []), e.path.split("/").at(-1)!];
    }
  return out;
};

test("an export takes what Photos shows, with edits, under the names from before; the rest is counted by its reason", async () => {
  const result = await exported(everyKind());
  expect(result.files).toEqual([
    "DSC_0042.JPG",
    "IMG_0001.HEIC",
    "IMG_0002.HEIC",
    "IMG_0002.MOV",
    "IMG_0003.HEIC",
    "IMG_0003.MOV",
    "IMG_0003_edited.jpg",
    "IMG_0003_edited.mov",
    "IMG_0004.JPG",
    "IMG_0004_edited.jpg",
    "IMG_0005.MOV",
    "IMG_0006.MOV",
    "IMG_0008.PNG",
    "IMG_0009.HEIC",
    "IMG_0010.HEIC",
    "IMG_0011.MOV",
    "IMG_0012.DNG",
    "IMG_0012.JPG",
    "IMG_0013.JPG",
    "IMG_0015.JPG",
    "IMG_0018.JPG",
    "IMG_0021.HEIC",
    "IMG_0022.HEIC",
    "IMG_7001.HEIC",
    "IMG_7003_edited.jpg",
    "RPReplay_Final1700000000.MP4",
  ]);
  const skipped = reasons(result);
  expect(Object.keys(skipped).sort()).toEqual([
    "burst-unpicked",
    "hidden",
    "icloud-only",
    "missing",
    "shared",
    "trashed",
  ]);
  expect(skipped["icloud-only"]).toHaveLength(3); // two originals and the movie of a Live Photo
  expect(skipped["hidden"]).toEqual(["IMG_0016.JPG"]);
  expect(skipped["trashed"]).toEqual(["IMG_0017.JPG"]);
  expect(skipped["burst-unpicked"]).toEqual(["IMG_0014.JPG"]);
  expect(skipped["missing"]).toEqual(["IMG_0020.JPG"]);
  expect(result.summary.ok).toBe(true);
  expect(result.summary.availability).toEqual({ library: 22, phone: 18, icloud: 3, missing: 1, empty: 0 });
});

test("a backup takes bursts and hidden ones too, these in a folder of their own, and leaves out what was thrown away", async () => {
  const result = await exported(everyKind(), { selection: new Selection({ hidden: true, unpickedBursts: true }) });
  expect(result.files).toContain("Hidden/IMG_0016.JPG");
  expect(result.files).toContain("IMG_0014.JPG");
  expect(result.files.some((f) => f.includes("IMG_0017"))).toBe(false);
  const thrown = await exported(everyKind(), { selection: new Selection({ recentlyDeleted: true }) });
  expect(thrown.files).toContain("Recently Deleted/IMG_0017.JPG");
});

test("a backup of a phone whose library has lost most columns copies the files all the same", async () => {
  const mutate = (tables: Tables): void => {
    for (const [name, columns] of tables)
      if (name !== "ZASSET") tables.delete(name);
      else for (const c of [...columns.keys()]) if (!["Z_PK", "ZDIRECTORY", "ZFILENAME"].includes(c)) columns.delete(c);
  };
  await using mock = await start(everyKind(), { mutate });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "photos");
  const result = await exportOnce(source, to, {
    ...flat,
    library: libraryOptions(),
    selection: new Selection({ hidden: true, recentlyDeleted: true, unpickedBursts: true }),
  });
  expect(result.summary).toMatchObject({ ok: true });
  expect([...filesBelow(to)]).toContain("IMG_0016.JPG");
});

test.each<[Partial<TransferOptions["parts"]>, string[], string[]]>([
  [{ edits: "original" }, ["IMG_0004.JPG"], ["IMG_0004_edited.jpg", "IMG_0003_edited.mov", "IMG_7003_edited.jpg"]],
  [
    { edits: "edited" },
    ["IMG_0004_edited.jpg", "IMG_0001.HEIC", "IMG_7003_edited.jpg"],
    ["IMG_0004.JPG", "IMG_0003.HEIC", "IMG_0003.MOV"],
  ],
  [{ edits: "all" }, ["IMG_0004.AAE", "IMG_0004.JPG", "IMG_0004_edited.jpg", "IMG_0003.AAE"], []],
  [{ live: "still" }, ["IMG_0002.HEIC", "IMG_0005.MOV"], ["IMG_0002.MOV", "IMG_0003_edited.mov"]],
  [{ live: "video" }, ["IMG_0002.MOV", "IMG_0001.HEIC", "IMG_0021.HEIC"], ["IMG_0002.HEIC", "IMG_0003_edited.jpg"]],
  [{ raw: "raw" }, ["IMG_0012.DNG", "IMG_0001.HEIC"], ["IMG_0012.JPG"]],
  [{ raw: "jpeg" }, ["IMG_0012.JPG"], ["IMG_0012.DNG"]],
])("of a photo's files %j", async (choice, present, absent) => {
  const { files } = await exported(everyKind(), { parts: { ...everyPart, ...choice } });
  for (const name of present) expect(files).toContain(name);
  for (const name of absent) expect(files).not.toContain(name);
});

test.each<[string, ConstructorParameters<typeof Selection>[0], string[]]>([
  [
    "an album by its title",
    { albums: ["lisbon"] },
    ["IMG_0001.HEIC", "IMG_0002.HEIC", "IMG_0002.MOV", "IMG_0004.JPG", "IMG_0004_edited.jpg"],
  ],
  ["an album by its folders", { albums: ["Trips/2024/Lisbon"] }, ["IMG_0001.HEIC", "IMG_0002.HEIC", "IMG_0002.MOV"]],
  ["favourites", { favourites: true }, ["IMG_0002.HEIC", "IMG_0002.MOV"]],
  ["a person", { people: ["person two"] }, ["IMG_0010.HEIC"]],
  ["a camera", { camera: "iphone 14" }, ["IMG_0001.HEIC"]],
  ["text in a caption", { text: "ÜNÏCODE" }, ["IMG_0004.JPG", "IMG_0004_edited.jpg"]],
  ["a keyword", { text: "sun" }, ["IMG_0012.DNG", "IMG_0012.JPG"]],
  ["a place and a distance", { place: parsePlace("46.9,7.4,20") }, ["IMG_0018.JPG"]],
  ["a place too far", { place: parsePlace("46.0,7.4,20") }, []],
  ["a box", { place: parsePlace("46,7,47,8") }, ["IMG_0018.JPG"]],
  ["slo-mo and panoramas", { kinds: ["slomo", "panorama"] }, ["IMG_0005.MOV", "IMG_0009.HEIC"]],
  ["portraits", { kinds: ["portrait"] }, ["IMG_0010.HEIC"]],
  ["bursts", { kinds: ["burst"] }, ["IMG_0013.JPG", "IMG_0015.JPG"]],
])("chosen by %s", async (_, selection, files) => {
  expect((await exported(everyKind(), { selection: new Selection(selection) })).files).toEqual(files);
});

test("what the phone cannot answer is refused, not found empty", async () => {
  await expect(exported(everyKind(), { selection: new Selection({ albums: ["Nowhere"] }) })).rejects.toThrow(
    /no album "Nowhere".*There are: Lisbon, Trips\/2024\/Lisbon/,
  );
  await expect(
    exported(everyKind(), { selection: new Selection({ favourites: true }), library: undefined }),
  ).rejects.toThrow(/--favourites needs the phone's photo library/);
});

test("{album} and {type} in templates", async () => {
  const { files } = await exported(everyKind(), {
    template: new PathTemplate("{album|no album}/{type}/{name}"),
    selection: new Selection({ albums: ["Lisbon"] }),
  });
  expect(files).toContain("Lisbon/live/IMG_0002.MOV");
});

test("an item first met by path is recognised by its UUID: nothing is copied or renamed again, wherever it moves", async () => {
  const library: LibraryDescription = {
    assets: [
      asset({ filename: "IMG_0001.JPG", originalFilename: "Ferry.JPG" }),
      asset({ filename: "IMG_0002.HEIC", kindSubtype: 2, originalFilename: "Harbour.HEIC" }),
    ],
  };
  await using mock = await start(library);
  const to = join(temporaryFolder(), "photos");
  {
    await using source = await mock.open();
    await exportOnce(source, to, { ...flat }); // as if there were no library
  }
  const before = [...filesBelow(to)].sort();
  // Without a head that says so the movie is a file of its own; names are the phone's.
  const ofItsOwn = before[2] as string;
  expect(ofItsOwn).toMatch(/^IMG_0002_[0-9a-f]{8}\.MOV$/);
  expect(before).toEqual(["IMG_0001.JPG", "IMG_0002.HEIC", ofItsOwn]);
  {
    await using source = await mock.open();
    const again = await exportOnce(source, to, { ...flat, library: libraryOptions() });
    expect(again.summary.outcomes.copied.items).toBe(0);
    expect(again.summary.outcomes.present.items).toBe(3);
  }
  expect([...filesBelow(to)].sort()).toEqual(before);
  // The phone is restored: other folder, other times, the same library.
  const moved = {
    assets: library.assets.map((a) => ({ ...a, directory: "DCIM/130APPLE" })),
  };
  const phone = libraryPhone(moved);
  const bytes = await Promise.all(
    ["IMG_0001.JPG", "IMG_0002.HEIC", "IMG_0002.MOV"].map((n) => truth(mock.phone, `/DCIM/100APPLE/${n}`)),
  );
  await using restored = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  for (const [i, name] of ["IMG_0001.JPG", "IMG_0002.HEIC", "IMG_0002.MOV"].entries()) {
    const node = restored.phone.node(`/DCIM/130APPLE/${name}`) as FileNode;
    node.content = bufferContent(bytes[i]!);
    node.modifiedNs += 999_000_000_000n;
  }
  await using source = await restored.open();
  const third = await exportOnce(source, to, { ...flat, library: libraryOptions() });
  expect(third.summary.outcomes.copied.items).toBe(0);
  expect([...filesBelow(to)].sort()).toEqual(before);
});

test("an original that was copied and then went to iCloud is there, not missing", async () => {
  const here = asset({ filename: "IMG_0001.JPG", originalSize: 3000 });
  const to = join(temporaryFolder(), "photos");
  await exported({ assets: [here] }, {}, to);
  const { summary } = await exported({ assets: [{ ...here, original: "cloud" }] }, {}, to);
  expect(summary.outcomes.present.items).toBe(1);
  expect(summary.skippedByReason).toEqual({});
});

test("a file of another size under a UUID that is known is another file: it is copied beside the first", async () => {
  const photo = asset({ filename: "IMG_0001.JPG", originalSize: 3000 });
  const to = join(temporaryFolder(), "photos");
  await exported({ assets: [photo] }, {}, to);
  const { summary, files } = await exported({ assets: [{ ...photo, originalSize: 4000 }] }, {}, to);
  expect(summary.outcomes.copied.items).toBe(1);
  expect(files).toHaveLength(2);
});

test("a photo that was edited again keeps its first edit and gets the second beside it; the original is not copied again", async () => {
  const photo = asset({ filename: "IMG_0001.JPG", edited: true, render: "local" });
  await using mock = await start({ assets: [photo] });
  const to = join(temporaryFolder(), "photos");
  await using source = await mock.open();
  const options = { ...flat, library: libraryOptions() };
  await exportOnce(source, to, options);
  const node = mock.phone.node(
    "/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.jpg",
  ) as FileNode;
  node.content = bufferContent(Buffer.alloc(2600, 7));
  node.size = 2600;
  node.modifiedNs += 1_000_000_000n;
  const again = await exportOnce(source, to, options);
  expect(again.summary.outcomes.copied.items).toBe(1);
  const id = photo.uuid.slice(0, 8).toLowerCase();
  expect([...filesBelow(to)].sort()).toEqual(["IMG_0001.JPG", "IMG_0001_edited.jpg", `IMG_0001_edited_${id}.jpg`]);
  expect((await exportOnce(source, to, options)).summary.outcomes.copied.items).toBe(0);
});

test("sixty photos of one original name: each keeps its files together, and a second run adds none", async () => {
  const assets = Array.from({ length: 60 }, (_, i) =>
    asset({ filename: `IMG_${1000 + i}.HEIC`, kindSubtype: 2, originalFilename: "FullSizeRender.heic" }),
  );
  const to = join(temporaryFolder(), "photos");
  const { files } = await exported({ assets }, {}, to);
  const stems = new Map<string, number>();
  for (const f of files) stems.set(f.replace(/\.[^.]+$/, ""), (stems.get(f.replace(/\.[^.]+$/, "")) ?? 0) + 1);
  expect(stems.size).toBe(60);
  expect([...stems.values()].every((n) => n === 2)).toBe(true);
  const again = await exported({ assets }, {}, to);
  expect(again.files).toEqual(files);
});

test("small versions stand for what is only in iCloud, marked as such, and go when the original comes", async () => {
  const cloud = asset({
    directory: "PhotoData/CPLAssets/group1",
    filename: `${uuidFrom(71)}.HEIC`,
    originalFilename: "IMG_7100.HEIC",
    original: "cloud",
    originalSize: 90_000,
  });
  const thumbOnly = asset({
    directory: "PhotoData/CPLAssets/group1",
    filename: `${uuidFrom(72)}.HEIC`,
    originalFilename: "IMG_7200.HEIC",
    original: "cloud",
  });
  const derivatives = [
    generated(`/PhotoData/Metadata/${cloud.directory}/${uuidFrom(71)}.JPG`, 4000),
    generated(`/PhotoData/Thumbnails/V2/${thumbOnly.directory}/${thumbOnly.filename}/6001.JPG`, 900),
  ];
  const to = join(temporaryFolder(), "photos");
  const options = { ...flat, derivatives: true };
  const run = async (assets: LibraryDescription["assets"]): Promise<RunResult> => {
    const phone = libraryPhone({ assets }, { extraFiles: derivatives });
    await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
    await using source = await mock.open();
    return await exportOnce(source, to, { ...options, library: libraryOptions() });
  };
  const first = await run([cloud, thumbOnly]);
  expect([...filesBelow(to)].sort()).toEqual(["IMG_7100_preview.JPG", "IMG_7200_preview.JPG"]);
  expect(first.summary.skippedByReason).toEqual({ "icloud-only": 2 });
  const second = await run([cloud, thumbOnly]);
  expect(second.summary.outcomes.present.items).toBe(2);
  const third = await run([{ ...cloud, original: "local" }, thumbOnly]);
  expect(third.summary.extras.previewsReplaced).toBe(1);
  expect([...filesBelow(to)].sort()).toEqual(["IMG_7100.HEIC", "IMG_7200_preview.JPG"]);
});

test("album folders: hard links where the disk has them, copies where asked, nothing twice", async () => {
  const to = join(temporaryFolder(), "photos");
  const links = await exported(everyKind(), { extras: { albumsAs: "links" } }, to);
  const inAlbums = links.files.filter((f) => f.startsWith("Albums/"));
  expect(inAlbums).toEqual([
    "Albums/Lisbon/IMG_0004.JPG",
    "Albums/Lisbon/IMG_0004_edited.jpg",
    "Albums/Trips/2024/Lisbon/IMG_0001.HEIC",
    "Albums/Trips/2024/Lisbon/IMG_0002.HEIC",
    "Albums/Trips/2024/Lisbon/IMG_0002.MOV",
  ]);
  expect(statSync(join(to, inAlbums[0]!)).ino).toBe(statSync(join(to, "IMG_0004.JPG")).ino);
  const again = await exported(everyKind(), { extras: { albumsAs: "links" } }, to);
  expect(again.files).toEqual(links.files);
  expect(again.summary.extras.albumEntries).toBe(0);
  const copies = await exported(everyKind(), { extras: { albumsAs: "copies" } });
  const copy = join(copies.to, "Albums/Lisbon/IMG_0004.JPG");
  expect(statSync(copy).ino).not.toBe(statSync(join(copies.to, "IMG_0004.JPG")).ino);
  expect(readFileSync(copy)).toEqual(readFileSync(join(copies.to, "IMG_0004.JPG")));
});

test("two albums of one name, and titles that no disk takes, have folders of their own", async () => {
  const photo = asset({ filename: "IMG_0001.JPG" });
  const albums = ["A/B?", "a/b?", "..", "CON", "x".repeat(300)].map((title) => ({ title, assets: [photo.uuid] }));
  const { files } = await exported({ assets: [photo], albums }, { extras: { albumsAs: "links" } });
  const folders = files.filter((f) => f.startsWith("Albums/")).map((f) => f.split("/").slice(1, -1).join("/"));
  expect(folders).toHaveLength(5);
  expect(new Set(folders.map((f) => f.toLowerCase())).size).toBe(5);
  for (const folder of folders)
    expect(folder.split("/").every((p) => p !== ".." && Buffer.byteLength(p) <= 255)).toBe(true);
});

test("sidecars say what the library knows; what another program changed is left alone; what the phone changed is renewed", async () => {
  const to = join(temporaryFolder(), "photos");
  const library = everyKind();
  const first = await exported(library, { extras: { albumsAs: "none", sidecar: "xmp" } }, to);
  const text = readFileSync(join(to, "IMG_0010.HEIC.xmp"), "utf8");
  for (const word of ["Person One", "Person Two", "PersonInImage", "2024-05-01T14:00"]) expect(text).toContain(word);
  expect(readFileSync(join(to, "IMG_0002.HEIC.xmp"), "utf8")).toContain("<xmp:Rating>5</xmp:Rating>");
  expect(first.files).toContain("IMG_0004_edited.jpg.xmp");
  expect(first.files).not.toContain("IMG_0002.MOV.xmp");
  writeFileSync(join(to, "IMG_0001.HEIC.xmp"), "changed by somebody else");
  const changed = {
    ...library,
    assets: library.assets.map((a) =>
      ["IMG_0001.HEIC", "IMG_0008.PNG"].includes(a.filename) ? { ...a, caption: "A new caption" } : a,
    ),
  };
  const second = await exported(changed, { extras: { albumsAs: "none", sidecar: "xmp" } }, to);
  expect(second.summary.extras).toEqual({ sidecarsWritten: 1, sidecarsKept: 1 });
  expect(readFileSync(join(to, "IMG_0001.HEIC.xmp"), "utf8")).toBe("changed by somebody else");
  expect(readFileSync(join(to, "IMG_0008.PNG.xmp"), "utf8")).toContain("A new caption");
  expect(second.files).toEqual(first.files);
  const json = await exported(library, { extras: { albumsAs: "none", sidecar: "json" } });
  expect(JSON.parse(readFileSync(join(json.to, "IMG_0002.HEIC.json"), "utf8"))).toMatchObject({
    v: 1,
    favourite: true,
  });
});

test("hostile text cannot break a sidecar", async () => {
  const photo = asset({
    filename: "IMG_0001.JPG",
    caption: '</rdf:li>\0<x a="&">\u0001 \ud800',
    keywords: ["a/b", "c|d", "<e>"],
  });
  const { to } = await exported({ assets: [photo] }, { extras: { albumsAs: "none", sidecar: "xmp" } });
  const text = readFileSync(join(to, "IMG_0001.JPG.xmp"), "utf8");
  expect(text).toContain("&lt;/rdf:li&gt;&lt;x a=&quot;&amp;&quot;&gt;");
  expect(/[\u0000-\u0008]/.test(text)).toBe(false);
});

test("the library is kept beside the run's log, for its owner only, and not twice", async () => {
  const to = join(temporaryFolder(), "photos");
  const library = everyKind();
  const runs = join(to, ".offroll/runs");
  await exported(library, { snapshot: true }, to);
  writeFileSync(join(runs, "20240501T123456Z-1a2b.library-0011223344556677.jsonl.gz.part"), "of a run that was killed");
  await exported(library, { snapshot: true }, to);
  const kept = readdirSync(runs).filter((n) => n.includes(".library-"));
  expect(kept).toHaveLength(1);
  expect(kept[0]).toMatch(/\.gz$/);
  expect(statSync(runs).mode & 0o777).toBe(0o700);
  expect(statSync(join(runs, kept[0]!)).mode & 0o777).toBe(0o600);
  const lines = gunzipSync(readFileSync(join(runs, kept[0]!)))
    .toString()
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l));
  expect(lines).toHaveLength(library.assets.length + 1);
  expect(lines.some((l) => l.albums?.includes("Trips/2024/Lisbon"))).toBe(true);
  const without = await exported(everyKind(), { snapshot: false });
  expect(readdirSync(join(without.to, ".offroll/runs")).some((n) => n.endsWith(".gz"))).toBe(false);
});

/** As the first version would have left it: its tables, its columns, and what stands in them. */
function makeFirstVersion(file: string): void {
  const first = join(import.meta.dirname, "../../fixtures/catalogs/version-1.sqlite");
  const rows = new DatabaseSync(file);
  rows.exec(`ATTACH '${first}' AS first`);
  const tables = rows.prepare("SELECT name, sql FROM first.sqlite_master WHERE type = 'table'").all();
  const indexes = rows.prepare("SELECT sql FROM first.sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all();
  const old = `${file}.old`;
  rows.exec(`ATTACH '${old}' AS old`);
  for (const { name, sql } of tables) {
    rows.exec(String(sql).replace(/^CREATE TABLE /i, "CREATE TABLE old."));
    const columns = rows
      .prepare(`SELECT name FROM pragma_table_info('${name}', 'old')`)
      .all()
      .map((c) => c["name"]);
    rows.exec(`INSERT INTO old.${name} (${columns.join()}) SELECT ${columns.join()} FROM main.${name}`);
  }
  for (const { sql } of indexes) rows.exec(String(sql).replace(/^CREATE INDEX /i, "CREATE INDEX old."));
  rows.exec("UPDATE old.item SET uuid = NULL; PRAGMA old.user_version = 1");
  rows.close();
  renameSync(old, file);
}

test("a catalog of the first version becomes a current one, and a rebuilt one knows UUIDs", async () => {
  const to = join(temporaryFolder(), "photos");
  const library = { assets: [asset({ filename: "IMG_0001.JPG", originalFilename: "Ferry.JPG" })] };
  await exported(library, {}, to);
  makeFirstVersion(join(to, ".offroll/catalog.sqlite"));
  const again = await exported(library, {}, to);
  expect(again.summary.outcomes.present.items).toBe(1);
  using catalog = Catalog.open(join(to, ".offroll"), { create: false })!;
  expect(catalog.items.rows()).toMatchObject([
    { uuid: library.assets[0]!.uuid, role: "original", target: "Ferry.JPG" },
  ]);
});

test("a run with nothing new opens no media file, and reads nothing but the log's header", async () => {
  const assets = Array.from({ length: 300 }, (_, i) => asset({ filename: `IMG_${1000 + i}.JPG` }));
  await using mock = await start({ assets });
  const to = join(temporaryFolder(), "photos");
  const options = { ...flat, library: libraryOptions() };
  await using source = await mock.open();
  await exportOnce(source, to, options);
  const opened = mock.phone.operationCounts.get("open")!;
  const sent = mock.phone.fileBytesSent;
  const again = await exportOnce(source, to, options);
  expect(again.summary.outcomes.present.items).toBe(300);
  expect(mock.phone.operationCounts.get("open")! - opened).toBe(1);
  expect(mock.phone.fileBytesSent - sent).toBe(32);
});

test("who looked at the phone already need not look again: a roll that is given is not listed anew", async () => {
  await using mock = await start(everyKind());
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now: Date.now(), library: libraryOptions() });
  const looked = mock.phone.operationCounts.get("list");
  const { summary } = await exportOnce(source, join(temporaryFolder(), "photos"), { ...flat, roll });
  expect(summary.outcomes.copied.items).toBe(26);
  expect(mock.phone.operationCounts.get("list")).toBe(looked);
});

test("exiftool reads every field of a sidecar", async (context) => {
  try {
    execFileSync("exiftool", ["-ver"]);
  } catch {
    if (process.env["CI"]) throw new Error("exiftool is missing");
    context.skip("exiftool is not installed");
  }
  const photo = asset({
    filename: "IMG_0001.JPG",
    favourite: true,
    caption: "Café & <cake>",
    title: "A title",
    keywords: ["sea"],
    people: ["Person One"],
    gps: { lat: -33.8591, lon: 151.2093 },
  });
  const library = { assets: [photo], albums: [{ title: "Lisbon", folders: ["Trips"], assets: [photo.uuid] }] };
  const { to } = await exported(library, { extras: { albumsAs: "none", sidecar: "xmp" } });
  const read = (folder: string): Record<string, unknown> =>
    JSON.parse(execFileSync("exiftool", ["-json", "-n", join(folder, "IMG_0001.JPG.xmp")]).toString())[0];
  const tags = read(to);
  expect(tags).toMatchObject({
    Rating: 5,
    Title: "A title",
    Description: "Café & <cake>",
    PersonInImage: "Person One",
    CollectionName: "Trips/Lisbon",
    Subject: "sea",
    HierarchicalSubject: "sea",
    TagsList: "sea",
  });
  expect(tags["DateTimeOriginal"]).toMatch(/^2024:05:01 14:00:\d\d\+02:00$/);
  expect(tags["GPSLatitude"]).toBeCloseTo(-33.8591, 5);
  expect(tags["GPSLongitude"]).toBeCloseTo(151.2093, 5);
  const more = await exported(library, {
    extras: { albumsAs: "none", sidecar: "xmp", keywordsFrom: ["people", "albums"] },
  });
  expect(read(more.to)).toMatchObject({
    PersonInImage: "Person One",
    Subject: ["sea", "Person One", "Lisbon"],
    HierarchicalSubject: ["sea", "People|Person One", "Albums|Trips|Lisbon"],
    TagsList: ["sea", "People/Person One", "Albums/Trips/Lisbon"],
  });
});
