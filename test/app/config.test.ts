/** The settings file: what is in it is never lost, whoever writes. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type Config, parseVerify, readConfig, updateConfig } from "../../src/app/settings/index.ts";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "offroll-config-")), "offroll", "config.json");
const remembered: Config = { backups: { u: { path: "/mnt/disk/Phone", id: "d", name: "Ann" } } };
const addExport = (config: Config): Config => ({ ...config, exports: { ...config.exports, v: { to: "/mnt/x" } } });

test.each([
  ["cut short", '{ "backups": { "u": {'],
  ["with a word that we do not know", '{ "backupz": {} }'],
  ["empty", ""],
  ["of the wrong kind", "[]"],
])("a settings file that cannot be read is never written over: %s", (_, text) => {
  const file = fresh();
  mkdirSync(resolve(file, ".."));
  writeFileSync(file, text);
  expect(() => updateConfig(file, addExport)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(existsSync(`${file}.new`)).toBe(false);
});

test("a folder in the file's place, and a file that may not be read, are told apart from none", () => {
  const file = fresh();
  mkdirSync(file, { recursive: true });
  expect(() => readConfig(file)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  expect(readConfig(join(file, "none.json"))).toEqual({});
  const secret = fresh();
  updateConfig(secret, () => remembered);
  chmodSync(secret, 0);
  // Root may read everything.
  if (process.getuid?.() !== 0) expect(() => updateConfig(secret, addExport)).toThrow(/cannot be read/);
});

test("what another run wrote since the file was read stays", () => {
  const file = fresh();
  updateConfig(file, () => ({}));
  const early = readConfig(file);
  updateConfig(file, () => remembered);
  updateConfig(file, addExport);
  expect(early).toEqual({});
  expect(readConfig(file)).toEqual({ ...remembered, exports: { v: { to: "/mnt/x" } } });
});

test("a file that is a link elsewhere is written where it leads; it stays a link", () => {
  const file = fresh();
  const real = fresh();
  updateConfig(real, () => remembered);
  mkdirSync(resolve(file, ".."));
  symlinkSync(real, file);
  updateConfig(file, addExport);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readConfig(real).exports).toEqual({ v: { to: "/mnt/x" } });
});

test("what a killed program left half written does not stop the next one for ever", () => {
  const file = fresh();
  updateConfig(file, () => remembered);
  writeFileSync(`${file}.new`, "{");
  utimesSync(`${file}.new`, 1, 1);
  updateConfig(file, addExport);
  expect(readConfig(file).backups).toEqual(remembered.backups);
});

test("four programs that remember at the same time lose nothing of each other", async () => {
  const file = fresh();
  const module = resolve(import.meta.dirname, "../../src/app/settings/file.ts");
  const script = `const { updateConfig } = await import(${JSON.stringify(module)});
for (let i = 0; i < 25; i += 1)
  updateConfig(${JSON.stringify(file)}, (c) => ({ ...c, exports: { ...c.exports, [process.argv[1] + i]: { to: "/x" } } }));`;
  const codes = await Promise.all(
    ["a", "b", "c", "d"].map((name) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, name], { stdio: "inherit" });
      return new Promise((done) => child.once("exit", done));
    }),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(Object.keys(readConfig(file).exports ?? {})).toHaveLength(100);
});

test.each([
  ['{ "verify": "xx" }', 'verify must be "size" or "hash" or "reread"; it is "xx".'],
  ['{ "template": 5 }', "template must be text; it is 5."],
  ['{ "exports": { "u": { "to": "/x", "edits": [] } } }', "; it is Array."],
])("what is wrong in the settings is said in words of ours: %s", (text, words) => {
  const file = fresh();
  mkdirSync(resolve(file, ".."));
  writeFileSync(file, text);
  expect(() => readConfig(file)).toThrow(words);
});

test("an unknown way to verify is a mistake of who wrote it, wherever it stands", () => {
  expect(parseVerify("reread")).toBe("reread");
  expect(() => parseVerify("paranoid")).toThrow(expect.objectContaining({ code: "usage" }));
});
