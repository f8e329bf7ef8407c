/**
 * Albums that a person made in the gallery: one file of the gallery's own in the first destination that can be written to. Photos are
 * named by phone and short id, as the catalog names them, so that an album outlives every index.
 */
import { randomBytes } from "node:crypto";
import { toAppError } from "../../shared/errors.ts";
import type { GroupAnswer } from "../wire.ts";
import { coverOf } from "./groups.ts";
import type { IndexFile } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";

/** As the file has it. */
interface OwnAlbum {
  readonly id: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** `PHONE/PHOTO`. */
  readonly photos: readonly string[];
}

/** What a person may do to an album. */
export type AlbumChange =
  | { readonly do: "make"; readonly title: string; readonly photos: readonly number[] }
  | { readonly do: "add" | "take-out"; readonly album: string; readonly photos: readonly number[] }
  | { readonly do: "rename"; readonly album: string; readonly title: string }
  | { readonly do: "remove"; readonly album: string };

const maxFileBytes = 32 * 1024 * 1024;
const maxTitle = 200;

/** Reads and changes the albums of all shown destinations. */
export class OwnAlbums {
  readonly #index: IndexFile;
  readonly #places: readonly ShownPlace[];
  readonly #keeper: ShownPlace | undefined;
  /** Why albums cannot be kept; null where they can. */
  readonly cannotKeep: string | null;
  #albums: OwnAlbum[] = [];

  private constructor(
    index: IndexFile,
    places: readonly ShownPlace[],
    keeper: ShownPlace | undefined,
    why: string | null,
  ) {
    this.#index = index;
    this.#places = places;
    this.#keeper = keeper;
    this.cannotKeep = keeper ? null : why;
  }

  /** Looks where albums can be kept, and reads those that are there. */
  static async open(index: IndexFile, places: readonly ShownPlace[]): Promise<OwnAlbums> {
    let why: string | null = null;
    let keeper: ShownPlace | undefined;
    for (const place of places) {
      const refusal = await place.place.metadata.albums.refusal();
      if (!refusal) keeper ??= place;
      why ??= refusal?.message ?? null;
    }
    const albums = new OwnAlbums(index, places, keeper, why);
    await albums.#read();
    return albums;
  }

  /** By title. */
  list(): GroupAnswer[] {
    const sorted = [...this.#albums].sort((a, b) => a.title.localeCompare(b.title));
    return sorted.map((album) => {
      const photos = this.#numbers(album);
      return {
        view: `own=${album.id}`,
        title: album.title,
        note: "",
        count: photos.length,
        cover: coverOf(this.#index, photos[0] ?? 0),
        own: album.id,
      };
    });
  }

  /** Numbers of an album's photos in this index. */
  photosIn(id: string): number[] {
    const album = this.#albums.find((a) => a.id === id);
    return album ? this.#numbers(album) : [];
  }

  /** Read anew before, so that what another window did stays. @throws {DestinationError} what the disk refuses */
  async change(change: AlbumChange, now: Date): Promise<{ readonly album: string }> {
    if (!this.#keeper) throw new Error(this.cannotKeep ?? "");
    await this.#read();
    const album = change.do === "make" ? randomBytes(6).toString("hex") : change.album;
    this.#albums = changed(this.#albums, change, { album, madeAt: now.toISOString(), keys: this.#keys(change) });
    const text = `${JSON.stringify({ v: 1, albums: this.#albums }, null, 1)}\n`;
    await this.#keeper.place.metadata.albums.replace(Buffer.from(text));
    return { album };
  }

  async #read(): Promise<void> {
    const found = new Map<string, OwnAlbum>();
    for (const { place } of this.#places) {
      try {
        const bytes = await place.metadata.albums.read(maxFileBytes);
        for (const album of albumsIn(bytes)) if (!found.has(album.id)) found.set(album.id, album);
      } catch (error) {
        toAppError(error); // one that cannot be read has no albums; its photos are shown all the same
      }
    }
    this.#albums = [...found.values()];
  }

  #keys(change: AlbumChange): string[] {
    if (!("photos" in change)) return [];
    return change.photos.flatMap((id) => {
      const row = this.#index.get("SELECT phone, photo_id FROM photo WHERE id = ?", id);
      return row ? [`${this.#index.meta(`phone:${row["phone"]}`)}/${row["photo_id"]}`] : [];
    });
  }

  #numbers({ photos }: OwnAlbum): number[] {
    const phones = new Map<string, number>();
    for (const row of this.#index.all("SELECT key, value FROM meta WHERE key LIKE 'phone:%'"))
      phones.set(String(row["value"]), Number(String(row["key"]).slice("phone:".length)));
    return photos.flatMap((key) => {
      const cut = key.lastIndexOf("/");
      const sql = "SELECT id FROM photo WHERE photo_id = ? AND phone = ?";
      const id = this.#index.get(sql, key.slice(cut + 1), phones.get(key.slice(0, cut)) ?? 0)?.["id"];
      return id === undefined ? [] : [id as number];
    });
  }
}

function changed(
  albums: readonly OwnAlbum[],
  change: AlbumChange,
  { album, madeAt, keys }: { readonly album: string; readonly madeAt: string; readonly keys: readonly string[] },
): OwnAlbum[] {
  const title = "title" in change ? change.title.trim().slice(0, maxTitle) || "Untitled" : "";
  if (change.do === "make") return [...albums, { id: album, title, madeAt, photos: [...new Set(keys)] }];
  if (change.do === "remove") return albums.filter((a) => a.id !== album);
  const out = new Set(keys);
  return albums.map((a) => {
    if (a.id !== album) return a;
    if (change.do === "rename") return { ...a, title };
    if (change.do === "add") return { ...a, photos: [...new Set([...a.photos, ...keys])] };
    return { ...a, photos: a.photos.filter((key) => !out.has(key)) };
  });
}

/** What has not the shape of an album is none: anybody may have written the file. */
function albumsIn(bytes: Buffer | undefined): OwnAlbum[] {
  if (!bytes) return [];
  try {
    const { albums } = JSON.parse(bytes.toString("utf8")) as { albums?: unknown };
    return Array.isArray(albums) ? albums.flatMap(albumOf) : [];
  } catch {
    return [];
  }
}

function albumOf(value: unknown): OwnAlbum[] {
  const { id, title, madeAt, photos } = (value ?? {}) as Partial<Record<keyof OwnAlbum, unknown>>;
  if (typeof id !== "string" || typeof title !== "string" || !Array.isArray(photos)) return [];
  const keys = photos.filter((p): p is string => typeof p === "string");
  return [{ id, title, madeAt: typeof madeAt === "string" ? madeAt : "", photos: keys }];
}
