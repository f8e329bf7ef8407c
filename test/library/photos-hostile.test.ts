/** Libraries that are strange, damaged, hostile or being written: files are listed all the same, and what is not known is said. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { generations, type Tables } from "../../fixtures/make/photos-schema.ts";
import type { MediaItem } from "../../src/device/media-source.ts";
import { bufferContent } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { libraryItems } from "../../src/library/photos/photos-items.ts";
import { pullPhotosLibrary } from "../../src/library/photos/photos-pull.ts";
import { type LibraryRows, readLibraryRows } from "../../src/library/photos/photos-rows.ts";
import type { CameraRoll } from "../../src/library/roll.ts";
import { Tree } from "../../src/library/tree.ts";
import { ForeignDatabase } from "../../src/shared/foreign-database.ts";
import { asset, databasePath, everyKind, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { cases, runs } from "../helpers/thorough.ts";

const now = Date.UTC(2026, 0);
const noDates = { modifiedAt: undefined, createdAt: undefined };
const files = (roll: CameraRoll): string[] =>
  roll.items.flatMap((i) => i.parts.filter((p) => p.availability === "phone").map((p) => p.item.path)).sort();

async function rollOf(phone: ReturnType<typeof libraryPhone>): Promise<CameraRoll> {
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  return await buildCameraRoll(source, { now, library: libraryOptions() });
}

/** Every media file that the mock shows, whatever anything says of it. */
const described = (phone: ReturnType<typeof libraryPhone>): string[] =>
  phone.files
    .map((f) => f.path)
    .filter((p) => /^\/(DCIM|PhotoData\/(CPLAssets|Mutations|PhotoCloudSharingData))/.test(p))
    .sort();

test("columns and tables may be renamed, dropped and added at will: every file is still there, nothing is invented", async () => {
  const library = everyKind();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...generations),
      fc.array(fc.tuple(fc.constantFrom("rename", "drop", "add", "dropTable", "decoy"), fc.nat(), fc.nat()), {
        maxLength: 12,
      }),
      async (generation, changes) => {
        const mutate = (tables: Tables): void => {
          for (const [kind, a, b] of changes) {
            const names = [...tables.keys()];
            const table = names[a % names.length] as string;
            const columns = tables.get(table) as Map<string, string>;
            const column = [...columns.keys()][b % columns.size] as string;
            // Without these three there is no library; that case has a test of its own.
            const isHard = /^Z(GENERIC)?ASSET$/.test(table) && ["Z_PK", "ZDIRECTORY", "ZFILENAME"].includes(column);
            if (kind === "add") columns.set(`ZNEW${b}`, "INTEGER");
            else if (kind === "decoy")
              tables.set(
                `Z_${b % 90}NEWASSETS`,
                new Map([
                  [`Z_${b % 90}ALBUMS`, "INTEGER"],
                  [`Z_${a % 90}ASSETS`, "INTEGER"],
                ]),
              );
            else if (kind === "dropTable" && !/^Z(GENERIC)?ASSET$/.test(table)) tables.delete(table);
            else if (!isHard && columns.size > 1) {
              if (kind === "rename") columns.set(`${column}2`, columns.get(column) as string);
              if (kind === "rename" || kind === "drop") columns.delete(column);
            }
          }
        };
        const phone = libraryPhone(library, { generation, mutate });
        const roll = await rollOf(phone);
        expect(roll.knowledge.source).toBe("library");
        // Shared copies are listed only where the library says that they are shared.
        const listed = new Set(files(roll));
        for (const path of described(phone).filter((p) => !p.includes("PhotoCloudSharingData")))
          expect(listed.has(path), path).toBe(true);
        expect(files(roll)).toHaveLength(listed.size);
        const titles = new Set(roll.items.flatMap((i) => (i.library?.albums ?? []).map((a) => a.title)));
        for (const title of titles) expect(["Lisbon", "Gone"]).toContain(title);
        rmSync(phone.baseFolder, { recursive: true });
      },
    ),
    { numRuns: runs(36, 8), seed: 4711 },
  );
});

test("a join table of another number is found, and a decoy that fits is told from it by the entity's number", async () => {
  const library = everyKind();
  const phone = libraryPhone(library, {
    generation: { ...generations.at(-1)!, albumEntity: 77, assetEntity: 12, keywordEntity: 90 },
    mutate: (tables) =>
      void tables.set(
        "Z_5ASSETS",
        new Map([
          ["Z_5ALBUMS", "INTEGER"],
          ["Z_12ASSETS", "INTEGER"],
          ["Z_FOK_12ASSETS", "INTEGER"],
        ]),
      ),
  });
  const roll = await rollOf(phone);
  expect(roll.knowledge.found?.albums).toBe("Z_77ASSETS");
  expect([...new Set(roll.items.flatMap((i) => (i.library?.albums ?? []).map((a) => a.path)))].sort()).toEqual([
    "Lisbon",
    "Trips/2024/Lisbon",
  ]);
  expect(roll.items.flatMap((i) => i.library?.keywords ?? []).sort()).toEqual(["sea", "sun"]);
});

test.each([
  ["an empty file", () => Buffer.alloc(0), /no photo library/],
  [
    "no database",
    () => Buffer.from("this is not a database, but it is long enough to be looked at".repeat(100)),
    /damaged/,
  ],
  ["a database of something else", somethingElse, /no photo library that offroll knows/],
  ["a torn page", (bytes: Buffer) => bytes.fill(0xa7, 4096 * 3, 4096 * 9), /damaged/],
])("%s: the tree alone is used, and why is said", async (_, spoil, why) => {
  const phone = libraryPhone(everyKind(), { inWal: 0 });
  writeFileSync(phone.database, spoil(readFileSync(phone.database)));
  writeFileSync(`${phone.database}-wal`, Buffer.alloc(0));
  const roll = await rollOf(phone);
  expect(roll.knowledge.source).toBe("tree");
  expect(roll.knowledge.why).toMatch(why);
  const expected = described(phone).filter((p) => !p.includes("PhotoCloudSharingData"));
  expect(files(roll)).toEqual(expected);
});

test("keys that are not unique are not joined on: the files are listed, and why is said", async () => {
  const phone = libraryPhone(everyKind(), {
    inWal: 0,
    mutate: (tables) => void tables.get("ZASSET")!.set("Z_PK", "INTEGER"),
  });
  const db = new DatabaseSync(phone.database);
  expect(db.prepare("UPDATE ZASSET SET Z_PK = Z_PK / 3").run().changes).toBeGreaterThan(10);
  db.close();
  writeFileSync(`${phone.database}-wal`, Buffer.alloc(0));
  const roll = await rollOf(phone);
  expect(roll.knowledge).toMatchObject({ source: "tree", why: expect.stringContaining("no photo library") });
  expect(files(roll)).toEqual(described(phone).filter((p) => !p.includes("PhotoCloudSharingData")));
});

/** A database of 12 KB to 300 KB whose queries would take hours. */
const endless: [name: string, sql: string][] = [
  [
    "ten thousand equal keys in every table that is joined",
    `DROP TABLE ZADDITIONALASSETATTRIBUTES; CREATE TABLE ZADDITIONALASSETATTRIBUTES (Z_PK INTEGER PRIMARY KEY, ZASSET INTEGER, ZASSETDESCRIPTION INTEGER, ZTITLE TEXT);
     DROP TABLE ZEXTENDEDATTRIBUTES; CREATE TABLE ZEXTENDEDATTRIBUTES (Z_PK INTEGER PRIMARY KEY, ZASSET INTEGER, ZCAMERAMAKE TEXT);
     DROP TABLE ZASSETDESCRIPTION; CREATE TABLE ZASSETDESCRIPTION (Z_PK INTEGER, ZLONGDESCRIPTION TEXT);
     DROP TABLE ZMOMENT; CREATE TABLE ZMOMENT (Z_PK INTEGER, ZTITLE TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ZADDITIONALASSETATTRIBUTES SELECT i, 1, 1, 't' FROM n;
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ZEXTENDEDATTRIBUTES SELECT i, 1, 'm' FROM n;
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ZASSETDESCRIPTION SELECT 1, 'd' FROM n;
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ZMOMENT SELECT 1, 'p' FROM n;
     UPDATE ZASSET SET ZMOMENT = 1`,
  ],
  [
    "keyword tables whose keys are all one",
    `DROP TABLE ZKEYWORD; CREATE TABLE ZKEYWORD (Z_PK INTEGER, ZTITLE TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ZKEYWORD SELECT 1, 'k' FROM n;
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO Z_1KEYWORDS SELECT 1, 1 FROM n`,
  ],
];

test.each(endless)("%s: every asset is one item all the same", async (_, sql) => {
  const phone = libraryPhone(everyKind(), { inWal: 0 });
  const db = new DatabaseSync(phone.database);
  db.exec(`PRAGMA journal_mode = DELETE; BEGIN; ${sql}; COMMIT`);
  db.close();
  writeFileSync(`${phone.database}-wal`, Buffer.alloc(0));
  const roll = await rollOf(phone);
  expect(roll.knowledge.source).toBe("library");
  expect(roll.items.filter((i) => i.library)).toHaveLength(everyKind().assets.length);
});

test("a library that takes longer than it may is left alone: the files are listed, and why is said", async () => {
  const phone = libraryPhone(everyKind());
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: { ...libraryOptions(), budgetMs: 0 } });
  expect(roll.knowledge).toMatchObject({
    source: "tree",
    why: expect.stringContaining("more time or memory than it may"),
  });
  expect(files(roll)).toEqual(described(phone).filter((p) => !p.includes("PhotoCloudSharingData")));
});

test("a file that a row took and gave to no item is still one", async () => {
  const tree = new Tree();
  const path = "/DCIM/100APPLE/IMG_0001.HEIC";
  const file: MediaItem = { id: path, path, name: "IMG_0001.HEIC", area: "camera-roll", sizeBytes: 1, ...noDates };
  tree.add(file);
  const rows: LibraryRows = {
    async *paths() {
      yield { key: 1, directory: "DCIM/100APPLE", filename: "IMG_0001.HEIC" };
    },
    async *assets() {},
    takeResources: () => [],
    albums: [],
    sharedAlbums: [],
    people: new Map(),
    keywords: new Map(),
    highlights: undefined,
    unknown: new Set(),
    hasShared: false,
    knowsCloud: false,
    found: { assets: "ZASSET", albums: null, keywords: null },
  };
  const context = {
    timeZone: undefined,
    now,
    usesICloud: false,
    factsOf: () => undefined,
    kindOf: () => "photo" as const,
  };
  for await (const _ of libraryItems(rows, tree, context)) expect.unreachable();
  expect([...tree.leftOver()]).toEqual([[file]]);
});

test("where no copy of the library can be kept, the tree alone is used, and why is said", async () => {
  const phone = libraryPhone(everyKind());
  const options = libraryOptions();
  // A file stands where the folder should be made.
  writeFileSync(options.folder, "in the way");
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: options });
  expect(roll.knowledge).toMatchObject({ source: "tree", why: expect.stringContaining("could not be kept") });
  expect(files(roll)).toEqual(described(phone).filter((p) => !p.includes("PhotoCloudSharingData")));
});

test("a kept copy that was damaged on this computer is no reason to stop either", async () => {
  const phone = libraryPhone(everyKind());
  const options = libraryOptions();
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  await buildCameraRoll(source, { now, library: options });
  const kept = readdirSync(options.folder).find((name) => name !== "current")!;
  for (const name of readdirSync(join(options.folder, kept))) rmSync(join(options.folder, kept, name));
  writeFileSync(join(options.folder, kept, "Photos.sqlite"), "not a database any more");
  const roll = await buildCameraRoll(source, { now, library: options });
  expect(roll.knowledge.source).toBe("tree");
  expect(files(roll)).toEqual(described(phone).filter((p) => !p.includes("PhotoCloudSharingData")));
  const again = await buildCameraRoll(source, { now, library: options });
  expect(again.knowledge.source).toBe("library");
});

function somethingElse(): Buffer {
  const path = join(libraryOptions().folder, "..", "other.sqlite");
  const db = new DatabaseSync(path);
  db.exec("CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, ZNAME TEXT); INSERT INTO ZASSET VALUES (1, 'x')");
  db.close();
  return readFileSync(path);
}

test("a damaged library does not take the last whole one away", async () => {
  const phone = libraryPhone(everyKind());
  const options = libraryOptions();
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  await buildCameraRoll(source, { now, library: options });
  replace(mock, databasePath, Buffer.alloc(50_000, 0x41));
  const roll = await buildCameraRoll(source, { now, library: options });
  expect(roll.knowledge.source).toBe("library-stale");
  expect(roll.knowledge.why).toMatch(/damaged/);
  expect(roll.items.filter((i) => i.library)).toHaveLength(everyKind().assets.length);
});

async function countRows(file: string): Promise<number> {
  let count = 0;
  await using db = ForeignDatabase.open(file);
  const rows = (await readLibraryRows(db))!;
  for (const which of ["edited", "unedited"] as const) for await (const _ of rows.assets(which)) count += 1;
  return count;
}

function replace(mock: MockSetup, path: string, bytes: Buffer): void {
  const node = mock.phone.node(path);
  if (node?.type !== "file") throw new Error(`${path} is not described`);
  node.content = bufferContent(bytes);
  node.size = bytes.length;
  node.modifiedNs += 1_000_000n;
}

test("rows that lie: paths that lead out, dates beyond any calendar, circles, wrong types, twice the same file", async () => {
  const evil = [
    asset({ filename: "../../../etc/passwd", directory: "DCIM/../.." }),
    asset({ filename: "IMG_0001.JPG" }),
    asset({ filename: "IMG_0001.JPG" }), // a second row for the same file
    asset({ filename: "IMG_0002.JPG", created: 123_456_789_012_345 }),
    asset({ filename: "IMG_0003.JPG", originalFilename: `${"x".repeat(300)}.jpg`, caption: "\0\u202e<script>" }),
    asset({ filename: "IMG_0004.JPG", created: undefined, gps: { lat: 0, lon: 0 } }),
  ];
  const phone = libraryPhone(
    { assets: evil, albums: [{ title: "Circle", folders: ["A", "B"], assets: [evil[1]!.uuid] }] },
    { inWal: 0 },
  );
  const db = new DatabaseSync(phone.database);
  db.exec("PRAGMA journal_mode = DELETE");
  db.exec("UPDATE ZGENERICALBUM SET ZPARENTFOLDER = Z_PK WHERE ZTITLE = 'A'");
  db.exec(
    "UPDATE ZASSET SET ZFAVORITE = 'yes', ZWIDTH = -5, ZDURATION = 'long', ZUUID = x'00ff' WHERE ZFILENAME = 'IMG_0003.JPG'",
  );
  db.exec("UPDATE ZASSET SET ZKINDSUBTYPE = 4242, ZAVALANCHEPICKTYPE = 99999 WHERE ZFILENAME = 'IMG_0002.JPG'");
  db.close();
  writeFileSync(`${phone.database}-wal`, Buffer.alloc(0));
  const roll = await rollOf({ ...phone, files: phone.files.filter((f) => !f.path.includes("..")) });
  expect(roll.knowledge.source).toBe("library");
  expect(files(roll)).toEqual([
    "/DCIM/100APPLE/IMG_0001.JPG",
    "/DCIM/100APPLE/IMG_0002.JPG",
    "/DCIM/100APPLE/IMG_0003.JPG",
    "/DCIM/100APPLE/IMG_0004.JPG",
  ]);
  const item = (name: string) => roll.items.find((i) => i.parts[0].item.name === name)!;
  expect(roll.items.filter((i) => i.parts[0].item.name === "IMG_0001.JPG")).toHaveLength(1);
  expect(item("IMG_0002.JPG").captured?.source).toMatch(/^file/);
  expect(item("IMG_0002.JPG").subtype).toBeUndefined();
  expect(item("IMG_0003.JPG").library?.uuid).toBeUndefined();
  expect(item("IMG_0003.JPG").parts[0].facts?.width).toBeUndefined();
  expect(item("IMG_0004.JPG").parts[0].facts?.gps).toBeUndefined();
  const out = roll.items.find((i) => i.parts[0].item.name === "passwd")!;
  // Nobody asked the phone for that path: it is a row without a file.
  expect(out.availability).toBe("missing");
});

test("an integer that no number holds costs that value alone", async () => {
  const phone = libraryPhone({ assets: [asset({ filename: "IMG_0001.JPG" })] }, { inWal: 0 });
  const db = new DatabaseSync(phone.database);
  db.exec("PRAGMA journal_mode = DELETE");
  db.exec("UPDATE ZASSET SET ZKIND = 9223372036854775807");
  db.close();
  writeFileSync(`${phone.database}-wal`, Buffer.alloc(0));
  const roll = await rollOf(phone);
  expect(roll.knowledge.source).toBe("library");
  expect(roll.items).toMatchObject([{ kind: "photo", library: { originalFilename: "IMG_0001.JPG" } }]);
});

test("written to at any moment while it is pulled: what is accepted is one moment of the library, never two halves", async () => {
  const assets = Array.from({ length: 400 }, (_, i) => asset({ filename: `IMG_${1000 + i}.JPG` }));
  const phone = libraryPhone({ assets });
  // The phone's own writer: each transaction adds a row to each of two tables; checkpoints come when they come.
  const live = join(phone.baseFolder, "live.sqlite");
  const writer = writePhotosLibrary(live, { assets }, generations.at(-1)!, { keepOpen: true })!;
  writer.exec("CREATE TABLE LEFTSIDE (n INTEGER, filler BLOB); CREATE TABLE RIGHTSIDE (n INTEGER, filler BLOB)");
  await using mock = await startMock(
    { files: phone.files, afc: { readCapBytes: 32 * 1024 } },
    { baseFolder: phone.baseFolder },
  );
  await using source = await mock.open();
  let reads = 0;
  let strike = (): void => {};
  const mirror = (path: string, file: string): (() => void) => {
    const node = mock.phone.node(path);
    if (node?.type !== "file") throw new Error(`${path} is not described`);
    let bytes = readFileSync(file);
    node.content = {
      get size() {
        return bytes.length;
      },
      read(offset, length) {
        reads += 1;
        strike();
        return bytes.subarray(offset, offset + length);
      },
    };
    return () => {
      const next = readFileSync(file);
      if (!next.equals(bytes)) node.modifiedNs += 1_000_000n;
      bytes = next;
      node.size = next.length;
    };
  };
  const shows = [mirror(databasePath, `${live}.live`), mirror(`${databasePath}-wal`, `${live}.live-wal`)];
  let n = 0;
  const write = (checkpoint: string): void => {
    n += 1;
    writer.exec("BEGIN");
    writer.prepare("INSERT INTO LEFTSIDE VALUES (?, randomblob(2000))").run(n);
    writer.prepare("INSERT INTO RIGHTSIDE VALUES (?, randomblob(2000))").run(n);
    writer.exec("COMMIT");
    if (checkpoint !== "none") writer.exec(`PRAGMA wal_checkpoint(${checkpoint})`);
    for (const show of shows) show();
  };
  write("PASSIVE");
  const clock = { now: Date.now, sleep: async () => {} };
  const pull = async () => await pullPhotosLibrary(source, { ...libraryOptions(), clock: clock as never });
  reads = 0;
  expect((await pull()).state).toBe("current");
  const quiet = reads;
  let retried = 0;
  const strikes = cases(1, quiet, 6);
  for (const checkpoint of ["none", "PASSIVE", "RESTART", "TRUNCATE"])
    for (const at of strikes) {
      reads = 0;
      strike = () => {
        if (reads === at) write(checkpoint);
        // After a checkpoint that begins the log anew, the next write changes its salts.
        if (reads === at + 1 && checkpoint !== "none") write("none");
      };
      const pulled = await pull();
      strike = () => {};
      expect(pulled.state, `${checkpoint} at read ${at}`).toBe("current");
      if (reads > quiet + 2) retried += 1;
      const db = new DatabaseSync((pulled as { file: string }).file, { readOnly: true });
      const count = (table: string): number =>
        (db.prepare(`SELECT count(*) AS c FROM ${table}`).get() as { c: number }).c;
      expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      expect(count("LEFTSIDE")).toBe(count("RIGHTSIDE"));
      expect(count("LEFTSIDE")).toBeGreaterThanOrEqual(n - 2);
      expect(await countRows((pulled as { file: string }).file)).toBe(assets.length);
      db.close();
    }
  expect(retried).toBeGreaterThan(strikes.length);
  // A phone that never stops writing: nothing is believed, and nothing hangs.
  strike = () => write("RESTART");
  expect((await pull()).state).toBe("unusable");
  strike = () => {};
  writer.close();
});
