/**
 * A folder on this computer. Partials lie in `.offroll/partials` of the same file system: written, flushed, then named by a
 * hard link, which fails where a name is taken, so that nothing is ever overwritten. Symbolic links below the root are never
 * followed.
 */
import { createHash } from "node:crypto";
import { platform } from "node:os";
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { DestinationError } from "../../shared/errors.ts";
import { pageMemory } from "../../shared/page-memory.ts";
import type { CreateOptions, Destination, PendingFile, StoredFile, StoredHash, StoredReader } from "./destination.ts";
import { diskError } from "./disk-errors.ts";
import { type DiskPort, errno } from "./disk-port.ts";
import { FolderSync } from "./folder-sync.ts";
import { LocalPendingFile, type PendingHost } from "./local-pending-file.ts";
import { mountType } from "./mounts.ts";
import { nodeDisk } from "./node-disk.ts";

export const metadataFolder = ".offroll";
const damagedFolder = `${metadataFolder}/damaged`;
const partialsFolder = `${metadataFolder}/partials`;
const hashBlockBytes = 1024 * 1024;
/** How file systems without hard links, or at their limit of them, answer. */
const noLinks: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"];

/**
 * Local file systems that write past the page cache well. There a copy costs a fraction of the processor time, leaves what the
 * computer has in its cache alone, and progress is the disk's own. Source: open(2) O_DIRECT; ext4 and xfs document it.
 */
const goodPastCache = /^(ext[234]|xfs)$/;

export interface LocalDestinationOptions {
  readonly disk?: DiskPort;
  /** Tells whether the computer was started anew since a partial was written: what was not flushed is then lost. */
  readonly bootId: string;
  /** The destination's id, to tell it from another disk at the same place. */
  readonly id?: string | undefined;
}

export class LocalDestination implements Destination {
  readonly label: string;
  readonly #root: string;
  readonly #disk: DiskPort;
  readonly #bootId: string;
  readonly #id: string | undefined;
  readonly #folders = new Map<string, Promise<void>>();
  readonly #sync: FolderSync;
  readonly #pastCache: boolean;

  /** @param root an existing folder, already resolved to its real path */
  constructor(root: string, options: LocalDestinationOptions) {
    this.#root = root;
    this.label = root;
    this.#disk = options.disk ?? nodeDisk;
    this.#bootId = options.bootId;
    this.#id = options.id;
    this.#sync = new FolderSync(this.#disk);
    this.#pastCache = goodPastCache.test(mountType(root) ?? "");
  }

  async stat(path: string): Promise<StoredFile | undefined> {
    try {
      if (!(await this.#checkFolders(posix.dirname(path)))) return undefined;
      const stat = await this.#disk.lstat(this.#absolute(path));
      if (!stat) return undefined;
      if (stat.type === "link") throw unsafe(path);
      return { sizeBytes: stat.type === "file" ? stat.sizeBytes : -1, modifiedMs: stat.modifiedMs };
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  /** False when a folder on the way does not exist; throws where a link stands in its place. */
  async #checkFolders(folder: string): Promise<boolean> {
    let at = "";
    for (const part of folder.split("/").filter((p) => p !== "" && p !== ".")) {
      at = posix.join(at, part);
      const stat = await this.#disk.lstat(this.#absolute(at));
      if (!stat) return false;
      if (stat.type !== "folder") throw unsafe(at);
    }
    return true;
  }

  async create(options: CreateOptions): Promise<PendingFile> {
    try {
      await this.#ensureFolder(partialsFolder);
      return await LocalPendingFile.open(this.#pendingHost(), options);
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  #pendingHost(): PendingHost {
    return {
      disk: this.#disk,
      bootId: this.#bootId,
      label: this.label,
      pastCache: this.#pastCache,
      partial: (key) => this.#absolute(posix.join(partialsFolder, `${key}.part`)),
      commit: (partial, path) => this.#place(partial, path),
      hash: (path, options) => this.#hashAt(path, options),
    };
  }

  async #place(partial: string, path: string): Promise<"stored" | "name-taken"> {
    const target = this.#absolute(path); // refuses what leads out before any folder is made for it
    const folder = posix.dirname(path);
    await this.#ensureFolder(folder);
    let placed: boolean;
    try {
      placed = await this.#disk.link(partial, target);
    } catch (error) {
      // FAT and exFAT have no hard links: look, then rename. The destination's lock keeps other runs of ours away.
      if (!noLinks.includes(errno(error) ?? "")) throw error;
      placed = (await this.#disk.lstat(target)) === undefined;
      if (placed) await this.#disk.rename(partial, target);
    }
    if (!placed) return "name-taken";
    await this.#sync.sync(this.#absolute(folder));
    await this.#disk.unlink(partial);
    return "stored";
  }

  async duplicate(from: string, to: string, how: "link" | "copy"): Promise<"stored" | "name-taken" | "unsupported"> {
    try {
      if ((await this.stat(from)) === undefined)
        throw new DestinationError("destination-mismatch", `${from} is not in ${this.label}.`);
      if ((await this.stat(to)) !== undefined) return "name-taken";
      if (how === "copy") return await this.#copyFile(from, to);
      await this.#ensureFolder(posix.dirname(to));
      if (!(await this.#disk.link(this.#absolute(from), this.#absolute(to)))) return "name-taken";
      await this.#sync.sync(this.#absolute(posix.dirname(to)));
      return "stored";
    } catch (error) {
      if (how === "link" && noLinks.includes(errno(error) ?? "")) return "unsupported";
      throw diskError(error, this.label);
    }
  }

  async #copyFile(from: string, to: string): Promise<"stored" | "name-taken"> {
    const stat = await this.stat(from);
    const key = createHash("sha256").update(`copy\0${from}\0${to}`).digest("hex");
    await using target = await this.create({ key, sizeBytes: stat?.sizeBytes ?? 0 });
    await target.restart();
    const source = await this.#disk.open(this.#absolute(from), "read");
    try {
      for (let at = 0; ; ) {
        const block = Buffer.allocUnsafe(hashBlockBytes);
        const count = await source.read(block, at);
        if (count === 0) break;
        await target.write(block.subarray(0, count));
        at += count;
      }
    } finally {
      await source.close();
    }
    return await target.commit(to, stat && new Date(stat.modifiedMs));
  }

  async remove(path: string, sha256: string): Promise<boolean> {
    try {
      if ((await this.stat(path)) === undefined) return false;
      if ((await this.hash(path)).sha256 !== sha256) return false;
      await this.#disk.unlink(this.#absolute(path));
      await this.#sync.sync(this.#absolute(posix.dirname(path)));
      return true;
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  async setAside(path: string): Promise<string> {
    try {
      if (!(await this.stat(path)))
        throw new DestinationError("destination-mismatch", `${path} is not in ${this.label}.`);
      const to = await this.#freeName(posix.join(damagedFolder, path));
      await this.#ensureFolder(posix.dirname(to));
      await this.#disk.rename(this.#absolute(path), this.#absolute(to));
      await this.#sync.sync(this.#absolute(posix.dirname(to)));
      await this.#sync.sync(this.#absolute(posix.dirname(path)));
      return to;
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  /** The same file may be damaged again. */
  async #freeName(path: string): Promise<string> {
    for (let n = 1; ; n += 1) {
      const name = n === 1 ? path : `${path}.${n}`;
      if (!(await this.#disk.lstat(this.#absolute(name)))) return name;
    }
  }

  async open(path: string): Promise<StoredReader> {
    if (!(await this.stat(path)))
      throw new DestinationError("destination-mismatch", `${path} is not in ${this.label}.`);
    try {
      const file = await this.#disk.open(this.#absolute(path), "read");
      return {
        read: async (offset, length) => {
          const block = Buffer.alloc(length);
          let at = 0;
          while (at < length) {
            const count = await file.read(block.subarray(at), offset + at);
            if (count === 0) break;
            at += count;
          }
          return block.subarray(0, at);
        },
        [Symbol.asyncDispose]: () => file.close(),
      };
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  async hash(path: string, options: AbortOptions = {}): Promise<StoredHash> {
    if (!(await this.stat(path)))
      throw new DestinationError("destination-mismatch", `${path} is not in ${this.label}.`);
    return await this.#hashAt(this.#absolute(path), options).catch((error) => {
      throw diskError(error, this.label);
    });
  }

  async #hashAt(path: string, options: AbortOptions): Promise<StoredHash> {
    try {
      return await this.#hashFile(path, "read-direct", options);
    } catch (error) {
      // tmpfs, many FUSE and network file systems refuse unbuffered reads.
      if (errno(error) !== "EINVAL") throw error;
      return await this.#hashFile(path, "read", options);
    }
  }

  async #hashFile(path: string, mode: "read" | "read-direct", options: AbortOptions): Promise<StoredHash> {
    const file = await this.#disk.open(path, mode);
    try {
      const hash = createHash("sha256");
      const buffer = Buffer.from(pageMemory(hashBlockBytes));
      let at = 0;
      for (;;) {
        throwIfAborted(options.signal);
        const count = await file.read(buffer, at);
        hash.update(buffer.subarray(0, count));
        at += count;
        if (count < buffer.length) break;
      }
      const direct = mode === "read-direct" && platform() === "linux";
      return { sha256: hash.digest("hex"), sizeBytes: at, from: direct ? "disk" : "cache" };
    } finally {
      await file.close();
    }
  }

  async freeBytes(): Promise<number> {
    return await this.#disk.freeBytes(this.#root).catch((error) => {
      throw diskError(error, this.label);
    });
  }

  async isThere(): Promise<boolean> {
    try {
      const file = await this.#disk.open(this.#absolute(`${metadataFolder}/destination.json`), "read");
      try {
        const buffer = Buffer.alloc(1024);
        const text = buffer.toString("utf8", 0, await file.read(buffer, 0));
        return this.#id === undefined || text.includes(this.#id);
      } finally {
        await file.close();
      }
    } catch {
      return false;
    }
  }

  async sweep(keep: (key: string) => boolean): Promise<number> {
    let removed = 0;
    const names = await this.#disk.readdir(this.#absolute(partialsFolder)).catch(() => [] as string[]);
    for (const name of names) {
      const key = /^([0-9a-f]{64})\.(part|json)$/.exec(name)?.[1];
      // What we did not name is not ours, wherever it lies.
      if (key === undefined || keep(key)) continue;
      await this.#disk.unlink(this.#absolute(posix.join(partialsFolder, name)));
      if (name.endsWith(".part")) removed += 1;
    }
    return removed;
  }

  /** Makes a folder and those above it, once; each must be a real folder. */
  #ensureFolder(folder: string): Promise<void> {
    if (folder === "." || folder === "") return Promise.resolve();
    let made = this.#folders.get(folder);
    if (!made) {
      made = this.#makeFolder(folder);
      this.#folders.set(folder, made);
      made.catch(() => this.#folders.delete(folder));
    }
    return made;
  }

  async #makeFolder(folder: string): Promise<void> {
    const path = this.#absolute(folder);
    await this.#ensureFolder(posix.dirname(folder));
    if (await this.#disk.mkdir(path)) {
      await this.#sync.sync(posix.dirname(path));
      return;
    }
    const stat = await this.#disk.lstat(path);
    if (stat?.type !== "folder") throw unsafe(folder);
  }

  #absolute(path: string): string {
    if (path.split("/").includes("..") || path.startsWith("/")) throw unsafe(path);
    return posix.join(this.#root, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function unsafe(path: string): DestinationError {
  return new DestinationError("destination-unsafe", `${path} in the destination is not a plain folder or file.`);
}
