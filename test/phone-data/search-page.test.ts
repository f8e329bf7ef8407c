/** The page that searches all conversations without a server: everything is in it, as data; it follows what is exported. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SmsDescription, writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { MessageSearch } from "../../src/phone-data/export/message-search.ts";
import type { DataChoice } from "../../src/phone-data/index.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportedMessages, exportTo, type Json, smsFiles, visibleFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-search-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = Date.UTC(2024, 4, 1);
const evil = "</script><script>alert(1)</script>\u202e <!-- \u2028 &amp;";
/** Two conversations, the first of so many messages. */
const talk = (count: number): SmsDescription => ({
  generation: "ios18",
  chats: ["+15550000001", "+15550000002"].map((member, chat) => ({
    ...{ guid: `iMessage;-;${member}`, members: [member] },
    messages: Array.from({ length: chat === 0 ? count : 2 }, (_, n) => ({
      ...{ guid: `M-${chat}-${n}`, at: at + n * 60_000, from: member, parts: [n === 0 ? evil : `words ${chat} ${n}`] },
    })),
  })),
});
const to = (): string => join(folder, "out");
const run = async (scene: SmsDescription, choice: Partial<DataChoice> = {}) =>
  await exportTo({
    files: new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), scene))),
    ...{ to: to(), scratch: join(folder, "tmp"), kinds: ["messages"] as const, choice },
  });
const page = (): string => readFileSync(join(to(), "messages/search.html"), "utf8");
const dataOf = (text: string): Json =>
  JSON.parse(/<script type="application\/json" id="d">(.*?)<\/script>/s.exec(text)?.[1] ?? "");
const found = (): string[] => dataOf(page()).m.map(([, id]: Json) => id);

test("everything that was said is in it, and nothing of it is code", async () => {
  await run(sceneFor("ios18"));
  const said = exportedMessages(to()).filter(
    ({ message }) => !message.announcement && (message.text || message.app || message.subject),
  );
  expect(found().sort()).toEqual(said.map(({ message }) => message.id).sort());
  const pages = visibleFiles(join(to(), "messages"));
  for (const [path] of dataOf(page()).p) expect(pages).toContain(path);
  const text = page();
  expect(text.match(/<script/g)).toHaveLength(2);
  expect(text.match(/script-src 'sha256-[^']+'; /g)).toHaveLength(1);
  expect(readFileSync(join(to(), "messages/index.html"), "utf8")).toContain('href="search.html"');
});

test("it follows what is exported, and stays as it is where that does", async () => {
  await run(talk(3));
  expect(page()).not.toContain(evil.slice(0, 9 + 8));
  expect(dataOf(page()).m[0][4]).toContain("</script><script>alert(1)</script>\ufffd");
  expect(found()).toHaveLength(5);
  const { mtimeNs } = statSync(join(to(), "messages/search.html"), { bigint: true });
  expect((await run(talk(3))).files.written).toBe(0);
  expect(statSync(join(to(), "messages/search.html"), { bigint: true }).mtimeNs).toBe(mtimeNs);
  // One conversation alone, with two messages more: those of the other stay.
  await run(talk(5), { chat: "+15550000001" });
  expect(found().sort()).toEqual(["M-0-0", "M-0-1", "M-0-2", "M-0-3", "M-0-4", "M-1-0", "M-1-1"]);
  // In its place again, where somebody took it away.
  rmSync(join(to(), "messages/search.html"));
  await run(talk(5));
  expect(found()).toHaveLength(7);
});

test("what finds no room in it is told on it", async () => {
  using privately = PrivateFolder.make(join(folder, "tmp"), process.pid);
  const search = new MessageSearch(privately, 2_000);
  const message = { fromMe: true, attachments: [], reactions: [], edits: [], unsent: [] };
  search.begin("Ann <b>");
  search.at("Ann/2024.html");
  for (let n = 0; n < 100; n += 1) await search.add({ ...message, id: `m${n}`, text: "x".repeat(50) });
  const made = await search.page();
  const chunks: Uint8Array[] = [];
  for await (const chunk of made.content()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  expect(Buffer.byteLength(text)).toBe(made.sizeBytes);
  const left = 100 - dataOf(text).m.length;
  expect(left).toBeGreaterThan(50);
  expect(text).toContain(`There was no room here for ${left} messages of Ann &lt;b&gt;`);
});
