/** One cell of the library that no phone would write costs its own field, and nothing else: not the photo, not the library. */
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { MediaArea, MediaItem } from "../../src/device/media-source.ts";
import { libraryItems } from "../../src/library/photos/photos-items.ts";
import { readLibraryRows } from "../../src/library/photos/photos-rows.ts";
import type { RollItem } from "../../src/library/roll.ts";
import { Tree } from "../../src/library/tree.ts";
import { ForeignDatabase } from "../../src/shared/foreign-database.ts";
import { everyKind, filesOf, libraryPhone } from "../helpers/library-phone.ts";

const library = everyKind();
const phone = libraryPhone(library, { inWal: 0 });
const work = mkdtempSync(join(tmpdir(), "offroll-odd-"));

const odd = [
  "'odd text'",
  "''",
  "x'00ff80'",
  "9223372036854775807",
  "-9223372036854775808",
  "9e999",
  "-9e999",
  "1e308",
  "-5",
  "3.7",
  "'a' || char(0) || 'b' || char(55296)",
  "hex(zeroblob(40000))",
  "NULL",
];

const areaOf = (path: string): MediaArea =>
  path.startsWith("/PhotoData/CPLAssets")
    ? "cloud-originals"
    : path.startsWith("/PhotoData/Mutations")
      ? "edits"
      : path.startsWith("/PhotoData/")
        ? "shared-albums"
        : "camera-roll";

function treeOf(): Tree {
  const tree = new Tree();
  const times = { modifiedAt: new Date(0), createdAt: new Date(0) };
  for (const { path } of filesOf(library.assets)) {
    const item: MediaItem = {
      id: path,
      path,
      name: path.split("/").at(-1)!,
      area: areaOf(path),
      sizeBytes: 5,
      ...times,
    };
    tree.add(item);
  }
  return tree;
}

/** Everything that is said of an item, by names. */
function fieldsOf(item: RollItem): Record<string, string> {
  const { library: facts, parts, burst, ...rest } = item;
  const flat: Record<string, unknown> = {
    ...rest,
    burst: burst?.uuid,
    picked: burst?.picked,
    parts: parts.map((p) => `${p.role} ${p.item.path} ${p.availability}`),
    sizes: parts.map((p) => p.item.sizeBytes),
  };
  for (const [name, value] of Object.entries(parts[0].facts ?? {})) flat[`facts.${name}`] = value;
  for (const [name, value] of Object.entries(facts ?? {})) flat[`library.${name}`] = value;
  return Object.fromEntries(
    Object.entries(flat)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, JSON.stringify(value)]),
  );
}

/** The rows' items under the file of the row, and what is left in the tree. */
async function read(
  change?: (db: DatabaseSync) => void,
): Promise<{ items: Map<string, Record<string, string>>; left: string[] }> {
  const file = join(work, "Photos.sqlite");
  copyFileSync(phone.database, file);
  if (change) {
    const db = new DatabaseSync(file);
    db.exec("PRAGMA synchronous = OFF; BEGIN");
    change(db);
    db.exec("COMMIT");
    db.close();
  }
  await using db = ForeignDatabase.open(file);
  const rows = await readLibraryRows(db);
  expect(rows).toBeDefined();
  const tree = treeOf();
  const context = {
    timeZone: "Europe/Berlin",
    now: Date.UTC(2026, 0),
    usesICloud: true,
    factsOf: () => undefined,
    kindOf: (item: MediaItem) => tree.kindOf(item),
  };
  const items = new Map<string, Record<string, string>>();
  for await (const item of libraryItems(rows!, tree, context)) items.set(item.parts[0].item.path, fieldsOf(item));
  return { items, left: [...tree.leftOver()].flat().map((i) => i.path) };
}

/** What each cell may cost. A photo's date, its subtype and whether it is shown are each made of several. */
const costs: Record<string, Record<string, readonly string[]>> = {
  ZCLOUDMASTER: { ZCLOUDLOCALSTATE: ["library.cloud"] },
  ZASSET: {
    ZUUID: ["id", "library.uuid"],
    ZKIND: ["kind"],
    ZKINDSUBTYPE: ["subtype", "parts", "sizes", "pairedBy"],
    ZDATECREATED: ["captured"],
    ZFAVORITE: ["library.favourite"],
    ZHIDDEN: ["library.hidden"],
    ZTRASHEDSTATE: ["library.trashed", "library.trashedAt"],
    ZTRASHEDDATE: ["library.trashedAt"],
    ZVISIBILITYSTATE: ["picked"],
    ZSAVEDASSETTYPE: ["library.shared", "parts", "sizes"],
    ZCOMPLETE: [],
    ZCLOUDASSETGUID: ["library.cloud"],
    ZCLOUDDELETESTATE: ["library.cloud"],
    ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE: ["library.withOthers"],
    ZADJUSTMENTSSTATE: ["edited"],
    ZWIDTH: ["facts.width", "facts.height"],
    ZHEIGHT: ["facts.width", "facts.height"],
    ZLATITUDE: ["facts.gps"],
    ZLONGITUDE: ["facts.gps"],
    ZDURATION: ["facts.durationSeconds"],
    ZVIDEOCPDURATIONVALUE: ["facts.durationSeconds"],
    ZVIDEOCPDURATIONTIMESCALE: ["facts.durationSeconds"],
    ZAVALANCHEUUID: ["burst", "picked", "facts.burstUuid", "subtype"],
    ZAVALANCHEPICKTYPE: [],
    ZMEDIAGROUPUUID: ["facts.contentIdentifier"],
    ZDEPTHTYPE: ["library.depth", "subtype"],
    ZSPATIALTYPE: ["subtype"],
    ZISDETECTEDSCREENSHOT: ["subtype"],
    ZMOMENT: ["library.place"],
  },
  ZADDITIONALASSETATTRIBUTES: {
    ZORIGINALFILENAME: ["library.originalFilename"],
    ZTIMEZONEOFFSET: ["captured"],
    ZEXIFTIMESTAMPSTRING: ["captured"],
    ZINFERREDTIMEZONEOFFSET: ["captured"],
    ZORIGINALFILESIZE: ["sizes"],
    ZORIGINALSTABLEHASH: ["library.fingerprint"],
    ZTITLE: ["library.title"],
    ZASSETDESCRIPTION: ["library.caption"],
  },
  ZEXTENDEDATTRIBUTES: {
    ZCAMERAMAKE: ["facts.make"],
    ZCAMERAMODEL: ["facts.model"],
    ZLENSMODEL: ["facts.lens"],
    ZISO: ["facts.iso"],
    ZAPERTURE: ["facts.aperture"],
    ZSHUTTERSPEED: ["facts.exposureSeconds"],
    ZFOCALLENGTHIN35MM: ["facts.focalLength35mm"],
    ZTIMEZONEOFFSET: ["captured"],
  },
  ZASSETDESCRIPTION: { ZLONGDESCRIPTION: ["library.caption"] },
  ZMOMENT: { ZTITLE: ["library.place"] },
  ZGENERICALBUM: {
    ZTITLE: ["library.albums"],
    ZKIND: ["library.albums"],
    ZPARENTFOLDER: ["library.albums"],
    ZTRASHEDSTATE: ["library.albums"],
    ZUUID: ["library.albums"],
  },
  ZPERSON: { ZFULLNAME: ["library.people"], ZDISPLAYNAME: ["library.people"], ZMERGETARGETPERSON: ["library.people"] },
  ZDETECTEDFACE: {
    ZPERSONFORFACE: ["library.people"],
    ZASSETFORFACE: ["library.people"],
    ZHIDDEN: ["library.people"],
    ZISINTRASH: ["library.people"],
  },
  ZKEYWORD: { ZTITLE: ["library.keywords"] },
  ZINTERNALRESOURCE: {
    ZRESOURCETYPE: ["parts", "sizes", "availability", "pairedBy"],
    ZDATASTORESUBTYPE: ["parts", "sizes", "availability", "pairedBy"],
    ZVERSION: ["parts", "sizes", "availability", "pairedBy"],
    ZLOCALAVAILABILITY: ["parts", "sizes"],
    ZREMOTEAVAILABILITY: ["parts", "sizes", "availability", "pairedBy"],
    ZDATALENGTH: ["sizes"],
  },
};
const columns = new DatabaseSync(phone.database);
const cells = Object.entries(costs).flatMap(([table, allowed]) =>
  Object.entries(allowed)
    .filter(([column]) => columns.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?").get(table, column))
    .map(([column, fields]) => [`${table}.${column}`, table, column, fields] as const),
);
columns.close();

test("the columns that a library of today has are all tried", () => {
  const text = readFileSync(join(import.meta.dirname, "../../src/library/photos/photos-rows.ts"), "utf8");
  const named = new Set(text.match(/"Z[A-Z0-9]{3,}"/g)?.map((name) => name.slice(1, -1)));
  const tried = new Set(cells.flatMap(([, table, column]) => [table, column]));
  const db = new DatabaseSync(phone.database);
  const isColumn = (name: string): boolean =>
    db.prepare("SELECT 1 FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE c.name = ?").get(name) !==
    undefined;
  // What ties rows to their files, and tables to each other, is tried by the tests of hostile libraries.
  const ties = ["ZDIRECTORY", "ZFILENAME", "ZASSET", "ZMASTER"];
  expect([...named].filter((name) => isColumn(name) && !tried.has(name) && !ties.includes(name))).toEqual([]);
  db.close();
});

const onPhone = (parts = "[]"): string[] => (JSON.parse(parts) as string[]).filter((p) => p.endsWith(" phone"));

/** A row of odd values for each row of the table; a column that is declared unique or not null the phone could not fill so either. */
function spoil(db: DatabaseSync, table: string, names: readonly string[], shift: number): void {
  const keys = db.prepare(`SELECT rowid AS row FROM ${table} ORDER BY rowid`).all();
  for (const [i, { row }] of keys.entries())
    for (const [j, column] of names.entries())
      db.exec(`UPDATE OR IGNORE ${table} SET ${column} = ${odd[(i + j + shift) % odd.length]} WHERE rowid = ${row}`);
}

// An asset has many columns that decide something, of the other tables each is a value by itself.
const groups = [
  ...cells
    .filter(([, table]) => table === "ZASSET")
    .map(([, table, column, allowed]) => ({ table, names: [column], allowed })),
  ...Object.keys(costs)
    .filter((table) => table !== "ZASSET")
    .map((table) => {
      const mine = cells.filter((c) => c[1] === table);
      return { table, names: mine.map((c) => c[2]), allowed: mine.flatMap((c) => c[3]) };
    }),
];

test("odd values in any column cost at most what the column tells", async () => {
  const before = await read();
  expect(before.items.size).toBe(library.assets.length);
  const filesIn = (all: Iterable<Record<string, string>>): string[] =>
    [...all].flatMap((fields) => onPhone(fields["parts"]).map((part) => part.split(" ")[1]!));
  for (const { table, names, allowed } of groups)
    for (const shift of table === "ZASSET" ? [0] : [0, 4]) {
      const after = await read((db) => spoil(db, table, names, shift));
      const where = `${table}.${names.join()}`;
      expect([...after.items.keys()].sort(), where).toEqual([...before.items.keys()].sort());
      for (const [path, fields] of after.items) {
        const was = before.items.get(path)!;
        const changed = [...new Set([...Object.keys(was), ...Object.keys(fields)])].filter((f) => was[f] !== fields[f]);
        expect(
          changed.filter((f) => !allowed.includes(f)),
          `${where} ${path}`,
        ).toEqual([]);
      }
      // No file is lost: what is no part of a photo any more is one by itself.
      const files = [...after.left, ...filesIn(after.items.values())];
      expect(files.sort(), where).toEqual([...before.left, ...filesIn(before.items.values())].sort());
    }
});

test("no odd value hides a photo, calls it deleted, shared or not picked", async () => {
  const { items } = await read((db) => {
    const columns = ["ZHIDDEN", "ZTRASHEDSTATE", "ZVISIBILITYSTATE", "ZAVALANCHEPICKTYPE", "ZSAVEDASSETTYPE"];
    for (const [i, column] of columns.entries())
      for (const [j, value] of ["'odd text'", "x'00ff'", "-5", "9223372036854775807"].entries())
        db.exec(`UPDATE ZASSET SET ${column} = ${value} WHERE (Z_PK + ${i}) % 4 = ${j}`);
  });
  const isTrue = (name: string): number => [...items.values()].filter((f) => f[name] === "true").length;
  expect(["library.hidden", "library.trashed", "library.shared"].map(isTrue)).toEqual([0, 0, 0]);
});
