/**
 * Folders of ours with all that is missing above them. Node's own recursive mkdir turns for ever where a file system answers "no such
 * folder" to making one (/proc, some network mounts; seen with Node 24.21): here each is tried at most twice.
 */
import { mkdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** @throws the system's error for the first folder that cannot be made */
export async function makeFolders(path: string, mode: number): Promise<void> {
  const waiting: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    const made = await mkdir(folder, { mode }).then(
      () => true,
      (error: unknown) => isThere(error, folder),
    );
    if (made) break;
    waiting.unshift(folder);
  }
  for (const folder of waiting) await mkdir(folder, { mode }).catch(unlessThere);
}

/** The same, without a turn of the event loop. */
export function makeFoldersSync(path: string, mode: number): void {
  const waiting: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      mkdirSync(folder, { mode });
      break;
    } catch (error) {
      if (isThere(error, folder)) break;
      waiting.unshift(folder);
    }
  }
  for (const folder of waiting) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      unlessThere(error);
    }
  }
}

/** False where what is above it is missing. @throws what else stood in the way */
function isThere(error: unknown, folder: string): boolean {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST") return true;
  if (code === "ENOENT" && dirname(folder) !== folder) return false;
  throw error;
}

/** Another process may have made it meanwhile. */
function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
}
