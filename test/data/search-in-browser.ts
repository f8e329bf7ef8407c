/**
 * The page that searches all conversations, in Chromium and Firefox as a person opens it from a disk: what it finds, how long that takes,
 * how much is loaded before it can be used, and what a hostile page beside it learns.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { Firefox, hasFirefox } from "../gallery/browser/firefox.ts";
import { exportTo, readJson, visibleFiles } from "../helpers/phone-data.ts";
import { manyMessages } from "./many-messages.ts";

type Check = (what: string, isRight: boolean, more?: string) => void;

const say = (text: string): unknown => process.stdout.write(`     ${text}\n`);

/** What the page shows when it has looked through everything. */
const over = "/^[0-9]+ of [0-9]+ messages/.test(document.getElementById('n').textContent)";

/** What `waitForFunction` waits with is a script that the page's own policy forbids. */
async function until(page: Page, expression: string): Promise<void> {
  const begun = performance.now();
  while (!(await page.evaluate(expression))) {
    if (performance.now() - begun > 120_000) throw new Error(`never so: ${expression}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function search(page: Page, words: string): Promise<{ ms: number; said: string; shown: number }> {
  await page.fill("#q", "");
  await until(page, "document.getElementById('n').textContent === ''");
  const begun = performance.now();
  await page.fill("#q", words);
  await until(page, over);
  const ms = Math.round(performance.now() - begun);
  return { ms, said: (await page.textContent("#n")) ?? "", shown: await page.locator(".h").count() };
}

/** A page as it may come as an attachment: it tries what a browser lets a page from a disk do with the files around it. */
const hostile = (search: string): string => `<!DOCTYPE html><script>
window.got = [];
window.offroll = (rows) => window.got.push("part " + rows.length);
for (const src of ["${search}", "${search.replace("search.html", "search/")}", "${search.replace("search.html", "search/index.js")}", "2021.json", "${search.replace("messages/search.html", "manifest.json")}"]) {
  const s = document.createElement("script"); s.src = src; document.documentElement.append(s);
}
window.onerror = (said) => { if (said !== "Script error.") window.got.push(said) };
const f = document.createElement("iframe"); f.src = "${search}";
f.onload = () => { try { window.got.push(f.contentDocument.body.textContent) } catch { window.tried = true } if (f.contentDocument === null) window.tried = true };
document.documentElement.append(f);
fetch("${search}").then((r) => r.text()).then((t) => window.got.push(t), () => {});
</script>`;

async function inChromium(root: string, count: number, check: Check): Promise<void> {
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    const errors: string[] = [];
    const loaded: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => errors.push(message.text()));
    page.on("request", (request) => loaded.push(request.url()));
    const url = pathToFileURL(join(root, "messages/search.html")).href;
    const begun = performance.now();
    await page.goto(url);
    await until(page, "document.activeElement.id === 'q'");
    say(`Chromium opens it within ${Math.round(performance.now() - begun)} ms`);
    check("the search can be used before anything that it searches is loaded", loaded.length === 1, `${loaded.length}`);
    const first = await search(page, "conversation 7: usual");
    say(`the first search, which loads ${loaded.length - 1} parts: ${first.ms} ms`);
    check(
      "words of one conversation are all found",
      first.said.startsWith(`${foundOf(root, "conversation", "7:")} of `),
    );
    const second = await search(page, "message usual");
    say(`a word of all: ${second.ms} ms: ${second.said}`);
    const whole = foundOf(root);
    check(
      "a word of all messages is found in all",
      second.said === `${whole} of ${whole} messages, the newest 200 are shown`,
      second.said,
    );
    const none = await search(page, "nobody-said-this");
    say(`a word of none: ${none.ms} ms`);
    check("what nobody said is not found", none.said === `0 of ${whole} messages` && none.shown === 0, none.said);
    const one = await search(page, `Message ${count / 50 - 1} of conversation 49`);
    check("the very last message is found", one.shown >= 1, one.said);
    const href = (await page.locator(".h a").first().getAttribute("href")) ?? "";
    await page.locator(".h a").first().click();
    await page.waitForSelector(".m:target");
    check("what is found leads to its place", href.includes("#m-"), href);
    check("not a word in the console", errors.length === 0, errors[0]);
    await hostilePage(root, { url, page, check });
  } finally {
    await browser.close();
  }
}

async function hostilePage(root: string, { page, check }: { url: string; page: Page; check: Check }): Promise<void> {
  const folder = join(root, "messages/+15551000000");
  mkdirSync(join(folder, "media"), { recursive: true });
  writeFileSync(join(folder, "evil.html"), hostile("../search.html"));
  await page.goto(pathToFileURL(join(folder, "evil.html")).href);
  await until(page, "window.tried");
  const got = (await page.evaluate("window.got")) as string[];
  check(
    "a page that came as an attachment reads nothing of it",
    got.every((each) => !/Message|part/.test(each)),
    got.join(" "),
  );
}

/** Messages of the export whose text has all of these words. */
function foundOf(root: string, ...words: readonly string[]): number {
  return visibleFiles(join(root, "messages"))
    .filter((path) => path.endsWith(".json"))
    .reduce((sum, path) => {
      const { messages } = readJson(join(root, "messages"), path);
      return sum + messages.filter(({ text }: { text: string }) => words.every((word) => text.includes(word))).length;
    }, 0);
}

async function inFirefox(root: string, check: Check): Promise<void> {
  await using firefox = await Firefox.start();
  await firefox.go(`${pathToFileURL(join(root, "messages/search.html")).href}#q=conversation%207%3A`);
  await firefox.until(over);
  const said = await firefox.ask<string>("document.getElementById('n').textContent");
  check("Firefox finds the same from a disk", said.startsWith(`${foundOf(root, "conversation", "7:")} of `), said);
}

/** @param folder of the harness @param count of messages */
export async function searchInBrowser(folder: string, count: number, check: Check): Promise<void> {
  const [file, to] = [join(folder, "searched.db"), join(folder, "searched")];
  manyMessages(file, count);
  const files = new MemoryPhoneFiles([{ domain: "HomeDomain", path: "Library/SMS/sms.db", bytes: readFileSync(file) }]);
  await exportTo({ files, to, scratch: join(folder, "scratch"), kinds: ["messages"] });
  const parts = visibleFiles(join(to, "messages/search"));
  const bytes = parts.reduce((sum, path) => sum + statSync(join(to, "messages/search", path)).size, 0);
  const own = statSync(join(to, "messages/search.html")).size;
  say(
    `${count} rows: search.html ${Math.round(own / 1000)} kB, ${parts.length} parts with ${(bytes / 1e6).toFixed(1)} MB`,
  );
  await inChromium(to, count, check);
  if (hasFirefox()) await inFirefox(to, check);
  else say("skip Firefox: it is not installed");
}
