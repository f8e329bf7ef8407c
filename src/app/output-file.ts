/** Files that a person names as output: tried before anything is done, so that no work ends without them. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "../shared/errors.ts";

const words: Record<string, string> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a file stands where its folder should be",
  EISDIR: "it is a folder",
  EACCES: "you may not write there",
  EPERM: "the system does not permit writing there",
  EROFS: "its disk is read-only",
  EEXIST: "there is a file of that name, which is left alone",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its symbolic links lead in a circle",
  ENOSPC: "its disk is full",
};

/** How a named file is opened, and how it is called in errors. */
export interface OutputFileOptions {
  /** The flag that names it, as it is typed. */
  readonly flag: string;
  readonly cwd: string;
  /** A file that is there is left alone; otherwise it is written over. */
  readonly isNew?: boolean;
  /** A file that is there is written over only if it begins with this: it was made by the same command before. */
  readonly onlyOver?: string;
  /** Folders that will be made: a file right in one that does not exist yet cannot be tried. */
  readonly futureFolders?: readonly string[];
}

/** @returns its whole path @throws {UsageError} `usage` where it cannot be written */
export function tryOutputFile(file: string, options: OutputFileOptions): string {
  const { flag, cwd, isNew = false, futureFolders = [], onlyOver } = options;
  const path = resolve(cwd, file);
  if (futureFolders.includes(dirname(path)) && !existsSync(dirname(path))) return path;
  const wasThere = existsSync(path);
  try {
    if (wasThere && onlyOver !== undefined && !beginsWith(path, onlyOver)) throw errorOf("EEXIST");
    closeSync(openSync(path, isNew ? "wx" : "a", 0o600));
    if (!wasThere) rmSync(path);
  } catch (error) {
    throw cannotWrite(flag, path, error);
  }
  return path;
}

/** An empty file, as `mktemp` makes one, is nobody's work. */
function beginsWith(path: string, start: string): boolean {
  const head = Buffer.alloc(Buffer.byteLength(start));
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    return size === 0 || head.toString("utf8", 0, readSync(file, head, 0, head.length, 0)) === start;
  } finally {
    closeSync(file);
  }
}

function errorOf(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Opens it, empty. @throws {UsageError} `usage` */
export function openOutputFile(file: string, { flag, cwd }: Pick<OutputFileOptions, "flag" | "cwd">): number {
  const path = resolve(cwd, file);
  try {
    return openSync(path, "w", 0o600);
  } catch (error) {
    throw cannotWrite(flag, path, error);
  }
}

function cannotWrite(flag: string, path: string, cause: unknown): UsageError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new UsageError("usage", `${flag} ${path} cannot be written: ${words[code] ?? `the system says ${code}`}.`, {
    cause,
    remedy: "Name another file. Nothing was done.",
  });
}

/** @param isNew a file that is there is left alone @throws as Node's own, with `code` */
export function writeOutputFile(path: string, content: string | Uint8Array, { isNew = false } = {}): void {
  writeFileSync(path, content, { flag: isNew ? "wx" : "w" });
}

/**
 * Block by block, so that the whole need not be in memory. For its owner's eyes: what is in it came from a phone.
 * @throws as Node's own, with `code`; nothing is left under the name then
 */
export async function writeOutputBlocks(path: string, blocks: AsyncIterable<string>): Promise<void> {
  const file = openSync(path, "w", 0o600);
  try {
    for await (const block of blocks) writeFileSync(file, block);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
