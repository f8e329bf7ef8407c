/**
 * The seam to where an export goes: a folder that holds other things too. What it stores is whole or not there, nothing that is not
 * ours is overwritten, and no link is followed. The engine's destinations stand behind it, which this room does not know.
 */

/** A file that is there. */
export interface PlacedFile {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A file to be stored. */
export interface FileToPlace {
  /** Below the place, by `/`; of names that are safe already. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What it is dated with. */
  readonly modified: Date | undefined;
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** Where an export goes. */
export interface DataPlace {
  /** As a person would name it. */
  readonly label: string;
  /** Undefined where nothing is. @throws {DestinationError} `destination-unsafe` where a link is */
  look(path: string): Promise<PlacedFile | undefined>;
  /** Of a file's bytes. */
  hash(path: string): Promise<string>;
  /**
   * Stores a file that was not there, or one in the place of another that still hashes to `replaces`.
   * @returns `taken` where something else has the name: nothing was changed
   */
  store(file: FileToPlace, replaces?: string): Promise<PlacedFile | "taken">;
  /** Takes a file of ours away, where it still hashes to that; false where it does not. */
  remove(path: string, sha256: string): Promise<boolean>;
  /** What the last export left for this one; undefined where there was none. */
  state(): Promise<string | undefined>;
  /** Lines of exports that were broken off, in order. */
  journals(): Promise<readonly string[]>;
  /** Adds a line to this run's journal, which stays where the run is broken off. */
  note(line: string): void;
  /** Stores the state, and drops the journals. */
  finish(state: string): Promise<void>;
}
