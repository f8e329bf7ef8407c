/**
 * Looks through a large catalog for damage beside the main thread: that reads all of it, and takes a second and more from a stick. In
 * a process of its own, because SQLite's check can be stopped by nothing else, and who asked for an end waits for no thread.
 */
import { lstat } from "node:fs/promises";
import type { AbortOptions } from "../../shared/abort.ts";
import { foreignDamage } from "../../shared/foreign-database.ts";

/** A smaller one is looked through before the process would have started. */
const worthAProcess = 2 * 1024 * 1024;

/**
 * @param file which nobody writes meanwhile
 * @returns whether it was found whole; false where it was not, or could not be looked at: whoever opens it has to look then
 * @throws {CancelledError}
 */
export async function isWholeCatalog(file: string, options: AbortOptions = {}): Promise<boolean> {
  const stat = await lstat(file).catch(() => undefined);
  if (!stat?.isFile() || stat.size < worthAProcess) return false;
  return (await foreignDamage(file, options)) === undefined;
}
