import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Where something is, or would be made: without links, as far as its way is there. What is not there yet keeps its name. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}
