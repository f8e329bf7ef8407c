/** Small files that are ours: read only where they are files, so that a pipe, a device or a folder of that name holds nobody. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";

/** How far a file is trusted before it is read. */
export interface PlainFileOptions {
  /** A larger file is not ours, and not read. */
  readonly maxBytes?: number;
  /** `false` on a disk that others may have prepared: a link there may lead anywhere. */
  readonly followLinks?: boolean;
}

const usualMaxBytes = 1024 * 1024;

/**
 * The bytes of a plain file. Anything else is refused before a byte is waited for: opening a named pipe waits for its writer.
 * @throws as Node's own, with `code`; "ENOTPLAIN" for what is no plain file, "EFBIG" for one that is too large
 */
export function readPlainFile(file: string, options: PlainFileOptions = {}): Buffer {
  const { maxBytes = usualMaxBytes, followLinks = true } = options;
  if (!followLinks && lstatSync(file).isSymbolicLink()) throw problem("ENOTPLAIN", `${file} is a link, no file`);
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_NOCTTY = 0 } = constants;
  const fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW));
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw problem("ENOTPLAIN", `${file} is no plain file`);
    if (stat.size > maxBytes) throw problem("EFBIG", `${file} is larger than ${maxBytes} bytes`);
    return readWhole(fd, stat.size, maxBytes);
  } finally {
    closeSync(fd);
  }
}

/** What a file says of its size may be less than it has, as in /proc, and change meanwhile. */
function readWhole(fd: number, size: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(4096, size + 1 - length));
    const read = readSync(fd, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, read));
    length += read;
    if (length > maxBytes) throw problem("EFBIG", `the file is larger than ${maxBytes} bytes`);
  }
}

/** As `readPlainFile`, as text. */
export function readPlainText(file: string, options: PlainFileOptions = {}): string {
  return readPlainFile(file, options).toString("utf8");
}

/** Whether anything but a plain file stands under a name that is going to be opened by somebody who would wait for it. */
export function isInTheWay(file: string): boolean {
  try {
    return !lstatSync(file).isFile();
  } catch {
    return false;
  }
}

function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
