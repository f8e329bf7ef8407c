/** Memory given back where much of it has just become garbage, and before as much again is made. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of the heap, in bytes: with less there is nothing to gain. */
const worthwhile = 32 * 1024 * 1024;

let collect: (() => void) | undefined;

/**
 * Left to itself V8 lets garbage grow with what is alive, and most of a process's memory is then garbage. Some 20 ms for 25 MB that
 * stay, in which nothing else happens: to be called between the parts of a long work, not within them.
 *
 * `--expose-gc` on Node's command line would do, and cost every start 4 ms: Node's own snapshot is not made for it.
 */
export function collectGarbage(): void {
  if (getHeapStatistics().used_heap_size < worthwhile) return;
  collect ??= collector();
  collect();
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const exposed: unknown = runInNewContext("globalThis.gc");
  return typeof exposed === "function" ? () => void exposed() : () => {};
}
