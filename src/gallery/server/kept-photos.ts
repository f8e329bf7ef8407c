/** What kept libraries say of the photos of a catalog: the newest that has a photo is believed. Kept in the index's file while it is made. */
import type { Catalog } from "../../transfer/catalog/index.ts";
import { type KeptPhoto, keptLibraries, readKeptLibrary } from "../../transfer/logs/index.ts";
import type { Breath } from "./index-breath.ts";
import type { IndexFile } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";

/** Older libraries are read only for photos that newer ones do not have, and no more than so many of them. */
const maxLibraries = 48;
/** After so many that add nothing, older ones are not asked. */
const enoughIdle = 3;

/** Photos of one phone, by their ids: the number of the row that tells of it, or 0 where none does yet. */
interface PhonePhotos {
  readonly rows: Map<string, number>;
  wanted: number;
}

/** What is known so far, of all places that were taken. */
export class KeptPhotos {
  readonly #index: IndexFile;
  readonly #breath: Breath;
  readonly #phones = new Map<string, PhonePhotos>();
  #kept = 0;

  constructor(index: IndexFile, breath: Breath) {
    this.#index = index;
    this.#breath = breath;
    // A row for each photo in the order in which they come: nothing has to find its place among others.
    index.run("CREATE TEMP TABLE kept (n INTEGER PRIMARY KEY, json TEXT)");
  }

  /** Photos of all phones, each once. */
  get photos(): number {
    let photos = 0;
    for (const { rows } of this.#phones.values()) photos += rows.size;
    return photos;
  }

  of(device: string, id: string): KeptPhoto | undefined {
    const n = this.#phones.get(device)?.rows.get(id);
    if (n === undefined || n === 0) return undefined;
    return JSON.parse(this.#index.get("SELECT json FROM kept WHERE n = ?", n)?.["json"] as string) as KeptPhoto;
  }

  /** Reads its libraries, the newest first, until every photo has what one of them says, or older ones have nothing to add. */
  async take({ place, catalog }: ShownPlace): Promise<void> {
    this.#want(catalog);
    const { runs } = place.metadata;
    const phoneOf = new Map(catalog.runs.all().map((run) => [run.id, run.device]));
    const [onlyPhone] = new Set(phoneOf.values()).size === 1 ? phoneOf.values() : [];
    const idle = new Map<PhonePhotos, number>();
    for (const { name, runId } of (await keptLibraries(runs)).slice(0, maxLibraries)) {
      const phone = this.#phones.get(phoneOf.get(runId) ?? onlyPhone ?? "");
      if (!phone || phone.wanted === 0 || (idle.get(phone) ?? 0) >= enoughIdle) continue;
      const before = phone.wanted;
      this.#index.run("BEGIN");
      for await (const photo of readKeptLibrary(runs, name)) {
        this.#keep(phone, photo);
        await this.#breath.take({ step: "libraries", done: phone.rows.size - phone.wanted, of: phone.rows.size });
      }
      this.#index.run("COMMIT");
      idle.set(phone, phone.wanted === before ? (idle.get(phone) ?? 0) + 1 : 0);
    }
  }

  #want(catalog: Catalog): void {
    for (const { device, photoId } of catalog.items.planRows()) {
      const phone: PhonePhotos = this.#phones.get(device) ?? { rows: new Map(), wanted: 0 };
      this.#phones.set(device, phone);
      if (phone.rows.has(photoId)) continue;
      phone.rows.set(photoId, 0);
      phone.wanted += 1;
    }
  }

  #keep(phone: PhonePhotos, photo: KeptPhoto): void {
    const id = photo["id"];
    if (typeof id !== "string" || phone.rows.get(id) !== 0) return;
    this.#kept += 1;
    this.#index.write("INSERT INTO kept VALUES (?, ?)", this.#kept, JSON.stringify(photo));
    phone.rows.set(id, this.#kept);
    phone.wanted -= 1;
  }

  /** Ends with the index that it was for. */
  end(): void {
    this.#index.run("DROP TABLE kept");
  }
}
