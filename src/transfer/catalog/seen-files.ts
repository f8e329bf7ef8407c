/** Looks at a phone's files, kept in the catalog. Only of files that are copied: of any other the phone itself is asked. */
import type { KnownFile, MediaItem } from "../../device/media-source.ts";
import type { SeenFiles } from "../../library/index.ts";
import type { Catalog } from "./catalog.ts";
import type { MarkedFile } from "./stat-cache.ts";

/** Every file is looked at again after so long, whatever the library says: one that changed behind its back is found then. */
const oldAfterMs = 7 * 24 * 3_600_000;

export class CatalogSeenFiles implements SeenFiles {
  readonly state: SeenFiles["state"];
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #now: number;
  #fresh: Iterable<{ readonly item: MediaItem; readonly mark: string }> = [];
  #looks: Map<string, MarkedFile> | undefined;
  #reused = 0;

  constructor(catalog: Catalog, device: string, now: number) {
    this.#catalog = catalog;
    this.#device = device;
    this.#now = now;
    const lookedAt = catalog.statCache.lookedAt(device);
    // A clock that was set back says nothing.
    const isRecent = lookedAt !== undefined && now >= lookedAt && now - lookedAt < oldAfterMs;
    this.state = lookedAt === undefined ? "none" : isRecent ? "recent" : "old";
  }

  known(path: string, mark: string): KnownFile | undefined {
    this.#looks ??= this.#catalog.statCache.files(this.#device);
    const look = this.#looks.get(path);
    if (look?.mark !== mark) return undefined;
    this.#reused += 1;
    const { sizeBytes, modifiedAt, createdAt } = look;
    return { sizeBytes, modifiedAt, createdAt };
  }

  note(files: Iterable<{ readonly item: MediaItem; readonly mark: string }>): void {
    this.#fresh = files;
  }

  /** To be called once the phone itself is in the catalog. */
  async save(): Promise<void> {
    const changed = Iterator.from(this.#fresh).filter(({ item, mark }) => this.#looks?.get(item.path)?.mark !== mark);
    await this.#catalog.inPages(changed, ({ item, mark }) => this.#catalog.statCache.note(this.#device, item, mark));
    if (this.#reused === 0) this.#catalog.statCache.noteLookedAt(this.#device, this.#now);
    this.#fresh = [];
    this.#looks = undefined;
  }
}
