/** From a path as a shell completes it to the folder of photos that the file stands in. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, relative, sep } from "node:path";
import type { FileInPlace } from "../place.ts";
import { readDestinationId } from "./destination-id.ts";
import { metadataOf } from "./local-folder.ts";

/** @returns undefined where there is no such file */
export async function findFile(path: string): Promise<FileInPlace | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
  } catch {
    return undefined;
  }
  const real = await realpath(path);
  const root = folderAbove(real);
  if (root === undefined) return { path, root: dirname(real), target: basename(real) };
  return { path, root, target: relative(root, real).split(sep).join("/") };
}

/** The nearest folder above that is a place. */
export function folderAbove(path: string): string | undefined {
  const root = dirname(path);
  if (root === path) return undefined;
  return readDestinationId(metadataOf({ root })) === undefined ? folderAbove(root) : root;
}
