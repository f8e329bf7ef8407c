/** Sleeps until the moment it is told, or until it is told another. Started by `Alarm`. */
import { parentPort, workerData } from "node:worker_threads";
import { alarmMemory, noMoment, nowUs } from "./alarm-memory.ts";

const { told, moment } = alarmMemory(workerData as SharedArrayBuffer);

parentPort?.postMessage("ready");
for (;;) {
  const seen = Atomics.load(told, 0);
  const at = Atomics.load(moment, 0);
  const leftMs = at === noMoment ? Number.POSITIVE_INFINITY : Number(at - nowUs()) / 1000;
  if (leftMs > 0 && Atomics.wait(told, 0, seen, leftMs) !== "timed-out") continue;
  // Where another was told meanwhile, that one counts.
  if (Atomics.compareExchange(moment, 0, at, noMoment) === at) parentPort?.postMessage("now");
}
