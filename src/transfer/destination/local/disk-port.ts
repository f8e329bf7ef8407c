/** The few file-system calls that a destination makes, so that tests can put a failing or forgetting disk beneath them. */
import type { Door } from "./door.ts";

/** What lstat tells of a name. */
export interface DiskStat {
  readonly type: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** How many names it has. */
  readonly links: number;
  /** Equal for two names of one file, as long as it is there. */
  readonly id: string;
}

/** A name in a folder. */
export interface DiskName {
  readonly name: string;
  readonly type: DiskStat["type"];
}

/**
 * An open file. The opener closes it. Reads and writes may be short of nothing: all, or an error; only a read at the end is
 * shorter.
 */
export interface DiskFile {
  stat(): Promise<DiskStat>;
  /** Writes all buffers one after the other, at the given place. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<void>;
  read(buffer: Uint8Array, position: number): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  setModified(modified: Date): Promise<void>;
  /** Lets those read it who may read what this person makes; until then its maker alone may. */
  share(): Promise<void>;
  /** Bytes and times are on the disk when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `create` fails where the name is taken; `extend` keeps what is there; `read-direct` goes past the page cache where that works.
 */
export type OpenMode = "create" | "extend" | "read" | "read-direct";

/** How an open file may be written. */
export interface OpenOptions {
  /** Whole blocks may go past the page cache: where the file system is known to be good at that. */
  readonly pastCache?: boolean | undefined;
}

/** A file system. Paths are absolute. Errors are Node's, with `code`; what they mean is decided above. */
export interface DiskPort {
  /** undefined when nothing has this name. Does not follow a symbolic link. */
  lstat(path: string): Promise<DiskStat | undefined>;
  /** A way to a root that is safer than looking before each use; undefined where there is none. */
  openDoor?(root: string): Promise<Door | undefined>;
  /** Makes one folder; false when something has the name already. @param mode less what the person's umask takes */
  mkdir(path: string, mode?: number): Promise<boolean>;
  readdir(path: string): Promise<DiskName[]>;
  /**
   * `create`: made, for its maker's eyes only; fails with EEXIST where anything has the name. `extend` and `read`: a plain file that
   * exists, not through a symbolic link.
   */
  open(path: string, mode: OpenMode, options?: OpenOptions): Promise<DiskFile>;
  /** Gives a file its second name; false when the name is taken. */
  link(from: string, to: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Takes an empty folder away; false where something is in it, or nothing is there. */
  rmdir(path: string): Promise<boolean>;
  /** Names made and removed in this folder are on the disk when this resolves. */
  syncFolder(path: string): Promise<void>;
  freeBytes(path: string): Promise<number>;
}
