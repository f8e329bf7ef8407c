/** The thread in which a target is fuzzed: whatever becomes of it, who started it knows the input. */
import { parentPort, workerData } from "node:worker_threads";
import { FuzzLoop, type FuzzWork, presentHeader } from "./loop.ts";
import { findTarget } from "./targets/index.ts";

const { target, seed, milliseconds, mostKept, corpus, present } = workerData as FuzzWork;
const counters = new Int32Array(present, 0, 2);
const bytes = new Uint8Array(present, presentHeader);
// What a reader says is for nobody.
console.log = console.error = console.warn = () => {};

const loop = new FuzzLoop(findTarget(target), {
  seed,
  milliseconds,
  mostKept,
  corpus: corpus.map((c) => Buffer.from(c)),
  onInput: (input) => {
    bytes.set(input.subarray(0, bytes.length));
    Atomics.store(counters, 1, input.length);
    Atomics.add(counters, 0, 1);
  },
});
parentPort?.postMessage(await loop.run());
