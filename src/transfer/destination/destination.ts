/** The seam between the engine and the place photos go. Every implementation passes test/conformance/destination.ts. */
import type { AbortOptions } from "../../shared/abort.ts";
import { DestinationError } from "../../shared/errors.ts";

/** What a place can do, as facts. The engine adapts to them; test/conformance/destination.ts tests each that is claimed. */
export interface DestinationProperties {
  /** How many questions may be outstanding at once. */
  readonly concurrency: number;
  /** The largest file that fits. */
  readonly maxFileBytes: number;
  /** Whether a file may have a second name, which takes no room; undefined until a disk that does not say so was asked for one. */
  readonly links: boolean | undefined;
  /**
   * What keeps a name that is taken: the place itself in one step, or a look before, which is enough while the lock keeps other runs
   * away. Undefined as `links`.
   */
  readonly noOverwrite: "atomic" | "checked" | undefined;
}

/** A file in the destination, as its disk tells it. */
export interface StoredFile {
  /** As the disk has it now, which need not be what was written. */
  readonly sizeBytes: number;
  /** Last written, in milliseconds since 1970; as exact as the file system keeps it (FAT: two seconds). */
  readonly modifiedMs: number;
}

/** A name in a folder, with what a listing tells of it anyway. */
export interface ListedName {
  readonly name: string;
  /** `other` is what is never opened: a link, a pipe. */
  readonly type: "file" | "folder" | "other";
}

/** What stands under a name. */
export interface StoredEntry extends StoredFile {
  readonly type: ListedName["type"];
}

/** A hash of what the disk gives back. `cache` where the operating system may have answered from memory. */
export interface StoredHash {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly from: "disk" | "cache";
}

/** Which file is about to be received. */
export interface CreateOptions extends AbortOptions {
  /** 64 hex digits that name the partial; equal keys mean the same bytes, so a partial under it may be continued. */
  readonly key: string;
  /** How many bytes will come. Room may be reserved; the file is whole only with exactly so many. */
  readonly sizeBytes: number;
}

/** Where photos go. Paths are relative, `/`-separated and already legal for the target file system. */
export interface Destination extends AsyncDisposable {
  /** As a person would name it. */
  readonly label: string;
  /** What this place can do. What is undefined may become known while it is used. */
  readonly properties: DestinationProperties;
  /**
   * The names in a folder, in no order; `""` is the root. None where there is no such folder.
   * @throws {DestinationError} `destination-unsafe` where a link or a file stands there, or what the disk refuses
   */
  list(folder: string): Promise<readonly ListedName[]>;
  /**
   * Looks at many names, `properties.concurrency` at once, and follows no link.
   * @returns in the order of `paths`; undefined where nothing is, where it cannot be looked at, and below what is no plain folder
   */
  statAll(paths: readonly string[], options?: AbortOptions): Promise<(StoredEntry | undefined)[]>;
  /** What has this name; undefined when nothing has. @throws {DestinationError} `destination-unsafe` on a symbolic link */
  stat(path: string): Promise<StoredFile | undefined>;
  /**
   * Begins or continues a file that has no name yet. The caller disposes it.
   * @throws {DestinationError} `destination-full`, `destination-read-only` …
   */
  create(options: CreateOptions): Promise<PendingFile>;
  /** A second name for a stored file, or a second file of its bytes. Nothing is overwritten. */
  duplicate(from: string, to: string, how: "link" | "copy"): Promise<"stored" | "name-taken" | "unsupported">;
  /** Takes a file of ours away, if it is still what we wrote; false when it is not, or is gone. */
  remove(path: string, sha256: string): Promise<boolean>;
  /** Gives a stored file another name. Nothing is overwritten; `gone` where there is no such file. */
  move(from: string, to: string): Promise<"moved" | "name-taken" | "gone">;
  /** Takes an empty folder away; false where something is in it, or nothing is there. */
  removeFolder(path: string): Promise<boolean>;
  /**
   * Moves a file out of the way, into the folder of damaged ones of our own, which nobody prunes.
   * @returns where it lies now
   */
  setAside(path: string): Promise<string>;
  /** A stored file to be read from, anywhere in it. */
  open(path: string): Promise<StoredReader>;
  /** Reads a stored file back, past the page cache where the system offers a way. */
  hash(path: string, options?: AbortOptions): Promise<StoredHash>;
  /** Bytes that may still be written, as the file system tells this user. */
  freeBytes(): Promise<number>;
  /** Whether this very destination is at its place now: a disk may be pulled, or another one be there. */
  isThere(): Promise<boolean>;
  /** Removes partials for which `keep` is false; returns how many. */
  sweep(keep: (key: string) => boolean): Promise<number>;
}

/** @throws {DestinationError} `destination-not-there` where this very destination is not at its place now */
export async function assertThere(destination: Pick<Destination, "label" | "isThere">): Promise<void> {
  if (await destination.isThere()) return;
  throw new DestinationError("destination-not-there", `${destination.label} is no longer at its place.`);
}

/** A stored file that is open for reading. The caller disposes it. */
export interface StoredReader extends AsyncDisposable {
  /** Shorter at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A file being written. Only `commit` makes it appear under its name; disposing it uncommitted leaves nothing under it. */
export interface PendingFile extends AsyncDisposable {
  /** Bytes that are there from an earlier try and survived; writing goes on behind them, once they were compared. */
  readonly offset: number;
  /** CRC-32 of those bytes, as it was when they were written. */
  readonly offsetCrc32: number;
  /** Bytes written before, for hashing and comparing. Shorter at the end. */
  readBack(offset: number, length: number): Promise<Uint8Array>;
  /** Forgets what is there and begins anew. */
  restart(): Promise<void>;
  /**
   * Takes the chunk; resolves when there is room for the next. What throws a retryable error has taken nothing of it.
   * @param onWritten called when the chunk was handed to the file system: only then may its memory change
   */
  write(chunk: Uint8Array, onWritten?: () => void): Promise<void>;
  /** Every chunk so far was handed to the file system when this resolves. */
  written(): Promise<void>;
  /** Everything written so far survives a power cut when this resolves. */
  flush(): Promise<void>;
  /**
   * Gives the file its date, flushes, and reads back what the disk has of it, past the page cache where the system offers a way:
   * the proof that comes before the name. Nothing may be written afterwards.
   */
  reread(modified: Date | undefined, options?: AbortOptions): Promise<StoredHash>;
  /**
   * Flushes, gives the file its name and flushes the folder. Asked again for the name that it got, it answers the same: whoever lost
   * an answer may ask again.
   * @returns `name-taken` when something has the name: the file stays pending, nothing was overwritten
   */
  commit(path: string, modified: Date | undefined): Promise<"stored" | "name-taken">;
  /**
   * As `commit`, in the place of a file of ours: it takes over the name in one step, where what has it still hashes to `sha256`.
   * @returns `not-ours` when it does not, or when nothing has the name: the file stays pending, nothing was changed
   */
  replace(path: string, sha256: string, modified: Date | undefined): Promise<"stored" | "not-ours">;
  /** The time that the disk tells of the file, after `commit` or `replace` stored it. */
  readonly storedMs: number | undefined;
  /** False when the destination could not keep the date given to `commit`. */
  readonly dateKept: boolean;
  /** Keeps the partial for a later run instead of removing it on disposal. */
  keep(): void;
}
