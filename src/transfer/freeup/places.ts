/** The places of a proof, open: their catalogs to be read, their files to be looked at. Nothing is written to look. */
import { type DiskIdentity, diskIdentity } from "../../shared/disks.ts";
import { mountPoints } from "../../shared/mounts.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/catalog-home.ts";
import type { IdentifiedFolder } from "../copies/sides.ts";
import { assertThere, type Destination } from "../destination/destination.ts";
import { openPlace } from "../destination/open-place.ts";
import type { ProofPlace } from "./apart.ts";

/** A place that was found by its id. */
export interface FoundProofPlace {
  readonly folder: IdentifiedFolder;
  /** As a person calls the copy; undefined for a destination. */
  readonly name: string | undefined;
  readonly isSaidApart: boolean;
}

/** One that is open. */
export interface OpenProofPlace {
  readonly place: ProofPlace;
  readonly folder: IdentifiedFolder;
  readonly catalog: Catalog;
  readonly destination: Destination;
}

/** What lies below a place. Where something is mounted within it, its files are on several disks, or on another place's: nobody can tell. */
export function placeDisk(root: string, mounted: readonly string[] = mountPoints()): DiskIdentity {
  const disk = diskIdentity(root);
  const inner = mounted.filter((at) => at.startsWith(`${root}/`));
  if (inner.length === 0) return disk;
  return { ...disk, within: inner.flatMap((at) => diskIdentity(at).fileSystem ?? []), disks: undefined };
}

/** Rows that are looked at for one that is soon read. */
const rowsTried = 500;
/** Where a file is larger than this nothing is tried. */
const mostTriedBytes = 64 * 1024 * 1024;

/** Found out by reading a small file of it. */
async function readsFrom(destination: Destination, catalog: Catalog): Promise<ProofPlace["reads"]> {
  const rows = Iterator.from(catalog.items.eachRow({ state: "done" }))
    .take(rowsTried)
    .toArray();
  const small = rows.filter(({ sizeBytes }) => sizeBytes <= mostTriedBytes).sort((a, b) => a.sizeBytes - b.sizeBytes);
  for (const { target } of small) {
    // One that is gone or damaged is told by whoever proves it.
    const hash = await destination.hash(target).catch(() => undefined);
    if (hash) return hash.from;
  }
  return undefined;
}

/** Open places, in the order in which they were found. The caller disposes them. */
export class ProofPlaces implements AsyncDisposable {
  readonly all: readonly OpenProofPlace[];
  readonly #stack: AsyncDisposableStack;

  private constructor(all: readonly OpenProofPlace[], stack: AsyncDisposableStack) {
    this.all = all;
    this.#stack = stack;
  }

  /**
   * @param identify what lies below a folder; the system's word by default
   * @throws {DestinationError} `destination-not-there`, `catalog-corrupt` …
   */
  static async open(found: readonly FoundProofPlace[], identify = placeDisk): Promise<ProofPlaces> {
    const stack = new AsyncDisposableStack();
    try {
      const all: OpenProofPlace[] = [];
      for (const { folder, name, isSaidApart } of found) {
        const opened = openPlace(folder);
        const catalog = await readCatalog(opened.metadata);
        // One that no run went to yet holds nothing.
        if (!catalog) continue;
        stack.use(catalog);
        const destination = stack.use(opened.destination(folder.id));
        await assertThere(destination);
        const reads = await readsFrom(destination, catalog);
        const place = { id: folder.id, name, path: folder.root, disk: identify(folder.root), isSaidApart, reads };
        all.push({ place, folder, catalog, destination });
      }
      return new ProofPlaces(all, stack);
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
