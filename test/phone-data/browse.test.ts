/** A look at a phone's data: pages of lists and conversations, and words found in all of them; read is what is looked at. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { type SmsDescription, type SmsMessage, writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { DataBrowser, type MessageHit } from "../../src/phone-data/index.ts";
import { PhoneDatabase } from "../../src/phone-data/phone-database.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportedMessages, exportTo, type Json, smsFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-browse-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function browserOf(files: MemoryPhoneFiles): AsyncDisposable & { browser: DataBrowser } {
  const privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
  const browser = new DataBrowser(files, privately);
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      privately[Symbol.dispose]();
    },
  };
}

const at = Date.UTC(2024, 0, 1);

/** So many chats of four messages, the first of so many; with reactions on the first one. */
function manyChats(chats: number, messages: number): SmsDescription {
  const said = (chat: number, n: number): string =>
    n === 3 && chat === 5
      ? `${"x ".repeat(200)}Die Straßenbahn nach ZÜRICH fährt um acht`
      : `words ${n} of chat ${chat}`;
  const of = (chat: number): SmsMessage[] =>
    Array.from({ length: chat === 0 ? messages : 4 }, (_, n) => ({
      ...{ guid: `M-${chat}-${n}`, at: at + (chat * 1000 + n) * 1000, from: member(chat), parts: [said(chat, n)] },
      ...(n === 2 && { reaction: { on: `M-${chat}-1`, type: 2000 } }),
    }));
  const member = (chat: number): string => `+1555${String(chat).padStart(7, "0")}`;
  return {
    generation: "ios18",
    chats: Array.from({ length: chats }, (_, chat) => ({
      ...{ guid: `iMessage;-;${member(chat)}`, members: [member(chat)], messages: of(chat) },
    })),
  };
}

/** How many rows of a table came out of SQLite from now on. */
function countRows(): () => number {
  let rows = 0;
  const { query, rows: all } = PhoneDatabase.prototype;
  vi.spyOn(PhoneDatabase.prototype, "query").mockImplementation(async function* (this: PhoneDatabase, names, sql) {
    for await (const batch of query.call(this, names, sql)) {
      rows += batch.length;
      yield batch;
    }
  } as typeof query);
  expect(all).toBeDefined();
  return () => rows;
}

test("a page of a list, and of a conversation, reads its own rows and no others", async () => {
  const files = new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), manyChats(450, 1000))));
  await using opened = browserOf(files);
  const { browser } = opened;
  const first = await browser.page("messages", { skip: 0, limit: 200 });
  expect(first.entries).toHaveLength(200);
  expect(first.hasMore).toBe(true);
  expect(first.entries[0]).toMatchObject({ id: "iMessage;-;+15550000449", count: 4 });
  const read = countRows();
  const second = await browser.page("messages", { skip: 200, limit: 200 });
  expect(read()).toBeLessThanOrEqual(201);
  const third = await browser.page("messages", { skip: 400, limit: 200 });
  expect(third.hasMore).toBe(false);
  const ids = [first, second, third].flatMap(({ entries }) => entries.map(({ id }) => id));
  expect(new Set(ids).size).toBe(450);
  expect(await browser.list("messages")).toHaveLength(450);

  const before = read();
  const page = await browser.messagesPage("iMessage;-;+15550000000", { skip: 100, limit: 200 });
  // Numbers of rows, the rows, and the one reaction among a thousand that is on one of them, or not.
  expect(read() - before).toBeLessThanOrEqual(201 + 200 + 4);
  expect(page.messages.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, i) => `M-0-${700 + i}`));
  expect(page.hasOlder).toBe(true);
  const oldest = await browser.messagesPage("iMessage;-;+15550000000", { skip: 900, limit: 200 });
  expect(oldest.hasOlder).toBe(false);
  expect(oldest.messages.map(({ id }) => id).slice(0, 3)).toEqual(["M-0-0", "M-0-1", "M-0-3"]);
  expect(oldest.messages[1]?.reactions).toMatchObject([{ kind: "loved", sender: "+15550000000" }]);
});

test("words are found in every conversation, with their place in it", async () => {
  const files = new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), manyChats(9, 700))));
  await using opened = browserOf(files);
  const { browser } = opened;
  const found = async (words: string): Promise<MessageHit[]> => {
    const hits: MessageHit[] = [];
    for await (const step of browser.searchMessages(words)) hits.push(...step.hits);
    return hits;
  };
  const [hit, ...more] = await found("zurich STRAßENBAHN");
  expect(more).toEqual([]);
  expect(hit).toMatchObject({ conversation: "iMessage;-;+15550000005", id: "M-5-3", sender: "+15550000005" });
  expect(hit?.excerpt).toContain("nach ZÜRICH fährt");
  expect(hit?.excerpt.length).toBeLessThan(170);
  expect(await found("zurich nothing")).toEqual([]);
  const words = await found("words 5");
  expect(words.at(-1)).toMatchObject({ id: "M-0-5" });
  expect(words.map(({ at }) => at)).toEqual(
    words
      .map(({ at }) => at)
      .sort()
      .reverse(),
  );
  expect(await browser.newerThan(words.at(-1) as MessageHit)).toBe(694);
  // Stretch by stretch: who has enough stops.
  for await (const step of browser.searchMessages("words")) {
    expect(step).toMatchObject({ looked: 500, of: 732 });
    break;
  }
});

test.each(["ios9", "ios18"] as const)("pages of %s hold what an export holds", async (generation) => {
  const files = new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), sceneFor(generation))));
  await exportTo({ files, to: join(folder, "out"), scratch: join(folder, "tmp"), kinds: ["messages"] });
  const exported = exportedMessages(join(folder, "out")).map(({ conversation, message }) => ({
    conversation: conversation.id,
    message: { ...message, attachments: message.attachments.map(({ name }: Json) => name) },
  }));
  await using opened = browserOf(files);
  const { browser } = opened;
  const paged: Json[] = [];
  for (const { id } of await browser.list("messages")) {
    for (let skip = 0, hasOlder = true; hasOlder; skip += 3) {
      const page = await browser.messagesPage(id, { skip, limit: 3 });
      hasOlder = page.hasOlder;
      for (const message of page.messages)
        paged.push({
          conversation: id,
          message: JSON.parse(JSON.stringify({ ...message, attachments: message.attachments.map(({ name }) => name) })),
        });
    }
  }
  const sorted = (list: Json[]): Json[] => list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  expect(sorted(paged)).toEqual(sorted(exported));
});

test("a note is lines of text: checklists with their marks, tables with bars", async () => {
  const { store, media } = writeNotes(folder, "ios17", sceneNotes);
  const domain = "AppDomainGroup-group.com.apple.notes";
  const files = new MemoryPhoneFiles([
    { domain, path: "NoteStore.sqlite", bytes: store },
    ...[...media].map(([path, bytes]) => ({ domain, path, bytes })),
  ]);
  await using opened = browserOf(files);
  const { browser } = opened;
  const { entries } = await browser.page("notes", { skip: 0, limit: 200 });
  const texts = await Promise.all(entries.map(async ({ id }) => await browser.item("notes", id)));
  const lines = texts.flatMap((item) => (item?.kind === "notes" ? item.lines : []));
  expect(lines.some((line) => line.startsWith("[x] "))).toBe(true);
  expect(lines.some((line) => line.startsWith("[ ] "))).toBe(true);
  expect(lines.some((line) => /^\| .+ \| .+ \|$/.test(line))).toBe(true);
  expect(lines.some((line) => line.startsWith("This note is locked"))).toBe(true);
  expect(lines.join("")).not.toMatch(/[\u0000-\u0008\u001b\ufffc]/);
});
