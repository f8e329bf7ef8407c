/** Small files of ours in a folder that others may write to: nothing goes through a link. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensurePlainFolder, inPlainFolder, writeNewFile } from "../../src/shared/plain-folder.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "offroll-plain-folder-"));
const unsafe = expect.objectContaining({ code: "destination-unsafe" });

test("a file is made once, for its owner alone, and what has its name is left as it is", () => {
  const file = join(fresh(), "note");
  expect(writeNewFile(file, "first", 0o600)).toBe(true);
  expect(writeNewFile(file, "second", 0o600)).toBe(false);
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["first", 0o600]);
});

test("through a link nothing is made, neither in the folder nor in the file's place", () => {
  const [ours, theirs] = [fresh(), fresh()];
  symlinkSync(join(theirs, "planted"), join(ours, "note"));
  expect(writeNewFile(join(ours, "note"), "x", 0o600)).toBe(false);
  symlinkSync(theirs, join(ours, "folder"));
  expect(() => writeNewFile(join(ours, "folder", "note"), "x", 0o600)).toThrow(unsafe);
  expect(() => ensurePlainFolder(join(ours, "folder"), 0o700)).toThrow(unsafe);
  expect([existsSync(join(theirs, "planted")), existsSync(join(theirs, "note"))]).toEqual([false, false]);
});

test("a folder is made where there is none, kept where there is one, and refused where a file stands", () => {
  const root = fresh();
  ensurePlainFolder(join(root, "runs"), 0o700);
  writeFileSync(join(root, "runs", "log"), "kept");
  ensurePlainFolder(join(root, "runs"), 0o755);
  expect([readFileSync(join(root, "runs", "log"), "utf8"), lstatSync(join(root, "runs")).mode & 0o777]).toEqual([
    "kept",
    0o700,
  ]);
  writeFileSync(join(root, "file"), "");
  expect(() => ensurePlainFolder(join(root, "file"), 0o700)).toThrow(unsafe);
  expect(() => inPlainFolder(join(root, "file"), () => 1)).toThrow(unsafe);
  expect(() => inPlainFolder(join(root, "none"), () => 1)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

test.runIf(process.platform === "linux")(
  "a folder that is swapped while it is used stays the folder that was entered",
  () => {
    const root = fresh();
    const folder = join(root, "folder");
    mkdirSync(folder);
    inPlainFolder(folder, (real) => {
      renameSync(folder, join(root, "moved"));
      mkdirSync(folder);
      writeFileSync(join(real, "note"), "x");
    });
    expect([existsSync(join(folder, "note")), existsSync(join(root, "moved", "note"))]).toEqual([false, true]);
  },
);

test("what the body throws comes out, and no handle stays open for it", () => {
  const root = fresh();
  for (let i = 0; i < 50; i += 1)
    expect(() =>
      inPlainFolder(root, () => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
  const open = inPlainFolder(root, (real) => Number(/(\d+)$/.exec(real)?.[1] ?? 0));
  expect(inPlainFolder(root, (real) => Number(/(\d+)$/.exec(real)?.[1] ?? 0))).toBe(open);
});
