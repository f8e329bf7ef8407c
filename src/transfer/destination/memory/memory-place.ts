/**
 * Places in memory: a second kind beside folders, which the same suite and whole backups run on. One exists when `makeMemoryPlace`
 * made it; nothing that a person types does.
 */
import { DestinationError } from "../../../shared/errors.ts";
import type { Destination } from "../destination.ts";
import type { ClaimedPlace, DestinationFolder, Place, PlaceKind } from "../place.ts";
import type { LockOptions, MetadataStore } from "../store.ts";
import { MemoryDestination } from "./memory-destination.ts";
import { MemoryDisk, type Session } from "./memory-disk.ts";
import { MemoryStore } from "./memory-store.ts";

const disks = new Map<string, MemoryDisk>();

/** @param name by which it is opened, as a person would type one @returns what lies in it, to be looked at and pulled */
export function makeMemoryPlace(name: string, capacityBytes: number = Number.MAX_SAFE_INTEGER): MemoryDisk {
  const disk = new MemoryDisk(name, capacityBytes);
  disks.set(name, disk);
  return disk;
}

export const memoryPlaces: PlaceKind = {
  takes: (name) => disks.has(name),
  inspect: async (typed) => lookAt(typed),
  idAt: async (root) => disks.get(root)?.metadata?.id,
  open: (found) => new MemoryPlace(disks.get(found.root) as MemoryDisk, found),
};

function lookAt(name: string): DestinationFolder {
  const { isAttached = false, metadata } = disks.get(name) ?? {};
  const id = isAttached ? metadata?.id : undefined;
  return { root: name, typed: name, isThere: isAttached, isNew: id === undefined, id, cloudService: undefined };
}

class MemoryPlace implements Place {
  readonly metadata: MetadataStore;
  readonly #disk: MemoryDisk;
  readonly #session: Session;
  readonly #found: DestinationFolder;

  constructor(disk: MemoryDisk, found: DestinationFolder) {
    this.#disk = disk;
    this.#found = found;
    this.#session = disk.begin();
    this.metadata = new MemoryStore(disk, this.#session);
  }

  async claim(options: LockOptions): Promise<ClaimedPlace> {
    const { root, id } = this.#found;
    if (id !== undefined && id !== (await this.metadata.readId()))
      throw new DestinationError("destination-not-there", `The destination at ${root} went away.`);
    const lock = await this.metadata.lock(options);
    return { id: await this.metadata.ensureId(), lock };
  }

  async assertApart(): Promise<void> {}

  async takeBack(id: string): Promise<void> {
    if (this.#found.isNew && this.#disk.metadata?.id === id) this.#disk.metadata = undefined;
  }

  async freeBytes(): Promise<number> {
    return this.#disk.capacityBytes - this.#disk.usedBytes;
  }

  destination(id: string | undefined): Destination {
    return new MemoryDestination(this.#disk, this.#session, id);
  }
}
