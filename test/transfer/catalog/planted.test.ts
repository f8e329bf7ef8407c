/** A catalog on a disk that somebody else prepared: nothing but our own tables is ever asked, and nothing in it is run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { catalogName } from "../../../src/transfer/destination/metadata-folder.ts";
import { temporaryFolder } from "../../helpers/engine.ts";

const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
const rewrite = (where: string, to: string): string =>
  `UPDATE sqlite_master SET sql = '${to.replaceAll("'", "''")}' WHERE ${where}`;

function planted(change: (db: DatabaseSync) => void): string {
  const folder = temporaryFolder();
  Catalog.open(folder, { create: true })?.[Symbol.dispose]();
  const db = new DatabaseSync(join(folder, catalogName), { defensive: false });
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA writable_schema = 1");
  change(db);
  db.close();
  return folder;
}

const exec = (sql: string) => (db: DatabaseSync) => db.exec(sql);

/** The check of a state, by which every row is looked at, says something else besides. */
const checkedBy = (more: string) => (db: DatabaseSync) => {
  const { sql } = db.prepare("SELECT sql FROM sqlite_master WHERE name = 'item'").get() as { sql: string };
  const other = sql.replace("CHECK (state IN", `CHECK (${more} AND state IN`);
  expect(other).not.toBe(sql);
  db.exec(rewrite("name = 'item'", other));
};

test.each([
  ["a view in a table's place", exec(`DROP TABLE item; CREATE VIEW item AS ${endless}`)],
  ["a trigger", exec(`CREATE TRIGGER t AFTER INSERT ON run BEGIN INSERT INTO meta SELECT i, i FROM (${endless}); END`)],
  ["a virtual table", exec("CREATE VIRTUAL TABLE f USING fts5 (a)")],
  ["a computed column", exec("CREATE TABLE c (a, b AS (hex(zeroblob(1000000 * a))))")],
  ["an index of something computed", exec("CREATE INDEX e ON item (hex(zeroblob(size)))")],
  [
    "a view that is called a table",
    (db) => {
      db.exec(`DROP TABLE item; CREATE VIEW item AS ${endless}`);
      db.exec("UPDATE sqlite_master SET type = 'table' WHERE name = 'item'");
    },
  ],
  ["a check of each row that is not ours", checkedBy("hex(zeroblob(1000000)) <> ''")],
  ["part of a table that is not ours", exec("CREATE INDEX p ON item (path) WHERE length(path) > abs(size)")],
  ["a default of its own", exec("CREATE TABLE c (a, b DEFAULT (hex(zeroblob(1000000))))")],
  [
    "what goes with another row",
    exec("CREATE TABLE c (device TEXT REFERENCES device (id) ON DELETE CASCADE, name COLLATE nocase)"),
  ],
  ["a name that is SQL", exec('CREATE TABLE "x"" , (SELECT 1) y, ""item" (a)')],
] as [string, (db: DatabaseSync) => void][])("%s is damage", (_, change) => {
  for (const readOnly of [true, false])
    expect(() => Catalog.open(planted(change), { create: false, readOnly })).toThrow(
      expect.objectContaining({ code: "catalog-corrupt" }),
    );
});

test("of a schema with more behind a table, nothing more is run when an earlier version is read", () => {
  const outside = join(temporaryFolder(), "planted");
  const folder = planted((db) => {
    const { sql } = db.prepare("SELECT sql FROM sqlite_master WHERE name = 'meta'").get() as { sql: string };
    db.exec(rewrite("name = 'meta'", `${sql}; COMMIT; ATTACH '${outside}' AS x; CREATE TABLE x.t (a); BEGIN`));
    db.exec("DROP TABLE album; PRAGMA user_version = 3");
  });
  try {
    Catalog.open(folder, { create: false, readOnly: true })?.[Symbol.dispose]();
  } catch {
    // It may be refused.
  }
  expect(existsSync(outside)).toBe(false);
});

test("a value as large as SQLite allows is damage, and takes no memory", () => {
  const folder = planted(exec("INSERT INTO meta VALUES ('template:d', hex(zeroblob(40000000)))"));
  expect(() => {
    using catalog = Catalog.open(folder, { create: false, readOnly: true });
    catalog?.devices.template("d");
  }).toThrow(expect.objectContaining({ code: "catalog-corrupt" }));
});

test.each([
  ["run", "summary = '{not JSON'"],
  ["run", "summary = '{}'"],
  ["run", "started_at = 9e15"],
  ["run", "started_at = 'then'"],
  ["device", "last_seen = 1.5"],
  ["device", "name = x'00ff'"],
  ["item", "copied_at = -9e15"],
  ["item", "size = 'large'"],
  ["item", "size = 9223372036854775807"],
  ["run", "started_at = -9223372036854775807"],
  ["item", "sha256 = x'07'"],
])("a row of %s whose %s makes no sense: damage, and no fault of ours", async (table, change) => {
  const folder = temporaryFolder();
  {
    using catalog = Catalog.open(folder, { create: true }) as Catalog;
    catalog.devices.note({ id: "d", name: "Phone", model: "m", lastSeen: 1 });
    catalog.runs.start({ id: "r", device: "d", command: "offroll backup", startedAt: 1, kind: "backup" });
    const outcomes = { copied: { items: 1, bytes: 1 }, failed: { items: 0, bytes: 0 } };
    catalog.runs.finish("r", {
      finishedAt: 2,
      complete: true,
      summary: JSON.stringify({ outcomes }),
      knownFailures: 0,
    });
    const item = { id: "a", path: "/a", name: "a", area: "camera-roll", sizeBytes: 1, ...noTimes } as const;
    const row = { photoId: "p", uuid: undefined, role: "original", captured: undefined, copiedAt: 1 } as const;
    catalog.items.markDone("d", item, { ...row, target: "a", sha256: undefined, runId: "r" });
  }
  const ask = (): unknown => {
    using catalog = Catalog.open(folder, { create: false, readOnly: true }) as Catalog;
    return [catalog.devices.all(), catalog.runs.all(), catalog.items.rows()];
  };
  expect(ask()).toMatchObject([[{ id: "d" }], [{ id: "r" }], [{ target: "a" }]]);
  const db = new DatabaseSync(join(folder, catalogName));
  db.exec(`UPDATE ${table} SET ${change}`);
  db.close();
  expect(ask).toThrow(expect.objectContaining({ code: "catalog-corrupt" }));
});

const noTimes = { createdAt: undefined, modifiedAt: undefined };
