/** Files that are kept on this computer for its person alone: settings' neighbours, not what lies on somebody's disk. */
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFoldersSync } from "./make-folders.ts";

/** Names in a folder; none where there is no such folder, or it cannot be read. */
export function namesOfOwn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whole under its name, or as it was before. Folders above it are made. */
export function writeOwnFile(file: string, text: string): void {
  makeFoldersSync(dirname(file), 0o700);
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** No error where there is none. */
export function removeOwnFile(file: string): void {
  rmSync(file, { force: true });
}
