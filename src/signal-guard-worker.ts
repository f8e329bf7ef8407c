/** The thread behind `startSignalGuard`. */
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { cpuUsage, kill } from "node:process";
import { workerData } from "node:worker_threads";
import type { SignalGuardData } from "./signal-guard.ts";

interface NativeSignal {
  onsignal: () => void;
  start(signum: number): number;
  unref(): void;
}

/** SIGHUP, SIGINT, SIGTERM, which have these numbers on every system. */
const signals = [1, 2, 15];
/** A second, counted in ticks of this thread: where the whole computer waits, so does the count. */
const tickMs = 100;
const ticks = 10;
/** On a busy computer the main thread may not have had its turn: then it is given more. */
const mostTicks = 50;
/** Who used less of the processor waits in a call, who used more is in a loop. */
const waitingMs = 50;
const loopingMs = 700;
const words = "Stopped at once: offroll was in a call that does not return. Nothing is lost: the next run continues.\n";

const { pid, obeyed } = workerData as SignalGuardData;
const { internalBinding } = createRequire(import.meta.url)("internal/test/binding") as {
  internalBinding(name: string): { Signal: new () => NativeSignal };
};
const { Signal } = internalBinding("signal_wrap");

let heard = 0;

function onSignal(): void {
  heard += 1;
  // The first asks for an end in order, which must have begun; the second means it.
  void after(heard === 1 ? () => Atomics.load(obeyed, 0) > 0 : () => false);
}

async function after(isWell: () => boolean): Promise<void> {
  const since = cpuUsage();
  for (let tick = 1; tick < mostTicks; tick += 1) {
    await new Promise((resolve) => setTimeout(resolve, tickMs));
    if (isWell()) return;
    const { user, system } = cpuUsage(since);
    const usedMs = (user + system) / 1000;
    if (tick >= ticks && (usedMs < waitingMs || usedMs > loopingMs)) break;
  }
  try {
    writeSync(2, words);
  } catch {
    // nobody reads it
  }
  kill(pid, "SIGKILL");
}

for (const number of signals) {
  const signal = new Signal();
  signal.onsignal = onSignal;
  signal.start(number);
}
