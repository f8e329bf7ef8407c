import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SmsWriter, writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { PhoneDatabase } from "../../src/phone-data/phone-database.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportedMessages, exportTo, smsFiles, visibleFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const smsPath = { domain: "HomeDomain", path: "Library/SMS/sms.db" };

/** A database of messages that something was done to. */
function sms(change: (db: DatabaseSync, writer: SmsWriter) => void, messages = 50): Buffer {
  const file = join(folder, "hostile.db");
  rmSync(file, { force: true });
  const db = new DatabaseSync(file);
  const writer = new SmsWriter(db, "ios18");
  writer.schema();
  db.exec("PRAGMA foreign_keys = OFF");
  writer.chat({
    guid: "iMessage;-;+1555",
    members: ["+1555"],
    messages: Array.from({ length: messages }, (_, i) => ({
      guid: `M-${i}`,
      at: Date.UTC(2024, 0, 1) + i * 1000,
      parts: [`text ${i} ${"x".repeat(300)}`],
    })),
  });
  change(db, writer);
  db.close();
  return readFileSync(file);
}

async function exported(bytes: Buffer): Promise<{ ids: string[]; report: Awaited<ReturnType<typeof exportTo>> }> {
  const to = join(folder, "out");
  rmSync(to, { recursive: true, force: true });
  const report = await exportTo({
    files: new MemoryPhoneFiles([{ ...smsPath, bytes }]),
    to,
    scratch: join(folder, "tmp"),
    kinds: ["messages"],
  });
  return {
    ids: report.kinds[0]?.absent === undefined ? exportedMessages(to).map(({ message }) => message.id) : [],
    report,
  };
}

test("a view in the place of a table, triggers, and functions that nobody has, are not run", async () => {
  const bytes = sms((db) =>
    db.exec(`ALTER TABLE chat_handle_join RENAME TO old; CREATE VIEW chat_handle_join AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS chat_id, i AS handle_id FROM n;
      CREATE VIEW attachment_view AS SELECT nobody_has_this(1); CREATE TRIGGER t AFTER UPDATE ON message BEGIN SELECT nobody_has_this(1); END;`),
  );
  const { ids } = await exported(bytes);
  expect(ids).toHaveLength(50);
});

test("columns that hold lies cost themselves", async () => {
  const bytes = sms((db) => {
    db.exec("UPDATE message SET date = 'yesterday' WHERE ROWID = 1");
    db.exec("UPDATE message SET date = x'00ff' WHERE ROWID = 2");
    db.exec("UPDATE message SET date = -9223372036854775807 - 1, text = x'c3', attributedBody = 12 WHERE ROWID = 3");
    db.exec(
      "UPDATE message SET is_from_me = 'maybe', handle_id = 1e300, item_type = 99, thread_originator_guid = 'M-4', message_summary_info = x'00' WHERE ROWID = 4",
    );
    db.exec(
      "UPDATE message SET associated_message_type = 2000, associated_message_guid = 'p:999999999999/M-5' WHERE ROWID = 5",
    );
    db.exec(
      "UPDATE message SET thread_originator_guid = 'M-6' WHERE guid = 'M-7'; UPDATE message SET thread_originator_guid = 'M-7' WHERE guid = 'M-6'",
    );
    db.exec(
      "UPDATE message SET balloon_bundle_id = 'com.apple.messages.URLBalloonProvider', payload_data = zeroblob(100) WHERE ROWID = 10",
    );
    db.exec("INSERT INTO chat_message_join VALUES (77, 11, 0), (NULL, 12, 0), (1, 999, 0)");
  });
  const { ids, report } = await exported(bytes);
  // One says that it is a reaction to another, and is one.
  expect(new Set(ids).size).toBe(49);
  expect(report.kinds[0]).toMatchObject({ found: 50, written: 49, besides: { reactions: 1 } });
});

test("a damaged page costs what lies on it, and is told", async () => {
  const whole = sms((db) => db.exec("DROP INDEX IF EXISTS chat_message_join_idx_chat_id"), 400);
  const bytes = Buffer.from(whole);
  const at = bytes.indexOf("text 200 ");
  const page = Math.floor(at / 4096);
  bytes.fill(0xff, page * 4096, page * 4096 + 200);
  const { ids, report } = await exported(bytes);
  expect(ids.length).toBeGreaterThan(350);
  expect(ids.length).toBeLessThan(400);
  const [kind] = report.kinds;
  expect(kind?.isWhole).toBe(false);
  expect(kind?.leftOut.map(({ reason }) => reason)).toContain("damaged");
});

test("what is no database ends in an account of it, and other kinds go on", async () => {
  const { report } = await exported(Buffer.from("this is no database, whatever its name says".repeat(100)));
  expect(report.kinds[0]).toMatchObject({ written: 0, isWhole: false });
  expect(report.kinds[0]?.absent).toMatch(/cannot be read/);
});

test("columns of a system to come cost nothing, and those that are missing cost themselves", async () => {
  const bytes = sms((db) => {
    db.exec("ALTER TABLE message ADD COLUMN from_the_future TEXT");
    for (const column of [
      "thread_originator_guid",
      "expressive_send_style_id",
      "message_summary_info",
      "balloon_bundle_id",
      "date_read",
    ])
      db.exec(`ALTER TABLE message DROP COLUMN ${column}`);
    db.exec("DROP TABLE chat_recoverable_message_join");
  });
  expect((await exported(bytes)).ids).toHaveLength(50);
});

test("a path in the database is looked up among the phone's files, and nothing else", async () => {
  const { database, media } = writeSmsDatabase(join(folder, "db"), sceneFor("ios18"));
  const file = join(folder, "traverse.db");
  const db = new DatabaseSync(file);
  db.close();
  const bytes = Buffer.from(database);
  const files = smsFiles({ database: bytes, wal: undefined, media });
  const to = join(folder, "out");
  await exportTo({ files: new MemoryPhoneFiles(files), to, scratch: join(folder, "tmp"), kinds: ["messages"] });
  const evil = sms((change) =>
    change.exec(
      `INSERT INTO attachment (guid, filename, transfer_name) VALUES ('E', '~/../../../etc/passwd', '../../../../escape.txt'); INSERT INTO message_attachment_join VALUES (1, 1)`,
    ),
  );
  const out = join(folder, "evil");
  const path = "../../../etc/passwd";
  await exportTo({
    files: new MemoryPhoneFiles([
      { ...smsPath, bytes: evil },
      { domain: "MediaDomain", path, bytes: Buffer.from("secret") },
    ]),
    to: out,
    scratch: join(folder, "tmp"),
    kinds: ["messages"],
  });
  expect(visibleFiles(out).filter((each) => each.includes("escape"))).toEqual([
    "messages/+1555/media/__.._.._.._escape.txt",
  ]);
});

test("a table with more rows than any phone has ends in an error, not in all of this computer's memory", async () => {
  const files = new MemoryPhoneFiles([{ ...smsPath, bytes: sms(() => {}, 50) }]);
  using privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
  for (const [mostRows, given] of [
    [49, 49],
    [50, 50],
  ] as const) {
    await using db = await PhoneDatabase.open(files, smsPath, { privately, onLoss: () => {}, mostRows });
    let rows = 0;
    const reading = (async () => {
      for await (const _ of db?.rows("message", ["guid"]) ?? []) rows += 1;
    })();
    if (mostRows < 50) await expect(reading).rejects.toThrow("message has more rows than any phone");
    else await reading;
    expect(rows).toBe(given);
  }
});

/** A table whose first row has a megabyte, on pages of its own; all others say that theirs lie there too. Source: sqlite.org/fileformat2.html. */
function sharedPages(rows: number): Buffer {
  const [pageBytes, letters, tableLeaf] = [4096, 1024 * 1024, 13];
  const record = 1 + 4 + letters; // the length of the header, the kind and length of the text
  const smallest = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const here = smallest + ((record - smallest) % (pageBytes - 4));
  const cellBytes = 3 + 1 + here + 4; // its length, its number, what lies here, and the page where the rest begins
  const bytes = sms((db) => {
    db.exec("CREATE TABLE shared (v TEXT)");
    const insert = db.prepare("INSERT INTO shared VALUES (?)");
    insert.run("x".repeat(letters));
    for (let i = 1; i < rows; i += 1) insert.run("y".repeat(cellBytes - 6));
  }, 1);
  const cells: number[] = [];
  for (let page = pageBytes; page < bytes.length; page += pageBytes)
    if (bytes[page] === tableLeaf)
      for (let i = 0; i < bytes.readUInt16BE(page + 3); i += 1) cells.push(page + bytes.readUInt16BE(page + 8 + 2 * i));
  const first = cells.find((at) => bytes.toString("latin1", at + 9, at + 19) === "x".repeat(10)) as number;
  const cell = Buffer.from(bytes.subarray(first, first + cellBytes));
  for (const at of cells) {
    if (bytes.toString("latin1", at + 6, at + 16) !== "y".repeat(10)) continue;
    const number = bytes[at + 2] as number;
    cell.copy(bytes, at);
    bytes[at + 3] = number;
  }
  return bytes;
}

test("rows that share their pages, and say they hold a hundred times the file, end in an error", async () => {
  const files = new MemoryPhoneFiles([{ ...smsPath, bytes: sharedPages(100) }]);
  using privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
  await using db = await PhoneDatabase.open(files, smsPath, { privately, onLoss: () => {} });
  let letters = 0;
  const reading = (async () => {
    for await (const row of db?.rows("shared", ["v"]) ?? []) letters += String(row.v).length;
  })();
  await expect(reading).rejects.toThrow("shared holds more than its file has");
  expect(letters).toBeGreaterThan(50 * 1024 * 1024);
});
