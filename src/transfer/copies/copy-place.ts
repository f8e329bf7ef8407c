/**
 * The seam between what is copied a second time and where that goes. Files go in by their recorded hash, and what is in is proven by
 * it. A disk is one kind of place; a remote one comes by the same seam. Every implementation passes test/conformance/copy-place.ts.
 */
import type { AbortOptions } from "../../shared/abort.ts";

/** What a place can promise, as facts. `copies test` tells them to a person; the conformance suite tests each that is claimed. */
export interface CopyPlaceProperties {
  /** What a file there is proven by. */
  readonly hash: "sha256";
  /** Whether what has a name is whole at every moment: a file gets its name in one step, after it was proven. */
  readonly wholeUnderItsName: boolean;
  /** Whether a large file that was interrupted is continued where it was. */
  readonly resumes: boolean;
  /** What keeps a name that is taken; undefined until a disk that does not say so was asked for one. See `DestinationProperties`. */
  readonly noOverwrite: "atomic" | "checked" | undefined;
  /** Whether a file may have a second name, which takes no room; undefined as above. */
  readonly links: boolean | undefined;
  /** The largest file that fits. */
  readonly maxFileBytes: number;
  /** How many files may be under way at once. */
  readonly concurrency: number;
}

/** A file as it is to be there. */
export interface WantedFile {
  /** Relative, `/`-separated, legal on every file system. */
  readonly path: string;
  readonly sizeBytes: number;
  /** As recorded when it came from the phone; undefined where only its size was: then the bytes that come are what it is. */
  readonly sha256: string | undefined;
  /** The date that it gets. */
  readonly modified: Date | undefined;
}

/** A file's bytes from an offset to its end. Chunks belong to the caller. @throws {ItemError} where they cannot be had */
export type Bytes = (offset: number, options: AbortOptions) => AsyncIterable<Uint8Array>;

/**
 * `stored`: it has its name, and its bytes were read back from the place before. `name-taken`: something else has it, and was left.
 * `not-it`: the bytes that came have another hash than the recorded one; nothing of them stays.
 */
export type PutResult =
  | { readonly type: "stored"; readonly sha256: string; readonly modifiedMs: number | undefined }
  | { readonly type: "name-taken" }
  | { readonly type: "not-it"; readonly sha256: string };

/** What has a name there. */
export interface HeldFile {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What came of holding a file against its hash. */
export interface Proof {
  readonly found: "whole" | "damaged" | "missing" | "unreadable";
  /** Why it is not whole, in words. */
  readonly detail: string;
  /** The time that the place tells of a whole one, to know it by later. */
  readonly modifiedMs?: number | undefined;
}

/** A place that a copy goes to. Nothing in it is ever overwritten, and nothing deleted but what `forget` names. */
export interface CopyPlace extends AsyncDisposable {
  /** As a person would name it. */
  readonly label: string;
  readonly properties: CopyPlaceProperties;
  /**
   * What has these names, in their order; undefined where nothing has. Follows no link.
   * @throws {CancelledError}
   */
  list(paths: readonly string[], options?: AbortOptions): Promise<(HeldFile | undefined)[]>;
  /** Before the first `put`. @throws {DestinationError} what would be wrong with every file alike; nothing is left there */
  prepare(): Promise<void>;
  /**
   * Puts a file in by its hash. A large one that was interrupted is continued.
   * @throws {ItemError} as `bytes`; {DestinationError} what the place refuses, `destination-mismatch` where it gives back other bytes
   */
  put(file: WantedFile, bytes: Bytes, options?: AbortOptions): Promise<PutResult>;
  /** A second name for a file that is in. Nothing is overwritten. */
  link(from: string, to: string): Promise<"stored" | "name-taken" | "unsupported">;
  /** Another name for a file that is in. Nothing is overwritten; `gone` where there is no such file. */
  move(from: string, to: string): Promise<"moved" | "name-taken" | "gone">;
  /** Reads a file back, whole. Throws nothing but {CancelledError}: what the place refuses is `unreadable`. */
  prove(file: Pick<WantedFile, "path" | "sizeBytes" | "sha256">, options?: AbortOptions): Promise<Proof>;
  /** Takes a file of ours away, if it is still what we put there; false when it is not, or is gone. */
  forget(path: string, sha256: string): Promise<boolean>;
  freeBytes(): Promise<number>;
  /** Whether this very place is there now: a disk may be pulled, or another one be where it was. */
  isThere(): Promise<boolean>;
  /** Takes away what runs that are over left unfinished. */
  tidy(): Promise<void>;
}
