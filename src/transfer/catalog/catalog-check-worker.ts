/** See `check.ts`. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

function isWhole(file: string): boolean {
  try {
    using db = new DatabaseSync(file, { readOnly: true });
    return Object.values(db.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown>)[0] === "ok";
  } catch {
    return false;
  }
}

parentPort?.postMessage(isWhole(workerData as string));
