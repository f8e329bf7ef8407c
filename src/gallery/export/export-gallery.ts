/** An album as a folder on a disk: see album-files.ts for what is in it. */
import { join } from "node:path";
import { writeOutputFile } from "../../app/output-file.ts";
import { diskError } from "../../shared/disk-errors.ts";
import { CancelledError, DestinationError, toAppError, UsageError } from "../../shared/errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { namesOfOwn } from "../../shared/own-files.ts";
import { printable } from "../../shared/text.ts";
import { albumFiles, noAlbumYet } from "../server/album-files.ts";
import type { GalleryOptions } from "../server/gallery.ts";
import { groupsOf } from "../server/groups.ts";
import { type GalleryParts, openParts } from "../server/parts.ts";
import type { AlbumCounts, AlbumWord, GroupAnswer } from "../wire.ts";

/** What goes where. */
export interface ExportOptions extends Pick<GalleryOptions, "folders" | "cacheFolder" | "assets" | "now" | "signal"> {
  /** New, or empty; whole path. */
  readonly to: string;
  /** Titles of albums, or paths with their folders; none: everything that is shown. */
  readonly albums: readonly string[];
  readonly words: ReadonlySet<AlbumWord>;
  /** Called after each photo. */
  readonly onPhoto?: (done: number, of: number) => void;
}

/** @throws {UsageError} where the folder holds something, or there is no such album */
export async function exportGallery(options: ExportOptions): Promise<Omit<AlbumCounts, "of">> {
  if (namesOfOwn(options.to).length > 0)
    throw new UsageError("usage", `${printable(options.to)} is not empty.`, {
      remedy: "Name a new folder: nothing in it is overwritten.",
    });
  await using parts = await openParts(options);
  const album = chosen(parts, options.albums);
  try {
    return await written(parts, album, options);
  } catch (error) {
    throw notWhole(error, options.to);
  }
}

/** Nothing goes on where it stopped: who is told to run it again is told what is in the way. */
function notWhole(error: unknown, to: string): unknown {
  const told = toAppError(error);
  const remedy = `The album in ${printable(to)} is not whole. Remove that folder before you run this again.`;
  if (told instanceof CancelledError) return new CancelledError("Cancelled.", { remedy, cause: error });
  if (told instanceof DestinationError) return new DestinationError(told.code, told.message, { remedy, cause: error });
  return told;
}

/** @throws {DestinationError} what the disk refuses */
function put(file: string, bytes: Uint8Array): void {
  try {
    writeOutputFile(file, bytes, { isNew: true });
  } catch (error) {
    throw diskError(error, printable(file));
  }
}

interface Album {
  readonly title: string;
  readonly ids: number[];
}

async function written(
  parts: GalleryParts,
  { title, ids }: Album,
  options: ExportOptions,
): Promise<Omit<AlbumCounts, "of">> {
  const files = join(options.to, "files");
  for (const name of ["small", "large", "movies"]) await makeFolders(join(files, name), 0o755);
  const counts = noAlbumYet(ids.length);
  const { words, assets, signal, onPhoto } = options;
  const made = albumFiles(parts, {
    ...{ title, ids, words, assets, counts, moviePath: (n: string) => join(files, "movies", `${n}.mp4`) },
    ...(signal ? { signal } : {}),
  });
  let told = 0;
  for await (const { name, content } of made) {
    // A movie is where it belongs already.
    if (content instanceof Uint8Array) put(join(options.to, name), content);
    if (counts.photos === told) continue;
    told = counts.photos;
    onPhoto?.(told, ids.length);
  }
  const { photos, movies, movieStills, without } = counts;
  return { photos, movies, movieStills, without };
}

/** In the order in which they were taken: an album is told from its beginning. */
function chosen({ index, albums, views }: GalleryParts, names: readonly string[]): Album {
  if (names.length === 0) return { title: "Photos", ids: [...views.ids("")].reverse() };
  const all = [...albums.list(), ...groupsOf(index, "album")];
  const ids = new Set<number>();
  const titles = new Set<string>();
  for (const name of names) {
    const found = all.filter((album) => isCalled(album, name));
    if (found.length === 0)
      throw new UsageError("item-not-found", `There is no album "${printable(name)}".`, {
        remedy: "`offroll gallery` shows all albums.",
      });
    for (const { view, title } of found) {
      titles.add(title);
      for (const id of views.ids(view)) ids.add(id);
    }
  }
  return { title: [...titles].join(", "), ids: [...ids].sort((a, b) => a - b) };
}

function isCalled({ title, note }: GroupAnswer, name: string): boolean {
  const path = [...(note === "" ? [] : note.split(" › ")), title].join("/");
  return [title, path].some((t) => t.toLowerCase() === name.toLowerCase());
}
