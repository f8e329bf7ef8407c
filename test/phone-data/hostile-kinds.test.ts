/** Databases of every kind that somebody made to do harm: each export ends, with what can be read and an account of the rest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import { sceneCalls, writeCalls } from "../../fixtures/make/phone-data/call-history.ts";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { sceneMemos, writeMemos } from "../../fixtures/make/phone-data/voice-memos.ts";
import { DataBrowser, type DataKind, dataKinds, type ExportReport } from "../../src/phone-data/index.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportTo } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-hostile-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Victim {
  readonly domain: string;
  readonly path: string;
  readonly bytes: () => Uint8Array;
  /** The table of its rows, a column of it that may hold anything, and a statement that makes `n` rows more. */
  readonly table: string;
  readonly column: string;
  readonly more: string;
}

const manyRows = (n: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) INSERT INTO`;

const victims: Readonly<Record<DataKind, Victim>> = {
  messages: {
    ...{ domain: "HomeDomain", path: "Library/SMS/sms.db", table: "message", column: "text" },
    bytes: () => writeSmsDatabase(join(folder, "sms"), { ...sceneFor("ios18"), generation: "ios18" }).database,
    more: "message (guid, text, date) SELECT 'more-' || i, 'words ' || i || hex(zeroblob(150)), i * 1e15 FROM n",
  },
  contacts: {
    ...{ domain: "HomeDomain", path: "Library/AddressBook/AddressBook.sqlitedb", table: "ABPerson", column: "Note" },
    bytes: () => writeAddressBook(folder, scenePeople).book,
    more: "ABPerson (guid, First, Note) SELECT 'more-' || i, 'Name ' || i, hex(zeroblob(150)) FROM n",
  },
  notes: {
    ...{ domain: "AppDomainGroup-group.com.apple.notes", path: "NoteStore.sqlite" },
    ...{ table: "ZICCLOUDSYNCINGOBJECT", column: "ZTITLE1" },
    bytes: () => writeNotes(folder, "ios17", sceneNotes).store,
    more: "ZICCLOUDSYNCINGOBJECT (Z_ENT, ZIDENTIFIER, ZTITLE1) SELECT 11, 'more-' || i, 'Note ' || hex(zeroblob(150)) FROM n",
  },
  calls: {
    ...{
      domain: "HomeDomain",
      path: "Library/CallHistoryDB/CallHistory.storedata",
      table: "ZCALLRECORD",
      column: "ZNAME",
    },
    bytes: () => writeCalls(folder, "ios18", sceneCalls),
    more: "ZCALLRECORD (ZUNIQUE_ID, ZDATE, ZNAME) SELECT 'more-' || i, 7e8 + i, hex(zeroblob(150)) FROM n",
  },
  "voice-memos": {
    ...{ domain: "MediaDomain", path: "Media/Recordings/CloudRecordings.db" },
    ...{ table: "ZCLOUDRECORDING", column: "ZENCRYPTEDTITLE" },
    bytes: () => writeMemos(folder, "ios17", sceneMemos),
    more: "ZCLOUDRECORDING (ZUNIQUEID, ZDATE, ZENCRYPTEDTITLE) SELECT 'more-' || i, 7e8 + i, hex(zeroblob(150)) FROM n",
  },
};

/** The database of a scene that something was done to. */
function changed({ bytes }: Victim, change: (db: DatabaseSync) => void): Buffer {
  const file = join(folder, "changed.db");
  for (const beside of ["", "-wal", "-shm"]) rmSync(`${file}${beside}`, { force: true });
  writeFileSync(file, bytes());
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  db.exec("PRAGMA journal_mode = DELETE");
  change(db);
  db.close();
  return readFileSync(file);
}

/** Where the page of its table begins that has this word. */
function pageOf(bytes: Buffer, word: string): number {
  const tableLeaf = 13;
  for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + 1))
    if (bytes[at & ~4095] === tableLeaf) return at & ~4095;
  throw new Error(`no page has ${word}`);
}

type Report = ExportReport["kinds"][number];

/** Rows that were read; memos are written where there is a file of them, and here is none. */
function readOf({ kind, found, written }: Report): number {
  return kind === "voice-memos" ? found : written;
}

async function exported(kind: DataKind, bytes: Uint8Array, wal?: Uint8Array): Promise<Report> {
  const { domain, path } = victims[kind];
  const to = join(folder, "out");
  rmSync(to, { recursive: true, force: true });
  const files = [{ domain, path, bytes }, ...(wal ? [{ domain, path: `${path}-wal`, bytes: wal }] : [])];
  const { kinds } = await exportTo({
    files: new MemoryPhoneFiles(files),
    ...{ to, scratch: join(folder, "tmp"), kinds: [kind] },
  });
  return kinds[0] as Report;
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";

test.each(dataKinds)("%s: what no phone has beside its tables costs nothing", async (kind) => {
  const victim = victims[kind];
  const { table, column } = victim;
  const long = "x".repeat(60_000);
  const odd = changed(victim, (db) =>
    db.exec(`CREATE VIEW endless AS ${endless} SELECT i FROM n;
      CREATE TRIGGER t AFTER UPDATE ON ${table} BEGIN SELECT nobody_has_this(1); END;
      ALTER TABLE ${table} ADD COLUMN computed AS (zeroblob(1000000000));
      ALTER TABLE ${table} ADD COLUMN "${long}" TEXT;
      CREATE TABLE "${long}" (a); CREATE TABLE "a""b'; DROP TABLE ${table}; --" (c);
      CREATE INDEX "i" ON ${table} (substr(${column}, 1, 9));`),
  );
  odd.fill(2, 18, 20); // as if it had a log, and one that is none lies beside it
  const plain = await exported(
    kind,
    changed(victim, () => {}),
  );
  expect(readOf(plain)).toBeGreaterThan(2);
  expect(await exported(kind, odd, Buffer.alloc(50_000, "no log "))).toEqual(plain);
});

test.each(dataKinds)("%s: an endless view in the place of the table is no table", async (kind) => {
  const victim = victims[kind];
  const { table } = victim;
  const bytes = changed(victim, (db) => {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    const list = columns.map(({ name }) => `i AS "${name}"`).join(", ");
    db.exec(`DROP TABLE ${table}; CREATE VIEW ${table} AS ${endless} SELECT ${list} FROM n`);
  });
  const report = await exported(kind, bytes);
  expect(report).toMatchObject({ found: 0, written: 0 });
});

/** In the place of every value: text for numbers, numbers for text, what no number holds, what no date is. */
const lies = [
  "'no number'",
  "x'00ff'",
  "9e999",
  "-9e999",
  "9223372036854775807",
  "-9223372036854775808",
  "''",
  "1e300",
];

test.each(dataKinds)("%s: columns that lie cost themselves", async (kind) => {
  const victim = victims[kind];
  const { table } = victim;
  const bytes = changed(victim, (db) => {
    for (const { name, pk } of db.prepare(`SELECT name, pk FROM pragma_table_info('${table}')`).all()) {
      if (pk || ["Z_ENT", "guid", "ZUNIQUE_ID", "ZUNIQUEID", "ZIDENTIFIER"].includes(String(name))) continue;
      const value = lies.map((lie, i) => `WHEN ${i} THEN ${lie}`).join(" ");
      const shift = String(name).length;
      db.exec(`UPDATE OR IGNORE ${table} SET "${name}" = CASE (rowid + ${shift}) % ${lies.length} ${value} END`);
    }
  });
  const [plain, report] = [
    await exported(
      kind,
      changed(victim, () => {}),
    ),
    await exported(kind, bytes),
  ];
  expect(report.absent).toBeUndefined();
  expect(report.found).toBe(plain.found);
  expect(readOf(report)).toBeGreaterThan(0);
  const counted = report.leftOut.reduce((sum, { count }) => sum + count, report.written);
  expect(counted + (report.besides["reactions"] ?? 0)).toBeGreaterThanOrEqual(report.found);
});

test.each(dataKinds)(
  "%s: a blob that is too large, and a page that is damaged, cost what lies on them",
  async (kind) => {
    const victim = victims[kind];
    const { table, column, more } = victim;
    const bytes = changed(victim, (db) => {
      db.exec(`${manyRows(400)} ${more}`);
      db.exec(
        `UPDATE ${table} SET "${column}" = zeroblob(17 * 1024 * 1024) WHERE rowid = (SELECT max(rowid) - 300 FROM ${table})`,
      );
      db.exec("DROP INDEX IF EXISTS chat_message_join_idx_chat_id");
    });
    const at = pageOf(bytes, "more-250");
    bytes.fill(0xff, at, at + 200);
    const report = await exported(kind, bytes);
    expect(report.absent).toBeUndefined();
    expect(report.isWhole).toBe(false);
    expect(report.leftOut.map(({ reason }) => reason)).toContain("damaged");
    expect(readOf(report)).toBeGreaterThan(350);
  },
);

test.each(dataKinds)("%s: half a file, and a schema that is none, are told as what they are", async (kind) => {
  const victim = victims[kind];
  const bytes = changed(victim, (db) => db.exec(`${manyRows(400)} ${victim.more}`));
  const half = await exported(kind, bytes.subarray(0, Math.floor(bytes.length / 2)));
  expect(half.isWhole).toBe(false);
  const broken = Buffer.from(bytes);
  for (let at = broken.indexOf("CREATE TABLE"); at >= 0; at = broken.indexOf("CREATE TABLE", at + 1))
    broken.write("CREATE FABLE", at);
  const report = await exported(kind, broken);
  expect(report).toMatchObject({ written: 0, isWhole: false });
  expect(report.absent).toMatch(/cannot be read/);
});

test.each(dataKinds.filter((kind) => kind !== "messages"))(
  "a page of the list of %s goes around a damaged place",
  async (kind) => {
    const victim = victims[kind];
    const bytes = changed(victim, (db) => db.exec(`${manyRows(300)} ${victim.more}`));
    const at = pageOf(bytes, "more-150");
    bytes.fill(0xff, at, at + 200);
    using privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
    const { domain, path } = victim;
    await using browser = new DataBrowser(new MemoryPhoneFiles([{ domain, path, bytes }]), privately);
    const ids = new Set<string>();
    for (let [skip, hasMore] = [0, true]; hasMore; skip += 100) {
      const page = await browser.page(kind, { skip, limit: 100 });
      for (const { id } of page.entries) ids.add(id as string);
      hasMore = page.hasMore;
    }
    expect(ids.size).toBeGreaterThan(250);
    expect(ids.size).toBeLessThan(300);
    for (const id of ["more-1", "more-300"]) expect(ids).toContain(id);
    expect(await browser.item(kind, "more-300")).toMatchObject({ kind });
  },
);
