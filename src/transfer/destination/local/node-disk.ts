/** The file system of this computer. */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { errno } from "../../../shared/disk-errors.ts";
import type { DiskPort, OpenMode } from "./disk-port.ts";
import { HandleDoor } from "./handle-door.ts";
import { diskStat, NodeDiskFile, typeOf } from "./node-disk-file.ts";

const { O_RDWR, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECT = 0 } = constants;
/** A pipe under a name of ours must not make us wait for who writes to it. */
const existing = O_NOFOLLOW | O_NONBLOCK;
const flags: Record<OpenMode, number> = {
  create: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
  extend: O_RDWR | existing,
  read: O_RDONLY | existing,
  "read-direct": O_RDONLY | existing | O_DIRECT,
};

/** Node's file system, with the door that this system offers. */
export const nodeDisk: DiskPort = {
  async lstat(path) {
    try {
      return diskStat(await fs.lstat(path));
    } catch (error) {
      if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return undefined;
      throw error;
    }
  },
  openDoor: (root) => HandleDoor.open(root),
  async mkdir(path, mode = 0o755) {
    try {
      await fs.mkdir(path, mode);
      return true;
    } catch (error) {
      if (errno(error) === "EEXIST") return false;
      throw error;
    }
  },
  async readdir(path) {
    return (await fs.readdir(path, { withFileTypes: true })).map((entry) => ({
      name: entry.name,
      type: typeOf(entry),
    }));
  },
  async open(path, mode, options = {}) {
    const handle = await fs.open(path, flags[mode], 0o600);
    const file = new NodeDiskFile(handle, options.pastCache === true);
    if (mode === "create" || (await file.stat()).type === "file") return file;
    await file.close();
    throw Object.assign(new Error(`${path} is no plain file`), { code: "ELOOP" });
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
  async rmdir(path) {
    try {
      await fs.rmdir(path);
      return true;
    } catch (error) {
      if (["ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errno(error) ?? "")) return false;
      throw error;
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
