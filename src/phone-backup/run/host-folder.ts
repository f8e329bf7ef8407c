/**
 * The folder that a phone believes to write into: a new one for what comes, above the last good backup, which is read and never
 * touched. What the phone removes is remembered, not removed.
 *
 * What is asked of names alone is asked without the thread pool: there are several such questions for each of 100,000 files, one after
 * the other, and a turn in the pool takes longer than the answer.
 */
import { lstatSync, readdirSync, renameSync } from "node:fs";
import { constants, copyFile, open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type HostFiles,
  HostRefusal,
  type ListedEntry,
  linkStatus,
  PathRefusal,
  type Receiving,
} from "../../device/iphone/mobilebackup2/index.ts";
import { Yielder } from "../../shared/async.ts";
import { errno } from "../../shared/disk-errors.ts";
import { DestinationError } from "../../shared/errors.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { type HostPath, isBackupFile, parseHostPath, snapshotName } from "./host-path.ts";
import { ReceivingFile, refusalFor, WritePool } from "./receiving-file.ts";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const readBytes = 1024 * 1024;

/** Which folders one operation is about. */
export interface HostFolderOptions {
  /** The first part of the phone's paths. */
  readonly id: string;
  /** Receives what comes; made where it is not there. Undefined: nothing may be changed, as in a restore. */
  readonly work: string | undefined;
  /** The last good backup, seen through it. */
  readonly base: string | undefined;
  /** Both are below it: no part of a path from here on may be a link. */
  readonly root: string;
}

export class HostFolder implements HostFiles {
  readonly #options: HostFolderOptions;
  readonly #pool = new WritePool();
  /** Names below the base that the phone does not see any more. */
  readonly removed = new Set<string>();
  /** The file that comes now. */
  #receiving: ReceivingFile | undefined;
  /** Folders that were looked at since the last request. */
  #plain = new Set<string>();
  /** The first thing that the disk refused: says more than what the phone makes of it. */
  diskProblem: DestinationError | undefined;

  constructor(options: HostFolderOptions) {
    this.#options = options;
  }

  async create(path: string): Promise<Receiving> {
    return await this.#try(path, async () => {
      const { rel } = this.#parse(path, ["file"]);
      const target = await this.#target(rel);
      this.removed.delete(rel);
      const file = new ReceivingFile(target, this.#pool);
      this.#receiving = file;
      return this.#noting(file);
    });
  }

  /** A refusal of the disk in the middle of a file is one of this folder's too. */
  #noting(file: ReceivingFile): Receiving {
    return {
      write: (bytes) => file.write(bytes)?.catch((error: unknown) => this.#refuse(error)),
      end: () => file.end(),
    };
  }

  async settled(): Promise<void> {
    this.#plain.clear();
    try {
      await this.#pool.settled();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** After an operation that broke off: nothing stays open, and nothing is written any more. */
  async close(): Promise<void> {
    await this.#receiving?.close();
    await this.#pool.settled().catch(() => {});
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    const { rel } = this.#parse(path, ["file"]);
    const place = await this.#try(path, async () => await this.#existing(rel));
    if (place === undefined) throw new HostRefusal(linkStatus.notFound, `${path}: no such file`);
    const handle = await this.#try(path, async () => await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    try {
      if (!(await handle.stat()).isFile()) throw new HostRefusal(linkStatus.isAFolder, `${path}: no plain file`);
      for (;;) {
        const { buffer, bytesRead } = await this.#try(
          path,
          async () => await handle.read(Buffer.allocUnsafe(readBytes), 0, readBytes),
        );
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async list(path: string): Promise<readonly ListedEntry[]> {
    const { rel, kind } = this.#parse(path, ["root", "folder"]);
    const found = new Map<string, ListedEntry>();
    const { base, work } = this.#options;
    await this.#try(path, async () => {
      if (base !== undefined && !isInSnapshot(rel))
        for (const entry of await this.#entries(base, rel))
          if (!this.removed.has(joined(rel, entry.name)) && !(kind === "root" && entry.name === snapshotName))
            found.set(entry.name, entry);
      if (work !== undefined) for (const entry of await this.#entries(work, rel)) found.set(entry.name, entry);
    });
    return [...found.values()];
  }

  async makeFolder(path: string): Promise<void> {
    const { rel } = this.#parse(path, ["root", "folder"]);
    await this.#try(path, async () => this.#makeFolder(this.#work(path), rel));
  }

  async move(from: string, to: string): Promise<void> {
    const source = this.#parse(from, ["folder", "file"]);
    const target = this.#parse(to, ["folder", "file"]);
    this.#work(to);
    // Under the name of a file a folder would stay, and no later backup could write that file.
    if (source.kind !== target.kind) throw new HostRefusal(linkStatus.failed, `${from}: a folder is no file`);
    await this.#try(from, async () => {
      const place = await this.#target(target.rel);
      if (target.kind === "folder") await rm(place, { recursive: true, force: true });
      const isRenamed = await this.#renamed(source.rel, place);
      if (!isRenamed) await this.#copy(source, target, from);
      // The base may have it too, under the name that it has no more.
      if (!isRenamed || source.kind === "file") await this.#forget(source.rel);
      this.removed.delete(target.rel);
    });
  }

  /** False where what grew has no such thing. Without the thread pool: phones move 100,000 of them, one after the other. */
  async #renamed(rel: string, place: string): Promise<boolean> {
    const work = this.#options.work as string;
    if (!this.#plain.has(join(work, dirname(rel)))) {
      if (!exists(join(work, rel))) return false;
      this.#assertPlain(work, dirname(rel));
    }
    try {
      renameSync(join(work, rel), place);
      return true;
    } catch (error) {
      if (errno(error) === "ENOENT") return false;
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    const { rel } = this.#parse(path, ["folder", "file"]);
    const work = this.#work(path);
    await this.#try(path, async () => {
      if (exists(join(work, rel))) {
        this.#assertPlain(work, dirname(rel));
        await rm(join(work, rel), { recursive: true, force: true });
      }
      await this.#forget(rel);
    });
  }

  async copy(from: string, to: string): Promise<void> {
    const source = this.#parse(from, ["folder", "file"]);
    const target = this.#parse(to, ["folder", "file"]);
    this.#work(to);
    await this.#try(from, async () => await this.#copy(source, target, from));
  }

  async freeBytes(): Promise<number> {
    const { root } = this.#options;
    return await this.#try(root, async () => {
      const { bavail, bsize } = await statfs(root, { bigint: true });
      return Number(bavail * bsize);
    });
  }

  async #copy(source: HostPath, target: HostPath, label: string): Promise<void> {
    if (source.kind !== target.kind) throw new HostRefusal(linkStatus.failed, `${label}: a folder is no file`);
    if (source.kind === "folder") {
      for (const { name, kind } of await this.list(`${source.id}/${source.rel}`))
        if (kind === "file")
          await this.#copy(
            this.#parse(`${source.id}/${source.rel}/${name}`, ["file"]),
            this.#parse(`${target.id}/${target.rel}/${name}`, ["file"]),
            label,
          );
      return;
    }
    const place = await this.#existing(source.rel);
    if (place === undefined) throw new HostRefusal(linkStatus.notFound, `${label}: no such file`);
    const to = await this.#target(target.rel);
    await rm(to, { force: true });
    await copyFile(place, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    this.removed.delete(target.rel);
  }

  /** What the base has there is seen no more. */
  async #forget(rel: string): Promise<void> {
    const { base } = this.#options;
    if (base === undefined || isInSnapshot(rel)) return;
    if (isBackupFile(rel)) {
      if (exists(join(base, rel))) this.removed.add(rel);
      return;
    }
    for (const { name } of await this.#entries(base, rel)) this.removed.add(joined(rel, name));
  }

  #parse(path: string, kinds: readonly HostPath["kind"][]): HostPath {
    const parsed = parseHostPath(path, [this.#options.id]);
    if (!kinds.includes(parsed.kind)) throw new PathRefusal(path, "is no place for this");
    return parsed;
  }

  #work(path: string): string {
    if (this.#options.work === undefined) throw new PathRefusal(path, "nothing is changed here");
    return this.#options.work;
  }

  /** Where a file is to be made; its folder is there. */
  async #target(rel: string): Promise<string> {
    const work = this.#work(rel);
    this.#makeFolder(work, dirname(rel));
    return join(work, rel);
  }

  /** Where a file is read. */
  async #existing(rel: string): Promise<string | undefined> {
    const { work, base } = this.#options;
    const places = [
      ...(work === undefined ? [] : [work]),
      ...(base === undefined || isInSnapshot(rel) || this.removed.has(rel) ? [] : [base]),
    ];
    for (const place of places) {
      if (!exists(join(place, rel))) continue;
      this.#assertPlain(place, dirname(rel));
      return join(place, rel);
    }
    return undefined;
  }

  async #entries(place: string, rel: string): Promise<ListedEntry[]> {
    if (!exists(join(place, rel))) return [];
    this.#assertPlain(place, rel);
    const names = readdirSync(join(place, rel)).filter((name) => isKnownName(joined(rel, name)));
    const yielder = new Yielder();
    const entries: ListedEntry[] = [];
    for (const name of names) {
      if (yielder.isDue) await yielder.yieldNow();
      entries.push(entryAt(join(place, rel), name));
    }
    return entries;
  }

  #makeFolder(place: string, rel: string): void {
    if (this.#plain.has(join(place, rel))) return;
    makeFoldersSync(join(place, rel), 0o700);
    this.#assertPlain(place, rel);
  }

  /** Somebody may have put a link where a folder was. */
  #assertPlain(place: string, rel: string): void {
    const { root } = this.#options;
    for (let folder = join(place, rel); folder.length > root.length; folder = dirname(folder)) {
      if (this.#plain.has(folder)) return;
      if (!lstatSync(folder).isDirectory())
        throw new DestinationError(
          "destination-unsafe",
          `${folder} is a link or no folder, which offroll does not touch.`,
        );
    }
    this.#plain.add(join(place, rel));
  }

  async #try<T>(label: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#refuse(error, label);
    }
  }

  #refuse(error: unknown, label = ""): never {
    const refusal = refusalFor(error, label);
    if (refusal.cause instanceof DestinationError && refusal.status !== linkStatus.notFound)
      this.diskProblem ??= refusal.cause;
    throw refusal;
  }
}

function isInSnapshot(rel: string): boolean {
  return rel === snapshotName || rel.startsWith(`${snapshotName}/`);
}

function joined(rel: string, name: string): string {
  return rel === "" ? name : `${rel}/${name}`;
}

/** What else lies in the folder is none of the phone's business. */
function isKnownName(rel: string): boolean {
  try {
    return parseHostPath(`x/${rel}`, ["x"]).kind !== "root";
  } catch {
    return false;
  }
}

function entryAt(folder: string, name: string): ListedEntry {
  const stat = lstatSync(join(folder, name));
  const kind = stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other";
  return { name, kind, sizeBytes: kind === "file" ? stat.size : 0, modifiedAt: stat.mtime };
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
