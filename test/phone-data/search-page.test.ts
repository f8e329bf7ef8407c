/** The page that searches all conversations without a server: a part for each page, which follows what is exported. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SmsDescription, writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import type { DataChoice } from "../../src/phone-data/index.ts";
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
const page = (name = "search.html"): string => readFileSync(join(to(), "messages", name), "utf8");
const listOf = (text: string): Json =>
  JSON.parse(/<script type="application\/json" id="d">(.*?)<\/script>/s.exec(text)?.[1] ?? "");
/** As the browser takes a part in: it runs, and nothing but the function of the page is there. */
const rowsOf = (path: string): Json[] => {
  let rows: Json[] = [];
  runInNewContext(readFileSync(join(to(), "messages", path), "utf8"), {
    offroll: (given: Json[]) => {
      rows = given;
    },
  });
  return rows;
};
const found = (name?: string): string[] =>
  listOf(page(name)).flatMap(([, , part, count]: Json) => {
    const rows = rowsOf(part);
    expect(rows).toHaveLength(count);
    return rows.map(([id]) => id);
  });
const parts = (): string[] => visibleFiles(join(to(), "messages/search")).map((path) => `messages/search/${path}`);

test("everything that was said is in it, and nothing of it is code", async () => {
  await run(sceneFor("ios18"));
  const said = exportedMessages(to()).filter(
    ({ message }) => !message.announcement && (message.text || message.app || message.subject),
  );
  expect(found().sort()).toEqual(said.map(({ message }) => message.id).sort());
  const pages = visibleFiles(join(to(), "messages"));
  for (const [, path, part] of listOf(page())) expect(pages).toEqual(expect.arrayContaining([path, part]));
  const text = page();
  expect(text.match(/<script/g)).toHaveLength(2);
  // Scripts of ours may load others; markup may not.
  expect(text.match(/script-src 'sha256-[^']+' 'strict-dynamic'; /g)).toHaveLength(1);
  expect(readFileSync(join(to(), "messages/index.html"), "utf8")).toContain('href="search.html"');
});

test("a part is a list of texts, in a folder that nobody can guess and only the page knows", async () => {
  await run(talk(3));
  const [part = ""] = parts().filter((path) => readFileSync(join(to(), path), "utf8").includes("M-0-0"));
  const text = readFileSync(join(to(), part), "utf8");
  expect(text).not.toMatch(/[<>&\u2028\u2029\u202e]/);
  expect(rowsOf(part.slice("messages/".length))[0][3]).toBe("</script><script>alert(1)</script>\ufffd <!-- &amp;");
  const secret = /^messages\/search\/([0-9a-f]{32})\//.exec(part)?.[1] ?? "";
  expect(secret).not.toBe("");
  const knowing = visibleFiles(to()).filter((path) => readFileSync(join(to(), path), "utf8").includes(secret));
  // A browser gives no page what stands in another page, or in JSON.
  expect(knowing).toEqual(["manifest.json", "messages/search.html"]);
});

test("a changed message costs its own page and its part, and is found at once", async () => {
  await run(talk(3));
  const before = new Map(visibleFiles(to()).map((path) => [path, readFileSync(join(to(), path), "base64")]));
  const { mtimeNs } = statSync(join(to(), "messages/search.html"), { bigint: true });
  expect((await run(talk(3))).files.written).toBe(0);
  expect(statSync(join(to(), "messages/search.html"), { bigint: true }).mtimeNs).toBe(mtimeNs);
  const scene = talk(3);
  const messages = scene.chats.map((chat) => [...chat.messages]);
  const [first] = messages[1] ?? [];
  if (first && messages[1]) messages[1][0] = { ...first, parts: ["quite another word"] };
  await run({ ...scene, chats: scene.chats.map((chat, n) => ({ ...chat, messages: messages[n] ?? [] })) });
  const after = visibleFiles(to());
  expect(after).toEqual([...before.keys()]);
  const rewritten = after.filter((path) => readFileSync(join(to(), path), "base64") !== before.get(path));
  const own = parts().filter((path) => readFileSync(join(to(), path), "utf8").includes("another word"));
  expect(own).toHaveLength(1);
  const ofPage = ["html", "json"].map((ext) => `messages/+15550000002/2024.${ext}`);
  expect(rewritten).toEqual(["manifest.json", ...ofPage, ...own].sort());
});

test("a conversation alone, in a fuller folder: the others are still found", async () => {
  await run(talk(3));
  expect(found()).toHaveLength(5);
  // One conversation alone, with two messages more: those of the other stay.
  await run(talk(5), { chat: "+15550000001" });
  expect(found().sort()).toEqual(["M-0-0", "M-0-1", "M-0-2", "M-0-3", "M-0-4", "M-1-0", "M-1-1"]);
  // In its place again, where somebody took it away.
  for (const path of ["messages/search.html", ...parts()]) rmSync(join(to(), path));
  await run(talk(5), { chat: "+15550000001" });
  expect(found()).toHaveLength(7);
  expect(parts()).toHaveLength(2);
});

/** An export as it was left when all that is searched stood in the page itself. */
async function earlierShape(searched: string): Promise<void> {
  await run(talk(3));
  rmSync(join(to(), "messages/search"), { recursive: true });
  const old = join(to(), "messages/search.html");
  writeFileSync(old, searched);
  const file = join(to(), ".offroll/runs/phone-data.state");
  const state = JSON.parse(readFileSync(file, "utf8"));
  const owners = Object.keys(state.files).filter((owner) => state.files[owner].path.startsWith("messages/search/"));
  for (const owner of owners) delete state.files[owner];
  for (const owner of Object.keys(state.folders)) if (owner.startsWith("messages search")) delete state.folders[owner];
  for (const { pages } of Object.values<Json>(state.notes.messages)) {
    for (const each of pages) {
      delete each.search;
      each.print = "of an older version";
    }
  }
  const sha256 = createHash("sha256").update(oldPage).digest("hex");
  const modifiedMs = statSync(old).mtimeMs;
  state.files["messages search"] = { path: "messages/search.html", bytes: oldPage.length, sha256, modifiedMs };
  state.notes["messages search"] = "of then";
  writeFileSync(file, JSON.stringify(state));
}
const oldPage = "the page of before, with everything in it";

test.each([undefined, { chat: "+15550000001" }])("an export of the earlier shape is taken over: %j", async (choice) => {
  await earlierShape(oldPage);
  const { files } = await run(talk(3), choice);
  // The page, two parts, the manifest: pages and attachments stay as they are.
  expect(files).toMatchObject({ written: 4, beside: 0 });
  expect(found()).toHaveLength(5);
  expect((await run(talk(3), choice)).files.written).toBe(0);
});

test("a page of search that a person edited stays; the new one is beside it, and the list leads there", async () => {
  await earlierShape("mine now");
  await run(talk(3));
  expect(page()).toBe("mine now");
  expect(found("search (2).html")).toHaveLength(5);
  expect(readFileSync(join(to(), "messages/index.html"), "utf8")).toContain('href="search%20(2).html"');
});

test("a conversation of an older phone, whose part is gone, is named", async () => {
  await run(talk(3));
  for (const path of parts()) rmSync(join(to(), path));
  const scene = talk(3);
  await run({ ...scene, chats: scene.chats.slice(0, 1) });
  expect(found()).toEqual(["M-0-0", "M-0-1", "M-0-2"]);
  expect(page()).toContain("Not searched here: +15550000002.");
});

test("conversations that are called as our own pages take no name of theirs", async () => {
  const names = ["search", "SEARCH.html", "index", "index.html"];
  const chats = names.map((name, n) => ({
    ...{ guid: `iMessage;+;chat${n}`, name, members: ["+15550000001", "+15550000002"] },
    messages: [{ guid: `M-${n}`, at, from: "+15550000001", parts: [`words ${n}`] }],
  }));
  await run({ generation: "ios18", chats });
  expect(found().sort()).toEqual(["M-0", "M-1", "M-2", "M-3"]);
  const paths = visibleFiles(join(to(), "messages"));
  expect(paths).toEqual(expect.arrayContaining(["index.html", "search.html"]));
  expect(paths.filter((path) => path.endsWith("/2024.html"))).toHaveLength(4);
});
