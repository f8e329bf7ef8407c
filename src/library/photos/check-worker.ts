/** Looks whether a copied database is whole, beside the main thread: every page of it is read, a second for a large one. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const maxWords = 120;

function damageOf(file: string): string | undefined {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const row = db.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown> | undefined;
      const verdict = Object.values(row ?? {})[0];
      return verdict === "ok" ? undefined : String(verdict).slice(0, maxWords);
    } finally {
      db.close();
    }
  } catch (error) {
    return (error as Error).message.slice(0, maxWords);
  }
}

parentPort?.postMessage({ damage: damageOf((workerData as { file: string }).file) });
