/** What is behind the pages, whoever shows them: the index, and what reads files and makes pictures by it. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { collectGarbage } from "../../shared/collect-garbage.ts";
import type { Catalog } from "../../transfer/catalog/index.ts";
import { type DestinationFolder, openPlace } from "../../transfer/destination/index.ts";
import { keptLibraries } from "../../transfer/logs/index.ts";
import { buildIndex } from "./build-index.ts";
import { day } from "./date-words.ts";
import { indexBeside } from "./index-beside.ts";
import type { BuildOptions } from "./index-breath.ts";
import { findIndex, findOlderIndex, type IndexFile, openIndex, removeOtherIndexes } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";
import { OwnAlbums } from "./own-albums.ts";
import { Pictures } from "./pictures.ts";
import { PicturesBeside } from "./pictures-beside.ts";
import { StoredFiles } from "./stored.ts";
import { Views } from "./views.ts";

/** Dispose it before its catalogs are. */
export interface GalleryParts extends AsyncDisposable {
  readonly index: IndexFile;
  readonly places: readonly ShownPlace[];
  readonly files: StoredFiles;
  readonly pictures: Pictures;
  readonly albums: OwnAlbums;
  readonly views: Views;
  /** Of this computer, of the gallery alone. */
  readonly folder: string;
}

/** What parts are made of. */
export interface PartsOptions {
  /** Opened by the caller, who also closes the catalogs. */
  readonly folders: readonly { readonly folder: DestinationFolder; readonly catalog: Catalog }[];
  /** This computer's cache of ours. */
  readonly cacheFolder: string;
  readonly now: () => number;
  /** Pictures are made in a process of its own, which ends when it is idle. @default false */
  readonly picturesBeside?: boolean;
  /** More photos than so many are worth a process of their own, and are not waited for. @default 5000 */
  readonly fewFiles?: number;
}

/** Small pictures of 100,000 photos take some 2 GB. */
const maxCacheBytes = 3e9;
const fewFiles = 5_000;

/** Some destinations, and where this computer keeps what it makes of them. */
export class GalleryHome {
  readonly places: readonly ShownPlace[];
  readonly folder: string;
  readonly #options: PartsOptions;
  readonly #indexFolder: string;

  constructor(options: PartsOptions) {
    this.#options = options;
    this.places = options.folders.map(({ folder, catalog }, i) => ({
      ...{ n: i + 1, folder, place: openPlace(folder), catalog },
    }));
    this.folder = join(options.cacheFolder, "gallery");
    const ofPlaces = createHash("sha256")
      .update(this.places.map((p) => p.folder.id ?? p.folder.root).join("\0"))
      .digest("hex");
    this.#indexFolder = join(this.folder, ofPlaces.slice(0, 16));
  }

  /** Whether an index is made in a moment. */
  get isSmall(): boolean {
    const held = this.places.flatMap(({ catalog }) =>
      catalog.devices.all().map(({ id }) => catalog.items.held(id).files),
    );
    return held.reduce((sum, files) => sum + files, 0) <= (this.#options.fewFiles ?? fewFiles);
  }

  /** Names what an index is made from: the state of each catalog, and the libraries beside it. */
  async key(): Promise<string> {
    const hash = createHash("sha256");
    for (const { folder, place, catalog } of this.places) {
      const libraries = await keptLibraries(place.metadata.runs);
      const last = catalog.runs.all().at(0);
      const state = [folder.id, folder.root, catalog.revision, last?.id, last?.finishedAt];
      hash.update(JSON.stringify([...state, libraries.map((l) => l.name)]));
    }
    return hash.digest("hex");
  }

  /** What is there already. */
  find(key: string): IndexFile | undefined {
    return findIndex(this.#indexFolder, key);
  }

  /** What is there of an earlier day. */
  findOlder(): IndexFile | undefined {
    return findOlderIndex(this.#indexFolder);
  }

  /** Nobody looks at other indexes any more. */
  keepOnly(key: string): void {
    removeOtherIndexes(this.#indexFolder, key);
  }

  /** Of many photos beside this process, because what is read of libraries is several times what stays. @throws {AppError} */
  async make(key: string, options: BuildOptions): Promise<IndexFile> {
    const folder = this.#indexFolder;
    if (!this.isSmall) await indexBeside({ roots: this.places.map((p) => p.folder.root), folder, key }, options);
    const { index, isNew } = openIndex(folder, key);
    if (isNew) {
      await buildIndex(index, this.places, key, options);
      collectGarbage();
    }
    return index;
  }

  /** What shows an index, which goes with it. */
  async partsOf(index: IndexFile): Promise<GalleryParts> {
    const { places, folder } = this;
    const { cacheFolder, picturesBeside, now } = this.#options;
    const files = new StoredFiles(index, places);
    const home = {
      ...{ folders: places.map((p) => p.folder), indexFolder: this.#indexFolder, key: index.key ?? "" },
      ...{ cacheFolder: join(folder, "pictures"), phoneFolder: join(cacheFolder, "previews"), maxCacheBytes },
    };
    // An index that only this process has cannot be read by another.
    const elsewhere = picturesBeside && index.isOnDisk ? new PicturesBeside(home) : undefined;
    const pictures = new Pictures(index, files, { ...home, ...(elsewhere ? { elsewhere } : {}) });
    const albums = await OwnAlbums.open(index, places);
    const views = new Views(
      index,
      () => localDay(new Date(now())),
      (album) => albums.photosIn(album),
    );
    return {
      ...{ index, places, files, pictures, albums, views, folder },
      async [Symbol.asyncDispose]() {
        elsewhere?.[Symbol.dispose]();
        await pictures[Symbol.asyncDispose]();
        await files[Symbol.asyncDispose]();
        index[Symbol.dispose]();
      },
    };
  }
}

/** Of destinations as they are now, however long that takes. @throws {AppError} */
export async function openParts(options: PartsOptions & BuildOptions): Promise<GalleryParts> {
  const home = new GalleryHome(options);
  const key = await home.key();
  return await home.partsOf(home.find(key) ?? (await home.make(key, options)));
}

/** yyyymmdd here. */
export function localDay(date: Date): number {
  return day(new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())));
}
