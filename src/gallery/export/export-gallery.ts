/**
 * A folder that shows an album by a double click: pictures made anew in two sizes, without anything that the files say of where, when
 * and by what they were taken; movies the same way, where ffmpeg is installed. No original goes in.
 */
import { join } from "node:path";
import { writeOutputFile } from "../../app/output-file.ts";
import { cameraName } from "../../library/index.ts";
import { MovieConverter, NotConverted } from "../../media/convert/index.ts";
import { fileKind } from "../../media/kinds.ts";
import { throwIfAborted } from "../../shared/abort.ts";
import { UsageError } from "../../shared/errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { namesOfOwn } from "../../shared/own-files.ts";
import { readPlainFile } from "../../shared/plain-file.ts";
import { printable } from "../../shared/text.ts";
import { type GalleryOptions, type GalleryParts, openParts } from "../server/gallery.ts";
import { groupsOf } from "../server/groups.ts";
import { type StoredPart, shownPart } from "../server/stored.ts";
import type { GroupAnswer, StaticAlbum, StaticPhoto } from "../wire.ts";

/** What may be told besides pictures and days, for those who ask for it. */
export const exportWords = ["place", "camera", "person", "caption"] as const;
export type ExportWord = (typeof exportWords)[number];

/** What goes where. */
export interface ExportOptions extends Pick<GalleryOptions, "folders" | "cacheFolder" | "assets" | "now" | "signal"> {
  /** New, or empty; whole path. */
  readonly to: string;
  /** Titles of albums, or paths with their folders; none: everything that is shown. */
  readonly albums: readonly string[];
  readonly words: ReadonlySet<ExportWord>;
  /** Called after each photo. */
  readonly onPhoto?: (done: number, of: number) => void;
}

/** What came of it. */
export interface ExportResult {
  readonly photos: number;
  readonly movies: number;
  /** Movies of which only the first picture is there, because no ffmpeg is, or it could not. */
  readonly movieStills: number;
  /** Photos of which no picture could be made. */
  readonly without: number;
}

const sizes = { small: 480, large: 2048 } as const;
const movieHeight = 720;
const maxAssetBytes = 4 * 1024 * 1024;

/** @throws {UsageError} where the folder holds something, or there is no such album */
export async function exportGallery(options: ExportOptions): Promise<ExportResult> {
  if (namesOfOwn(options.to).length > 0)
    throw new UsageError("usage", `${printable(options.to)} is not empty.`, {
      remedy: "Name a new folder: nothing in it is overwritten.",
    });
  await using parts = await openParts(options);
  const { title, ids } = chosen(parts, options.albums);
  const files = join(options.to, "files");
  for (const name of ["small", "large", "movies"]) await makeFolders(join(files, name), 0o755);
  const album: StaticPhoto[] = [];
  for (const [i, id] of ids.entries()) {
    throwIfAborted(options.signal);
    album.push(await onePhoto(parts, id, { ...options, files, n: String(i + 1).padStart(5, "0") }));
    options.onPhoto?.(i + 1, ids.length);
  }
  writePage(options, { title, photos: album });
  return {
    photos: album.length,
    movies: album.filter((p) => p.movie).length,
    movieStills: album.filter((p) => p.movie === "").length,
    without: album.filter((p) => !p.hasPicture).length,
  };
}

/** In the order in which they were taken: an album is told from its beginning. */
function chosen({ index, albums, views }: GalleryParts, names: readonly string[]): { title: string; ids: number[] } {
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

interface PhotoTarget extends ExportOptions {
  /** Folder of the album's files. */
  readonly files: string;
  readonly n: string;
}

async function onePhoto(parts: GalleryParts, id: number, target: PhotoTarget): Promise<StaticPhoto> {
  const { index, files: stored, pictures } = parts;
  const row = index.get("SELECT day, ratio, detail FROM photo WHERE id = ?", id) ?? {};
  const part = shownPart(stored.parts(id));
  let hasPicture = part !== undefined;
  for (const [name, size] of Object.entries(sizes)) {
    const jpeg = part && hasPicture ? await pictures.bare(id, part.n, size, target) : undefined;
    hasPicture &&= jpeg !== undefined;
    if (jpeg) writeOutputFile(join(target.files, name, `${target.n}.jpg`), jpeg, { isNew: true });
  }
  const words = wordsOf(JSON.parse((row["detail"] as string | undefined) ?? "{}"), target.words);
  return {
    n: target.n,
    day: Number(row["day"] ?? 0),
    ratio: Number(row["ratio"] ?? 67),
    hasPicture,
    ...(part && fileKind(part.target) === "video" ? { movie: await movieOf(parts, part, target) } : {}),
    ...(words === "" ? {} : { words }),
  };
}

/** @returns its address in the album; "" where it could not be made */
async function movieOf(
  { files }: GalleryParts,
  part: StoredPart,
  { files: folder, n, signal }: PhotoTarget,
): Promise<string> {
  const converter = new MovieConverter();
  await using there = await files.open(part);
  if (!converter.isInstalled || !there) return "";
  try {
    await converter.toBareMp4(
      files.pathOf(part),
      join(folder, "movies", `${n}.mp4`),
      movieHeight,
      signal ? { signal } : {},
    );
    return `files/movies/${n}.mp4`;
  } catch (error) {
    if (error instanceof NotConverted) return "";
    throw error;
  }
}

function wordsOf(detail: Readonly<Record<string, unknown>>, wanted: ReadonlySet<ExportWord>): string {
  const text = (key: string): string => (typeof detail[key] === "string" ? (detail[key] as string) : "");
  const people = Array.isArray(detail["people"]) ? detail["people"].join(", ") : "";
  const camera = cameraName({
    ...(text("make") ? { make: text("make") } : {}),
    ...(text("model") ? { model: text("model") } : {}),
  });
  const told: Readonly<Record<ExportWord, string>> = {
    caption: text("caption"),
    place: text("place"),
    person: people,
    camera,
  };
  return exportWords
    .filter((word) => wanted.has(word))
    .map((word) => told[word])
    .filter(Boolean)
    .join(" · ");
}

function writePage({ to, assets }: ExportOptions, album: StaticAlbum): void {
  const asset = (name: string): Buffer => readPlainFile(join(assets, name), { maxBytes: maxAssetBytes });
  const write = (path: string, content: string | Uint8Array): void =>
    writeOutputFile(join(to, path), content, { isNew: true });
  for (const name of ["static.js", "static.css"]) write(join("files", name), asset(name));
  // A page that is opened as a file may fetch nothing: its data are a script.
  write(join("files", "data.js"), `window.offrollAlbum = ${JSON.stringify(album)};\n`);
  write("index.html", asset("static.html"));
}
