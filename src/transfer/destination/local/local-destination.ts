/**
 * A folder on this computer. Partials lie in `.offroll/partials` of the same file system: written, flushed, then named by a
 * hard link, which fails where a name is taken, so that nothing is ever overwritten. Symbolic links below the root are never
 * followed.
 */
import { createHash, randomBytes } from "node:crypto";
import { platform } from "node:os";
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import { mapOrdered, Semaphore } from "../../../shared/async.ts";
import { diskError, errno } from "../../../shared/disk-errors.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { mayAnswerFromMemory, mountType } from "../../../shared/mounts.ts";
import { pageMemory } from "../../../shared/page-memory.ts";
import { assertBelow, unsafe } from "../below.ts";
import type {
  CreateOptions,
  Destination,
  DestinationProperties,
  ListedName,
  PendingFile,
  StoredEntry,
  StoredFile,
  StoredHash,
  StoredReader,
} from "../destination.ts";
import { metadataFolder } from "../metadata-folder.ts";
import { largestFile } from "../target-file-system.ts";
import { destinationIdIn } from "./destination-id.ts";
import type { DiskPort, DiskStat } from "./disk-port.ts";
import { notThere } from "./door.ts";
import { FolderSync } from "./folder-sync.ts";
import { LocalPendingFile, type PendingHost } from "./local-pending-file.ts";
import { nodeDisk } from "./node-disk.ts";
import { type InTurn, RootedDisk } from "./rooted-disk.ts";

const damagedFolder = `${metadataFolder}/damaged`;
const partialsFolder = `${metadataFolder}/partials`;
/** What we name there: a file's key, a run's mark, and the partial or its checkpoint. */
const partialName = /^(?<key>[0-9a-f]{64})(\.[0-9a-f]{8})?\.(?<kind>part|json)$/;
/** Each may take a share its 20 ms. */
const questionsAtOnce = 64;
const foldersAtOnce = 16;
const hashBlockBytes = 1024 * 1024;
/** How file systems without hard links, or at their limit of them, answer. */
const noLinks: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"];

/**
 * Local file systems that write past the page cache well. There a copy leaves what the computer has in its cache alone, and progress
 * is the disk's own; it is no faster (docs/dev/performance.md). Source: open(2) O_DIRECT; ext4 and xfs document it.
 */
const goodPastCache = /^(ext[234]|xfs)$/;

/** What stands beneath it; only tests give a disk. */
export interface LocalDestinationOptions {
  readonly disk?: DiskPort;
  /** The destination's id, to tell it from another disk at the same place. */
  readonly id?: string | undefined;
}

/** A folder on this computer. Safe against whoever changes it meanwhile: nothing is followed, nothing overwritten. */
export class LocalDestination implements Destination {
  readonly label: string;
  readonly #disk: RootedDisk;
  readonly #id: string | undefined;
  /** Ends the names of this run's partials. */
  readonly #mark = randomBytes(4).toString("hex");
  #earlier: Promise<Map<string, string[]>> | undefined;
  readonly #folders = new Map<string, Promise<void>>();
  readonly #sync: FolderSync;
  readonly #pastCache: boolean;
  /** It takes the flag of unbuffered reads, and answers from memory all the same. */
  readonly #isCached: boolean;
  readonly #maxFileBytes: number;
  readonly #questions = new Semaphore(questionsAtOnce);
  #links: boolean | undefined;

  /** @param root an existing folder, already resolved to its real path */
  constructor(root: string, options: LocalDestinationOptions = {}) {
    this.label = root;
    this.#disk = new RootedDisk(options.disk ?? nodeDisk, root);
    this.#id = options.id;
    this.#sync = new FolderSync((folder) => this.#disk.syncFolder(folder));
    const fileSystem = mountType(root) ?? "";
    this.#pastCache = goodPastCache.test(fileSystem);
    this.#isCached = mayAnswerFromMemory(fileSystem);
    this.#maxFileBytes = largestFile(fileSystem);
  }

  get properties(): DestinationProperties {
    const links = this.#links;
    const noOverwrite = links === undefined ? undefined : links ? "atomic" : "checked";
    return { concurrency: questionsAtOnce, maxFileBytes: this.#maxFileBytes, links, noOverwrite };
  }

  async list(folder: string): Promise<ListedName[]> {
    try {
      return (await this.#disk.readdir(folder)).map(({ name, type }) => ({ name, type: plainType(type) }));
    } catch (error) {
      if (errno(error) === "ENOENT") return [];
      throw diskError(error, this.label);
    }
  }

  async statAll(paths: readonly string[], options: AbortOptions = {}): Promise<(StoredEntry | undefined)[]> {
    const entries = new Array<StoredEntry | undefined>(paths.length).fill(undefined);
    const byFolder = Map.groupBy(paths.keys(), (i) => posix.dirname(paths[i] as string));
    const looks = mapOrdered(byFolder, foldersAtOnce, async ([folder, indices]) => {
      const names = indices.map((i) => posix.basename(paths[i] as string));
      const inTurn: InTurn = (look) => this.#inTurn(look, options);
      // Below what is no plain folder there is nothing to tell of.
      const stats = await this.#disk.lstatAll(folder, names, inTurn).catch(() => throwIfAborted(options.signal));
      for (const [n, i] of indices.entries()) {
        const stat = stats?.[n];
        if (stat) entries[i] = { type: plainType(stat.type), ...storedFile(stat) };
      }
    });
    for await (const _ of looks);
    return entries;
  }

  async #inTurn<T>(look: () => Promise<T>, { signal }: AbortOptions): Promise<T> {
    const leave = await this.#questions.acquire();
    try {
      throwIfAborted(signal);
      return await look();
    } finally {
      leave();
    }
  }

  async stat(path: string): Promise<StoredFile | undefined> {
    try {
      const stat = await this.#disk.lstat(path);
      if (!stat) return undefined;
      if (stat.type === "link") throw unsafe(path);
      return storedFile(stat);
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  async create(options: CreateOptions): Promise<PendingFile> {
    try {
      this.#earlier ??= this.#findEarlier().catch((error) => {
        this.#earlier = undefined;
        throw error;
      });
      return await LocalPendingFile.open(this.#pendingHost(await this.#earlier), options);
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  /** Before the first byte: is this still the disk that the plan was made for? Then, what earlier runs left of which file. */
  async #findEarlier(): Promise<Map<string, string[]>> {
    await this.assertThere();
    await this.#ensureFolder(partialsFolder);
    const earlier = new Map<string, string[]>();
    for (const { name } of await this.#disk.readdir(partialsFolder)) {
      const key = partialName.exec(name)?.groups;
      if (key?.["kind"] !== "part") continue;
      const names = earlier.get(key["key"] as string) ?? [];
      earlier.set(key["key"] as string, [...names, posix.join(partialsFolder, name)]);
    }
    return earlier;
  }

  /** @throws {DestinationError} `destination-not-there` where this very destination is not at its place now */
  async assertThere(): Promise<void> {
    if (this.#id !== undefined && !(await this.isThere())) throw notThere(this.label);
  }

  #pendingHost(earlier: Map<string, string[]>): PendingHost {
    return {
      disk: this.#disk,
      label: this.label,
      pastCache: this.#pastCache,
      partial: (key) => posix.join(partialsFolder, `${key}.${this.#mark}.part`),
      earlier(key) {
        const partials = earlier.get(key) ?? [];
        earlier.delete(key);
        return partials;
      },
      kept: (key, partial) => void earlier.set(key, [...(earlier.get(key) ?? []), partial]),
      commit: (partial, path, sizeBytes) => this.#place(partial, path, sizeBytes),
      replace: (partial, path) => this.#replace(partial, path),
      hash: (path, options) => this.#hashAt(path, options),
    };
  }

  /** Once a file has its name, nothing that fails afterwards is a failure of it. */
  async #place(partial: string, path: string, sizeBytes: number): Promise<StoredFile | "name-taken"> {
    assertBelow(path); // before any folder is made for it
    const folder = posix.dirname(path);
    const placed = await this.#inFolder(folder, () => this.#name(partial, path));
    if (!placed) return "name-taken";
    const stat = await this.#disk.lstat(path);
    if (stat?.type !== "file" || stat.sizeBytes !== sizeBytes) {
      // Something else was put in the partial's place: what has the name now is not the file that was written.
      if (stat) await this.#disk.unlink(path);
      throw unsafe(partial);
    }
    await this.#sync.sync(folder);
    return { sizeBytes, modifiedMs: Math.trunc(stat.modifiedMs) };
  }

  async #replace(partial: string, path: string): Promise<StoredFile> {
    await this.#disk.rename(partial, path);
    await this.#sync.sync(posix.dirname(path));
    const stat = await this.#disk.lstat(path);
    if (stat?.type !== "file") throw unsafe(path);
    return storedFile(stat);
  }

  async #name(partial: string, path: string): Promise<boolean> {
    try {
      return await this.#link(partial, path);
    } catch (error) {
      // FAT and exFAT have no hard links: look, then rename. The destination's lock keeps other runs of ours away.
      if (!noLinks.includes(errno(error) ?? "")) throw error;
      if ((await this.#disk.lstat(path)) !== undefined) return false;
      await this.#disk.rename(partial, path);
      return true;
    }
  }

  /** What a disk does shows when it is first asked; a file may have its limit of names on one that has links. */
  async #link(from: string, to: string): Promise<boolean> {
    try {
      const isLinked = await this.#disk.link(from, to);
      if (isLinked) this.#links = true;
      return isLinked;
    } catch (error) {
      if (noLinks.includes(errno(error) ?? "") && errno(error) !== "EMLINK") this.#links ??= false;
      throw error;
    }
  }

  /** The folder is made where it must be; one that was there and is missing is made again, if the disk is still the same. */
  async #inFolder<T>(folder: string, body: () => Promise<T>): Promise<T> {
    await this.#ensureFolder(folder);
    try {
      return await body();
    } catch (error) {
      if (errno(error) !== "ENOENT") throw error;
      this.#folders.clear();
      await this.assertThere();
      await this.#ensureFolder(folder);
      return await body();
    }
  }

  async duplicate(from: string, to: string, how: "link" | "copy"): Promise<"stored" | "name-taken" | "unsupported"> {
    try {
      if ((await this.stat(from)) === undefined)
        throw new DestinationError("destination-mismatch", `${from} is not in ${this.label}.`);
      if ((await this.stat(to)) !== undefined) return "name-taken";
      if (how === "copy") return await this.#copyFile(from, to);
      assertBelow(to);
      const folder = posix.dirname(to);
      if (!(await this.#inFolder(folder, () => this.#link(from, to)))) return "name-taken";
      await this.#sync.sync(folder);
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
    const hash = createHash("sha256");
    const source = await this.#disk.open(from, "read");
    try {
      for (let at = 0; ; ) {
        const block = Buffer.allocUnsafe(hashBlockBytes);
        const count = await source.read(block, at);
        if (count === 0) break;
        hash.update(block.subarray(0, count));
        await target.write(block.subarray(0, count));
        at += count;
      }
    } finally {
      await source.close();
    }
    const modified = stat && new Date(stat.modifiedMs);
    if ((await target.reread(modified)).sha256 !== hash.digest("hex"))
      throw new DestinationError("destination-mismatch", `${to}: what the disk gives back is not what was written.`);
    return await target.commit(to, modified);
  }

  async remove(path: string, sha256: string): Promise<boolean> {
    try {
      if ((await this.stat(path)) === undefined) return false;
      if ((await this.hash(path)).sha256 !== sha256) return false;
      await this.#disk.unlink(path);
      await this.#sync.sync(posix.dirname(path));
      return true;
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  async move(from: string, to: string): Promise<"moved" | "name-taken" | "gone"> {
    try {
      assertBelow(to);
      if (!(await this.stat(from))) return "gone";
      const folder = posix.dirname(to);
      if (!(await this.#inFolder(folder, () => this.#name(from, to)))) return "name-taken";
      await this.#sync.sync(folder);
      // Both names are there until the new one is safe.
      await this.#disk.unlink(from);
      await this.#sync.sync(posix.dirname(from));
      return "moved";
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  async removeFolder(path: string): Promise<boolean> {
    try {
      assertBelow(path);
      if ((await this.#disk.lstat(path))?.type !== "folder" || !(await this.#disk.rmdir(path))) return false;
      this.#folders.delete(path);
      await this.#sync.sync(posix.dirname(path));
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
      await this.#disk.rename(path, to);
      await this.#sync.sync(posix.dirname(to));
      await this.#sync.sync(posix.dirname(path));
      return to;
    } catch (error) {
      throw diskError(error, this.label);
    }
  }

  /** The same file may be damaged again. */
  async #freeName(path: string): Promise<string> {
    for (let n = 1; ; n += 1) {
      const name = n === 1 ? path : `${path}.${n}`;
      if (!(await this.#disk.lstat(name))) return name;
    }
  }

  async open(path: string): Promise<StoredReader> {
    if (!(await this.stat(path)))
      throw new DestinationError("destination-mismatch", `${path} is not in ${this.label}.`);
    try {
      const file = await this.#disk.open(path, "read");
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
    return await this.#hashAt(path, options).catch((error) => {
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
      const { sizeBytes } = await file.stat();
      const hash = createHash("sha256");
      const buffer = Buffer.from(pageMemory(hashBlockBytes));
      let at = 0;
      for (;;) {
        throwIfAborted(options.signal);
        const count = await file.read(buffer, at);
        hash.update(buffer.subarray(0, count));
        at += count;
        // A short answer is no end: 9p and other network file systems give less at a time than they are asked for.
        if (count === 0 || at >= sizeBytes) break;
      }
      const direct = mode === "read-direct" && platform() === "linux" && !this.#isCached;
      return { sha256: hash.digest("hex"), sizeBytes: at, from: direct ? "disk" : "cache" };
    } finally {
      await file.close();
    }
  }

  async freeBytes(): Promise<number> {
    return await this.#disk.freeBytes().catch((error) => {
      throw diskError(error, this.label);
    });
  }

  async isThere(): Promise<boolean> {
    try {
      return await this.#disk.renew(async (disk) => {
        const id = await destinationIdIn(disk);
        const isIt = id !== undefined && (this.#id === undefined || id === this.#id);
        if (isIt) this.#folders.clear();
        return isIt;
      });
    } catch {
      return false;
    }
  }

  async sweep(keep: (key: string) => boolean): Promise<number> {
    let removed = 0;
    for (const { name } of await this.#disk.readdir(partialsFolder).catch(() => [])) {
      const { key, kind } = partialName.exec(name)?.groups ?? {};
      // What we did not name is not ours, wherever it lies.
      if (key === undefined || keep(key)) continue;
      await this.#disk.unlink(posix.join(partialsFolder, name)).catch((error) => {
        throw diskError(error, this.label);
      });
      if (kind === "part") removed += 1;
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
    const parent = posix.dirname(folder);
    await this.#ensureFolder(parent);
    const before = await this.#disk.lstat(folder);
    if (before && before.type !== "folder") throw unsafe(folder);
    if (before) return;
    // A folder that was there may be missing because the disk is not the same any more.
    await this.assertThere();
    if (await this.#disk.mkdir(folder, folder === partialsFolder ? 0o700 : 0o755)) await this.#sync.sync(parent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disk.close();
  }
}

function plainType(type: DiskStat["type"]): ListedName["type"] {
  return type === "link" ? "other" : type;
}

function storedFile({ type, sizeBytes, modifiedMs }: DiskStat): StoredFile {
  return { sizeBytes: type === "file" ? sizeBytes : -1, modifiedMs };
}
