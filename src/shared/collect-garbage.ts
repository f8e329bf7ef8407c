/** Memory given back where much of it has just become garbage, and before as much again is made. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of the heap, in bytes: with less there is nothing to gain. */
const worthwhile = 32 * 1024 * 1024;

/** Of what is made one by one: so many leave some 25 MB behind. */
const collectedAfter = 10_000;

type Collect = (options?: { readonly type: "minor" }) => void;
let exposed: Collect | undefined;

/**
 * Left to itself V8 lets garbage grow with what is alive, and most of a process's memory is then garbage. Some 20 ms for 25 MB that
 * stay, in which nothing else happens: to be called between the parts of a long work.
 *
 * `--expose-gc` on Node's command line would do, and cost every start 4 ms: Node's own snapshot is not made for it.
 */
export function collectGarbage(): void {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  if (heap + outside >= worthwhile) collectNow();
}

/** For what holds memory that V8 does not see, which only a whole collection gives back: statements of SQLite. */
export function collectNow(): void {
  exposed ??= exposeGc();
  exposed();
}

/** Collects among the making of many, which may be more than anybody expected. */
export class Collector {
  #made = 0;

  /** To be told of each. */
  made(): void {
    this.#made += 1;
    if (this.#made % collectedAfter === 0) collectGarbage();
  }
}

/**
 * For work that makes much and keeps little. V8's space for what was just made stays as small as it is, where it would grow to 48 MB of
 * garbage; and what is kept is collected once it has grown by 8 MB, where it may double. Disposing it ends both.
 */
export function keepHeapSmall(): Disposable {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=10");
  return {
    [Symbol.dispose]: () => {
      setFlagsFromString("--semi-space-growth-factor=2");
      setFlagsFromString("--heap-growing-percent=0");
    },
  };
}

/** So many bytes that passed through are given back while hardly any of them have been moved among what is kept. */
const youngWorthwhile = 4 * 1024 * 1024;
/** What is kept is collected once it has grown by so much since it was last: V8's own least step is 8 MB. */
const keptWorthwhile = 2 * 1024 * 1024;

let passed = 0;
let keptAtLast = 0;

/**
 * To be told of bytes that pass through, chunk by chunk: each chunk is memory outside of the heap, of which V8 lets some 32 MB pile up
 * when little else is made; and what was once taken from the system for it stays with the process. A chunk that is used up is young,
 * and collecting the young alone takes less than a millisecond.
 */
export function bytesPassed(bytes: number): void {
  passed += bytes;
  if (passed < youngWorthwhile) return;
  passed = 0;
  exposed ??= exposeGc();
  exposed({ type: "minor" });
  const kept = getHeapStatistics().used_heap_size;
  if (kept < keptAtLast + keptWorthwhile) {
    keptAtLast = Math.min(keptAtLast, kept);
    return;
  }
  collectNow();
  keptAtLast = getHeapStatistics().used_heap_size;
}

function exposeGc(): Collect {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  // What Node keeps of compiled modules counts for one set of flags alone.
  setFlagsFromString("--no-expose-gc");
  // Any argument at all, undefined too, makes it collect the young alone.
  return typeof gc === "function" ? (options) => void (options ? gc(options) : gc()) : () => {};
}
