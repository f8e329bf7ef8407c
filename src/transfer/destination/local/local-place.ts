/** A folder on this computer, or on a disk or share that it has mounted, as a place for photos. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Destination } from "../destination.ts";
import type { ClaimedPlace, DestinationFolder, Place, PlaceKind } from "../place.ts";
import type { LockOptions, MetadataStore } from "../store.ts";
import { assertApart } from "./apart.ts";
import { claimDestination } from "./claim-destination.ts";
import { readDestinationId } from "./destination-id.ts";
import type { DiskPort } from "./disk-port.ts";
import { LocalDestination } from "./local-destination.ts";
import { inspectFolder, metadataOf, removeDestination } from "./local-folder.ts";
import { LocalStore } from "./local-store.ts";
import { findFile, folderAbove } from "./stored-file.ts";

/** Whatever is typed may be the name of a folder. */
export const localFolders: PlaceKind = {
  takes: () => true,
  inspect: async (typed, cwd) => inspectFolder(typed, cwd),
  idAt: async (root) => readDestinationId(metadataOf({ root })),
  findFile,
  placeAbove: async (path) => folderAbove(path),
  open: (found) => new LocalPlace(found),
};

export class LocalPlace implements Place {
  readonly metadata: MetadataStore;
  readonly #found: DestinationFolder;
  readonly #disk: DiskPort | undefined;

  /** @param disk what its photos are reached by; this computer's file system by default */
  constructor(found: DestinationFolder, disk?: DiskPort) {
    this.#found = found;
    this.#disk = disk;
    this.metadata = new LocalStore(metadataOf(found));
  }

  async claim(options: LockOptions): Promise<ClaimedPlace> {
    return await claimDestination(this.#found, options);
  }

  async assertApart(folder: string): Promise<void> {
    await assertApart(this.#found.root, folder);
  }

  async takeBack(id: string): Promise<void> {
    removeDestination(this.#found, id);
  }

  async freeBytes(): Promise<number | undefined> {
    for (let at = this.#found.root; ; at = dirname(at)) {
      try {
        const { blocks, bavail, bsize } = await statfs(at);
        return blocks === 0 ? undefined : bavail * bsize;
      } catch {
        if (dirname(at) === at) return undefined;
      }
    }
  }

  destination(id: string | undefined): Destination {
    return new LocalDestination(this.#found.root, { id, ...(this.#disk ? { disk: this.#disk } : {}) });
  }
}
