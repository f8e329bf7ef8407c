/** Looks through a large catalog for damage beside the main thread: that reads all of it, and takes a second and more from a stick. */
import { lstat } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { workerUrl } from "../../shared/worker-url.ts";

/** A smaller one is looked through before the thread would have started. */
const worthAThread = 2 * 1024 * 1024;
const maxHeapMb = 16;

/**
 * @param file which nobody writes meanwhile
 * @returns whether it was found whole; false where it was not, or could not be looked at: whoever opens it has to look then
 */
export async function isWholeCatalog(file: string): Promise<boolean> {
  const stat = await lstat(file).catch(() => undefined);
  if (!stat?.isFile() || stat.size < worthAThread) return false;
  const worker = new Worker(workerUrl(import.meta.url, "catalog-check-worker"), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 1 },
  });
  try {
    return await new Promise((resolve) => {
      worker.on("message", (isWhole: boolean) => resolve(isWhole));
      worker.on("error", () => resolve(false));
      worker.on("exit", () => resolve(false));
    });
  } finally {
    void worker.terminate();
  }
}
