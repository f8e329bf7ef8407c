/** Programs are started by where they are, never by what lies in the current folder. */
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chdir, cwd } from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { findProgram } from "../../src/shared/program.ts";

function folderWith(name: string, mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-program-"));
  writeFileSync(join(folder, name), "#!/bin/sh\n");
  chmodSync(join(folder, name), mode);
  return folder;
}

const onPosix = test.skipIf(process.platform === "win32");

onPosix("the first in PATH that may be run is taken, by its absolute path", () => {
  const [text, first, second] = [folderWith("tool", 0o644), folderWith("tool"), folderWith("tool")] as const;
  mkdirSync(join(text, "other/tool"), { recursive: true });
  const path = [join(text, "other"), text, "/nowhere", first, second].join(delimiter);
  expect(findProgram("tool", path)).toBe(join(first, "tool"));
  expect(findProgram("none", path)).toBeUndefined();
  expect(findProgram(join(second, "tool"), "")).toBe(join(second, "tool"));
  symlinkSync(join(first, "tool"), join(text, "linked"));
  expect(findProgram("linked", path)).toBe(join(text, "linked"));
});

onPosix("the current folder is not looked into, whatever PATH says", () => {
  const before = cwd();
  onTestFinished(() => chdir(before));
  chdir(folderWith("tool"));
  for (const path of ["", ".", `${delimiter}`, `./${delimiter}..`, "bin"])
    expect(findProgram("tool", path), path).toBeUndefined();
});
