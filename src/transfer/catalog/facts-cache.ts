/** Facts of earlier runs from the catalog; those of this run are kept until they are saved together. */
import type { MediaItem } from "../../device/media-source.ts";
import { type FactsCache, itemId } from "../../library/index.ts";
import type { MediaFacts } from "../../media/index.ts";
import type { Catalog } from "./catalog.ts";

/** The cache of one run on one phone. Nothing is written before `save`. */
export class CatalogFactsCache implements FactsCache {
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #old = new Set<string>();
  #readAnew = 0;
  readonly #fresh = new Map<string, { item: MediaItem; facts: MediaFacts }>();

  constructor(catalog: Catalog, device: string) {
    this.#catalog = catalog;
    this.#device = device;
  }

  get(item: MediaItem): MediaFacts | undefined {
    const fresh = this.#fresh.get(itemId(item))?.facts;
    if (fresh) return fresh;
    const known = this.#catalog.facts.find(this.#device, item);
    if (known !== "old") return known;
    this.#old.add(itemId(item));
    return undefined;
  }

  set(item: MediaItem, facts: MediaFacts): void {
    const id = itemId(item);
    this.#fresh.set(id, { item, facts });
    if (this.#old.delete(id)) this.#readAnew += 1;
  }

  /** How many files were read although they had been before: by a version that read less of them. */
  get readAnew(): number {
    return this.#readAnew;
  }

  async save(): Promise<void> {
    await this.#catalog.inPages(this.#fresh.values(), ({ item, facts }) =>
      this.#catalog.facts.note(this.#device, item, facts),
    );
  }
}
