/** The file system of this computer. */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { type DiskPort, errno } from "./disk-port.ts";
import { NodeDiskFile } from "./node-disk-file.ts";

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
  async open(path, mode, options = {}) {
    const { O_RDWR, O_RDONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0, O_DIRECT = 0 } = constants;
    const flags = {
      create: O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW,
      extend: O_RDWR | O_NOFOLLOW,
      read: O_RDONLY | O_NOFOLLOW,
      "read-direct": O_RDONLY | O_NOFOLLOW | O_DIRECT,
    }[mode];
    const handle = await fs.open(path, flags, 0o644);
    return new NodeDiskFile(handle, options.pastCache ? path : undefined);
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
