/** `.offroll/gallery.json` as it lies there: anybody may have written it, and another program may keep it after this one. */

/** As the file has it. */
export interface OwnAlbum {
  readonly id: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** `PHONE/PHOTO`. */
  readonly photos: readonly string[];
}

const version = 1;

/** @returns its albums; `isWhole` says whether all of the file was understood: only then may it be written anew */
export function albumsIn(bytes: Buffer | undefined): { readonly albums: OwnAlbum[]; readonly isWhole: boolean } {
  if (!bytes) return { albums: [], isWhole: true };
  try {
    const { v, albums: all } = JSON.parse(bytes.toString("utf8")) as { v?: unknown; albums?: unknown };
    if (!Array.isArray(all)) return { albums: [], isWhole: false };
    const found = all.map(albumOf);
    return {
      albums: found.flatMap((f) => (f ? [f.album] : [])),
      isWhole: v === version && found.every((f) => f?.isWhole === true),
    };
  } catch {
    return { albums: [], isWhole: false };
  }
}

/** What has not the shape of an album is none. */
function albumOf(value: unknown): { readonly album: OwnAlbum; readonly isWhole: boolean } | undefined {
  const { id, title, madeAt, photos } = (value ?? {}) as Partial<Record<keyof OwnAlbum, unknown>>;
  if (typeof id !== "string" || typeof title !== "string" || !Array.isArray(photos)) return undefined;
  const keys = photos.filter((p): p is string => typeof p === "string");
  const album = { id, title, madeAt: typeof madeAt === "string" ? madeAt : "", photos: keys };
  return { album, isWhole: keys.length === photos.length };
}

export function albumsText(albums: readonly OwnAlbum[]): Buffer {
  return Buffer.from(`${JSON.stringify({ v: version, albums }, null, 1)}\n`);
}
