/** The phone's files, indexed for whoever puts photos together: by path, by stem, and edits by the photo they belong to. */
import { posix } from "node:path";
import type { MediaItem, UnreadableEntry } from "../device/media-source.ts";
import { fileKind, splitName } from "../media/index.ts";
import { addTo } from "../shared/map.ts";

export class Tree {
  readonly otherFiles: MediaItem[] = [];
  readonly unreadable: UnreadableEntry[] = [];
  readonly #byPath = new Map<string, MediaItem>();
  /** A list only where there are several: most photos are one file. */
  readonly #byStem = new Map<string, MediaItem | MediaItem[]>();
  readonly #edits = new Map<string, MediaItem[]>();
  readonly #claimed = new Set<MediaItem>();
  readonly #claimedEdits = new Set<string>();

  add(item: MediaItem): void {
    if (item.area === "edits") addTo(this.#edits, editedPhotoOf(item.path), item);
    else if (fileKind(item.name) === "other") this.otherFiles.push(item);
    else {
      this.#byPath.set(item.path, item);
      const stem = stemOf(item.path);
      const there = this.#byStem.get(stem);
      if (Array.isArray(there)) there.push(item);
      else this.#byStem.set(stem, there ? [there, item] : item);
    }
  }

  files(): Iterable<MediaItem> {
    return this.#byPath.values();
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

  /** What nobody claimed, a stem at a time. */
  *leftOver(): Generator<MediaItem[], void, undefined> {
    for (const files of this.#byStem.values()) {
      // Even where nothing is left, so that whoever goes through them can breathe.
      yield listOf(files).filter((i) => !this.#claimed.has(i));
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

/** The renders and the recipe among the files of one edit. */
export interface EditFiles {
  readonly still: MediaItem | undefined;
  readonly movie: MediaItem | undefined;
  readonly recipe: MediaItem | undefined;
}

/** Earlier and smaller renders lie beside the wanted one, and some phones name it by a UUID: the listing decides. */
export function pickEdit(files: readonly MediaItem[]): EditFiles {
  const pick = (kind: "photo" | "video"): MediaItem | undefined => {
    const fitting = files.filter((f) => fileKind(f.name) === kind && !/^(penultimate|substandard)/i.test(f.name));
    return fitting.find((f) => /^fullsizerender\./i.test(f.name)) ?? fitting[0];
  };
  return {
    still: pick("photo"),
    movie: pick("video"),
    recipe: files.find((f) => f.name.toLowerCase() === "adjustments.plist"),
  };
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
