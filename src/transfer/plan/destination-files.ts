/**
 * What lies in a destination, as a plan needs it: names folder by folder, sizes of those that are asked for. Many questions are
 * outstanding at once, because each may take a share its 20 ms; the answers are then there without waiting.
 */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { metadataFolder } from "../destination/local/destination-id.ts";
import type { DiskPort, DiskStat } from "../destination/local/disk-port.ts";
import { foldName } from "../destination/safe-name.ts";
import { systemFolders } from "../destination/walk.ts";

const atOnce = 64;

/** The size of what is no plain file. */
export const notPlain = -1;

export interface StoredName {
  readonly path: string;
  readonly sizeBytes: number;
}

export class DestinationFiles {
  readonly #root: string;
  readonly #disk: DiskPort;
  /** By folder: what is in it, by folded name. Names are compared as the strictest disk does. */
  readonly #folders = new Map<string, ReadonlyMap<string, string>>();
  /** By folder, then by folded name. */
  readonly #sizes = new Map<string, Map<string, number>>();
  /** Of plain files that were looked at, by their names as they are there. */
  readonly #times = new Map<string, number>();
  readonly #plain = new Map<string, Promise<boolean>>();

  constructor(root: string, disk: DiskPort) {
    this.#root = root;
    this.#disk = disk;
  }

  /** Reads the names in folders. One that is not there, is a link, or may not be read has none. */
  async readFolders(folders: Iterable<string>, options: AbortOptions = {}): Promise<void> {
    const fresh = new Set([...folders].filter((folder) => !this.#folders.has(folder)));
    await allOf(fresh, options, async (folder) => {
      const names = (await this.#isPlainFolder(folder)) ? await this.#namesIn(folder) : [];
      this.#folders.set(folder, new Map(names.map((name) => [foldName(name), name])));
    });
  }

  /** Whether there is anything in a folder that was read. */
  hasAny(folder: string): boolean {
    return (this.#folders.get(folder)?.size ?? 0) > 0;
  }

  /** Finds out the sizes of files, reading their folders first. */
  async look(targets: Iterable<string>, options: AbortOptions = {}): Promise<void> {
    const wanted = Map.groupBy(targets, (target) => posix.dirname(target));
    await this.readFolders(wanted.keys(), options);
    await allOf(this.#unknown(wanted), options, async ({ folder, name, sizes, key }) => {
      const stat = await this.#disk.lstat(this.#absolute(posix.join(folder, name))).catch(() => undefined);
      if (stat) sizes.set(key, stat.type === "file" ? stat.sizeBytes : notPlain);
      if (stat?.type === "file") this.#times.set(posix.join(folder, key), stat.modifiedMs);
    });
  }

  *#unknown(wanted: ReadonlyMap<string, readonly string[]>) {
    for (const [folder, targets] of wanted) {
      const names = this.#folders.get(folder);
      const sizes = this.#sizes.get(folder) ?? new Map<string, number>();
      this.#sizes.set(folder, sizes);
      for (const target of targets) {
        const key = foldName(posix.basename(target));
        const name = names?.get(key);
        if (name !== undefined && !sizes.has(key)) yield { folder, name, sizes, key };
      }
    }
  }

  /** Whether it is a folder, and no link leads to it: links in the destination are never followed. */
  #isPlainFolder(folder: string): Promise<boolean> {
    if (folder === "." || folder === "") return Promise.resolve(true);
    let isPlain = this.#plain.get(folder);
    if (!isPlain) {
      isPlain = (async () => {
        if (!(await this.#isPlainFolder(posix.dirname(folder)))) return false;
        const stat = await this.#disk.lstat(this.#absolute(folder)).catch(() => undefined);
        return stat?.type === "folder";
      })();
      this.#plain.set(folder, isPlain);
    }
    return isPlain;
  }

  /** Whether a name is taken, in a folder that was read. */
  has(target: string): boolean {
    return this.#names(target).has(foldName(posix.basename(target)));
  }

  /** Size of a file that was looked at; undefined when there is none. A name that is taken and was not looked at is a bug of ours. */
  sizeAt(target: string): number | undefined {
    const key = foldName(posix.basename(target));
    if (!this.#names(target).has(key)) return undefined;
    return this.#sizes.get(posix.dirname(target))?.get(key);
  }

  /** When a file that was looked at was last written; undefined when there is none. */
  modifiedMsAt(target: string): number | undefined {
    return this.#times.get(posix.join(posix.dirname(target), foldName(posix.basename(target))));
  }

  #names(target: string): ReadonlyMap<string, string> {
    const names = this.#folders.get(posix.dirname(target));
    if (!names) throw new Error(`${target} was not looked at`);
    return names;
  }

  /** Every plain file below the root but our own; folders that may not be read are passed over. */
  async *below(options: AbortOptions = {}): AsyncGenerator<StoredName, void, undefined> {
    for (let folders = [""]; folders.length > 0; ) {
      const next: string[] = [];
      const files: StoredName[] = [];
      await allOf(folders, options, async (folder) => {
        await allOf(await this.#namesIn(folder), options, async (name) => {
          const path = posix.join(folder, name);
          if (path === metadataFolder) return;
          const stat: DiskStat | undefined = await this.#disk.lstat(this.#absolute(path)).catch(() => undefined);
          if (stat?.type === "folder" && !(folder === "" && systemFolders.test(name))) next.push(path);
          if (stat?.type === "file") files.push({ path, sizeBytes: stat.sizeBytes });
        });
      });
      yield* files.sort((a, b) => (a.path < b.path ? -1 : 1));
      folders = next.sort();
    }
  }

  async #namesIn(folder: string): Promise<string[]> {
    return await this.#disk.readdir(this.#absolute(folder)).catch(() => []);
  }

  #absolute(path: string): string {
    return posix.join(this.#root, path);
  }
}

/** So many at once, in no order. @throws what the first of them threw that did; none is begun after it */
async function allOf<T>(
  values: Iterable<T>,
  { signal }: AbortOptions,
  call: (value: T) => Promise<void>,
): Promise<void> {
  const rest = values[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      throwIfAborted(signal);
      await call(next.value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
