/** Small files of this computer's person: whole or as before, also where two runs write one at a time. */
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { namesOfOwn, removeOwnFile, writeOwnFile } from "../../src/shared/own-files.ts";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "offroll-own-")), "a", "b", "known.json");

test("it is written whole and for its owner only, folders too, and a later one takes its place", () => {
  const file = fresh();
  writeOwnFile(file, "a long first text");
  writeOwnFile(file, "second");
  expect(readFileSync(file, "utf8")).toBe("second");
  expect(namesOfOwn(dirname(file))).toEqual(["known.json"]);
  if (platform() === "win32") return;
  expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
});

test("what another run is writing just now is in nobody's way, and is not taken for ours", () => {
  const file = fresh();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, "half of ano");
  writeOwnFile(file, "ours");
  expect(readFileSync(file, "utf8")).toBe("ours");
  expect(readFileSync(`${file}.new`, "utf8")).toBe("half of ano");
});

test("runs that write one file at a time all succeed, and one of them is there", async () => {
  const file = fresh();
  const module = resolve(import.meta.dirname, "../../src/shared/own-files.ts");
  const program = join(dirname(dirname(dirname(file))), "write.mjs");
  writeFileSync(
    program,
    `import { writeOwnFile } from ${JSON.stringify(module)};
for (let i = 0; i < 300; i++) writeOwnFile(${JSON.stringify(file)}, process.argv[2].repeat(2000));`,
  );
  const codes = ["a", "b"].map(
    (letter) => new Promise((done) => fork(program, [letter], { stdio: "ignore", execArgv: [] }).once("exit", done)),
  );
  expect(await Promise.all(codes)).toEqual([0, 0]);
  expect(readFileSync(file, "utf8")).toMatch(/^(a{2000}|b{2000})$/);
  expect(readdirSync(dirname(file))).toEqual(["known.json"]);
});

test("where it cannot get its name, nothing of it is left", () => {
  const file = fresh();
  mkdirSync(file, { recursive: true });
  expect(() => writeOwnFile(file, "text")).toThrow();
  expect(readdirSync(dirname(file))).toEqual(["known.json"]);
});

test("no folder has no names, and what is not there is removed without a word", () => {
  const file = fresh();
  expect(namesOfOwn(dirname(file))).toEqual([]);
  removeOwnFile(file);
  writeOwnFile(file, "text");
  removeOwnFile(file);
  expect(namesOfOwn(dirname(file))).toEqual([]);
});
