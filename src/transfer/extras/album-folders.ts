/** Which folder an album has: by its identity on its phone, and remembered, so that two of one title never mix. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Album } from "../../library/roll.ts";
import { foldName, safeComponent } from "../../shared/safe-name.ts";
import type { MadeTable } from "../catalog/made.ts";

/** Where the folders of albums lie in a destination. */
export const albumsFolder = "Albums";

/** The folders of one phone's albums, for one run. Asks and fills the catalog's table `album`. */
export class AlbumFolders {
  readonly #made: MadeTable;
  readonly #device: string;
  /** By the album's identity. */
  readonly #known = new Map<string, string>();
  /** Whose a folder is, by its name as the strictest disk compares it. */
  readonly #owners = new Map<string, Owner>();
  /** Of the albums that were asked for. */
  readonly #ids = new Set<string>();
  readonly #asked = new Map<string, string>();
  /** Folders that have entries of ours. */
  readonly #used: ReadonlySet<string>;

  /** @param entries of all albums, where they lie */
  constructor(made: MadeTable, entries: readonly string[], device: string) {
    this.#made = made;
    this.#device = device;
    this.#used = new Set(entries.map((entry) => posix.dirname(entry)));
    for (const { device: owner, key, folder } of made.albumFolders()) {
      this.#known.set(idOf(owner, key), folder);
      this.#owners.set(foldName(folder), { id: idOf(owner, key), device: owner });
    }
  }

  /** Whether it is the folder of an album that only another phone has: what lies in it is not this phone's to judge. */
  isAnothers(folder: string): boolean {
    const owner = this.#owners.get(foldName(folder));
    return owner !== undefined && owner.device !== this.#device && !this.#ids.has(owner.id);
  }

  /** The same at each call; another one than in an earlier run only where the album, or a folder around it, was renamed. */
  of(album: Album): string {
    const asked = this.#asked.get(album.key);
    if (asked !== undefined) return asked;
    const id = idOf(this.#device, album.key);
    this.#ids.add(id);
    const plain = posix.join(albumsFolder, ...[...album.folders, album.title].map((p) => safeComponent(p, 10)));
    const marked = `${plain}_${createHash("sha256").update(album.key).digest("hex").slice(0, 8)}`;
    const known = this.#known.get(id);
    const isFree = (folder: string): boolean => (this.#owners.get(foldName(folder))?.id ?? id) === id;
    // Before folders were remembered the mark alone told whose one is.
    const first = known === undefined && this.#used.has(marked) ? marked : plain;
    const folder = known === plain || known === marked ? known : isFree(first) ? first : marked;
    if (folder !== known) {
      if (known !== undefined) this.#owners.delete(foldName(known));
      this.#owners.set(foldName(folder), { id, device: this.#device });
      this.#known.set(id, folder);
      this.#made.noteAlbumFolder(this.#device, album.key, folder);
    }
    this.#asked.set(album.key, folder);
    return folder;
  }
}

interface Owner {
  readonly id: string;
  readonly device: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An album with a UUID is the same on the phone that replaced another; a number is one phone's own. */
function idOf(device: string, key: string): string {
  return uuid.test(key) ? key.toUpperCase() : `${device}\0${key}`;
}
