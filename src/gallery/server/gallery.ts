/** A gallery of some destinations, from their catalogs to a server that listens. */
import { basename, join } from "node:path";
import type { StartAnswer } from "../wire.ts";
import { AlbumDownloads } from "./album-downloads.ts";
import { Assets } from "./assets.ts";
import { Baskets } from "./baskets.ts";
import { countsOf } from "./groups.ts";
import type { BuildOptions } from "./index-breath.ts";
import type { IndexFile } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";
import { sweepOwnMovies } from "./own-movies.ts";
import { GalleryHome, type GalleryParts, localDay, type PartsOptions } from "./parts.ts";
import { noPictures, type PictureCounts } from "./pictures.ts";
import { Proxies } from "./proxies.ts";
import { Renewal } from "./renewal.ts";
import type { Answers } from "./routes.ts";
import { GalleryServer, type ListenOptions } from "./server.ts";
import { Shown } from "./shown.ts";
import { shownOnly } from "./views.ts";
import { WaitingPage } from "./waiting-page.ts";

/** What a gallery is made of. */
export interface GalleryOptions extends PartsOptions, BuildOptions {
  /** Folder of the built page. */
  readonly assets: string;
  readonly openOutside: Answers["openOutside"];
}

/** What was done for it so far, for tests and for whoever wonders what it costs. */
export interface GalleryCounts extends PictureCounts {
  readonly rowsRead: number;
}

/** An open gallery. Dispose it to end the server and its workers. */
export interface Gallery extends AsyncDisposable {
  /** Starts to answer. @returns addresses with their key @throws {UsageError} */
  listen(options: ListenOptions): Promise<readonly string[]>;
  /** Settled when the index of now is shown; rejects with why there is none. Of few photos it is there from the beginning. */
  readonly ready: Promise<void>;
  /** Photos and videos that are shown; undefined while nothing is. */
  readonly count: number | undefined;
  readonly counts: GalleryCounts;
  /** Where its pictures and its index are kept. */
  readonly cacheFolder: string;
}

/** A gallery that listens when it is told to, whose index is there, or is being made. */
export async function openGallery(options: GalleryOptions): Promise<Gallery> {
  const home = new GalleryHome(options);
  const shown = new Shown();
  const show = async (index: IndexFile): Promise<void> => {
    const parts = await home.partsOf(index);
    const generation = { n: shown.next, shown };
    const { answers, end } = answersOf(parts, generation, options);
    shown.show(answers, async () => {
      await end();
      if (index.key !== renewal.key) home.keepOnly(renewal.key);
    });
  };
  const renewal = new Renewal(home, shown, show, options);
  const begun = await renewal.begin();
  const ready = begun?.ready ?? Promise.resolve();
  // Of few photos it is there in a moment, and what is wrong with it ends the command.
  if (home.isSmall) await ready;
  else ready.catch(() => {});
  const server = new GalleryServer(shown, new WaitingPage(options.assets), async () => await renewal.look());
  return {
    ready,
    async listen(where) {
      await server.listen(where);
      return server.urls;
    },
    get count() {
      const answers = shown.answers();
      return typeof answers === "string" ? undefined : answers.start().count;
    },
    get counts() {
      const answers = shown.answers();
      if (typeof answers === "string") return { ...noPictures, rowsRead: 0 };
      return { ...answers.pictures.counts, rowsRead: answers.index.rowsRead };
    },
    cacheFolder: home.folder,
    async [Symbol.asyncDispose]() {
      await renewal.end();
      await server[Symbol.asyncDispose]();
      await shown[Symbol.asyncDispose]();
    },
  };
}

/** What answers for one index. */
function answersOf(
  parts: GalleryParts,
  { n, shown }: { readonly n: number; readonly shown: Shown },
  options: GalleryOptions,
): { readonly answers: Answers; readonly end: () => Promise<void> } {
  const { index, places, files, pictures, albums, views, folder } = parts;
  const today = (): Date => new Date(options.now());
  const counts = countsOf(index);
  const phones = phonesOf(index, places);
  const start = (): StartAnswer => ({
    ...startAnswer(places, { counts, phones, today: today(), cannotKeep: albums.cannotKeep }),
    generation: n,
    isOlder: shown.state.state !== "ready",
  });
  const movies = join(folder, "movies");
  sweepOwnMovies(movies);
  const proxies = new Proxies(files, movies);
  return {
    answers: {
      ...{ index, views, files, pictures, albums, start },
      baskets: new Baskets(index, files, pictures, today),
      downloads: new AlbumDownloads(parts, { assets: options.assets, folder: movies, now: today }),
      proxies,
      photo: { index, files, canTranscode: proxies.canMake, copies: copiesOf(places) },
      now: today,
      assets: new Assets(options.assets, start, views),
      openOutside: options.openOutside,
    },
    async end() {
      await proxies[Symbol.asyncDispose]();
      await parts[Symbol.asyncDispose]();
    },
  };
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
): Omit<StartAnswer, "generation" | "isOlder"> {
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
    `SELECT phone, count(*) AS n FROM photo WHERE ${shownOnly} GROUP BY phone ORDER BY n DESC, phone`,
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
