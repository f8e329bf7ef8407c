/**
 * Selections that become an album to take along: a ZIP with a folder that opens by a double click, made while it is fetched. What the
 * browser no longer wants is no longer made.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { bufferRange } from "../../media/range-reader.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import { Semaphore } from "../../shared/async.ts";
import { UsageError } from "../../shared/errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { removeOwnFile } from "../../shared/own-files.ts";
import type { AlbumAnswer, AlbumCounts, AlbumWord } from "../wire.ts";
import { type AlbumFile, type AlbumSources, albumFiles, noAlbumYet } from "./album-files.ts";
import { newOwnMovie, openOwnMovie } from "./own-movies.ts";
import { type ZipEntry, zipBytes } from "./zip.ts";

interface Album {
  readonly title: string;
  readonly ids: readonly number[];
  readonly words: ReadonlySet<AlbumWord>;
  readonly counts: AlbumCounts;
  state: AlbumAnswer["state"];
}

/** A person's own photos in one evening; `gallery export` takes any number. */
const mostPhotos = 5_000;
/** More are forgotten, the oldest first. */
const keptAlbums = 8;
/** Each keeps a picture in memory, and the processor busy. */
const atOnce = 2;

/** Keeps selections, not their bytes. */
export class AlbumDownloads {
  readonly #sources: AlbumSources;
  readonly #assets: string;
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #turn = new Semaphore(atOnce);
  readonly #kept = new Map<string, Album>();

  /** @param folder of this computer's cache, for movies until they are sent */
  constructor(
    sources: AlbumSources,
    { assets, folder, now }: { readonly assets: string; readonly folder: string; readonly now: () => Date },
  ) {
    this.#sources = sources;
    this.#assets = assets;
    this.#folder = folder;
    this.#now = now;
  }

  /** @throws {UsageError} where there are too many */
  fill(photos: readonly number[], title: string, words: ReadonlySet<AlbumWord>): { readonly key: string } {
    const known = photos.filter((id) => this.#sources.index.get("SELECT id FROM photo WHERE id = ?", id));
    const ids = [...new Set(known)].sort((a, b) => a - b);
    if (ids.length === 0) throw new UsageError("usage", "No photo is selected.");
    if (ids.length > mostPhotos)
      throw new UsageError(
        "usage",
        "That are more photos than one download takes. `offroll gallery export` takes any number.",
      );
    const key = randomBytes(12).toString("base64url");
    this.#kept.set(key, { title, ids, words, counts: noAlbumYet(ids.length), state: "waiting" });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > keptAlbums) this.#kept.delete(oldest);
    return { key };
  }

  state(key: string): AlbumAnswer | undefined {
    const album = this.#kept.get(key);
    return album && { state: album.state, ...album.counts };
  }

  /** @returns undefined where there is none, or no longer, or it was fetched */
  open(key: string, options: AbortOptions): { name: string; bytes: AsyncIterable<Uint8Array> } | undefined {
    const album = this.#kept.get(key);
    if (album?.state !== "waiting") return undefined;
    const folder = fileName(album.title);
    return { name: `${folder}.zip`, bytes: this.#bytes(album, folder, options) };
  }

  async *#bytes(album: Album, folder: string, options: AbortOptions): AsyncGenerator<Uint8Array, void, undefined> {
    album.state = "making";
    const release = await this.#turn.acquire(options.signal).catch((error: unknown) => {
      album.state = "gone";
      throw error;
    });
    try {
      yield* zipBytes(this.#entries(album, folder, options));
      album.state = "ready";
    } finally {
      release();
      if (album.state !== "ready") album.state = "gone";
    }
  }

  async *#entries(album: Album, folder: string, options: AbortOptions): AsyncGenerator<ZipEntry, void, undefined> {
    const movie = newOwnMovie();
    await makeFolders(this.#folder, 0o700);
    const made = albumFiles(this.#sources, {
      ...{ title: album.title, ids: album.ids, words: album.words, counts: album.counts },
      ...{ assets: this.#assets, moviePath: () => join(this.#folder, movie) },
      ...options,
    });
    try {
      for await (const { name, content } of made) {
        yield await this.#entry(`${folder}/${name}`, content, movie);
        if (!(content instanceof Uint8Array)) removeOwnFile(join(this.#folder, movie));
      }
    } finally {
      removeOwnFile(join(this.#folder, movie));
    }
  }

  async #entry(name: string, content: AlbumFile["content"], movie: string): Promise<ZipEntry> {
    const modified = this.#now();
    if (content instanceof Uint8Array) {
      const reader = bufferRange(Buffer.from(content));
      return {
        name,
        sizeBytes: content.length,
        modified,
        open: async () => ({ reader, async [Symbol.asyncDispose]() {} }),
      };
    }
    await using found = await openOwnMovie(this.#folder, movie);
    const open = async () => await openOwnMovie(this.#folder, movie);
    return { name, sizeBytes: found?.reader.size ?? 0, modified, open };
  }
}

/** A folder's name that every file system takes. */
function fileName(title: string): string {
  const plain = title
    .normalize("NFC")
    .toWellFormed()
    .replace(/[\p{Cc}\\/:*?"<>|\ufffd]/gu, "_");
  const cut = [...plain].slice(0, 60).join("");
  return cut.replace(/^[\s.]+|[\s.]+$/g, "").replace(/^(?:con|prn|aux|nul|com\d|lpt\d)$/i, "$&_") || "Album";
}
