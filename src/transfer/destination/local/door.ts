/**
 * The one way to what lies below a destination's root: at the time of use, every folder on the way is a plain one of the root's own.
 * Another program may swap a folder for a symbolic link at any moment; what we write must not follow it out.
 */
import { DestinationError } from "../../../shared/errors.ts";

/** Takes back what was done in a folder that turned out to have been moved away meanwhile. */
export type Undo<T> = (real: string, result: T) => Promise<void>;

/** A way to names below a root that nobody can turn elsewhere while it is used. */
export interface Door {
  /**
   * Calls `body` with a path for the system. Its last part is the caller's to look at: it may be a link itself.
   * @param path below the root, `/`-separated; `FOLDER/.` is the folder itself
   * @param undo called before this throws, when the folder was moved away while `body` ran
   * @throws {DestinationError} `destination-unsafe` where something else than a folder is on the way, `destination-not-there` where
   * the root has left its place; an error with the code ENOENT where a folder does not exist
   */
  through<T>(path: string, body: (real: string) => Promise<T>, undo?: Undo<T>): Promise<T>;
  /**
   * As `through`, for questions alone: what was a plain folder before may be taken for one still.
   * @throws as `through`
   */
  peek<T>(path: string, body: (real: string) => Promise<T>): Promise<T>;
  /** Whether both lead to the same folder. */
  isSameAs(other: Door): boolean;
  /** What is in use is closed when its user is done. */
  close(): void;
}

/** The names along a folder's path; none for the root. */
export function partsOf(folder: string): string[] {
  return folder.split("/").filter((part) => part !== "" && part !== ".");
}

/** The error that Node has for a name that is not there. */
export function missing(folder: string): Error {
  return Object.assign(new Error(`${folder} does not exist`), { code: "ENOENT" });
}

/** The error for a root that is gone: its disk was pulled, as a rule. */
export function notThere(root: string): DestinationError {
  return new DestinationError("destination-not-there", `${root} is no longer at its place.`);
}
