/** A gallery of some destinations, from their catalogs to a server that listens. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { AbortOptions } from "../../shared/abort.ts";
import { collectGarbage } from "../../shared/collect-garbage.ts";
import type { Catalog } from "../../transfer/catalog/index.ts";
import { type DestinationFolder, openPlace } from "../../transfer/destination/index.ts";
import { keptLibraries } from "../../transfer/logs/index.ts";
import type { StartAnswer } from "../wire.ts";
import { AlbumDownloads } from "./album-downloads.ts";
import { Assets } from "./assets.ts";
import { Baskets } from "./baskets.ts";
import { buildIndex } from "./build-index.ts";
import { day } from "./date-words.ts";
import { countsOf } from "./groups.ts";
import { indexBeside } from "./index-beside.ts";
import type { IndexProgress } from "./index-breath.ts";
import { findIndex, type IndexFile, openIndex } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";
import { OwnAlbums } from "./own-albums.ts";
import { type PictureCounts, Pictures } from "./pictures.ts";
import { PicturesBeside } from "./pictures-beside.ts";
import { Proxies } from "./proxies.ts";
import type { Answers } from "./routes.ts";
import { GalleryServer, type ListenOptions } from "./server.ts";
import { StoredFiles } from "./stored.ts";
import { Views } from "./views.ts";

/** What a gallery is made of. */
export interface GalleryOptions extends AbortOptions {
  /** Opened by the caller, who also closes the catalogs. */
  readonly folders: readonly { readonly folder: DestinationFolder; readonly catalog: Catalog }[];
  /** This computer's cache of ours. */
  readonly cacheFolder: string;
  /** Folder of the built page. */
  readonly assets: string;
  readonly now: () => number;
  readonly openOutside: Answers["openOutside"];
  readonly onProgress?: (progress: IndexProgress) => void;
  /** Pictures are made in a process of its own, which ends when it is idle. @default false */
  readonly picturesBeside?: boolean;
}

/** What was done for it so far, for tests and for whoever wonders what it costs. */
export interface GalleryCounts extends PictureCounts {
  readonly rowsRead: number;
}

/** An open gallery. Dispose it to end the server and its workers. */
export interface Gallery extends AsyncDisposable {
  /** Starts to answer. @returns addresses with their key @throws {UsageError} */
  listen(options: ListenOptions): Promise<readonly string[]>;
  /** Photos and videos that are shown. */
  readonly count: number;
  readonly counts: GalleryCounts;
  /** Where its pictures and its index are kept. */
  readonly cacheFolder: string;
}

/** Small pictures of 100,000 photos take some 2 GB. */
const maxCacheBytes = 3e9;

/** What is behind the pages, whoever shows them. */
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

/** Makes the index where it is not there yet, which takes some seconds for 100,000 photos. */
export async function openGallery(options: GalleryOptions): Promise<Gallery> {
  return withServer(await openParts(options), options);
}

/** The same without a server. */
export async function openParts(
  options: Pick<GalleryOptions, "folders" | "cacheFolder" | "now" | "onProgress" | "signal" | "picturesBeside">,
): Promise<GalleryParts> {
  const places = options.folders.map(
    ({ folder, catalog }, i): ShownPlace => ({ n: i + 1, folder, place: openPlace(folder), catalog }),
  );
  const folder = join(options.cacheFolder, "gallery");
  const key = await keyOf(places);
  const ofPlaces = createHash("sha256")
    .update(places.map((p) => p.folder.id ?? p.folder.root).join("\0"))
    .digest("hex");
  const indexFolder = join(folder, ofPlaces.slice(0, 16));
  const index = await indexOf(places, { folder: indexFolder, key }, options);
  const files = new StoredFiles(index, places);
  const home = {
    ...{ roots: places.map((p) => p.folder.root), indexFolder, key, maxCacheBytes },
    cacheFolder: join(folder, "pictures"),
    phoneFolder: join(options.cacheFolder, "previews"),
  };
  // An index that only this process has cannot be read by another.
  const elsewhere = options.picturesBeside && index.isOnDisk ? new PicturesBeside(home) : undefined;
  const pictures = new Pictures(index, files, { ...home, ...(elsewhere ? { elsewhere } : {}) });
  const albums = await OwnAlbums.open(index, places);
  const today = (): number => localDay(new Date(options.now()));
  const views = new Views(index, today, (album) => albums.photosIn(album));
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

/** More than so many photos are worth a process of their own. */
const fewFiles = 5_000;

/** What is there, or made now: of many photos beside this process, because what is read of libraries is several times what stays. */
async function indexOf(
  places: readonly ShownPlace[],
  { folder, key }: { readonly folder: string; readonly key: string },
  options: Pick<GalleryOptions, "onProgress" | "signal">,
): Promise<IndexFile> {
  const found = findIndex(folder, key);
  if (found) return found;
  const held = places.flatMap(({ catalog }) => catalog.devices.all().map(({ id }) => catalog.items.held(id).files));
  if (held.reduce((sum, files) => sum + files, 0) > fewFiles)
    await indexBeside({ roots: places.map((p) => p.folder.root), folder, key }, options);
  const { index, isNew } = openIndex(folder, key);
  if (isNew) {
    await buildIndex(index, places, key, options);
    collectGarbage();
  }
  return index;
}

function withServer(parts: GalleryParts, options: GalleryOptions): Gallery {
  const { index, places, files, pictures, albums, views, folder } = parts;
  const today = (): Date => new Date(options.now());
  const counts = countsOf(index);
  const phones = phonesOf(index, places);
  const start = (): StartAnswer =>
    startAnswer(places, { counts, phones, today: today(), cannotKeep: albums.cannotKeep });
  const proxies = new Proxies(files, join(folder, "movies"));
  const server = new GalleryServer({
    ...{ index, views, files, pictures, albums, start },
    baskets: new Baskets(index, files, pictures),
    downloads: new AlbumDownloads(parts, { assets: options.assets, folder: join(folder, "movies"), now: today }),
    proxies,
    photo: { index, files, canTranscode: proxies.canMake, copies: copiesOf(places) },
    now: today,
    assets: new Assets(options.assets, start, views),
    openOutside: options.openOutside,
  });
  return {
    async listen(where) {
      await server.listen(where);
      return server.urls;
    },
    count: counts.count,
    get counts() {
      return { ...pictures.counts, rowsRead: index.rowsRead };
    },
    cacheFolder: folder,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await proxies[Symbol.asyncDispose]();
      await parts[Symbol.asyncDispose]();
    },
  };
}

/** Names what an index is made from: the state of each catalog, and the libraries beside it. */
async function keyOf(places: readonly ShownPlace[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { folder, place, catalog } of places) {
    const libraries = await keptLibraries(place.metadata.runs);
    const last = catalog.runs.all().at(0);
    hash.update(
      JSON.stringify([
        folder.id,
        folder.root,
        catalog.revision,
        last?.id,
        last?.finishedAt,
        libraries.map((l) => l.name),
      ]),
    );
  }
  return hash.digest("hex");
}

function localDay(date: Date): number {
  return day(new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())));
}

function startAnswer(
  places: readonly ShownPlace[],
  {
    counts,
    phones,
    today,
    cannotKeep,
  }: {
    readonly counts: ReturnType<typeof countsOf>;
    readonly phones: StartAnswer["phones"];
    readonly today: Date;
    readonly cannotKeep: string | null;
  },
): StartAnswer {
  const on = String(localDay(today));
  return {
    ...counts,
    title: places.map((p) => basename(p.folder.root)).join(", "),
    today: `${on.slice(0, 4)}-${on.slice(4, 6)}-${on.slice(6)}`,
    phones,
    destinations: places.map((p) => p.folder.root),
    cannotKeep,
  };
}

function phonesOf(index: IndexFile, places: readonly ShownPlace[]): StartAnswer["phones"] {
  const known = new Map(places.flatMap((p) => p.catalog.devices.all()).map((d) => [d.id, d]));
  const counts = index.all(
    "SELECT phone, count(*) AS n FROM photo WHERE (flags & 112) = 0 GROUP BY phone ORDER BY n DESC, phone",
  );
  return counts.map((row) => {
    const n = row["phone"] as number;
    const device = known.get(index.meta(`phone:${n}`) ?? "");
    return { n, name: device?.name ?? "Phone", model: device?.model ?? "", count: row["n"] as number };
  });
}

/** In words: further copies on other disks, as each catalog knows them. */
function copiesOf(places: readonly ShownPlace[]): ReadonlyMap<number, readonly string[]> {
  return new Map(
    places.map(({ n, catalog }) => [
      n,
      catalog.copies
        .all()
        .map(({ name, path, completeAt }) =>
          completeAt === undefined
            ? `${name}: ${path} (not complete yet)`
            : `${name}: ${path} (complete on ${new Date(completeAt).toISOString().slice(0, 10)})`,
        ),
    ]),
  );
}
