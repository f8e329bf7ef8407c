/** The few file-system calls that a destination makes, so that tests can put a failing or forgetting disk beneath them. */

export interface DiskStat {
  readonly type: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface DiskFile {
  /** Writes all buffers one after the other, at the given place. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<void>;
  read(buffer: Uint8Array, position: number): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  setModified(modified: Date): Promise<void>;
  /** Bytes and times are on the disk when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export type OpenMode = "create" | "extend" | "read" | "read-direct";

export interface OpenOptions {
  /** Whole blocks may go past the page cache: where the file system is known to be good at that. */
  readonly pastCache?: boolean | undefined;
}

export interface DiskPort {
  /** undefined when nothing has this name. Does not follow a symbolic link. */
  lstat(path: string): Promise<DiskStat | undefined>;
  /** Makes one folder; false when something has the name already. */
  mkdir(path: string): Promise<boolean>;
  readdir(path: string): Promise<string[]>;
  /** `create`: made, or emptied, never through a symbolic link; `extend`: kept as it is; `read`: must exist. */
  open(path: string, mode: OpenMode, options?: OpenOptions): Promise<DiskFile>;
  /** Gives a file its second name; false when the name is taken. */
  link(from: string, to: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names made and removed in this folder are on the disk when this resolves. */
  syncFolder(path: string): Promise<void>;
  freeBytes(path: string): Promise<number>;
}

export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
