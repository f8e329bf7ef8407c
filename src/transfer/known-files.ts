/** Files of the destination that the catalog does not know: renamed ones found again by their hash, others offered for adoption. */
import { lstatSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import type { Catalog } from "./catalog.ts";
import type { Destination } from "./destination/destination.ts";
import { unlessOdd } from "./destination/disk-errors.ts";
import { filesBelow } from "./destination/walk.ts";
import { foldName } from "./safe-name.ts";

/** Unknown files by size: only those of equal size need to be looked into. */
export class UnknownFiles {
  readonly #bySize = new Map<number, string[]>();

  constructor(root: string, catalog: Catalog) {
    const known = new Set(
      [...Iterator.from(catalog.targets()).map((r) => r.target), ...catalog.extras()].map(foldName),
    );
    for (const path of filesBelow(root)) {
      if (known.has(foldName(path))) continue;
      const size = lstatSync(join(root, path), { throwIfNoEntry: false })?.size;
      if (size === undefined) continue; // gone since, or under a name that is no text
      this.#bySize.set(size, [...(this.#bySize.get(size) ?? []), path]);
    }
  }

  ofSize(sizeBytes: number): readonly string[] {
    return this.#bySize.get(sizeBytes) ?? [];
  }

  /** No longer unknown. */
  take(path: string, sizeBytes: number): void {
    this.#bySize.set(
      sizeBytes,
      this.ofSize(sizeBytes).filter((p) => p !== path),
    );
  }
}

/** Which plain files are there, folder by folder: one reading of a folder for all that should be in it. */
class PlainFiles {
  readonly #root: string;
  readonly #destination: Destination;
  readonly #folders = new Map<string, ReadonlySet<string>>();

  constructor(root: string, destination: Destination) {
    this.#root = root;
    this.#destination = destination;
  }

  /** False also where it takes a closer look to tell. @throws {DestinationError} where a link stands for a folder */
  async has(target: string): Promise<boolean> {
    const folder = posix.dirname(target);
    let names = this.#folders.get(folder);
    if (!names) {
      names = await this.#read(folder);
      this.#folders.set(folder, names);
    }
    return names.has(foldName(posix.basename(target)));
  }

  async #read(folder: string): Promise<ReadonlySet<string>> {
    if (folder !== "." && (await unlessOdd(this.#destination.stat(folder))) === undefined) return new Set();
    try {
      const entries = readdirSync(join(this.#root, folder), { withFileTypes: true });
      return new Set(entries.filter((e) => e.isFile()).map((e) => foldName(e.name)));
    } catch {
      return new Set();
    }
  }
}

/** Files that were moved or renamed by hand since they were copied get their row back. Costs nothing while none is missing. */
export async function findMoved(
  root: string,
  catalog: Catalog,
  destination: Destination,
  options: AbortOptions = {},
): Promise<number> {
  const missing = [];
  const there = new PlainFiles(root, destination);
  for (const row of catalog.eachRow({ state: "done" }))
    if (row.sha256 !== undefined && !(await there.has(row.target)) && !(await unlessOdd(destination.stat(row.target))))
      missing.push(row);
  if (missing.length === 0) return 0;
  const unknown = new UnknownFiles(root, catalog);
  let found = 0;
  for (const row of missing) {
    for (const path of unknown.ofSize(row.sizeBytes)) {
      throwIfAborted(options.signal);
      if ((await unlessOdd(destination.hash(path, options)))?.sha256 !== row.sha256) continue;
      catalog.moved(row, path);
      unknown.take(path, row.sizeBytes);
      found += 1;
      break;
    }
  }
  return found;
}
