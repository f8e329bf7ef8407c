/** The layers, held: who may import whom, and why not. The table is in fences.ts. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { guarded, isAt, roomOf, rooms, taboos } from "./fences.ts";
import { clock, globalsIn, unknownImport } from "./helpers/globals.ts";
import { importsOf } from "./helpers/imports.ts";
import { parseFolders } from "./marks/parse.ts";

const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && /\.tsx?$/.test(e.name))
  .map((e) => relative(src, join(e.parentPath, e.name)));
const imports = importsOf(src, files);

test.each(Object.entries(rooms))("%s imports what it knows, and nothing else", (room, { knows, why }) => {
  const broken = imports
    .filter((i) => roomOf(i.file) === room && files.includes(i.target))
    .filter(({ target }) => ![room, ...knows].includes(roomOf(target) ?? ""))
    .map((i) => `${i.file} -> ${i.target}`);
  expect(broken, why).toEqual([]);
});

test("every file is in a room, rooms know only what stands above them in the table, and none is empty", () => {
  const names = Object.keys(rooms);
  for (const [i, name] of names.entries())
    expect(
      rooms[name]?.knows.filter((known) => !names.slice(0, i).includes(known)),
      name,
    ).toEqual([]);
  const used = new Set(files.map(roomOf));
  expect(names.filter((name) => !used.has(name))).toEqual(names.filter((name) => rooms[name]?.isReserved));
  expect(files.filter((f) => roomOf(f) === undefined)).toEqual([]);
});

test.each(taboos)("$in may not say $mayNotSay", ({ in: where, mayNotSay, why }) => {
  const said = files
    .filter((file) => where.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(src, file), "utf8").split("\n");
      return lines.flatMap((line, i) => (mayNotSay.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : []));
    });
  expect(said, why).toEqual([]);
});

const guardedModules = guarded.flatMap(({ modules = [], ...rest }) => modules.map((what) => ({ what, ...rest })));
const guardedGlobals = guarded.flatMap(({ globals = [], ...rest }) => globals.map((what) => ({ what, ...rest })));

test.each(guardedModules)("$what is imported by $by alone", ({ what, by, why }) => {
  const pattern = new RegExp(`^${what.replace("/*", "")}(/|$)`);
  const users = imports.filter((i) => pattern.test(i.target)).map((i) => i.file);
  expect(
    users.filter((file) => !by.some((place) => isAt(file, place))),
    why,
  ).toEqual([]);
  expect(by.filter((place) => !users.some((file) => isAt(file, place)))).toEqual([]);
});

test.each(Object.entries(rooms).flatMap(([room, { without }]) => (without ? [{ room, ...without }] : [])))(
  "$room does without $modules",
  ({ room, modules, why }) => {
    const users = imports.filter((i) => roomOf(i.file) === room && modules.includes(i.target));
    expect(users, why).toEqual([]);
  },
);

const globals = parseFolders(resolve(src, ".."), ["src"]).map((parsed) => ({
  file: relative("src", parsed.path),
  used: globalsIn(parsed),
}));

test.each(guardedGlobals)("$what is used by $by alone", ({ what, by, why }) => {
  const users = globals.filter(({ used }) => used.has(what)).map(({ file }) => file);
  expect(
    users.filter((file) => !by.some((place) => isAt(file, place))),
    why,
  ).toEqual([]);
  expect(by.filter((place) => !users.some((file) => isAt(file, place)))).toEqual([]);
});

test("what is imported stands in the text, or no fence could hold it", () => {
  expect(globals.filter(({ used }) => used.has(unknownImport)).map(({ file }) => file)).toEqual([]);
});

test.each([
  ["export const a = `\u0024{process.pid}`;", "process"],
  ["export const { env } = process;", "process"],
  ['export const a = process["env"];', "process"],
  ['export const a = /"/, b = process.pid;', "process"],
  ['export const a = "http://x", b = process.pid;', "process"],
  ["export const a = { process };", "process"],
  ["export const a = globalThis.process;", "globalThis"],
  ["export const a = new Date();", clock],
  ['export const a = Date["now"]();', clock],
  ["export const a = await import(`node:fs`);", unknownImport],
])("a global is found however it is used: %s", (text, found) => {
  expect(globalsOfText(text)).toContain(found);
});

test("what only has the name of a global is none", () => {
  const text = '// process.pid\nexport const a = { process: "Date.now()" }, b = new Date(0), c = a.process;';
  expect(globalsOfText(text)).toEqual(new Set(["Date", "a"]));
});

function globalsOfText(text: string): Set<string> {
  const root = mkdtempSync(join(tmpdir(), "offroll-globals-"));
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/a.ts"), text);
  return new Set(parseFolders(root, ["src"]).flatMap((parsed) => [...globalsIn(parsed)]));
}

test.each([
  "const isApple = (phone: DeviceInfo) => [apple].includes(phone.platform);",
  'const isApple = source.device["platform"];',
  "if (device.platform === word) return;",
  "const { id, platform } = info;",
  'switch (way) { case "mtp": return; }',
  'if (phone.way === "adb") return;',
])("phones are told apart by no name: %s", (line) => {
  expect(
    taboos.filter(({ in: where, mayNotSay }) => where.test("transfer/plan/a.ts") && mayNotSay.test(line)),
  ).not.toEqual([]);
});

test("there are no cycles between folders' files", () => {
  const graph = new Map<string, string[]>();
  for (const { file, target } of imports)
    if (files.includes(target)) graph.set(file, [...(graph.get(file) ?? []), target]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    if (trail.includes(file)) return void cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

test("the linter shows the fences with their reasons, and lets through what is known", () => {
  const place = mkdtempSync(join(tmpdir(), "offroll-fences-"));
  const plant = (file: string, specifiers: readonly string[]): void => {
    mkdirSync(dirname(join(place, "src", file)), { recursive: true });
    writeFileSync(join(place, "src", file), specifiers.map((s) => `import "${s}";\n`).join(""));
  };
  plant("cli/status.ts", ["../ui/start.ts", "react", "../device/adb/index.ts", "../device/index.ts", "../app/host.ts"]);
  plant("transfer/plan/plan.ts", ["../../cli/flags.ts", "node:sqlite", "../catalog/catalog.ts"]);
  plant("transfer/catalog/rows.ts", ["node:sqlite", "node:net", "../../library/index.ts"]);
  const options = { cwd: resolve(src, ".."), encoding: "utf8" } as const;
  const config = join(place, "biome.json");
  writeFileSync(config, JSON.stringify({ root: true, extends: [resolve(import.meta.dirname, "fences.biome.json")] }));
  const args = ["node_modules/@biomejs/biome/bin/biome", "lint", "--reporter=json", `--config-path=${place}`, place];
  const { stdout } = spawnSync(process.execPath, args, options);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; message: string }[] };
  const fences = diagnostics.filter((d) => d.category === "lint/style/noRestrictedImports").map((d) => d.message);
  expect(fences.map((f) => f.split(/[:,] /)[0]).sort()).toEqual([
    "a database that is not ours is read through shared/foreign-database.ts",
    "cli does not import device",
    "cli does not import ui",
    "react and ink only in the UI",
    "sockets only in the protocols' transport",
    "transfer does not import cli",
  ]);
});

test("nothing in the client can write to a phone: no opcode of AFC that does has a name", () => {
  const text = readFileSync(join(src, "device/iphone/afc/afc-format.ts"), "utf8");
  const table = /afcOperation = \{([\s\S]*?)\}/.exec(text)?.[1] ?? "";
  const codes = [...table.matchAll(/0x([0-9a-f]+)/g)].map((m) => Number.parseInt(m[1] as string, 16));
  // Truncate, remove, make, write, rename, link, set: libimobiledevice, src/afc.h.
  const writing = [
    0x05, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x10, 0x15, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x20, 0x22, 0x28,
  ];
  expect(codes.filter((c) => writing.includes(c))).toEqual([]);
  expect(codes).toHaveLength(10);
});

test("one service of an iPhone is opened for its photos: whatever may change the phone lies in mobilebackup2, behind its fence", () => {
  const names = files
    .filter(
      (f) => f.startsWith("device/") && !f.startsWith("device/iphone/mobilebackup2/") && !f.startsWith("device/mock/"),
    )
    .flatMap((f) => [...readFileSync(join(src, f), "utf8").matchAll(/openService\(\s*(?:name|"([^"]*)")/g)])
    .flatMap((m) => m[1] ?? []);
  expect(names).toEqual(["com.apple.afc"]);
});

test("nothing in the folder route can change a folder: what it takes of the file system only looks and reads", () => {
  const taken = files
    .filter((f) => f.startsWith("device/folder/"))
    .flatMap((f) => [
      ...readFileSync(join(src, f), "utf8").matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g),
    ])
    .flatMap((m) => (m[1] as string).split(",").map((name) => name.trim().replace(/^type /, "")));
  const looking = ["constants", "FileHandle", "lstat", "open", "readdir", "readFile", "realpath", "statfs"];
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter((name) => !looking.includes(name))).toEqual([]);
  const text = readFileSync(join(src, "device/folder/folder-files.ts"), "utf8");
  expect(text.match(/\bO_[A-Z]+\b/g)?.filter((flag) => !/^O_(RDONLY|NOFOLLOW|NONBLOCK|NOCTTY)$/.test(flag))).toEqual(
    [],
  );
  expect(text.match(/= open\(.*/g)).toEqual(["= open(this.#onDisk(path), readingOnly);"]);
});

test("nothing in the client can change an Android phone: no operation of MTP that does has a name, adb's sync has no SEND", () => {
  const text = readFileSync(join(src, "device/mtp/mtp-format.ts"), "utf8");
  const table = /export const operation = \{([\s\S]*?)\}/.exec(text)?.[1] ?? "";
  const codes = [...table.matchAll(/0x([0-9a-f]+)/g)].map((m) => Number.parseInt(m[1] as string, 16));
  // Delete, send, format, reset, protect, power, move, copy, set property and list, edit: AOSP, frameworks/av/media/mtp/mtp.h.
  const changing = [
    0x100b, 0x100c, 0x100d, 0x100e, 0x100f, 0x1010, 0x1011, 0x1012, 0x1013, 0x1016, 0x1017, 0x1019, 0x101a, 0x9804,
    0x9806, 0x9808, 0x9811, 0x95c2, 0x95c3, 0x95c4, 0x95c5,
  ];
  expect(codes.filter((c) => changing.includes(c))).toEqual([]);
  expect(codes).toHaveLength(15);
  const sync = readFileSync(join(src, "device/adb/adb-sync.ts"), "utf8");
  expect(sync.match(/"(?:SEND|SND2)"/g)).toBeNull();
  const classRequests = files
    .filter((f) => /^device\/(mtp|adb|usb)\//.test(f))
    .filter((f) => /classRequest\.reset/.test(readFileSync(join(src, f), "utf8")));
  expect(classRequests, "a reset kills a phone's MTP until it is replugged").toEqual([]);
});
