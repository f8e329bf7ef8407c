/** Lists of contacts, notes, calls and memos: a page reads its own rows, counts are counted, and both say what an export says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import { sceneCalls, writeCalls } from "../../fixtures/make/phone-data/call-history.ts";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { sceneMemos, writeMemos } from "../../fixtures/make/phone-data/voice-memos.ts";
import { DataBrowser, type DataKind } from "../../src/phone-data/index.ts";
import { ForeignDatabase } from "../../src/shared/foreign-database.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";

type Kind = Exclude<DataKind, "messages">;
const many = 5000;
const perPage = 200;
const places: Readonly<Record<Kind, { domain: string; path: string }>> = {
  contacts: { domain: "HomeDomain", path: "Library/AddressBook/AddressBook.sqlitedb" },
  notes: { domain: "AppDomainGroup-group.com.apple.notes", path: "NoteStore.sqlite" },
  calls: { domain: "HomeDomain", path: "Library/CallHistoryDB/CallHistory.storedata" },
  "voice-memos": { domain: "MediaDomain", path: "Media/Recordings/CloudRecordings.db" },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-lists-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function looking<T>(files: MemoryPhoneFiles, look: (browser: DataBrowser) => Promise<T>): Promise<T> {
  using privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
  await using browser = new DataBrowser(files, privately);
  return await look(browser);
}

/** The database of a scene, whose first row of a table is there so many times more. */
function grown(bytes: Uint8Array, table: string, columns: Readonly<Record<string, string>>): Uint8Array {
  const file = join(folder, "grown.db");
  writeFileSync(file, bytes);
  const db = new DatabaseSync(file);
  const names = Object.keys(columns);
  db.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many}) INSERT INTO ${table} (${names.join(",")}) SELECT ${Object.values(columns).join(",")} FROM n`,
  );
  db.close();
  return readFileSync(file);
}

const scenes: Readonly<Record<Kind, () => { small: Uint8Array; table: string; columns: Record<string, string> }>> = {
  contacts: () => ({
    small: writeAddressBook(folder, [
      ...scenePeople,
      ...["Émile", "emil", "Emma", "Łukasz", "Lukas", "Zoë"].map((first) => ({ guid: `A-${first}`, first })),
    ]).book,
    table: "ABPerson",
    columns: { First: "'Name ' || i", guid: "'many-' || i", ModificationDate: "700000000 + i" },
  }),
  notes: () => ({
    small: writeNotes(folder, "ios17", sceneNotes).store,
    table: "ZICCLOUDSYNCINGOBJECT",
    columns: { Z_ENT: "11", ZIDENTIFIER: "'many-' || i", ZTITLE1: "'Note ' || i", ZMODIFICATIONDATE1: "900000000 + i" },
  }),
  calls: () => ({
    small: writeCalls(folder, "ios18", sceneCalls),
    table: "ZCALLRECORD",
    columns: { ZUNIQUE_ID: "'many-' || i", ZDATE: "900000000 + i", ZCALLTYPE: "1", ZADDRESS: "'+1555' || i" },
  }),
  "voice-memos": () => ({
    small: writeMemos(folder, "ios17", sceneMemos),
    table: "ZCLOUDRECORDING",
    columns: { ZUNIQUEID: "'many-' || i", ZDATE: "900000000 + i", ZENCRYPTEDTITLE: "'Memo ' || i" },
  }),
};
const kinds = Object.keys(scenes) as Kind[];

/** How many rows left SQLite since it was asked the last time. */
function countRows(): () => number {
  let rows = 0;
  const { batches } = ForeignDatabase.prototype;
  vi.spyOn(ForeignDatabase.prototype, "batches").mockImplementation(async function* (this: ForeignDatabase, ...asked) {
    for await (const batch of batches.apply(this, asked)) {
      rows += batch.length;
      yield batch;
    }
  });
  return () => {
    const count = rows;
    rows = 0;
    return count;
  };
}

test.each(kinds)("a page of %s reads its own rows of 5,000, and the rest is counted", async (kind) => {
  const { small, table, columns } = scenes[kind]();
  const bytes = grown(small, table, columns);
  await looking(new MemoryPhoneFiles([{ ...places[kind], bytes }]), async (browser) => {
    const read = countRows();
    const summaries = [];
    for await (const summary of browser.summaries()) summaries.push(summary);
    const count = summaries.find((summary) => summary.kind === kind)?.count ?? 0;
    expect(count).toBeGreaterThan(many);
    expect(read()).toBeLessThan(60);
    const first = await browser.page(kind, { skip: 0, limit: perPage });
    expect(first).toMatchObject({ hasMore: true, total: count });
    expect(first.entries).toHaveLength(perPage);
    // Numbers of rows, and the rows; names of kinds, labels and folders, of which a scene has a few; and what a card of it holds.
    expect(read()).toBeLessThanOrEqual(2 * perPage + 100);
    const ids = new Set(first.entries.map(({ id }) => id));
    for (let skip = perPage; skip < count; skip += perPage) {
      const { entries, hasMore } = await browser.page(kind, { skip, limit: perPage });
      for (const { id } of entries) ids.add(id);
      expect(hasMore).toBe(skip + perPage < count);
    }
    expect(ids.size).toBe(count);
    read();
    const { id } = first.entries[7] as { id: string };
    expect(await browser.item(kind, id)).toMatchObject({ kind });
    expect(read()).toBeLessThan(60);
  });
});

test.each(kinds)("pages of %s hold what the list that is read whole holds, in its order", async (kind) => {
  const { small } = scenes[kind]();
  await looking(new MemoryPhoneFiles([{ ...places[kind], bytes: small }]), async (browser) => {
    const paged: unknown[] = [];
    for (let [skip, hasMore] = [0, true]; hasMore; skip += 2) {
      const page = await browser.page(kind, { skip, limit: 2 });
      paged.push(...page.entries);
      hasMore = page.hasMore;
    }
    const whole = await browser.list(kind);
    expect(paged.length).toBeGreaterThan(3);
    expect(paged).toEqual(whole);
  });
});
