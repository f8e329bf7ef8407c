/** Small files of ours in a destination's `.offroll`, where nothing can be awaited: as with photos, nothing goes through a link. */
import * as fs from "node:fs";
import { basename, dirname } from "node:path";
import { errno } from "./disk-errors.ts";
import { DestinationError } from "./errors.ts";

const { O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
/** See `handle-door.ts`. */
const O_PATH = 0o10000000;

/** Calls `body` with a way to the folder, which is no link. On Linux it stays the same folder whatever its name becomes meanwhile. */
export function inPlainFolder<T>(folder: string, body: (real: string) => T): T {
  if (!fs.existsSync("/proc/self/fd")) {
    if (!fs.lstatSync(folder).isDirectory()) throw notPlain(folder);
    return body(folder);
  }
  let fd: number;
  try {
    fd = fs.openSync(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (errno(error) === "ENOTDIR" || errno(error) === "ELOOP") throw notPlain(folder);
    throw error;
  }
  try {
    return body(`/proc/self/fd/${fd}`);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes a file that was not there; false when anything has its name. @param mode less what the person's umask takes */
export function writeNewFile(path: string, text: string, mode: number): boolean {
  return inPlainFolder(dirname(path), (folder) => {
    let fd: number;
    try {
      fd = fs.openSync(`${folder}/${basename(path)}`, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    } catch (error) {
      if (errno(error) === "EEXIST") return false;
      throw error;
    }
    try {
      fs.writeSync(fd, text);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    return true;
  });
}

/** Makes one folder, where it is not there already. @throws {DestinationError} `destination-unsafe` where something else is */
export function ensurePlainFolder(path: string, mode: number): void {
  inPlainFolder(dirname(path), (folder) => {
    const real = `${folder}/${basename(path)}`;
    try {
      fs.mkdirSync(real, { mode });
    } catch (error) {
      if (errno(error) !== "EEXIST") throw error;
      if (!fs.lstatSync(real).isDirectory()) throw notPlain(path);
    }
  });
}

/** The error for a link, pipe or device where a file of ours should be. */
export function notPlain(path: string): DestinationError {
  return new DestinationError(
    "destination-unsafe",
    `${path} is a link or no plain file, which offroll does not touch.`,
  );
}
