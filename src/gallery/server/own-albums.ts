/**
 * Albums that a person made in the gallery: one file of the gallery's own in the first destination that can be written to. Photos are
 * named by phone and short id, as the catalog names them, so that an album outlives every index.
 */
import { randomBytes } from "node:crypto";
import { DestinationError, toAppError, UsageError } from "../../shared/errors.ts";
import { flag, type GroupAnswer } from "../wire.ts";
import { albumsIn, albumsText, type OwnAlbum } from "./albums-file.ts";
import { coverOf } from "./groups.ts";
import type { IndexFile } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";

/** What a person may do to an album. */
export type AlbumChange =
  | { readonly do: "make"; readonly title: string; readonly photos: readonly number[] }
  | { readonly do: "add" | "take-out"; readonly album: string; readonly photos: readonly number[] }
  | { readonly do: "rename"; readonly album: string; readonly title: string }
  | { readonly do: "remove"; readonly album: string };

const maxFileBytes = 32 * 1024 * 1024;
const maxTitle = 200;

/** One destination's file of albums. */
interface Shelf {
  readonly place: ShownPlace;
  readonly albums: readonly OwnAlbum[];
  /** Why it cannot be written; undefined where it can. */
  readonly refusal: DestinationError | undefined;
}

/** Reads and changes the albums of all shown destinations. */
export class OwnAlbums {
  readonly #index: IndexFile;
  readonly #places: readonly ShownPlace[];
  /** In the order of the places: an album that several have is shown as the first has it. */
  #shelves: readonly Shelf[] = [];
  /** Changes come one after the other: each reads what the one before it wrote. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(index: IndexFile, places: readonly ShownPlace[]) {
    this.#index = index;
    this.#places = places;
  }

  /** Looks where albums can be kept, and reads those that are there. */
  static async open(index: IndexFile, places: readonly ShownPlace[]): Promise<OwnAlbums> {
    const albums = new OwnAlbums(index, places);
    await albums.#read();
    return albums;
  }

  /** Why albums cannot be kept; null where they can. */
  get cannotKeep(): string | null {
    if (this.#shelves.some(({ refusal }) => !refusal)) return null;
    return this.#shelves[0]?.refusal?.message ?? null;
  }

  get #albums(): OwnAlbum[] {
    const byId = new Map<string, OwnAlbum>();
    for (const { albums } of this.#shelves)
      for (const album of albums) if (!byId.has(album.id)) byId.set(album.id, album);
    return [...byId.values()];
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

  /**
   * Read anew before, so that what another window did stays. An album is changed in every file that has it.
   * @throws {AppError} where it cannot be, with nothing changed; or what the disk refuses
   */
  async change(change: AlbumChange, now: Date): Promise<{ readonly album: string }> {
    const turn = this.#turn.then(async () => await this.#change(change, now));
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  async #change(change: AlbumChange, now: Date): Promise<{ readonly album: string }> {
    await this.#read();
    const album = change.do === "make" ? randomBytes(6).toString("hex") : change.album;
    const keys = this.#keys(change);
    for (const { place, albums } of this.#shelvesFor(change))
      await place.place.metadata.albums.replace(
        albumsText(changed(albums, change, { album, madeAt: now.toISOString(), keys })),
      );
    await this.#read();
    return { album };
  }

  #shelvesFor(change: AlbumChange): Shelf[] {
    const shelves =
      change.do === "make"
        ? [this.#shelves.find(({ refusal }) => !refusal) ?? this.#shelves[0]].flatMap((shelf) => shelf ?? [])
        : this.#shelves.filter(({ albums }) => albums.some(({ id }) => id === change.album));
    if (shelves.length === 0) throw new UsageError("item-not-found", "There is no such album any more.");
    for (const { refusal } of shelves) if (refusal) throw refusal;
    return shelves;
  }

  async #read(): Promise<void> {
    this.#shelves = await Promise.all(this.#places.map(shelfOf));
  }

  #keys(change: AlbumChange): string[] {
    if (!("photos" in change)) return [];
    return change.photos.flatMap((id) => {
      const row = this.#index.get("SELECT phone, photo_id, flags FROM photo WHERE id = ?", id);
      const isHidden = row !== undefined && (Number(row["flags"]) & (flag.hidden | flag.trashed)) !== 0;
      if (isHidden && change.do !== "take-out")
        throw new UsageError("usage", "Hidden and deleted photos cannot be put into albums: these are shown unasked.");
      return row ? [`${this.#index.meta(`phone:${row["phone"]}`)}/${row["photo_id"]}`] : [];
    });
  }

  /** What was hidden or deleted on the phone since is not shown in an album either; it stays in the file. */
  #numbers({ photos }: OwnAlbum): number[] {
    const phones = new Map<string, number>();
    for (const row of this.#index.all("SELECT key, value FROM meta WHERE key LIKE 'phone:%'"))
      phones.set(String(row["value"]), Number(String(row["key"]).slice("phone:".length)));
    return photos.flatMap((key) => {
      const cut = key.lastIndexOf("/");
      const sql = `SELECT id FROM photo WHERE photo_id = ? AND phone = ? AND (flags & ${flag.hidden | flag.trashed}) = 0`;
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

async function shelfOf(place: ShownPlace): Promise<Shelf> {
  const { albums: file } = place.place.metadata;
  try {
    const { albums, isWhole } = albumsIn(await file.read(maxFileBytes));
    const notOurs = new DestinationError("destination-read-only", notOursWords(place.folder.root));
    return { place, albums, refusal: (await file.refusal()) ?? (isWhole ? undefined : notOurs) };
  } catch (error) {
    // One that cannot be read has no albums, and is not written over; its photos are shown all the same.
    const { message } = toAppError(error);
    return { place, albums: [], refusal: new DestinationError("destination-read-only", message) };
  }
}

const notOursWords = (root: string): string =>
  `.offroll/gallery.json in ${root} is damaged or of a newer offroll. Nothing is written over it; move it away to begin anew.`;
