/** What a plan needs to know of a local destination: the catalog's rows, and the names and sizes that are there. */
import { lstatSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import type { DeviceInfo, MediaItem } from "../device/media-source.ts";
import { isEmpty, type RollPart, type RollRole } from "../library/index.ts";
import { splitName } from "../media/index.ts";
import type { Catalog, CatalogRow } from "./catalog.ts";
import { fileKey, IgnoredIndex } from "./catalog-settled.ts";
import { type DestinationFolder, maxFileBytes, type TargetFileSystem } from "./open-destination.ts";
import type { KnownCopy, PlanFacts } from "./plan.ts";
import { foldName } from "./safe-name.ts";

/** Parts that a UUID identifies by itself; an edit is made anew under it, again and again. */
const namedByUuid: ReadonlySet<RollRole> = new Set(["original", "live-video", "raw"]);

export function planFacts(
  folder: DestinationFolder,
  catalog: Catalog | undefined,
  { id: device, platform }: Pick<DeviceInfo, "id" | "platform">,
  fileSystem: TargetFileSystem,
): PlanFacts {
  const takenStems = new Map<string, string>();
  for (const r of catalog?.targets() ?? []) takenStems.set(foldName(stemOf(r.target)), `${r.device}/${r.photoId}`);
  const sizes = new FolderSizes(folder.root);
  const passedOver = new Set<string>();
  // Asked for every file, and again for its siblings.
  const answers = new Map<MediaItem, KnownCopy | undefined>();
  const remembered = (item: MediaItem, find: () => KnownCopy | undefined): KnownCopy | undefined => {
    if (takenStems.size === 0) return undefined;
    if (!answers.has(item)) answers.set(item, find());
    return answers.get(item);
  };
  const look = (part: RollPart, uuid: string | undefined): KnownCopy | undefined => {
    const isThere = (row: CatalogRow | undefined): row is CatalogRow => {
      if (row?.state !== "done") return false;
      const size = sizes.at(row.target);
      if (size === notPlain) passedOver.add(row.target);
      // A file that was removed or cut since is copied again: the photos are the truth, not the catalog. One that a check found
      // damaged is no copy, but has the name: `verify --repair` gives it to a good one, and nothing is put beside it.
      return size === row.sizeBytes || (size !== undefined && isDamaged(row));
    };
    const exact = catalog?.find(device, part.item);
    if (isThere(exact)) return copyOf(exact, exact.uuid === uuid && exact.role === part.role);
    const shifted = platform !== "ios" ? catalog?.findShifted(device, part.item) : undefined;
    if (isThere(shifted)) return copyOf(shifted, false);
    if (uuid === undefined || !namedByUuid.has(part.role)) return undefined;
    // A phone that was restored keeps the UUID and not the path; one that sent the original to iCloud keeps neither size nor
    // time. An original never changes, so what was copied of it once is it.
    const known = catalog
      ?.findByUuid(device, uuid, part.role)
      .find(
        (row) =>
          isThere(row) && (part.availability !== "phone" || isEmpty(part) || row.sizeBytes === part.item.sizeBytes),
      );
    return known && copyOf(known, false);
  };
  const ignored = new IgnoredIndex(catalog?.settled.ignored(device) ?? []);
  return {
    ignores: ({ item, role }, uuid) => ignored.has(fileKey(device, item, { uuid, role })),
    ignoredEntries: ignored.entries,
    known: (part, uuid) => remembered(part.item, () => look(part, uuid)),
    takenStems,
    passedOver,
    sizeAt: (target) => sizes.at(target),
    maxFileBytes: maxFileBytes(folder.root, fileSystem),
  };
}

/** One that was missing is there again: what it holds, the next check tells. */
function isDamaged({ readBack }: CatalogRow): boolean {
  return readBack?.found === "damaged" || readBack?.found === "unreadable";
}

function copyOf(row: CatalogRow, isIdentified: boolean): KnownCopy {
  const { target, sha256 } = row;
  return { target, sha256, isIdentified, ...(isDamaged(row) ? { isDamaged: true } : {}) };
}

/** The size of what is no file. */
const notPlain = -1;

/** Sizes of the files in a folder, read folder by folder as they are asked for. Names are compared as the strictest disk does. */
class FolderSizes {
  readonly #root: string;
  readonly #folders = new Map<string, Map<string, string>>();

  constructor(root: string) {
    this.#root = root;
  }

  at(target: string): number | undefined {
    const name = this.#names(posix.dirname(target)).get(foldName(posix.basename(target)));
    if (name === undefined) return undefined;
    try {
      const stat = lstatSync(join(this.#root, posix.dirname(target), name));
      return stat.isFile() ? stat.size : notPlain;
    } catch {
      return undefined;
    }
  }

  #names(folder: string): Map<string, string> {
    let names = this.#folders.get(folder);
    if (!names) {
      names = new Map();
      try {
        if (!this.#isPlain(folder)) throw new Error("a link is not looked through");
        for (const name of readdirSync(join(this.#root, folder))) names.set(foldName(name), name);
      } catch {
        // no such folder yet
      }
      this.#folders.set(folder, names);
    }
    return names;
  }

  #isPlain(folder: string): boolean {
    if (folder === ".") return true;
    return lstatSync(join(this.#root, folder)).isDirectory() && this.#isPlain(posix.dirname(folder));
  }
}

function stemOf(target: string): string {
  return posix.join(posix.dirname(target), splitName(posix.basename(target)).stem);
}
