/** A place that photos go to: the files in it, and what ours keeps beside them. */
import type { Destination } from "./destination.ts";
import type { DestinationLock, LockOptions, MetadataStore } from "./store.ts";

/** A place as it was found, before anything of it was touched. Plain data: it passes between threads. */
export interface DestinationFolder {
  /** What tells it from other places, as a person would name it: a real path, which may not exist yet when `isNew`. */
  readonly root: string;
  /** As it was typed, made absolute: it may lead to the root through links. */
  readonly typed: string;
  /** Whether there is such a folder. */
  readonly isThere: boolean;
  /** No folder, or one without a catalog. */
  readonly isNew: boolean;
  readonly id: string | undefined;
  /** Name of the cloud service that appears to watch this folder. */
  readonly cloudService: string | undefined;
}

/** One place, found and not yet touched: `claim` is the first call that writes. */
export interface Place {
  readonly metadata: MetadataStore;
  /**
   * Makes the place where it is new, and locks it.
   * @throws {DestinationError} `destination-not-there` where it went away since it was found; as `MetadataStore.lock`
   */
  claim(options: LockOptions): Promise<ClaimedPlace>;
  /** @throws {DestinationError} `destination-unsafe` where the place and a folder that is copied from lie in one another */
  assertApart(folder: string): Promise<void>;
  /** Takes back what `claim` made of a new place, where nothing was put into it. Throws nothing. */
  takeBack(id: string): Promise<void>;
  /** Free where the place is, or will be made; undefined where nobody tells. */
  freeBytes(): Promise<number | undefined>;
  /** The files. @param id of the place that is meant, to tell it from another disk where it was; its user disposes it */
  destination(id: string | undefined): Destination;
}

/** A file on this computer that stands in a place, or may. */
export interface FileInPlace {
  /** As it was named. */
  readonly path: string;
  /** The place; the file's own folder where none is above it. */
  readonly root: string;
  /** Its path in the place, `/`-separated. */
  readonly target: string;
}

/** A place that this process may write to, until the lock is disposed. */
export interface ClaimedPlace {
  readonly id: string;
  readonly lock: DestinationLock;
}

/** One kind of place: see `index.ts`. */
export interface PlaceKind {
  /** Whether what a person typed, or the `root` of a place that was found, is one of this kind. */
  takes(name: string): boolean;
  /** Looks, and touches nothing. @throws {DestinationError} where it cannot be one; {UsageError} where it names none */
  inspect(typed: string, cwd: string): Promise<DestinationFolder>;
  /** The id of the place at a root, without a look at anything else; undefined where there is none. */
  idAt(root: string): Promise<string | undefined>;
  /** The file that a person named by its path on this computer; for kinds whose files have one. */
  findFile?(path: string): Promise<FileInPlace | undefined>;
  /** The place of this kind that a path on this computer lies in. */
  placeAbove?(path: string): Promise<string | undefined>;
  /** The place that was found. Opens nothing on the disk yet. */
  open(found: DestinationFolder): Place;
}
