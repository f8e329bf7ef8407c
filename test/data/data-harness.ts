/**
 * What others say of what we write: `npm run test:data -- [part] [count] [seed]`. Parts: `judges` (python3-vobject, ical.js and vcard4
 * read our vCards, @parseaple/typedstream reads the same bodies), `browser` (Chromium opens every page and searches it), `search` (the
 * page that searches all, of many messages), `figures` (memory and processor's time, beside `sqlite3 -json` of the same rows). All of
 * them by default, search and figures with 20,000 messages.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Unarchiver } from "@parseaple/typedstream";
import ICAL from "ical.js";
import { parse as parseVcard4 } from "vcard4";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { type RunToWrite, typedstream } from "../../fixtures/make/phone-data/typedstream-writer.ts";
import { bodyOf } from "../../src/phone-data/messages/message-body.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportTo, smsFiles, visibleFiles } from "../helpers/phone-data.ts";
import { figures } from "./figures.ts";
import { searchInBrowser } from "./search-in-browser.ts";

const [part = "all", countText = "20000", seedText = "1"] = process.argv.slice(2);
const count = Number(countText);
const folder = mkdtempSync(join(tmpdir(), "offroll-data-harness-"));
let failures = 0;
/** Where Debian's own packages are seen, whatever python else is installed. */
const debianPython = "/usr/bin/python3";

function check(what: string, isRight: boolean, more = ""): void {
  if (!isRight) failures += 1;
  process.stdout.write(`${isRight ? "ok  " : "FAIL"} ${what}${more === "" ? "" : `: ${more}`}\n`);
}

/** A peer that is not here is told, and fails where everything must be here. */
function has(program: string, args: readonly string[]): boolean {
  const found = spawnSync(program, args, { stdio: "ignore" }).status === 0;
  if (!found && process.env["CI"]) check(`${program} ${args.join(" ")}`, false, "it is missing");
  else if (!found) process.stdout.write(`skip ${program} ${args.join(" ")}: it is not installed\n`);
  return found;
}

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function vcards(): Promise<void> {
  const { book, images } = writeAddressBook(folder, scenePeople);
  const path = "Library/AddressBook/AddressBook";
  const files = new MemoryPhoneFiles([
    { domain: "HomeDomain", path: `${path}.sqlitedb`, bytes: book },
    { domain: "HomeDomain", path: `${path}Images.sqlitedb`, bytes: images },
  ]);
  for (const vcard of ["3.0", "4.0"] as const) {
    const to = join(folder, `contacts-${vcard}`);
    await exportTo({ files, to, scratch: join(folder, "scratch"), kinds: ["contacts"], choice: { vcard } });
    const file = join(to, "contacts/contacts.vcf");
    const text = readFileSync(file, "utf8");
    const people = JSON.parse(readFileSync(join(to, "contacts/contacts.json"), "utf8")) as {
      id: string;
      phones: unknown[];
      note?: string;
    }[];
    const cards = ICAL.parse(text) as unknown as [string, [string, object, string, string][]][];
    check(`ical.js reads all vCards ${vcard}`, cards.length === people.length, `${cards.length} of ${people.length}`);
    const phones = cards.reduce(
      (sum, [, properties]) => sum + properties.filter(([name]) => name === "tel" || name.endsWith(".tel")).length,
      0,
    );
    check(
      `ical.js finds every number of vCards ${vcard}`,
      phones === people.reduce((sum, person) => sum + person.phones.length, 0),
      String(phones),
    );
    if (vcard === "4.0") {
      const parsed = parseVcard4(text);
      check("vcard4 reads all vCards 4.0", (Array.isArray(parsed) ? parsed.length : 1) === people.length);
    } else if (has(debianPython, ["-c", "import vobject"])) {
      const script = `import sys, json, vobject\nprint(json.dumps([{"fn": c.fn.value, "tel": len(c.contents.get("tel", [])), "note": [n.value for n in c.contents.get("note", [])]} for c in vobject.readComponents(open(sys.argv[1], newline="", encoding="utf-8").read())]))`;
      const found = JSON.parse(execFileSync(debianPython, ["-c", script, file], { encoding: "utf8" })) as {
        fn: string;
        tel: number;
        note: string[];
      }[];
      check("vobject reads all vCards 3.0", found.length === people.length, `${found.length}`);
      check(
        "vobject finds the numbers and notes",
        found.every(
          ({ tel, note }, i) => tel === people[i]?.phones.length && (note[0] ?? undefined) === people[i]?.note,
        ),
      );
    }
  }
}

const words = [
  "hello",
  "äöü",
  "👩‍👩‍👧",
  "日本語",
  "iI\u0001\n",
  "NSString",
  "\u202e",
  "x".repeat(300),
  "é".repeat(40_000),
];

/** Two readers that share nothing, over the same bodies. */
function bodies(): void {
  const next = random(Number(seedText));
  let [same, all] = [0, 0];
  for (let i = 0; i < 400; i += 1) {
    const runs: RunToWrite[] = Array.from({ length: 1 + Math.floor(next() * 6) }, (_, part) => ({
      text: words[Math.floor(next() * words.length)] as string,
      attributes: { __kIMMessagePartAttributeName: part },
    }));
    const bytes = typedstream(runs);
    const theirs = textBy(bytes);
    all += 1;
    if (
      bodyOf(bytes).text === runs.map(({ text }) => text).join("\n") &&
      theirs === runs.map(({ text }) => text).join("")
    )
      same += 1;
  }
  check("@parseaple/typedstream and ours read the same texts", same === all, `${same} of ${all}, seed ${seedText}`);
}

/** The text of a body, as the other reader has it. */
function textBy(bytes: Buffer): string | undefined {
  const decoded: unknown = Unarchiver.open(bytes).decodeAll();
  const texts: string[] = [];
  const look = (value: unknown, depth: number): void => {
    if (depth > 6 || texts.length > 0) return;
    if (typeof value === "object" && value !== null) {
      if ("string" in value && typeof value.string === "string") texts.push(value.string);
      for (const inner of Object.values(value)) look(inner, depth + 1);
    }
  };
  look(decoded, 0);
  return texts[0];
}

async function pages(): Promise<void> {
  const program = ["chromium", "chromium-browser", "google-chrome"].find(
    (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
  );
  if (program === undefined) return void has("chromium", ["--version"]);
  const to = join(folder, "pages");
  const notes = writeNotes(folder, "ios18", sceneNotes);
  const domain = "AppDomainGroup-group.com.apple.notes";
  const files = new MemoryPhoneFiles([
    ...smsFiles(writeSmsDatabase(join(folder, "db"), sceneFor("ios18"))),
    { domain, path: "NoteStore.sqlite", bytes: notes.store },
    ...[...notes.media].map(([path, bytes]) => ({ domain, path, bytes })),
  ]);
  await exportTo({ files, to, scratch: join(folder, "scratch"), kinds: ["messages", "notes"] });
  for (const path of visibleFiles(to).filter((each) => each.endsWith(".html"))) {
    const hasSearch = path.startsWith("messages/+") || path === "messages/search.html";
    const url = `${pathToFileURL(join(to, path))}${hasSearch ? "#q=words" : ""}`;
    const args = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--enable-logging=stderr",
      `--user-data-dir=${join(folder, "profile")}`,
      "--window-size=390,844",
      "--virtual-time-budget=2000",
      "--dump-dom",
      url,
    ];
    const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
    const errors = stderr.split("\n").filter((line) => /CONSOLE|Refused|Content Security/i.test(line));
    check(
      `${path.slice(0, 60)} opens without a word in the console`,
      errors.length === 0 && stdout.includes("</html>"),
      errors[0] ?? "",
    );
    if (path.startsWith("messages/+") && path.endsWith("2023.html")) {
      check(
        "the search hides what has not the words",
        /data-m="" hidden=""/.test(stdout) && /\d+ of \d+/.test(stdout),
        /\d+ of \d+/.exec(stdout)?.[0] ?? "",
      );
      check("no script of the data runs", !/<script>(?!\(\(\)=>)/.test(stdout));
    }
    if (path === "messages/search.html") {
      const hits = [...stdout.matchAll(/<div class="h"><a href="([^"#]+)#m-[^"]+"/g)].map(([, page]) =>
        decodeURIComponent(page ?? ""),
      );
      check(
        "the search of all conversations finds messages",
        hits.length > 1 && /\d+ of \d+ messages/.test(stdout),
        `${hits.length} hits`,
      );
      const pages = visibleFiles(join(to, "messages"));
      check(
        "what it finds leads to pages that are there",
        hits.every((page) => pages.includes(page)),
      );
    }
  }
}

try {
  if (part === "all" || part === "judges") {
    await vcards();
    bodies();
  }
  if (part === "all" || part === "browser") await pages();
  if ((part === "all" || part === "search") && has("chromium", ["--version"]))
    await searchInBrowser(folder, count, check);
  if (part === "all" || part === "figures")
    await figures(folder, count, { check, hasPeer: has("sqlite3", ["--version"]) });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
