/** Files of photos where they lie. One that has gone from the first destination is taken from the next that has it. */
import { basename, join } from "node:path";
import type { RangeReader } from "../../media/range-reader.ts";
import type { Destination } from "../../transfer/destination/index.ts";
import type { IndexFile } from "./index-file.ts";
import type { ShownPlace } from "./opened-places.ts";

/** A row of the index: one file of a photo in one destination. */
export interface StoredPart {
  readonly n: number;
  readonly role: string;
  readonly place: number;
  readonly device: string;
  /** On the phone. */
  readonly path: string;
  /** In the destination. */
  readonly target: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly copiedAt: number;
  readonly runId: string;
  readonly readAt: number | null;
  readonly found: string | null;
}

/** A destination by its number in the index. */
type StoredPlace = Pick<ShownPlace, "n" | "folder" | "place">;

/** A file that is open for reading. Its size is what its disk says now. */
export interface OpenStored extends AsyncDisposable {
  readonly reader: RangeReader;
  readonly modifiedMs: number;
}

const columns =
  "n, role, place, device, path, target, size AS sizeBytes, sha AS sha256, created AS createdMs, modified AS modifiedMs, copied AS copiedAt, run AS runId, read_at AS readAt, found";

/** Every file of every photo, by the index's numbers and never by a path that somebody sent. */
export class StoredFiles implements AsyncDisposable {
  readonly #index: IndexFile;
  readonly #places: ReadonlyMap<number, StoredPlace>;
  readonly #open = new Map<number, Destination>();

  constructor(index: IndexFile, places: readonly StoredPlace[]) {
    this.#index = index;
    this.#places = new Map(places.map((place) => [place.n, place]));
  }

  /** Files of a photo, the original first. */
  parts(photo: number): StoredPart[] {
    return this.#index
      .all(`SELECT ${columns} FROM part WHERE photo = ? ORDER BY n`, photo)
      .map((row) => ({ ...row }) as never);
  }

  /** Its path on this computer, for programs that a person starts from the page. */
  pathOf({ place, target }: StoredPart): string {
    return join(this.labelOf(place), ...target.split("/"));
  }

  /**
   * The same of a file that can be opened now, as nothing else may be given to a program that follows links and waits for pipes.
   * @returns undefined where there is none
   */
  async plainPath(part: StoredPart, others: readonly StoredPart[]): Promise<string | undefined> {
    for (const candidate of sameFile(part, others)) {
      await using opened = await this.open(candidate);
      if (opened) return this.pathOf(candidate);
    }
    return undefined;
  }

  /** A destination as its owner knows it. */
  labelOf(place: number): string {
    return this.#places.get(place)?.folder.root ?? "";
  }

  /** @returns undefined where no destination has the file any more, or what has its name is no plain file */
  async open(part: StoredPart, others: readonly StoredPart[] = []): Promise<OpenStored | undefined> {
    for (const candidate of sameFile(part, others)) {
      const opened = (await this.#tryOpen(candidate)) ?? (await this.#tryAnew(candidate));
      if (opened) return opened;
    }
    return undefined;
  }

  /** A disk that was away and is back is entered anew when it is looked for. */
  async #tryAnew(part: StoredPart): Promise<OpenStored | undefined> {
    return (await this.#isThere(part.place)) ? await this.#tryOpen(part) : undefined;
  }

  async #isThere(place: number): Promise<boolean> {
    return (await this.#destination(place)?.isThere()) ?? false;
  }

  /** Why a photo's file cannot be opened: another disk that has it may only have to be plugged in. */
  async whyAway(parts: readonly StoredPart[]): Promise<"gone" | "disk-gone"> {
    for (const place of new Set(parts.map((p) => p.place))) if (!(await this.#isThere(place))) return "disk-gone";
    return "gone";
  }

  async #tryOpen({ place, target }: StoredPart): Promise<OpenStored | undefined> {
    try {
      const destination = this.#destination(place);
      const found = await destination?.stat(target);
      if (!destination || !found) return undefined;
      const stored = await destination.open(target);
      const read = (offset: number, length: number): Promise<Buffer> =>
        stored.read(offset, Math.max(0, Math.min(length, found.sizeBytes - offset)));
      return {
        reader: { size: found.sizeBytes, read },
        modifiedMs: found.modifiedMs,
        [Symbol.asyncDispose]: () => stored[Symbol.asyncDispose](),
      };
    } catch {
      return undefined; // gone, a link, or on a disk that went away
    }
  }

  #destination(n: number): Destination | undefined {
    const place = this.#places.get(n);
    if (!place) return undefined;
    const open = this.#open.get(n) ?? place.place.destination(place.folder.id);
    this.#open.set(n, open);
    return open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const destination of this.#open.values()) await destination[Symbol.asyncDispose]();
  }
}

/** The same file of other destinations comes behind it. */
function sameFile(part: StoredPart, others: readonly StoredPart[]): StoredPart[] {
  return [part, ...others.filter((o) => o !== part && o.role === part.role)];
}

/** The file that shows the photo as its owner left it: the edit where there is one. */
export function shownPart(parts: readonly StoredPart[]): StoredPart | undefined {
  return parts.find((p) => p.role === "edit") ?? parts.find((p) => p.role === "original") ?? parts[0];
}

/** The last part of a path in a destination. */
export function nameIn({ target }: Pick<StoredPart, "target">): string {
  return basename(target);
}
