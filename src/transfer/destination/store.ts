/**
 * The second seam to a place: what ours keeps there beside the photos, so that a drive carries its own history. Each implementation
 * passes test/conformance/metadata-store.ts. What lies in it field by field: docs/format.md.
 */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import type { DestinationError } from "../../shared/errors.ts";

/** What ours keeps in one place. Opened with the place; nothing of it is made before it is needed. */
export interface MetadataStore {
  /** As a person would name it. */
  readonly label: string;
  /** The id that the place carries now; undefined where it carries none, or cannot be asked. */
  readId(): Promise<string | undefined>;
  /** The same; one that carries none gets one. Of several that ask at one moment all get the same. */
  ensureId(): Promise<string>;
  /**
   * One run at a time in one place.
   * @throws {DestinationError} `destination-in-use`, naming process and computer; `lock-stale` where nobody can tell whether its
   * holder lives
   */
  lock(options: LockOptions): Promise<DestinationLock>;
  /** The catalog's file, fetched and brought back where SQLite cannot write there itself. */
  readonly catalog: CatalogStore;
  /** Logs of runs, and the libraries kept with them. */
  readonly runs: RunFiles;
  /** Lists of what was proven and may be let go. */
  readonly freeup: RunFiles;
  /** Albums that a person made while looking at the photos: one small file, which no run reads or writes. */
  readonly albums: AlbumsFile;
}

/** Who wants the lock, and what to do where another has it. */
export interface LockOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** Wait for the holder instead of failing. */
  readonly wait: boolean;
  readonly onWait?: (holder: string) => void;
  /** Asked with a lock in words whose holder gave no sign of life for long: is it to be broken? Without it, it is not. */
  readonly breakStale?: ((lock: string) => boolean | Promise<boolean>) | undefined;
  /** Whether locks of other computers may be unseen there; found out when not given. */
  readonly onShare?: boolean;
}

/** Disposing it gives the place free; that throws nothing. */
export interface DestinationLock extends Disposable {
  /** Fires, with a `DestinationError`, when another run broke the lock. */
  readonly lost: AbortSignal;
}

/**
 * The catalog's file. SQLite writes to files of this computer alone: a place that is none has a working copy here, which is fetched
 * before and brought back afterwards.
 */
export interface CatalogStore {
  /** Folder of this computer where SQLite may open the catalog to read it; undefined where it has to be fetched. */
  readonly folder: string | undefined;
  /** Whether it is written there too: not on shares, whose locks are not to be trusted. */
  readonly isWrittenThere: boolean;
  /** All bytes, from the first; undefined where there is none. */
  fetch(): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Takes the place of the one there, whole or not at all. For its owner's eyes only, as the rest here. */
  replace(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes the catalog away; no error where there is none. */
  discard(): Promise<void>;
}

/** One small file, whole or not at all. */
export interface AlbumsFile {
  /** Undefined where there is none. @throws where it is no plain file, or has more than `maxBytes` */
  read(maxBytes: number): Promise<Buffer | undefined>;
  /** Takes the place of the one there. @throws {DestinationError} what the disk refuses */
  replace(bytes: Uint8Array): Promise<void>;
  /** Why it could not be replaced now; undefined where nothing is in the way. */
  refusal(): Promise<DestinationError | undefined>;
}

/** Files of a few megabytes, by plain names without folders. */
export interface RunFiles {
  /**
   * In no order; undefined where there never was one.
   * Those that end in `unfinishedEnding` were left by a run that was stopped: whoever knows them as its own takes them away.
   */
  names(): Promise<readonly string[] | undefined>;
  /**
   * The whole file; undefined where there is none.
   * @throws where it is no plain file, or has more than `maxBytes`
   */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Begins a file that grows. @throws {DestinationError} where it cannot be begun, or is there */
  begin(name: string): Promise<GrowingFile>;
  /**
   * Whole under its name, or not there; replaces what has the name.
   * @throws {DestinationError} what the disk refuses, or `destination-mismatch` with `isProven`: it is flushed and read back first
   */
  put(name: string, bytes: AsyncIterable<Uint8Array>, options?: { readonly isProven?: boolean }): Promise<void>;
  /** No error where there is none. */
  remove(name: string): Promise<void>;
}

/** What a place that cannot store a file in one step names it meanwhile. */
export const unfinishedEnding = ".part";

/** A file that is written as things happen. Disposing it waits until all of it was handed to the place. */
export interface GrowingFile extends AsyncDisposable {
  /** Texts are written in order. Throws nothing: what the disk refuses is lost, and the run goes on. */
  write(text: string): void;
}
