/** Photos that were selected for a download, until they are fetched: a browser saves what it gets from an address, not from a request's body. */
import { randomBytes } from "node:crypto";
import { bufferRange } from "../../media/range-reader.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { plural } from "../../shared/text.ts";
import type { IndexFile } from "./index-file.ts";
import type { Pictures } from "./pictures.ts";
import { noPictureWords } from "./send.ts";
import { nameIn, type StoredFiles, type StoredPart, shownPart } from "./stored.ts";
import { type ZipEntry, zipBytes, zipLength } from "./zip.ts";

/** `shown`: of each photo what its owner sees, with the movie of a Live Photo; `all`: every file of it; `jpeg`: a JPEG of each still. */
export type BasketKind = "shown" | "all" | "jpeg";

/** What the page is told of a basket. */
export interface BasketAnswer {
  readonly url: string;
  /** Of JPEGs as many as may come of it: what cannot be made is listed in the ZIP. */
  readonly files: number;
  /** Null where it is not known before they are made. */
  readonly sizeBytes: number | null;
  /** Photos of which no file is there any more. */
  readonly missing: number;
}

interface Basket {
  readonly name: string;
  /** Made while they are sent: photos. */
  readonly what: readonly ZipEntry[] | { readonly jpegsOf: readonly number[] };
}

/** More are forgotten, the oldest first. */
const keptBaskets = 8;
/** In a ZIP of JPEGs, where some could not be made. */
const missingName = "Not in here.txt";
/** Sidecars and edit instructions are of use to programs alone. */
const shownRoles = new Set(["original", "edit", "live-video", "edit-live-video"]);

/** Keeps selections, not their bytes. */
export class Baskets {
  readonly #index: IndexFile;
  readonly #files: StoredFiles;
  readonly #pictures: Pictures;
  readonly #now: () => Date;
  readonly #kept = new Map<string, Basket>();

  constructor(index: IndexFile, files: StoredFiles, pictures: Pictures, now: () => Date) {
    this.#now = now;
    this.#index = index;
    this.#files = files;
    this.#pictures = pictures;
  }

  /** Looks at every file, so that what is missing is said before the download begins. */
  async fill(photos: readonly number[], what: BasketKind, options: AbortOptions = {}): Promise<BasketAnswer> {
    const found = new Map<number, ZipEntry[]>();
    for (const photo of new Set(photos)) {
      throwIfAborted(options.signal);
      found.set(photo, await this.#stored(photo, what));
    }
    const there = [...found].filter(([, entries]) => entries.length > 0);
    const key = randomBytes(12).toString("base64url");
    const names = new Set<string>();
    const entries = there.flatMap(([, all]) => all).map((entry) => ({ ...entry, name: unique(entry.name, names) }));
    const jpegsOf = there.map(([photo]) => photo);
    this.#kept.set(key, {
      name: `${plural(photos.length, "photo")}.zip`,
      what: what === "jpeg" ? { jpegsOf } : entries,
    });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > keptBaskets) this.#kept.delete(oldest);
    return {
      url: `/zip/${key}`,
      files: what === "jpeg" ? jpegsOf.length : entries.length,
      sizeBytes: what === "jpeg" ? null : zipLength(entries),
      missing: found.size - there.length,
    };
  }

  /** @returns undefined where there is none, or no longer; its length where that is known */
  open(
    key: string,
    options: AbortOptions = {},
  ): { name: string; sizeBytes: number | undefined; bytes: AsyncIterable<Uint8Array> } | undefined {
    const basket = this.#kept.get(key);
    if (!basket) return undefined;
    const { name, what } = basket;
    if ("jpegsOf" in what) return { name, sizeBytes: undefined, bytes: zipBytes(this.#jpegs(what.jpegsOf, options)) };
    return { name, sizeBytes: zipLength(what), bytes: zipBytes(what) };
  }

  async #stored(photo: number, what: BasketKind): Promise<ZipEntry[]> {
    const parts = this.#files.parts(photo);
    const first = parts[0]?.place;
    const shown = shownPart(parts);
    const isWanted = (p: StoredPart): boolean =>
      what === "jpeg" ? p === shown : what === "all" || (shownRoles.has(p.role) && isSeen(p, shown));
    const wanted = parts.filter((p) => p.place === first && isWanted(p));
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

  /** One at a time is in memory. */
  async *#jpegs(photos: readonly number[], options: AbortOptions): AsyncGenerator<ZipEntry, void, undefined> {
    const names = new Set([missingName.toLowerCase()]);
    const missing: string[] = [];
    for (const photo of photos) {
      throwIfAborted(options.signal);
      const part = shownPart(this.#files.parts(photo));
      if (!part) continue;
      const made = await this.#pictures.large(photo, part.n, options);
      if ("why" in made) {
        missing.push(`${part.target} ${noPictureWords(made.why)}`);
        continue;
      }
      const taken = this.#index.get("SELECT taken FROM photo WHERE id = ?", photo)?.["taken"];
      const modified = new Date(typeof taken === "string" ? Date.parse(taken) || part.copiedAt : part.copiedAt);
      yield inMemory(unique(`${nameIn(part).replace(/\.[^.]+$/, "")}.jpg`, names), made.jpeg, modified);
    }
    if (missing.length > 0) yield inMemory(missingName, Buffer.from(`${missing.join("\n")}\n`), this.#now());
  }
}

function inMemory(name: string, bytes: Uint8Array, modified: Date): ZipEntry {
  const open = async () => ({ reader: bufferRange(Buffer.from(bytes)), async [Symbol.asyncDispose]() {} });
  return { name, sizeBytes: bytes.length, modified, open };
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
