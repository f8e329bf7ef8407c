/**
 * Waits finer than timers, which know whole milliseconds, by a thread that sleeps. Turning in the event loop instead is as exact, but
 * keeps a core busy that whoever is measured beside the phone then lacks.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { workerUrl } from "../../shared/worker-url.ts";
import { alarmMemory, alarmMemoryBytes, nowUs } from "./alarm-memory.ts";

/** From a moment until both threads are awake, as seen: so much earlier the alarm is set. */
const wakingMs = 0.12;
/** Longer waits are for timers at first. */
const timerMs = 4;

interface Waiting {
  readonly moment: number;
  readonly resolve: () => void;
}

class Alarm {
  readonly #shared = new SharedArrayBuffer(alarmMemoryBytes);
  readonly #memory = alarmMemory(this.#shared);
  #isReady = false;
  #waiting: Waiting[] = [];
  /** What the thread was told last. */
  #setTo = Number.POSITIVE_INFINITY;
  #isTurning = false;

  constructor() {
    const worker = new Worker(workerUrl(import.meta.url, "alarm-worker"), { workerData: this.#shared });
    worker.on("message", () => {
      this.#isReady = true;
      this.#setTo = Number.POSITIVE_INFINITY;
      this.#look();
    });
    worker.unref();
  }

  async wait(moment: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push({ moment, resolve });
      if (moment < this.#setTo) this.#look();
    });
  }

  #look(): void {
    if (this.#isTurning) return;
    const now = performance.now();
    const due = this.#waiting.filter((w) => w.moment <= now);
    if (due.length > 0) this.#waiting = this.#waiting.filter((w) => w.moment > now);
    for (const { resolve } of due) resolve();
    if (this.#waiting.length === 0) return;
    const next = Math.min(...this.#waiting.map((w) => w.moment));
    if (!this.#isReady || next - now <= wakingMs) return this.#turn();
    if (next < this.#setTo) this.#set(next, now);
  }

  /** The little that is left: in the event loop. */
  #turn(): void {
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#look();
    });
  }

  #set(moment: number, now: number): void {
    this.#setTo = moment;
    const { told, moment: shared } = this.#memory;
    Atomics.store(shared, 0, nowUs() + BigInt(Math.round((moment - now - wakingMs) * 1000)));
    Atomics.add(told, 0, 1);
    Atomics.notify(told, 0);
  }
}

let alarm: Alarm | undefined;

/** Resolves at a moment of `performance.now()`. */
export async function waitUntil(moment: number): Promise<void> {
  const left = moment - performance.now();
  if (left <= 0) return;
  if (left > timerMs) await delay(Math.floor(left - 2));
  alarm ??= new Alarm();
  await alarm.wait(moment);
}
