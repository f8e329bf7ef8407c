/** The few file-system calls that a destination makes, so that tests can put a failing or forgetting disk beneath them. */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";

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

export interface DiskPort {
  /** undefined when nothing has this name. Does not follow a symbolic link. */
  lstat(path: string): Promise<DiskStat | undefined>;
  /** Makes one folder; false when something has the name already. */
  mkdir(path: string): Promise<boolean>;
  readdir(path: string): Promise<string[]>;
  /** `create`: made, or emptied, never through a symbolic link; `extend`: kept as it is; `read`: must exist. */
  open(path: string, mode: "create" | "extend" | "read" | "read-direct"): Promise<DiskFile>;
  /** Gives a file its second name; false when the name is taken. */
  link(from: string, to: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names made and removed in this folder are on the disk when this resolves. */
  syncFolder(path: string): Promise<void>;
  freeBytes(path: string): Promise<number>;
}

export const nodeDisk: DiskPort = {
  async lstat(path) {
    try {
      const s = await fs.lstat(path);
      const type = s.isFile() ? "file" : s.isDirectory() ? "folder" : s.isSymbolicLink() ? "link" : "other";
      return { type, sizeBytes: s.size, modifiedMs: s.mtimeMs };
    } catch (error) {
      if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return undefined;
      throw error;
    }
  },
  async mkdir(path) {
    try {
      await fs.mkdir(path);
      return true;
    } catch (error) {
      if (errno(error) === "EEXIST") return false;
      throw error;
    }
  },
  readdir: (path) => fs.readdir(path),
  async open(path, mode) {
    const { O_RDWR, O_RDONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0, O_DIRECT = 0 } = constants;
    const flags = {
      create: O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW,
      extend: O_RDWR | O_NOFOLLOW,
      read: O_RDONLY | O_NOFOLLOW,
      "read-direct": O_RDONLY | O_NOFOLLOW | O_DIRECT,
    }[mode];
    return new NodeDiskFile(await fs.open(path, flags, 0o644));
  },
  async link(from, to) {
    try {
      await fs.link(from, to);
      return true;
    } catch (error) {
      if (errno(error) === "EEXIST") return false;
      throw error;
    }
  },
  rename: (from, to) => fs.rename(from, to),
  async unlink(path) {
    try {
      await fs.unlink(path);
    } catch (error) {
      if (errno(error) !== "ENOENT") throw error;
    }
  },
  async syncFolder(path) {
    let folder: fs.FileHandle;
    try {
      folder = await fs.open(path, "r");
    } catch (error) {
      if (["EISDIR", "EPERM", "EACCES"].includes(errno(error) ?? "")) return; // Windows cannot open folders
      throw error;
    }
    try {
      await folder.sync();
    } catch (error) {
      // Some network and FUSE file systems have no way to flush a folder; the file itself was flushed.
      if (!["EINVAL", "ENOTSUP", "EPERM", "EBADF"].includes(errno(error) ?? "")) throw error;
    } finally {
      await folder.close();
    }
  },
  async freeBytes(path) {
    const s = await fs.statfs(path);
    // Some FUSE file systems tell nothing at all, which is not the same as being full.
    return s.blocks === 0 ? Number.POSITIVE_INFINITY : s.bavail * s.bsize;
  },
};

class NodeDiskFile implements DiskFile {
  readonly #handle: fs.FileHandle;

  constructor(handle: fs.FileHandle) {
    this.#handle = handle;
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let rest = buffers as Uint8Array[];
    let at = position;
    while (rest.length > 0) {
      let { bytesWritten } = await this.#handle.writev(rest, at);
      at += bytesWritten;
      // A short write is legal: go on behind what was taken.
      let i = 0;
      while (i < rest.length && bytesWritten >= rest[i]!.length) bytesWritten -= rest[i++]!.length;
      rest = rest.slice(i);
      if (rest[0] && bytesWritten > 0) rest[0] = rest[0].subarray(bytesWritten);
    }
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead;
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  async setModified(modified: Date): Promise<void> {
    await this.#handle.utimes(modified, modified);
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
