/** docs/format.md names every file, table, column, log line and field that lies in `.offroll`, and none that does not. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { rollRoles, subtypes } from "../src/library/roll.ts";
import { captureSources } from "../src/media/capture-time.ts";
import { Catalog } from "../src/transfer/catalog/index.ts";
import { outcomes, skipReasons } from "../src/transfer/events.ts";
import { lineTypes } from "../src/transfer/logs/log-line.ts";
import { exportOnce, temporaryFolder } from "./helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "./helpers/library-phone.ts";
import { startMock } from "./helpers/mock.ts";
import { seamMembers } from "./marks/documented.ts";
import { parseFolders } from "./marks/parse.ts";

const root = resolve(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/format.md"), "utf8");

/** What the first cells of the table under a heading name. */
function namesUnder(heading: string): string[] {
  const at = page.indexOf(`\n${heading}\n`);
  if (at < 0) return [];
  const rows = page
    .slice(at + heading.length + 2)
    .split(/\n#/)[0]
    ?.split("\n")
    .filter((l) => l.startsWith("| `"));
  return (rows ?? []).flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1]!));
}

const headings = (word: string): string[] =>
  [...page.matchAll(new RegExp(`^### ${word}s? (.*)$`, "gm"))].flatMap((m) =>
    [...(m[1] ?? "").matchAll(/`([^`]+)`/g)].map((n) => n[1]!),
  );

const isNamed = (value: string): boolean => page.includes(`\`${value}\``);

test("every table and column of the catalog, and its version", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-format-"));
  Catalog.open(folder, { create: true })?.[Symbol.dispose]();
  using db = new DatabaseSync(join(folder, "catalog.sqlite"), { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  expect(headings("Table").sort()).toEqual(tables.map((t) => t["name"]));
  for (const name of headings("Table")) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${name}')`).all();
    expect(namesUnder(`### Table \`${name}\``).sort(), name).toEqual(columns.map((c) => String(c["name"])).sort());
  }
  const version = db.prepare("PRAGMA user_version").get()?.["user_version"];
  expect(page).toContain(`is the number of this format: ${version} now.`);
});

test("what came with each version of the catalog, as the stored ones of them have it", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-format-"));
  Catalog.open(folder, { create: true })?.[Symbol.dispose]();
  const stored = join(root, "fixtures/catalogs");
  const files = readdirSync(stored).map((name) => join(stored, name));
  const rows = (page.split("\n### Versions\n")[1]?.split(/\n#/)[0] ?? "").split("\n").filter((l) => /^\| \d/.test(l));
  let before = new Set<string>();
  for (const [i, file] of [...files, join(folder, "catalog.sqlite")].entries()) {
    const now = schemaOf(file);
    const fresh = [...now].filter(
      (name) => !before.has(name) && !(name.includes(".") && !before.has(name.split(".")[0]!)),
    );
    const told = [...(rows[i] ?? "").matchAll(/`([\w.]+)`/g)].map((m) => m[1]!);
    expect(rows[i]).toMatch(new RegExp(`^\\| ${i + 1} `));
    expect(
      fresh.filter((name) => !told.includes(name)),
      `new in version ${i + 1}`,
    ).toEqual([]);
    expect(
      [...before].filter((name) => !name.includes(".") && !now.has(name) && !told.includes(name)),
      `gone in version ${i + 1}`,
    ).toEqual([]);
    before = now;
  }
  expect(rows).toHaveLength(files.length + 1);
});

/** Tables, and columns as TABLE.COLUMN. */
function schemaOf(file: string): Set<string> {
  using db = new DatabaseSync(file, { readOnly: true });
  const columns = db
    .prepare("SELECT t.name AS t, c.name AS c FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'")
    .all();
  return new Set(columns.flatMap(({ t, c }) => [String(t), `${t}.${c}`]));
}

test("every kind of line in a run's log, and every field that one can have", () => {
  expect(headings("Line").sort()).toEqual([...lineTypes].sort());
  const source = parseFolders(root, ["src/transfer"]);
  const members = (name: string): string[] =>
    source
      .flatMap((file) => seamMembers(file, name))
      .slice(1)
      .map((m) => m.name.slice(name.length + 1))
      .filter((member) => member !== "type")
      .sort();
  expect(namesUnder("### Line `run`").sort()).toEqual(members("RunHeader"));
  expect(namesUnder("### Line `item`").sort()).toEqual(members("ItemOutcome"));
  expect(namesUnder("### Line `library`").sort()).toEqual(members("SnapshotLine"));
  expect(namesUnder("### Line `summary`").sort()).toEqual(members("RunSummary"));
});

test("every word that a field can have", () => {
  const words = [...outcomes, ...skipReasons, ...captureSources, ...rollRoles, ...subtypes];
  expect(words.filter((word) => !isNamed(word))).toEqual([]);
});

test("a real run leaves nothing that the page does not name", async () => {
  const live = asset({ filename: "IMG_0001.HEIC", kindSubtype: 2, caption: "On the quay", people: ["Demo Person"] });
  const phone = libraryPhone({
    assets: [
      live,
      asset({ filename: "IMG_0002.JPG", hidden: true, shared: true }),
      asset({ filename: "IMG_0003.JPG", edited: true, burst: { uuid: "B", pick: 1, visible: true } }),
      asset({ filename: "IMG_0004.MOV", kind: "video", trashed: 1_700_000_000 }),
    ],
    albums: [{ title: "Lisbon", folders: ["Trips"], assets: [live.uuid] }],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "to");
  mkdirSync(to);
  await exportOnce(source, to, {
    library: libraryOptions(),
    snapshot: true,
    extras: { sidecar: "json", albumsAs: "links" },
  });
  const own = join(to, ".offroll");
  const names = readdirSync(own);
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !isNamed(name) && !isNamed(`${name}/`))).toEqual([]);
  const runs = join(own, "runs");
  const [log, library] = [".jsonl", ".gz"].map((end) => readdirSync(runs).find((name) => name.endsWith(end)));
  for (const line of jsonLines(readFileSync(join(runs, log as string), "utf8"))) {
    const type = line["type"] as string;
    const heading = page.split("\n").find((l) => l.startsWith("### Line") && l.includes(`\`${type}\``)) ?? type;
    const known = new Set(["type", ...namesUnder(heading)]);
    expect(
      Object.keys(line).filter((key) => !known.has(key)),
      type,
    ).toEqual([]);
  }
  const [first, ...photos] = jsonLines(gunzipSync(readFileSync(join(runs, library as string))).toString());
  expect(first).toMatchObject({ type: "library", v: 1, items: 4 });
  expect(photos).toHaveLength(4);
  const fields = new Set(namesUnder("## `runs/RUN.library-HASH.jsonl.gz`"));
  expect(photos.flatMap((photo) => Object.keys(photo).filter((key) => !fields.has(key)))).toEqual([]);
});

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
