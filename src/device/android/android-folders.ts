/**
 * Where Android keeps what: which folders hold somebody's photos, and which nobody wants. The same for every route to a phone.
 * Source: AOSP, android.os.Environment (standard directories), MediaProvider's FileUtils (what it never scans).
 */
import type { MediaArea } from "../media-source.ts";

/** Below the root of each storage; upper and lower case mean the same to Android. */
export const androidAreas: Partial<Record<MediaArea, readonly string[]>> = {
  "camera-roll": ["DCIM", "Pictures", "Movies"],
  // WhatsApp and Telegram moved into Android/media in 2021; older phones have them at the root.
  messengers: ["Android/media", "WhatsApp", "WhatsApp Business", "Telegram", "Signal", "Snapchat"],
};

/** Below the root of each storage: all that is looked into for these areas. */
export function foldersOfAreas(areas: readonly MediaArea[]): string[] {
  return areas.flatMap((area) => androidAreas[area] ?? []);
}

/** Thumbnails and what was thrown away, by whoever: caches of photos that are elsewhere. */
const junk =
  /^(?:\.thumbnails?|\.thumbdata.*|\.face|\.gs|\.gs_fs\d*|\.globaltrash|\.trash.*|\.trashbin|\.cache|cache|\.statuses|lost\.dir)$/i;

/** Whether a folder of this name is never looked into. */
export function isJunkFolder(name: string): boolean {
  return junk.test(name);
}

/** Folders within an area; WhatsApp's lie seven below the root. */
export const maxFolderDepth = 12;

/**
 * The prefix of paths on each storage: the built-in one has none, so that a path reads as on the phone. A card has its own, whether
 * a built-in storage is shown beside it or not (some phones show it later, cameras never).
 */
export function storagePrefixes(storages: readonly { readonly removable: boolean }[]): string[] {
  let [builtIn, cards] = [0, 0];
  return storages.map(({ removable }) => {
    if (removable) return numbered("/SD card", ++cards);
    builtIn += 1;
    return builtIn === 1 ? "" : numbered("/Internal storage", builtIn);
  });
}

function numbered(name: string, n: number): string {
  return n === 1 ? name : `${name} ${n}`;
}

/** Which area a path lies in; `library` for everything else. */
export function areaOf(path: string): MediaArea {
  const inside = path.replace(/^\/(?:SD card|Internal storage)(?: \d+)?\//, "/").toLowerCase();
  for (const [area, roots] of Object.entries(androidAreas))
    if (roots.some((root) => inside.startsWith(`/${root.toLowerCase()}/`))) return area as MediaArea;
  return "library";
}

/**
 * An entry's name as part of a path. A phone may send any name: what would make another path of it is replaced, so that every
 * file keeps a path of its own, and is read by its handle or its true name.
 */
export function pathName(name: string): string {
  const plain = name.replaceAll(/[/\0]/g, "_");
  return plain === "" || plain === "." || plain === ".." ? `_${plain}` : plain;
}

/** What to do about a folder that lies too deep to be met on the way. */
export function readByItself(folder: string): string {
  const word = /^[\w/.-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  return `Read it by itself: --folder ${word}`;
}
