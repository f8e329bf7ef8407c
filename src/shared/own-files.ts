/** Files that are kept on this computer for its person alone: settings' neighbours, not what lies on somebody's disk. */
import { lstatSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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
export function writeOwnFile(file: string, text: string | Uint8Array): void {
  makeFoldersSync(dirname(file), 0o700);
  const next = `${file}.${unlikely()}.new`;
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

/** With all that is in it; a link is removed, not what it leads to. No error where there is none. */
export function removeOwnFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Only where nothing is in it; otherwise it stays, without an error. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody needs it.
  }
}

export function isFolderThere(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Keeps a file of a person's under a name of its own beside it. @returns that name */
export function moveAsideOwn(file: string): string {
  const aside = `${file}.${unlikely()}.kept`;
  renameSync(file, aside);
  return aside;
}

/** Whatever it is: a link that leads nowhere too. */
export function isThereOwn(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Nobody else may write in these folders, and a name that is taken is an error: it need not be hard to guess. */
function unlikely(): string {
  return Math.random().toString(36).slice(2, 14);
}
