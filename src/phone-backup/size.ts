/** How much room a backup takes on its disk. Looked at, not read. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";

const looksAtOnce = 32;
/** A backup has two levels; whatever is deeper is none of it. */
const deepest = 3;

/** Bytes of every file in it. What cannot be looked at counts nothing. */
export async function storedBytes(folder: string, options: AbortOptions = {}, depth = 0): Promise<number> {
  throwIfAborted(options.signal);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for await (const size of mapOrdered(entries, depth === 0 ? 1 : looksAtOnce, async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < deepest) return await storedBytes(path, options, depth + 1);
    return entry.isFile() ? ((await lstat(path).catch(() => undefined))?.size ?? 0) : 0;
  }))
    bytes += size;
  return bytes;
}
