/** Files that are kept on this computer for its person alone: settings' neighbours, not what lies on somebody's disk. */
import { randomBytes } from "node:crypto";
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

/**
 * Whole under its name, or as it was before. Folders above it are made. Its name until then is nobody else's: of two runs that write at
 * a time the later one stays.
 */
export function writeOwnFile(file: string, text: string): void {
  makeFoldersSync(dirname(file), 0o700);
  const next = `${file}.${randomBytes(6).toString("hex")}.new`;
  try {
    writeFileSync(next, text, { mode: 0o600, flag: "wx" });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** No error where there is none. */
export function removeOwnFile(file: string): void {
  rmSync(file, { force: true });
}
