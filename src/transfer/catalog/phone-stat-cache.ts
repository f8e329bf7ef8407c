/** The stat cache of one phone, for one run. Only of files that are copied: about any other the phone itself is asked. */
import type { KnownFile, MediaItem } from "../../device/media-source.ts";
import type { StatCache } from "../../library/index.ts";
import type { Catalog } from "./catalog.ts";
import type { StampedFile } from "./stat-cache.ts";

/** The phone is asked for every file again after so long, whatever its library says: one that changed behind its back is found then. */
const oldAfterMs = 7 * 24 * 3_600_000;

/** Filled by a listing, saved at the end of its run, so that a run that dies changes nothing. */
export class PhoneStatCache implements StatCache {
  readonly state: StatCache["state"];
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #now: number;
  #fresh: Iterable<{ readonly item: MediaItem; readonly stamp: string }> = [];
  #files: Map<string, StampedFile> | undefined;
  #reused = 0;

  constructor(catalog: Catalog, device: string, now: number) {
    this.#catalog = catalog;
    this.#device = device;
    this.#now = now;
    const fullStat = catalog.statCache.lastFullStat(device);
    // A clock that was set back says nothing.
    const isRecent = fullStat !== undefined && now >= fullStat && now - fullStat < oldAfterMs;
    this.state = fullStat === undefined ? "none" : isRecent ? "recent" : "old";
  }

  known(path: string, stamp: string): KnownFile | undefined {
    this.#files ??= this.#catalog.statCache.files(this.#device);
    const file = this.#files.get(path);
    if (file?.stamp !== stamp) return undefined;
    this.#reused += 1;
    const { sizeBytes, modifiedAt, createdAt } = file;
    return { sizeBytes, modifiedAt, createdAt };
  }

  note(files: Iterable<{ readonly item: MediaItem; readonly stamp: string }>): void {
    this.#fresh = files;
  }

  /** To be called once the phone itself is in the catalog. */
  async save(): Promise<void> {
    const changed = Iterator.from(this.#fresh).filter(
      ({ item, stamp }) => this.#files?.get(item.path)?.stamp !== stamp,
    );
    await this.#catalog.inPages(changed, ({ item, stamp }) => this.#catalog.statCache.note(this.#device, item, stamp));
    if (this.#reused === 0) this.#catalog.statCache.noteFullStat(this.#device, this.#now);
    this.#fresh = [];
    this.#files = undefined;
  }
}
