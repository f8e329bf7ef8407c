/** What a phone may ask of this computer's files during a backup or a restore. Read first: `HostFiles`. */
import { linkStatus } from "./device-link-format.ts";

/** One request is refused or failed; the phone is told with this status, and the operation goes on. */
export class HostRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** The phone asked for a place that it has no business in. */
export class PathRefusal extends HostRefusal {
  constructor(path: string, why: string) {
    super(linkStatus.failed, `${JSON.stringify(path.slice(0, 200))}: ${why}`);
  }
}

/** A file that is being received. */
export interface Receiving {
  /** Takes the bytes; a promise where the disk has to be waited for. */
  write(bytes: Buffer): Promise<void> | undefined;
  /** The file is whole, or it is not and this is why. */
  end(failure?: string): Promise<void> | undefined;
}

/** One entry of a folder. */
export interface ListedEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/**
 * The folder of one backup, by the phone's paths. Every path is hostile; nothing outside the folder is read or changed.
 * @throws {HostRefusal} from each method: the phone is told, and the operation goes on
 */
export interface HostFiles {
  /** Begins a file, in the place of whatever has its name. Failures to write may come from `settled` instead. */
  create(path: string): Promise<Receiving>;
  /** Resolves when all that was received is written. @throws {HostRefusal} the first failure since the last call */
  settled(): Promise<void>;
  /** The bytes of a file, in slices of at most 1 MiB. */
  read(path: string): AsyncIterable<Buffer>;
  /** Empty for a folder that there is not. */
  list(path: string): Promise<readonly ListedEntry[]>;
  makeFolder(path: string): Promise<void>;
  /** Puts a file or folder in the place of another. */
  move(from: string, to: string): Promise<void>;
  /** Missing is fine. */
  remove(path: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  freeBytes(): Promise<number>;
}
