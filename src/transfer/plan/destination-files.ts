/**
 * What lies in a destination, as a plan needs it: names folder by folder, sizes of those that are asked for. Many questions are
 * outstanding at once, because each may take a share its 20 ms; the answers are then there without waiting.
 */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { Destination, ListedName } from "../destination/destination.ts";
import { isNobodysPhotos } from "../destination/walk.ts";

/** The size of what is no plain file. */
export const notPlain = -1;

/** A file in the destination that a plan asked for. */
export interface StoredName {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Asks each folder once, and remembers. A plan's questions do not wait for the disk one by one. */
export class DestinationFiles {
  readonly #destination: Destination;
  /** By folder: what is in it, by folded name. Names are compared as the strictest disk does. */
  readonly #folders = new Map<string, ReadonlyMap<string, string>>();
  /** By folder, then by folded name. */
  readonly #sizes = new Map<string, Map<string, number>>();
  /** Of plain files that were looked at, by their names as they are there. */
  readonly #times = new Map<string, number>();

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  /** Reads the names in folders. One that is not there, is a link, or may not be read has none. */
  async readFolders(folders: Iterable<string>, options: AbortOptions = {}): Promise<void> {
    const fresh = new Set([...folders].filter((folder) => !this.#folders.has(folder)));
    await this.#allOf(fresh, options, async (folder) => {
      const names = await this.#namesIn(folder);
      this.#folders.set(folder, new Map(names.map(({ name }) => [foldName(name), name])));
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
    await this.#allOf(wanted, options, async ([folder, files]) => {
      const unknown = this.#unknown(folder, files);
      const paths = unknown.map(({ name }) => posix.join(folder, name));
      const entries = await this.#destination.statAll(paths, options);
      for (const [i, { key, sizes }] of unknown.entries()) {
        const entry = entries[i];
        if (entry) sizes.set(key, entry.type === "file" ? entry.sizeBytes : notPlain);
        if (entry?.type === "file") this.#times.set(posix.join(folder, key), entry.modifiedMs);
      }
    });
  }

  /** Names that are there and were not asked for before, each once. */
  #unknown(folder: string, targets: readonly string[]) {
    const names = this.#folders.get(folder);
    const sizes = this.#sizes.get(folder) ?? new Map<string, number>();
    this.#sizes.set(folder, sizes);
    const unknown = new Map<string, { key: string; name: string; sizes: Map<string, number> }>();
    for (const target of targets) {
      const key = foldName(posix.basename(target));
      const name = names?.get(key);
      if (name !== undefined && !sizes.has(key)) unknown.set(key, { key, name, sizes });
    }
    return [...unknown.values()];
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
      await this.#allOf(folders, options, async (folder) => {
        const within = (await this.#namesIn(folder)).map(({ name, type }) => ({
          path: posix.join(folder, name),
          type,
        }));
        for (const { path, type } of within) if (type === "folder" && !isNobodysPhotos(path)) next.push(path);
        const plain = within.filter(({ type }) => type === "file").map(({ path }) => path);
        for (const [i, entry] of (await this.#destination.statAll(plain, options)).entries())
          if (entry?.type === "file") files.push({ path: plain[i] as string, sizeBytes: entry.sizeBytes });
      });
      yield* files.sort((a, b) => (a.path < b.path ? -1 : 1));
      folders = next.sort();
    }
  }

  async #namesIn(folder: string): Promise<readonly ListedName[]> {
    return await this.#destination.list(folder).catch(() => []);
  }

  /** So many at once as the place takes, in no order. @throws what the first of them threw that did; none is begun after it */
  async #allOf<T>(values: Iterable<T>, { signal }: AbortOptions, call: (value: T) => Promise<void>): Promise<void> {
    const rest = values[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (let next = rest.next(); !next.done; next = rest.next()) {
        throwIfAborted(signal);
        await call(next.value);
      }
    };
    await Promise.all(Array.from({ length: this.#destination.properties.concurrency }, worker));
  }
}
