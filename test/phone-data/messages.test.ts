import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import {
  knows,
  type SmsGeneration,
  smsGenerations,
  writeSmsDatabase,
} from "../../fixtures/make/phone-data/sms-database.ts";
import { ann, bob, sceneFor, trickyChat } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportedMessages, exportTo, type Json, smsFiles, visibleFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function phone(generation: SmsGeneration): MemoryPhoneFiles {
  return new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), sceneFor(generation))));
}

test.each(smsGenerations)("messages of %s: every one is there, as it was described", async (generation) => {
  const to = join(folder, "out");
  const report = await exportTo({ files: phone(generation), to, scratch: join(folder, "tmp"), kinds: ["messages"] });
  const all = exportedMessages(to);
  const by = (id: string): Json => all.find(({ message }) => message.id === id)?.message;
  const ids = sceneFor(generation)
    .chats.flatMap(({ messages }) => messages)
    .filter((m) => !m.reaction)
    .map((m) => m.guid);
  expect(
    all
      .map(({ message }) => message.id)
      .filter((id) => !id.startsWith("R-"))
      .sort(),
  ).toEqual([...ids, "L-1"].sort());
  expect(by("A-1")).toMatchObject({
    at: "2023-05-01T12:01:00Z",
    fromMe: false,
    text: 'Hello <b>there</b> & "you"',
    readAt: "2023-05-01T12:05:00Z",
  });
  expect(by("A-2").text).toMatch(/^Long words.*\u{1F680}$/u);
  expect(by("A-3")).toMatchObject({
    text: "Look\nand this",
    parts: [
      { part: 0, text: "Look" },
      { part: 1, attachment: 0 },
      { part: 2, text: "and this" },
      { part: 3, attachment: 1 },
    ],
  });
  expect(by("A-3").attachments.map((a: Json) => a.name)).toEqual(["IMG_0001.JPG", "IMG_0001.JPG"]);
  expect(new Set(by("A-3").attachments.map((a: Json) => a.file)).size).toBe(2);
  expect(by("A-4").attachments[0].missing).toMatch(/iCloud/);
  expect(by("A-11").text).toBe("old words");
  expect(by("A-12")).toMatchObject({
    textSource: "column",
    text: generation === "ios9" || generation === "ios13" ? "kept from the column" : "kept from the column",
  });
  expect(by("G-3").announcement).toEqual({ kind: "added", who: "carl@example.org" });
  expect(by("L-1")).toBeDefined();
  if (knows(generation, "reactions"))
    expect(by("A-1").reactions).toEqual([expect.objectContaining({ kind: "laughed", part: 0, fromMe: true })]);
  if (knows(generation, "reactions")) expect(by("A-3").reactions).toEqual([]);
  if (knows(generation, "reactions")) expect(by("R-6").announcement.kind).toBe("reaction");
  if (knows(generation, "emoji")) expect(by("A-2").reactions).toEqual([expect.objectContaining({ emoji: "🚀" })]);
  if (knows(generation, "replies")) expect(by("A-6").replyTo).toEqual({ id: "A-2", part: 0 });
  if (knows(generation, "edits")) expect(by("A-7").edits.map((e: Json) => e.text)).toEqual(["the frist", "the last"]);
  if (knows(generation, "edits")) expect(by("A-8").unsent).toEqual([0]);
  if (knows(generation, "deleted")) expect(by("A-13").deleted).toBe(true);
  const [messages] = report.kinds;
  const { found, written, besides, leftOut } = messages as (typeof report.kinds)[number];
  const taken = leftOut.find(({ reason }) => reason === "taken-back")?.count ?? 0;
  expect(written + (besides["reactions"] ?? 0) + taken).toBe(found);
  expect(leftOut.map(({ reason }) => reason)).not.toContain("unaccounted");
});

test("chats of one title do not overwrite each other, nor do attachments of one name", async () => {
  const to = join(folder, "out");
  await exportTo({ files: phone("ios18"), to, scratch: join(folder, "tmp"), kinds: ["messages"] });
  const paths = visibleFiles(to).filter((path) => !path.startsWith("messages/search/"));
  expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
  expect(paths).toMatchInlineSnapshot(`
    [
      "manifest.json",
      "messages/+15550100001/2023.html",
      "messages/+15550100001/2023.json",
      "messages/+15550100001/2024.html",
      "messages/+15550100001/2024.json",
      "messages/+15550100001/media/Audio Message.caf",
      "messages/+15550100001/media/IMG_0001 0c7b3dd2.JPG",
      "messages/+15550100001/media/IMG_0001.JPG",
      "messages/Not in any conversation/2023.html",
      "messages/Not in any conversation/2023.json",
      "messages/Trip _ _Lisbon_/2023.html",
      "messages/Trip _ _Lisbon_/2023.json",
      "messages/index.html",
      "messages/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn/2023.html",
      "messages/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn/2023.json",
      "messages/search.html",
      "messages/trip _ _lisbon_ b404f360/2023.html",
      "messages/trip _ _lisbon_ b404f360/2023.json",
    ]
  `);
});

test("a second export changes no byte", async () => {
  const to = join(folder, "out");
  const wishes = { to, scratch: join(folder, "tmp"), kinds: ["messages"] } as const;
  const first = await exportTo({ ...wishes, files: phone("ios18") });
  const before = contents(to);
  const second = await exportTo({ ...wishes, files: phone("ios18") });
  expect(first.files.written).toBeGreaterThan(10);
  expect(second.files).toMatchObject({ written: 0, beside: 0, bytesWritten: 0 });
  expect(contents(to)).toEqual(before);
});

test("what is new replaces ours, and goes beside what a person edited", async () => {
  const to = join(folder, "out");
  const wishes = { to, scratch: join(folder, "tmp"), kinds: ["messages"] } as const;
  await exportTo({ ...wishes, files: phone("ios18") });
  const [json, html] = [join(to, "messages/+15550100001/2024.json"), join(to, "messages/+15550100001/2024.html")];
  writeFileSync(html, "my own words");
  const more = sceneFor("ios18");
  const chats = more.chats.map((chat, i) =>
    i === 0
      ? { ...chat, messages: [...chat.messages, { guid: "A-15", at: Date.UTC(2024, 5, 1), parts: ["one more"] }] }
      : chat,
  );
  const later = new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), { ...more, chats })));
  const report = await exportTo({ ...wishes, files: later });
  expect(report.files).toMatchObject({ beside: 1 });
  expect(readFileSync(html, "utf8")).toBe("my own words");
  expect(readFileSync(join(to, "messages/+15550100001/2024 (2).html"), "utf8")).toContain("one more");
  expect(readFileSync(json, "utf8")).toContain("one more");
  const again = await exportTo({ ...wishes, files: later });
  expect(again.files).toMatchObject({ written: 0, beside: 0 });
});

test("an export that was broken off is gone on with: nothing of ours counts as edited", async () => {
  const to = join(folder, "out");
  const wishes = { to, scratch: join(folder, "tmp"), kinds: ["messages"] } as const;
  const stop = new AbortController();
  const files = phone("ios18");
  // Messages are all written when it asks for voice memos.
  const list = files.list.bind(files);
  files.list = async function* (query) {
    stop.abort();
    yield* list(query);
  };
  await expect(
    exportTo({ ...wishes, files, kinds: ["messages", "voice-memos"], signal: stop.signal }),
  ).rejects.toThrow();
  expect(visibleFiles(to)).toContain("messages/+15550100001/2023.html");
  const more = sceneFor("ios18");
  const chats = more.chats.map((chat) => ({
    ...chat,
    messages: chat.messages.map((m) => (m.guid === "A-1" ? { ...m, parts: ["other words"] } : m)),
  }));
  const report = await exportTo({
    ...wishes,
    files: new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), { ...more, chats }))),
  });
  expect(report.files.beside).toBe(0);
  expect(visibleFiles(to).filter((path) => path.includes("(2)"))).toEqual([]);
});

test("a choice is not written over an export that holds more", async () => {
  const to = join(folder, "out");
  const wishes = { to, scratch: join(folder, "tmp"), kinds: ["messages"], files: phone("ios18") } as const;
  await exportTo(wishes);
  await expect(exportTo({ ...wishes, choice: { text: "hello" } })).rejects.toMatchObject({ code: "usage" });
  const part = await exportTo({ ...wishes, to: join(folder, "part"), choice: { text: "hello" } });
  expect(part.kinds[0]).toMatchObject({ written: 1 });
});

test("messages: styles, links, stickers, schedules, moves, edits of several parts", async () => {
  const to = join(folder, "out");
  const chats = [trickyChat, { guid: "iMessage;+;chat9", group: true, members: [ann, bob], messages: groupReactions }];
  const book = writeAddressBook(folder, scenePeople).book;
  const files = new MemoryPhoneFiles([
    ...smsFiles(writeSmsDatabase(join(folder, "db"), { generation: "ios18", chats })),
    { domain: "HomeDomain", path: "Library/AddressBook/AddressBook.sqlitedb", bytes: book },
  ]);
  const formats = ["html", "txt", "csv"] as const;
  const report = await exportTo({ files, to, scratch: join(folder, "tmp"), kinds: ["messages"], choice: { formats } });
  const all = exportedMessages(to);
  const by = (id: string): Json => all.find(({ message }) => message.id === id)?.message;
  const read = (ext: string): string =>
    visibleFiles(to)
      .filter((path) => /messages\/Bob\//.test(path) && path.endsWith(ext))
      .map((path) => readFileSync(join(to, path), "utf8"))
      .join("");
  const [page, text, table] = [read(".html"), read(".txt"), read(".csv")];
  expect(report.kinds[0]?.leftOut).toMatchObject([{ reason: "taken-back", count: 2 }]);

  expect(by("T-1").runs.filter((run: Json) => run.styles ?? run.link ?? run.mention)).toEqual([
    { part: 0, text: "bold", styles: ["bold", "strikethrough"] },
    { part: 0, text: "shaken", styles: ["shake"] },
    { part: 0, text: "example.org", link: "https://example.org/x?a=1&b=2" },
    { part: 0, text: "this", link: "javascript:alert(1)" },
    { part: 0, text: "Ann", mention: ann },
  ]);
  expect(
    by("T-1")
      .runs.map((run: Json) => run.text)
      .join(""),
  ).toBe(by("T-1").text);
  expect(page).toContain('<s><b>bold</b></s> &lt;b&gt; <span title="shake">shaken</span>');
  expect(page).toContain(
    '<a href="https://example.org/x?a=1&amp;b=2" rel="noreferrer noopener">example.org</a> or this',
  );
  expect(page).not.toContain('href="javascript');

  // A sticker that was taken back is none; its picture and the others' are there.
  expect(by("T-2").reactions).toEqual([
    {
      kind: "sticker",
      part: 0,
      fromMe: false,
      sender: bob,
      senderName: "Bob",
      at: "2023-05-01T12:02:00Z",
      attachment: 0,
    },
  ]);
  expect(by("T-2").attachments).toMatchObject([{ name: "Laid.png", sticker: true, part: 0 }]);
  expect(by("T-1").reactions).toMatchObject([{ kind: "sticker", fromMe: true, attachment: 0 }]);
  const file = (id: string): string => readFileSync(join(to, "messages/Bob", by(id).attachments[0].file), "utf8");
  expect([file("T-1"), file("T-2"), file("TR-5")]).toEqual(["mine", "laid", "stray"]);
  expect(page).toMatch(/<div class="r"><span title="Bob"><a href="media\/Laid.png"><img/);
  expect(text).toContain("Bob <media/Laid.png>");
  expect(text).toContain("to a message that is gone <media/Stray.png>");
  expect(page).toContain('<div class="r"><a href="media/Stray.png">');

  expect([by("T-3").scheduled, by("T-4").scheduled, by("T-1").scheduled]).toEqual([true, undefined, undefined]);
  for (const form of [page, text]) expect(form).toContain("to be sent then");
  expect(by("T-5").announcement).toMatchObject({ kind: "number-changed" });
  expect(page).toContain("Bob changed their phone number");
  expect(by("T-6").announcement.kind).toBe("background-changed");

  expect(by("T-7").parts).toEqual([
    { part: 0, text: "one b" },
    { part: 1, text: "two b" },
  ]);
  // Where the service changes it is said.
  const heads = [...page.matchAll(/<div class="day">(.*?)<\/div>/g)].map(([, words]) => words?.split(" · ").at(-1));
  const services = heads.filter((word) => word === "iMessage" || word === "Satellite");
  expect(services).toEqual(["iMessage", "Satellite", "iMessage"]);
  expect(text).toMatch(/^-- Satellite --\n.*Apple Pay.*\n-- iMessage --$/m);
  expect(page).toContain("Edited 2 times");
  expect(text).toMatch(/it said .*: one a\n/);
  expect(table).toContain('2023-05-01T12:13:00Z,2023-05-01T12:11:00Z,"one a\none b\ntwo a\ntwo b"');
  expect(by("T-8")).toMatchObject({ app: { name: "Apple Pay", title: "$5" }, service: "iMessageLite" });
  for (const form of [page, text]) expect(form).toContain("by satellite");
  expect(table).toContain("Apple Pay · $5");
  expect(by("T-10").app).toMatchObject({ name: "Link", title: "A song", caption: "A band" });
  expect(by("T-11").app).toMatchObject({ bundle: "org.example.game", title: "Your move", url: "data:?state=secret" });
  // An app's own data is nothing to read.
  for (const form of [page, text, table]) expect(form).toContain("Your move");
  for (const form of [page, text, table]) expect(form).not.toContain("data:?");
  expect(by("T-9").attachments[0].name).toBe("~tilde~ é😀.jpg");
  expect(text).toMatch(/before\n {4}<media\/.*>\n {4}after\n/);
  const group = visibleFiles(to).filter((path) => /Dr\. Ann.*\.html$/.test(path));
  expect(readFileSync(join(to, group[0] as string), "utf8")).toContain("👍 <small>Bob</small>");
});

const groupReactions = [
  { guid: "GR-1", at: Date.UTC(2023, 4, 1), from: ann, parts: ["hello"] },
  { guid: "GR-2", at: Date.UTC(2023, 4, 1, 1), from: bob, reaction: { on: "GR-1", type: 2001 } },
];

/** Every file's bytes. */
function contents(to: string): Map<string, string> {
  return new Map(visibleFiles(to).map((path) => [path, readFileSync(join(to, path), "base64")]));
}
