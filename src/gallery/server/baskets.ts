/** Photos that were selected for a download, until they are fetched: a browser saves what it gets from an address, not from a request's body. */
import { randomBytes } from "node:crypto";
import { bufferRange } from "../../media/range-reader.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { plural } from "../../shared/text.ts";
import type { IndexFile } from "./index-file.ts";
import type { Pictures } from "./pictures.ts";
import { nameIn, type StoredFiles, type StoredPart, shownPart } from "./stored.ts";
import { type ZipEntry, zipBytes, zipLength } from "./zip.ts";

/** `shown`: of each photo what its owner sees, with the movie of a Live Photo; `all`: every file of it; `jpeg`: a JPEG of each still. */
export type BasketKind = "shown" | "all" | "jpeg";

/** What the page is told of a basket. */
export interface BasketAnswer {
  readonly url: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** Photos of which no file is there any more. */
  readonly missing: number;
}

interface Basket {
  readonly name: string;
  readonly entries: readonly ZipEntry[];
}

/** More are forgotten, the oldest first. */
const keptBaskets = 8;
/** JPEGs are made before their ZIP begins, because its length has to be told: so many fit into memory. */
const maxJpegs = 200;
/** Sidecars and edit instructions are of use to programs alone. */
const shownRoles = new Set(["original", "edit", "live-video", "edit-live-video"]);

/** Keeps selections, not their bytes. */
export class Baskets {
  readonly #index: IndexFile;
  readonly #files: StoredFiles;
  readonly #pictures: Pictures;
  readonly #kept = new Map<string, Basket>();

  constructor(index: IndexFile, files: StoredFiles, pictures: Pictures) {
    this.#index = index;
    this.#files = files;
    this.#pictures = pictures;
  }

  /** Looks at every file, so that what is missing is said before the download begins. */
  async fill(photos: readonly number[], what: BasketKind, options: AbortOptions = {}): Promise<BasketAnswer> {
    const entries: ZipEntry[] = [];
    const names = new Set<string>();
    let missing = 0;
    for (const photo of what === "jpeg" ? photos.slice(0, maxJpegs) : photos) {
      throwIfAborted(options.signal);
      const made = what === "jpeg" ? await this.#jpeg(photo, options) : await this.#stored(photo, what);
      for (const entry of made) entries.push({ ...entry, name: unique(entry.name, names) });
      if (made.length === 0) missing += 1;
    }
    const key = randomBytes(12).toString("base64url");
    this.#kept.set(key, { name: `${plural(photos.length, "photo")}.zip`, entries });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > keptBaskets) this.#kept.delete(oldest);
    return { url: `/zip/${key}`, files: entries.length, sizeBytes: zipLength(entries), missing };
  }

  /** @returns undefined where there is none, or no longer */
  open(key: string): { name: string; sizeBytes: number; bytes: AsyncIterable<Uint8Array> } | undefined {
    const basket = this.#kept.get(key);
    return basket && { name: basket.name, sizeBytes: zipLength(basket.entries), bytes: zipBytes(basket.entries) };
  }

  async #stored(photo: number, what: "shown" | "all"): Promise<ZipEntry[]> {
    const parts = this.#files.parts(photo);
    const first = parts[0]?.place;
    const shown = shownPart(parts);
    const wanted = parts.filter(
      (p) => p.place === first && (what === "all" || (shownRoles.has(p.role) && isSeen(p, shown))),
    );
    const entries = await Promise.all(wanted.map(async (part) => await this.#entry(part, parts)));
    return entries.filter((e) => e !== undefined);
  }

  async #entry(part: StoredPart, parts: readonly StoredPart[]): Promise<ZipEntry | undefined> {
    await using file = await this.#files.open(part, parts);
    return (
      file && {
        name: nameIn(part),
        sizeBytes: file.reader.size,
        modified: new Date(file.modifiedMs),
        open: async () => await this.#files.open(part, parts),
      }
    );
  }

  async #jpeg(photo: number, options: AbortOptions): Promise<ZipEntry[]> {
    const part = shownPart(this.#files.parts(photo));
    const made = part && (await this.#pictures.large(photo, part.n, options));
    if (!part || !made || !("jpeg" in made)) return [];
    const { jpeg } = made;
    const taken = this.#index.get("SELECT taken FROM photo WHERE id = ?", photo)?.["taken"];
    const modified = new Date(typeof taken === "string" ? Date.parse(taken) || part.copiedAt : part.copiedAt);
    const name = `${nameIn(part).replace(/\.[^.]+$/, "")}.jpg`;
    const open = async () => ({ reader: bufferRange(Buffer.from(jpeg)), async [Symbol.asyncDispose]() {} });
    return [{ name, sizeBytes: jpeg.length, modified, open }];
  }
}

/** Where there is an edit, the original is not what is seen. */
function isSeen(part: StoredPart, shown: StoredPart | undefined): boolean {
  if (shown?.role !== "edit") return true;
  return part.role !== "original";
}

/** IMG_0001.HEIC of two months: the second is IMG_0001 (2).HEIC. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let i = 2; taken.has(candidate.toLowerCase()); i += 1) candidate = name.replace(/(\.[^.]+)?$/, ` (${i})$1`);
  taken.add(candidate.toLowerCase());
  return candidate;
}
