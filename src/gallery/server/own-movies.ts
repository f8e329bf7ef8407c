/** Movies that are made for whoever looks, in a folder of this computer's cache: they last as long as the server that made them. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { RangeReader } from "../../media/range-reader.ts";
import { namesOfOwn, removeOwnFile } from "../../shared/own-files.ts";
import { isProcessGone, ownPid } from "../../shared/process.ts";
import { openDestination } from "../../transfer/destination/index.ts";

/** A name that nobody else has, and that says whose it is. */
export function newOwnMovie(): string {
  return `${ownPid}-${randomBytes(8).toString("hex")}.mp4`;
}

/** Takes away what servers left that were ended before they could do it. */
export function sweepOwnMovies(folder: string): void {
  for (const name of namesOfOwn(folder)) {
    const owner = /^(\d+)-[0-9a-f]{16}\.mp4$/.exec(name)?.[1];
    if (name.endsWith(".mp4") && (owner === undefined || isProcessGone(Number(owner))))
      removeOwnFile(join(folder, name));
  }
}

/** @returns undefined where it is not there */
export async function openOwnMovie(
  folder: string,
  name: string,
): Promise<({ readonly reader: RangeReader } & AsyncDisposable) | undefined> {
  const { place, found } = await openDestination(folder, "/");
  await using opened = place.destination(found.id);
  const size = (await opened.stat(name))?.sizeBytes;
  if (size === undefined) return undefined;
  const stored = await opened.open(name);
  return {
    reader: { size, read: async (offset, length) => await stored.read(offset, Math.min(length, size - offset)) },
    [Symbol.asyncDispose]: async () => await stored[Symbol.asyncDispose](),
  };
}
