/** Commands for a phone's shell. Nothing here writes to the phone: programs that read, and paths in quotes that nothing gets out of. */
import { ProtocolError } from "../../shared/errors.ts";
import type { AdbConnection } from "./adb-connection.ts";
import type { AdbServer } from "./adb-server.ts";

/** Everything literal, in single quotes; a quote itself is closed, escaped and opened again. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a command prints, without an exit code: `exec:` has none, and every Android knows it. */
export async function shellText(
  server: AdbServer,
  serial: string,
  command: string,
  mostBytes: number,
  stallMs?: number,
): Promise<string> {
  await using connection = await server.service(serial, `exec:${command}`, stallMs);
  return (await connection.readAll(mostBytes)).toString("utf8");
}

/** Blocks that `dd` reads: a stretch begins and ends between two, because old phones can skip by whole blocks only. */
const blockBytes = 64 * 1024;

/** Bytes of a file from an offset on; the caller counts them: `dd` does not say why it ended. */
export async function* readStretch(
  server: AdbServer,
  serial: string,
  path: string,
  offset: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  const first = Math.floor(offset / blockBytes);
  const count = Math.ceil(end / blockBytes) - first;
  const command = `dd if=${quote(path)} bs=${blockBytes} skip=${first} count=${count} 2>/dev/null`;
  await using connection: AdbConnection = await server.service(serial, `exec:${command}`);
  let skip = offset - first * blockBytes;
  let left = end - offset;
  while (left > 0) {
    const chunk = await connection.readSome(blockBytes);
    if (!chunk) return;
    const fresh = chunk.subarray(Math.min(skip, chunk.length), skip + left);
    skip -= Math.min(skip, chunk.length);
    left -= fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}

/** No phone hashes more slowly; until it is done it says nothing. */
const slowestHashBytesPerMs = 10_000;

/** @returns undefined where the phone has no such program, or may not read the file */
export async function sha256OnPhone(
  server: AdbServer,
  serial: string,
  path: string,
  sizeBytes: number,
): Promise<string | undefined> {
  const stallMs = 30_000 + Math.ceil(sizeBytes / slowestHashBytesPerMs);
  const text = await shellText(server, serial, `sha256sum ${quote(path)} 2>/dev/null`, 16 * 1024, stallMs);
  if (text.trim() === "") return undefined;
  const match = /^\\?([0-9a-f]{64})\s/.exec(text);
  if (!match) throw new ProtocolError("the phone's sha256sum prints something else than a hash");
  return match[1];
}
