/** The phone's files, indexed for whoever puts photos together: by path, by stem, and edits by the photo they belong to. */
import { posix } from "node:path";
import type { MediaItem, UnreadableEntry } from "../device/media-source.ts";
import { fileKind, type MediaKind, splitName } from "../media/kinds.ts";
import { addTo } from "../shared/map.ts";

/**
 * Filled while the phone is listed; afterwards whoever builds a photo claims its files, and `leftOver` are those that nobody
 * claimed.
 */
export class Tree {
  unreadable: UnreadableEntry[] = [];
  readonly #byPath = new Map<string, MediaItem>();
  /** A list only where there are several: most photos are one file. */
  readonly #byStem = new Map<string, MediaItem | MediaItem[]>();
  readonly #edits = new Map<string, MediaItem[]>();
  /** Of files whose name does not say. */
  readonly #kinds = new Map<MediaItem, MediaKind>();
  readonly #refused = new Map<MediaItem, UnreadableEntry>();
  readonly #claimed = new Set<MediaItem>();
  readonly #claimedEdits = new Set<string>();

  add(item: MediaItem): void {
    if (item.area === "edits") addTo(this.#edits, editedPhotoOf(item.path), item);
    else {
      this.#byPath.set(item.path, item);
      const stem = stemOf(item.path);
      const there = this.#byStem.get(stem);
      if (Array.isArray(there)) there.push(item);
      else this.#byStem.set(stem, there ? [there, item] : item);
    }
  }

  /** Everything but edits, photos or not. */
  files(): Iterable<MediaItem> {
    return this.#byPath.values();
  }

  /** Those that are somebody's photo, as far as that is known. */
  *media(): Generator<MediaItem, void, undefined> {
    for (const item of this.#byPath.values()) if (this.kindOf(item) !== "other") yield item;
  }

  /** Files whose names do not say what they are, and of which nobody else said it. */
  undecided(): MediaItem[] {
    return [...this.#byPath.values()].filter((item) => !isNamed(item) && !this.#kinds.has(item));
  }

  decide(item: MediaItem, kind: MediaKind): void {
    this.#kinds.set(item, kind);
  }

  /** A file that the phone lists and does not let us look at. It may still be one that the library knows. */
  refuse(item: MediaItem, entry: UnreadableEntry): void {
    this.#refused.set(item, entry);
  }

  /** Before it is listed once more. */
  forgetUnreadable(isMeant: (path: string) => boolean): void {
    this.unreadable = this.unreadable.filter(({ path }) => !isMeant(path));
  }

  /** What is not known to be anything: where nobody claimed it, it might be anybody's photo. */
  allUnreadable(): UnreadableEntry[] {
    const refused = [...this.#refused].filter(([item]) => !this.#claimed.has(item)).map(([, entry]) => entry);
    // A folder that is listed by itself, besides with its area, tells the same again.
    return [...new Map([...this.unreadable, ...refused].map((entry) => [entry.path, entry])).values()];
  }

  kindOf(item: MediaItem): MediaKind {
    return isNamed(item) ? fileKind(item.name) : (this.#kinds.get(item) ?? "other");
  }

  /** What is no photo, and part of none. */
  otherFiles(): MediaItem[] {
    const isOther = (item: MediaItem): boolean =>
      this.kindOf(item) === "other" && !this.#claimed.has(item) && !this.#refused.has(item);
    return [...this.#byPath.values()].filter(isOther);
  }

  get size(): number {
    return this.#byPath.size;
  }

  /** The file of a path, unless it is part of a photo already. */
  free(path: string): MediaItem | undefined {
    const item = this.#byPath.get(path);
    return item && !this.#claimed.has(item) ? item : undefined;
  }

  get(path: string): MediaItem | undefined {
    return this.#byPath.get(path);
  }

  isTaken(path: string): boolean {
    const item = this.#byPath.get(path);
    return item !== undefined && this.#claimed.has(item);
  }

  claim(item: MediaItem): void {
    this.#claimed.add(item);
  }

  release(item: MediaItem): void {
    this.#claimed.delete(item);
  }

  /** Free files of the same folder and stem, in the order of their names. */
  freeBeside(path: string): MediaItem[] {
    const there = this.#byStem.get(stemOf(path));
    return there ? listOf(there).filter((i) => i.path !== path && !this.#claimed.has(i)) : [];
  }

  /** Free files that bear a photo's number with a mark in it; see `markOf`. */
  markedFor(path: string): MarkedFiles {
    const name = /^(.*\/IMG_)(\d+)$/.exec(stemOf(path));
    const free = (mark: string): MediaItem[] =>
      name ? this.freeBeside(`${name[1]}${mark}${name[2]}`).filter((i) => this.kindOf(i) !== "other") : [];
    return {
      edits: free("E").filter((i) => this.kindOf(i) !== "sidecar"),
      recipes: free("O").filter((i) => this.kindOf(i) === "sidecar"),
    };
  }

  /** Whether a photo that nobody took yet is going to take this file. */
  isMarkedForAnother(item: MediaItem): boolean {
    const mark = markOf(item.path);
    if (!mark || (mark.mark === "O") !== (this.kindOf(item) === "sidecar")) return false;
    return this.freeBeside(mark.stem).some((i) => ["photo", "raw", "video"].includes(this.kindOf(i)));
  }

  /** Files of a photo's edit. Source of the rule: the path lists in abrignoni/iLEAPP (PhotoData/Mutations mirrors the tree). */
  editsOf(path: string): readonly MediaItem[] {
    const key = stemOf(path);
    const files = this.#edits.get(key);
    if (!files || this.#claimedEdits.has(key)) return [];
    return files;
  }

  claimEdits(path: string): void {
    this.#claimedEdits.add(stemOf(path));
  }

  /** Photos that nobody claimed, a stem at a time. */
  *leftOver(): Generator<MediaItem[], void, undefined> {
    for (const files of this.#byStem.values()) {
      // Even where nothing is left, so that whoever goes through them can yield.
      yield listOf(files).filter((i) => !this.#claimed.has(i) && this.kindOf(i) !== "other");
    }
  }

  /** Edits of photos that are not there, with the path (without extension) that their original would have. */
  *orphanedEdits(): Generator<{ stem: string; files: readonly MediaItem[] }, void, undefined> {
    for (const [stem, files] of this.#edits) if (!this.#claimedEdits.has(stem)) yield { stem, files };
  }

  sort(): void {
    for (const groups of [this.#byStem, this.#edits])
      for (const files of groups.values())
        if (Array.isArray(files) && files.length > 1) files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** An edit, and the recipe that its original had before it, under names of their own in the photo's folder. */
export interface MarkedFiles {
  readonly edits: readonly MediaItem[];
  readonly recipes: readonly MediaItem[];
}

/**
 * "IMG_E0001.JPG" is the edit of IMG_0001, "IMG_O0001.AAE" a recipe of its original: what Image Capture and Windows make of an edited
 * photo, and what lies on phones to which such files were put back. Source: RhetTbull/osxphotos, "Importing edited photos".
 */
function markOf(path: string): { mark: "E" | "O"; stem: string } | undefined {
  const match = /^(.*\/IMG_)([EO])(\d+)$/.exec(stemOf(path));
  return match ? { mark: match[2] as "E" | "O", stem: `${match[1]}${match[3]}` } : undefined;
}

/** The renders and the recipe among the files of one edit. */
export interface EditFiles {
  readonly still: MediaItem | undefined;
  readonly movie: MediaItem | undefined;
  readonly recipe: MediaItem | undefined;
}

/** Earlier and smaller renders lie beside the wanted one, and some phones name it by a UUID: the listing decides. */
export function pickEdit(files: readonly MediaItem[]): EditFiles {
  const pick = (kind: "photo" | "video"): MediaItem | undefined => {
    const fitting = files.filter((f) => fileKind(f.name) === kind && !/^(\.|penultimate|substandard)/i.test(f.name));
    return fitting.find((f) => /^fullsizerender\./i.test(f.name)) ?? fitting[0];
  };
  return {
    still: pick("photo"),
    movie: pick("video"),
    recipe: files.find((f) => f.name.toLowerCase() === "adjustments.plist"),
  };
}

/**
 * Whether the name says what the file is. One with a dot before it often only looks like a photo's (`._IMG_1.JPG` is what macOS
 * leaves on disks of others); Android gives such names to what was thrown away.
 */
export function isNamed({ name }: MediaItem): boolean {
  return fileKind(name) !== "other" && (!name.startsWith(".") || /^\.(?:pending|trashed)-\d/i.test(name));
}

const mutationsRoot = "/PhotoData/Mutations";

/** "/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.heic" belongs to "/DCIM/100APPLE/IMG_0001". */
function editedPhotoOf(path: string): string {
  const folder = posix.dirname(path);
  const home = posix.basename(folder) === "Adjustments" ? posix.dirname(folder) : folder;
  return home.startsWith(`${mutationsRoot}/`) ? home.slice(mutationsRoot.length) : home;
}

function listOf(files: MediaItem | MediaItem[]): readonly MediaItem[] {
  return Array.isArray(files) ? files : [files];
}

/** Path without its extension. */
export function stemOf(path: string): string {
  const name = path.lastIndexOf("/") + 1;
  return path.slice(0, name + splitName(path.slice(name)).stem.length);
}
