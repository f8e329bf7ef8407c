/**
 * The files of an album that shows itself by a double click: pictures made anew in two sizes, without anything that the files say of
 * where, when and by what they were taken; movies the same way, where ffmpeg is installed. No original goes in.
 */
import { join } from "node:path";
import { cameraName } from "../../library/index.ts";
import { MovieConverter, NotConverted } from "../../media/convert/index.ts";
import { fileKind } from "../../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { readPlainFile } from "../../shared/plain-file.ts";
import { type AlbumCounts, type AlbumWord, albumWords, type StaticAlbum, type StaticPhoto } from "../wire.ts";
import type { IndexFile } from "./index-file.ts";
import type { Pictures } from "./pictures.ts";
import { type StoredFiles, type StoredPart, shownPart } from "./stored.ts";

/** A file of an album, in the order in which they are made. A movie has been written where `moviePath` said. */
export interface AlbumFile {
  /** With `/` between folders. */
  readonly name: string;
  readonly content: Uint8Array | { readonly movie: string };
}

/** What is behind the pictures. */
export interface AlbumSources {
  readonly index: IndexFile;
  readonly files: StoredFiles;
  readonly pictures: Pictures;
}

/** What goes in. */
export interface AlbumOptions extends AbortOptions {
  readonly title: string;
  /** In the order of the album. */
  readonly ids: readonly number[];
  readonly words: ReadonlySet<AlbumWord>;
  /** Folder of the built page. */
  readonly assets: string;
  /** Whole path at which a movie is made. @param n its number in the album */
  readonly moviePath: (n: string) => string;
  /** Counted up while the files are made. */
  readonly counts: AlbumCounts;
}

const sizes = { small: 480, large: 2048 } as const;
const movieHeight = 720;
const maxAssetBytes = 4 * 1024 * 1024;

export function noAlbumYet(of: number): AlbumCounts {
  return { of, photos: 0, movies: 0, movieStills: 0, without: 0 };
}

/** One picture at a time is in memory. The page comes last: it knows what there is. */
export async function* albumFiles(
  sources: AlbumSources,
  options: AlbumOptions,
): AsyncGenerator<AlbumFile, void, undefined> {
  const { title, ids, assets, counts, signal } = options;
  const photos: StaticPhoto[] = [];
  for (const [i, id] of ids.entries()) {
    throwIfAborted(signal);
    const photo = yield* onePhoto(sources, id, { ...options, n: String(i + 1).padStart(5, "0") });
    photos.push(photo);
    counts.photos += 1;
    if (!photo.hasPicture) counts.without += 1;
    if (photo.movie) counts.movies += 1;
    else if (photo.movie === "" && photo.hasPicture) counts.movieStills += 1;
  }
  const asset = (name: string): Buffer => readPlainFile(join(assets, name), { maxBytes: maxAssetBytes });
  for (const name of ["static.js", "static.css"]) yield { name: `files/${name}`, content: asset(name) };
  // A page that is opened as a file may fetch nothing: its data are a script.
  const data = `window.offrollAlbum = ${JSON.stringify({ title, photos } satisfies StaticAlbum)};\n`;
  yield { name: "files/data.js", content: Buffer.from(data) };
  yield { name: "index.html", content: asset("static.html") };
}

interface PhotoOptions extends AlbumOptions {
  readonly n: string;
}

async function* onePhoto(
  sources: AlbumSources,
  id: number,
  options: PhotoOptions,
): AsyncGenerator<AlbumFile, StaticPhoto, undefined> {
  const { index, files, pictures } = sources;
  const row = index.get("SELECT day, ratio, detail FROM photo WHERE id = ?", id) ?? {};
  const part = shownPart(files.parts(id));
  let hasPicture = part !== undefined;
  for (const [name, size] of Object.entries(sizes)) {
    const made = part && hasPicture ? await pictures.bare(id, part.n, size, options) : undefined;
    const jpeg = made && "jpeg" in made ? made.jpeg : undefined;
    hasPicture &&= jpeg !== undefined;
    if (jpeg) yield { name: `files/${name}/${options.n}.jpg`, content: jpeg };
  }
  const isMovie = part !== undefined && fileKind(part.target) === "video";
  const movie = isMovie && (await makeMovie(files, part, options)) ? `files/movies/${options.n}.mp4` : "";
  if (movie !== "") yield { name: movie, content: { movie: options.moviePath(options.n) } };
  const words = wordsOf(JSON.parse((row["detail"] as string | undefined) ?? "{}"), options.words);
  return {
    n: options.n,
    day: Number(row["day"] ?? 0),
    ratio: Number(row["ratio"] ?? 67),
    hasPicture,
    ...(isMovie ? { movie } : {}),
    ...(words === "" ? {} : { words }),
  };
}

/** @returns whether it could be made */
async function makeMovie(
  files: StoredFiles,
  part: StoredPart,
  { n, moviePath, signal }: PhotoOptions,
): Promise<boolean> {
  const converter = new MovieConverter();
  const path = converter.isInstalled ? await files.plainPath(part, []) : undefined;
  if (path === undefined) return false;
  try {
    await converter.toBareMp4(path, moviePath(n), movieHeight, signal ? { signal } : {});
    return true;
  } catch (error) {
    if (error instanceof NotConverted) return false;
    throw error;
  }
}

function wordsOf(detail: Readonly<Record<string, unknown>>, wanted: ReadonlySet<AlbumWord>): string {
  const text = (key: string): string => (typeof detail[key] === "string" ? (detail[key] as string) : "");
  const people = Array.isArray(detail["people"]) ? detail["people"].join(", ") : "";
  const camera = cameraName({
    ...(text("make") ? { make: text("make") } : {}),
    ...(text("model") ? { model: text("model") } : {}),
  });
  const told: Readonly<Record<AlbumWord, string>> = {
    caption: text("caption"),
    place: text("place"),
    person: people,
    camera,
  };
  return albumWords
    .filter((word) => wanted.has(word))
    .map((word) => told[word])
    .filter(Boolean)
    .join(" · ");
}
