/** Facts of earlier runs from the catalog; those of this run are kept until they are saved together. */
import type { MediaItem } from "../device/media-source.ts";
import { type FactsCache, itemId } from "../library/index.ts";
import type { MediaFacts } from "../media/index.ts";
import type { Catalog } from "./catalog.ts";

export class CatalogFactsCache implements FactsCache {
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #fresh = new Map<string, { item: MediaItem; facts: MediaFacts }>();

  constructor(catalog: Catalog, device: string) {
    this.#catalog = catalog;
    this.#device = device;
  }

  get(item: MediaItem): MediaFacts | undefined {
    return this.#fresh.get(itemId(item))?.facts ?? this.#catalog.getFacts(this.#device, item);
  }

  set(item: MediaItem, facts: MediaFacts): void {
    this.#fresh.set(itemId(item), { item, facts });
  }

  save(): void {
    this.#catalog.transaction(() => {
      for (const { item, facts } of this.#fresh.values()) this.#catalog.setFacts(this.#device, item, facts);
    });
  }
}
