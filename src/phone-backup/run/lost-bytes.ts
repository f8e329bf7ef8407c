/** Whether a file that came has less than the one of the last good backup in its place. */
import { lstatSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { storedPath } from "../stored-file.ts";

const pieceBytes = 1024 * 1024;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Whether the last good backup has bytes of a file that what came in its place does not begin with. A file that the phone can never
 * read comes as the same beginning each time, which takes nothing from anybody.
 * @param fresh what grew @param place the last good backup @throws what the disk refuses
 */
export async function losesBytes(
  fresh: string,
  place: string,
  fileId: string,
  options: AbortOptions = {},
): Promise<boolean> {
  const [now, before] = [fresh, place].map((folder) => join(folder, storedPath(fileId))) as [string, string];
  const [a, b] = [now, before].map((path) => lstatSync(path, { throwIfNoEntry: false, bigint: true }));
  // Nothing came in its place, nothing was there, or it is the same file under both names.
  if (!a || !b || (a.ino === b.ino && a.dev === b.dev)) return false;
  if (!a.isFile() || !b.isFile() || a.size < b.size) return true;
  await using came = await openPlain(now);
  await using had = await openPlain(before);
  for (let at = 0; at < b.size; at += pieceBytes) {
    throwIfAborted(options.signal);
    const length = Math.min(pieceBytes, Number(b.size) - at);
    const [x, y] = [await pieceOf(came, at, length), await pieceOf(had, at, length)];
    if (!x.equals(y)) return true;
  }
  return false;
}

async function openPlain(path: string): Promise<FileHandle> {
  return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

/** Less than was asked for where the file ends. */
async function pieceOf(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(piece, got, length - got, at + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return piece.subarray(0, got);
}
