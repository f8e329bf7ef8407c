/**
 * The files below one folder of this computer, in a file system's words. Opens for reading only and follows no link below the folder.
 * Paths begin with "/" at the folder; names that are not UTF-8 are escaped as `decodeName` does it.
 */
import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath, statfs } from "node:fs/promises";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { decodeName, encodeName } from "../file-name.ts";

/** What lstat tells of one name. */
export interface FolderEntry {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Of the file system that it lies on; another one below a folder is a disk that is mounted there. */
  readonly fileSystem: bigint;
  readonly number: bigint;
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
/** A pipe of that name would wait for its writer, a terminal become ours. */
const readingOnly = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

/** The files below a root. Names are bytes: what is no UTF-8 can be opened all the same. */
export class FolderFiles {
  /** Without links in it, as this computer writes it. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** @param folder where links are followed: it is the one that was named. @throws as `fs.realpath` does */
  static async at(folder: string): Promise<FolderFiles> {
    return new FolderFiles(await realpath(folder));
  }

  /** In the folder's own order. @throws as `fs.readdir` does, with `code`; "ELOOP" where a link is the folder or leads to it */
  async names(path: string, options: AbortOptions = {}): Promise<string[]> {
    await this.#assertFolders(foldersOf(path), options);
    const names = await ask(() => readdir(this.#onDisk(path), { encoding: "buffer" }), options);
    return names.map(decodeName);
  }

  /**
   * What lies in a folder that was listed, a link itself and not what it leads to. One request; that the folders above are no links
   * is not looked at anew.
   * @throws as `fs.lstat` does, with `code`
   */
  async look(path: string, options: AbortOptions = {}): Promise<FolderEntry> {
    const stat = await ask(() => lstat(this.#onDisk(path), { bigint: true }), options);
    const kind = stat.isFile() ? "file" : stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : "other";
    const modifiedAt = new Date(Number(stat.mtimeNs / 1_000_000n));
    return { kind, sizeBytes: Number(stat.size), modifiedAt, fileSystem: stat.dev, number: stat.ino };
  }

  /** What lies under a path that came from anywhere. @throws as `look`, and "ELOOP" where a link leads there */
  async find(path: string, options: AbortOptions = {}): Promise<FolderEntry> {
    await this.#assertFolders(foldersOf(path).slice(0, -1), options);
    return await this.look(path, options);
  }

  /**
   * For reading. The caller closes it.
   * @throws as `fs.open` does, with `code`; "ELOOP" where a link stands in the way, "ENOTPLAIN" for what is no file
   */
  async open(path: string, options: AbortOptions = {}): Promise<FileHandle> {
    await this.#assertFolders(foldersOf(path).slice(0, -1), options);
    const opening = open(this.#onDisk(path), readingOnly);
    try {
      const handle = await ask(() => opening, options);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
    } catch (error) {
      // An opening that nobody waited for ends some time.
      if (options.signal?.aborted) void opening.then((handle) => handle.close()).catch(() => {});
      throw error;
    }
    throw problem("ENOTPLAIN", "it is no plain file");
  }

  async #assertFolders(paths: readonly string[], options: AbortOptions): Promise<void> {
    for (const path of paths) {
      const { kind } = await this.look(path, options);
      if (kind === "link") throw problem("ELOOP", `${path} is a link`);
      if (kind !== "folder") throw problem("ENOTDIR", `${path} is no folder`);
    }
  }

  async space(): Promise<{ readonly totalBytes: number; readonly freeBytes: number } | undefined> {
    try {
      const { bsize, blocks, bavail } = await statfs(this.root);
      return blocks > 0 ? { totalBytes: bsize * blocks, freeBytes: bsize * bavail } : undefined;
    } catch {
      return undefined;
    }
  }

  #onDisk(path: string): Buffer | string {
    const base = this.root.replace(/[/\\]$/, "");
    const full = path === "/" ? this.root : `${base}${path}`;
    return full.isWellFormed() ? full : encodeName(full);
  }
}

/** "/a", "/a/b" and "/a/b/c" of "/a/b/c". */
function foldersOf(path: string): string[] {
  const parts = path.split("/").filter(Boolean);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

/** A disk that hangs answers never: whoever gave up does not wait with it. */
async function ask<T>(work: () => Promise<T>, { signal }: AbortOptions): Promise<T> {
  throwIfAborted(signal);
  return await unlessAborted(work(), signal);
}

function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
