import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolders, makeFoldersSync } from "../../src/shared/make-folders.ts";

const ways: [string, (path: string, mode: number) => void | Promise<void>][] = [
  ["makeFolders", makeFolders],
  ["makeFoldersSync", makeFoldersSync],
];

test.each(ways)(
  "%s makes what is missing, with the mode that is asked for, and again without a word",
  async (_, make) => {
    const path = join(mkdtempSync(join(tmpdir(), "offroll-folders-")), "a", "b", "c");
    await make(path, 0o700);
    await make(path, 0o700);
    expect([statSync(path).mode & 0o777, statSync(join(path, "..")).mode & 0o777]).toEqual([0o700, 0o700]);
  },
);

test.each(ways)("%s ends where a folder cannot be made", async (_, make) => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-folders-"));
  writeFileSync(join(folder, "file"), "");
  await expect((async () => make(join(folder, "file", "x"), 0o700))()).rejects.toThrow(/ENOTDIR/);
  if (existsSync("/proc/self")) await expect((async () => make("/proc/nope/x", 0o700))()).rejects.toThrow(/ENOENT/);
});
