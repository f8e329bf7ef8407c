/** From a path as a shell completes it to the destination that the file stands in. */
import { statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { readPlainFile } from "../shared/plain-file.ts";
import { metadataFolder } from "../transfer/index.ts";

/** A file on this computer that stands in a destination, or may. */
export interface ExportedFile {
  readonly path: string;
  /** The destination; the file's own folder where none is above it. */
  readonly root: string;
  /** Its path in the destination, `/`-separated. */
  readonly target: string;
}

/** A file below a folder with our catalog; undefined where there is no file. */
export function findExported(path: string): ExportedFile | undefined {
  try {
    if (!statSync(path).isFile()) return undefined;
  } catch {
    return undefined;
  }
  const root = destinationAbove(path);
  if (root === undefined) return { path, root: dirname(path), target: basename(path) };
  return { path, root, target: relative(root, path).split(sep).join("/") };
}

/** The destination that a file or a folder lies in. */
export function destinationAbove(path: string): string | undefined {
  const root = dirname(path);
  if (root === path) return undefined;
  try {
    readPlainFile(join(root, metadataFolder, "destination.json"), { followLinks: false });
    return root;
  } catch {
    return destinationAbove(root);
  }
}
