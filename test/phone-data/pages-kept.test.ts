import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import { type SmsMessage, writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { ann, bob, pixel, sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import type { Message } from "../../src/phone-data/contract.ts";
import { pageVersion } from "../../src/phone-data/export/export-messages.ts";
import { MessagesHtml } from "../../src/phone-data/messages/html-messages.ts";
import { MessagesJson } from "../../src/phone-data/messages/message-page.ts";
import { NumberSet } from "../../src/phone-data/messages/number-set.ts";
import { MessagesCsv, MessagesText } from "../../src/phone-data/messages/text-messages.ts";
import { PhoneDatabase } from "../../src/phone-data/phone-database.ts";
import { type MemoryFile, MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportTo, smsFiles, visibleFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-pages-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

type Change = (message: SmsMessage) => readonly SmsMessage[];

function phone(change: Change = (message) => [message], more: readonly MemoryFile[] = []): MemoryPhoneFiles {
  const scene = sceneFor("ios18");
  const chats = scene.chats.map((chat) => ({ ...chat, messages: chat.messages.flatMap(change) }));
  return new MemoryPhoneFiles([...smsFiles(writeSmsDatabase(join(folder, "db"), { ...scene, chats })), ...more]);
}

/** Rows of messages that were read as messages. */
function countRows(): () => number {
  let rows = 0;
  const real = PhoneDatabase.prototype.rowsAt;
  vi.spyOn(PhoneDatabase.prototype, "rowsAt").mockImplementation(function (this: PhoneDatabase, ...args) {
    if (args[0] === "message") rows += args[2].length;
    return real.apply(this, args);
  });
  return () => rows;
}

const wishes = (to: string): { to: string; scratch: string; kinds: ["messages"]; choice: object } => ({
  ...{ to: join(folder, to), scratch: join(folder, "tmp"), kinds: ["messages"] },
  choice: { formats: ["html", "txt", "csv"] },
});

test("where nothing changed no message is read again, and the counts stay", async () => {
  const first = await exportTo({ ...wishes("out"), files: phone() });
  const rows = countRows();
  const second = await exportTo({ ...wishes("out"), files: phone() });
  expect(rows()).toBe(0);
  expect(second.kinds).toEqual(first.kinds);
  expect(second.files.unchanged).toBe(first.files.written);
});

test("a page is read again when one of its files is not as it was left", async () => {
  await exportTo({ ...wishes("out"), files: phone() });
  const lost = ["messages/+15550100001/media/IMG_0001.JPG", "messages/+15550100001/2023.txt"];
  for (const path of lost) {
    const before = readFileSync(join(folder, "out", path));
    rmSync(join(folder, "out", path));
    const again = await exportTo({ ...wishes("out"), files: phone() });
    expect(again.files.written).toBe(1);
    expect(readFileSync(join(folder, "out", path))).toEqual(before);
  }
});

const changes: Readonly<Record<string, () => MemoryPhoneFiles>> = {
  "a reaction": () => phone((m) => (m.guid === "R-1" ? [] : [m])),
  "what a reply on another page quotes": () => phone((m) => [m.guid === "A-2" ? { ...m, parts: ["shorter"] } : m]),
  "an attachment that came down from iCloud": () =>
    phone((m) => [
      m.guid === "A-4"
        ? { ...m, parts: [{ guid: "AT-3", name: "clip.mov", mime: "video/quicktime", bytes: pixel }] }
        : m,
    ]),
  "a message of the next year, so that a page leads there": () =>
    phone((m) => [m, ...(m.guid === "A-1" ? [{ ...m, guid: "A-99", at: Date.UTC(2025, 1, 1) }] : [])]),
  "a name in the address book": () => {
    const { book } = writeAddressBook(folder, scenePeople);
    const path = "Library/AddressBook/AddressBook.sqlitedb";
    return phone(undefined, [{ domain: "HomeDomain", path, bytes: book }]);
  },
};

test("after each change the export is what a new one would be", async () => {
  await exportTo({ ...wishes("out"), files: phone() });
  for (const [name, change] of Object.entries(changes)) {
    const report = await exportTo({ ...wishes("out"), files: change() });
    const fresh = await exportTo({ ...wishes(name), files: change() });
    expect(report.kinds, name).toEqual(fresh.kinds);
    const secret = /search\/([0-9a-f]{32})\//;
    const secretOf = (to: string): string => secret.exec(visibleFiles(join(folder, to)).join("\n"))?.[1] ?? "";
    const bytes = (to: string, path: string): string =>
      readFileSync(join(folder, to, path), "latin1").replaceAll(secretOf(to), "SECRET");
    for (const path of visibleFiles(join(folder, name)).filter((each) => each !== "manifest.json"))
      expect(bytes("out", path.replace(secretOf(name), secretOf("out"))), `${name}: ${path}`).toBe(bytes(name, path));
  }
});

test("only what changed is read, also for the page that searches all conversations", async () => {
  const later = (m: SmsMessage): readonly SmsMessage[] => [
    m,
    ...(m.guid === "A-1" ? [{ ...m, guid: "A-99", at: Date.UTC(2031, 1, 1), from: ann }] : []),
  ];
  const changed = (m: SmsMessage): readonly SmsMessage[] =>
    later(m).map((each) => (each.guid === "A-99" ? { ...each, parts: ["new"] } : each));
  const rows = countRows();
  const read = async (formats: readonly ("html" | "txt" | "csv")[]): Promise<number> => {
    const wanted = { ...wishes(formats.join("-")), choice: { formats } };
    await exportTo({ ...wanted, files: phone(later) });
    const before = rows();
    await exportTo({ ...wanted, files: phone(changed) });
    return rows() - before;
  };
  expect(await read(["txt", "csv"])).toBe(1);
  expect(await read(["html"])).toBe(1);
});

test("pages made otherwise from the same rows have another version", () => {
  const head = { id: "c", group: true, participants: [{ address: ann }, { address: bob, name: "Bob" }] };
  const message: Message = {
    ...{ id: "m", fromMe: false, sender: ann, service: "SMS", subject: "s", text: "see https://example.org" },
    attachments: [
      { name: "a.jpg", mime: "image/jpeg", file: "media/a.jpg" },
      { name: "b.caf", mime: "audio/x-caf", file: "media/b.caf" },
      { name: "c", missing: "gone" },
      { name: "d.caf", mime: "audio/x-caf", file: "media/d.caf", copy: "media/d.caf.m4a" },
      { name: "e.heic", mime: "image/heic", file: "media/e.heic", copy: "media/e.heic.jpg" },
    ],
    reactions: [{ kind: "loved", part: 0, fromMe: true }],
    ...{
      replyTo: { id: "x" },
      edits: [
        { part: 0, text: "one" },
        { part: 0, text: "two" },
      ],
      unsent: [1],
    },
    ...{ app: { bundle: "b", title: "t", url: "https://example.org", caption: "c" }, failed: true, deleted: true },
  };
  const info = { head, title: "T", name: "2024", count: 1, previous: "2023", next: "2025" };
  const forms = [new MessagesJson(), new MessagesHtml(head), new MessagesText(), new MessagesCsv("T")];
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const text = forms
    .map((form) => form.message(message, { href: "#m", text: "q" }) + form.start(info) + form.end())
    .join("\n")
    .replaceAll(zone, "ZONE");
  // Where this fails, a page is made otherwise now: raise `pageVersion`, so that exports of before are made anew.
  expect([pageVersion, createHash("sha256").update(text).digest("hex").slice(0, 16)]).toMatchInlineSnapshot(`
    [
      5,
      "7d1092e57efc83f6",
    ]
  `);
});

test("a set of rows is exact, also for numbers that no phone counts to", () => {
  const set = new NumberSet();
  const numbers = [0, 1, 65_535, 65_536, 2 ** 27 - 1, 2 ** 27, 2 ** 52, -1, -5];
  for (const number of numbers) expect(set.has(number)).toBe(false);
  for (const number of numbers) expect(set.add(number)).toBe(true);
  for (const number of numbers) expect([set.has(number), set.add(number)]).toEqual([true, false]);
  expect(set.has(2)).toBe(false);
});
