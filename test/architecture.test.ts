/** The layers, held: who may import whom, and why not. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { fences, rooms } from "./fences.ts";

const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && /\.tsx?$/.test(e.name))
  .map((e) => relative(src, join(e.parentPath, e.name)));

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((m) => {
    const specifier = m[1] as string;
    const target = specifier.startsWith(".") ? relative(src, resolve(src, dirname(file), specifier)) : specifier;
    return { file, target };
  });
});

/** The room of a file of ours; undefined for the few at the top of `src`, which put the rooms together, and for packages. */
function roomOf(path: string): string | undefined {
  const within = (room: string): boolean => path.startsWith(`${room}/`) || path.replace(/\.tsx?$/, "") === room;
  return Object.keys(rooms)
    .filter(within)
    .sort((a, b) => b.length - a.length)[0];
}

test.each(Object.entries(rooms))("%s imports what it knows, and nothing else", (room, { knows, why }) => {
  const broken = imports
    .filter((i) => roomOf(i.file) === room)
    .filter(({ target }) => {
      const to = files.includes(target) ? (roomOf(target) ?? "main") : room;
      return to !== room && !knows.includes(to);
    })
    .map((i) => `${i.file} -> ${i.target}`);
  expect(broken, why).toEqual([]);
});

test("every folder of src is a room, rooms know only what stands above them in the table, and none is empty", () => {
  const names = Object.keys(rooms);
  for (const [i, name] of names.entries()) {
    const early = rooms[name]?.knows.filter((known) => names.indexOf(known) === -1 || names.indexOf(known) > i);
    expect(early, name).toEqual([]);
    expect(
      files.some((f) => roomOf(f) === name),
      name,
    ).toBe(true);
  }
  expect(files.filter((f) => f.includes("/") && roomOf(f) === undefined)).toEqual([]);
});

test.each(fences)("$from may not import $mayNot", ({ from, mayNot, why }) => {
  const broken = imports
    .filter((i) => from.test(i.file) && mayNot.test(i.target))
    .map((i) => `${i.file} -> ${i.target}`);
  expect(broken, why).toEqual([]);
});

test("process is touched by main.ts and a child's own entry alone, the clock by shared/clock.ts", () => {
  const offenders = files.filter((file) => {
    if (file === "main.ts" || file === "shared/foreign-database-child.ts") return false;
    const code = readFileSync(join(src, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`|"[^"]*"/g, "");
    return /\bprocess\.(?!kill)/.test(code) || (file !== "shared/clock.ts" && /\bDate\.now\(/.test(code));
  });
  expect(offenders).toEqual([]);
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

test("nothing in the folder route can change a folder: what it takes of the file system only looks and reads", () => {
  const taken = files
    .filter((f) => f.startsWith("device/folder/"))
    .flatMap((f) => [...readFileSync(join(src, f), "utf8").matchAll(/import \{([^}]*)\} from "node:fs\/promises"/g)])
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
