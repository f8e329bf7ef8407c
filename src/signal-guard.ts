/**
 * Ends the process where its main thread cannot. Signals reach JavaScript on the main thread alone, between two of its tasks: a call
 * that waits in the system, or a loop, would hear none. A thread of its own hears them too, and sees whether they were obeyed.
 */
import { pid } from "node:process";
import { Worker } from "node:worker_threads";
import { workerUrl } from "./shared/worker-url.ts";

/** What the main thread tells the guard. */
export interface SignalGuard {
  /** Called by whoever obeys a signal. */
  obeyed(): void;
}

/** What both threads share. */
export interface SignalGuardData {
  readonly pid: number;
  /** How many signals the main thread obeyed. */
  readonly obeyed: Int32Array;
}

/** @param afterMs 0: at once. A command that is over by then needs none, and should not pay for one. */
export function startSignalGuard(afterMs: number): SignalGuard {
  const obeyed = new Int32Array(new SharedArrayBuffer(4));
  const workerData: SignalGuardData = { pid, obeyed };
  const start = (): void => {
    const worker = new Worker(workerUrl(import.meta.url, "signal-guard-worker"), {
      workerData,
      // Node gives signals to the main thread alone; what it builds them on does not.
      execArgv: ["--expose-internals", "--no-warnings"],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    // Without it the program is as stoppable as any of Node's.
    worker.on("error", () => {});
    worker.unref();
  };
  // A timer's turn does not come any more where the main thread waits in a call by then.
  if (afterMs === 0) start();
  else setTimeout(start, afterMs).unref();
  return { obeyed: () => void Atomics.add(obeyed, 0, 1) };
}
