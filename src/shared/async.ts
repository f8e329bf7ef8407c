/** Small tools for streams of values and bounded concurrency. */
import { throwIfAborted, unlessAborted } from "./abort.ts";

/** A queue with one consumer. `push` never waits: producers bound themselves. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #values: T[] = [];
  #head = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  get size(): number {
    return this.#values.length - this.#head;
  }

  push(value: T): void {
    if (this.#ended) return;
    this.#values.push(value);
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.end();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#head < this.#values.length) {
        const value = this.#values[this.#head] as T;
        this.#values[this.#head] = undefined as T;
        this.#head += 1;
        if (this.#head > 1024) {
          this.#values.splice(0, this.#head);
          this.#head = 0;
        }
        yield value;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/**
 * Maps with up to `concurrency` calls in flight and yields the results in input order.
 * The input is pulled only as room appears. A rejected call ends the iteration with its error.
 */
export async function* mapOrdered<T, R>(
  input: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  fn: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const inFlight: Promise<R>[] = [];
  for await (const value of input) {
    const call = fn(value);
    call.catch(() => {}); // it is awaited below; a rejection must not count as unhandled meanwhile
    inFlight.push(call);
    if (inFlight.length >= concurrency) yield await (inFlight.shift() as Promise<R>);
  }
  while (inFlight.length > 0) yield await (inFlight.shift() as Promise<R>);
}

/** A terminal draws 60 frames a second: others wait for half of one at most, and for what one value takes. */
const turnMs = 8;

/** Says when work has held the thread that also draws and reads keys for long enough, and yields to the event loop. */
export class Yielder {
  readonly #turnMs: number;
  #since = performance.now();

  constructor(ms = turnMs) {
    this.#turnMs = ms;
  }

  get isDue(): boolean {
    return performance.now() - this.#since > this.#turnMs;
  }

  /** Resolves after whatever else is waiting had its turn. */
  async yieldNow(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}

/** The values of a synchronous iterable; yields to the event loop whenever the work on them has held the thread for long. */
export async function* yielding<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  const yielder = new Yielder();
  for (const value of values) {
    if (yielder.isDue) await yielder.yieldNow();
    yield value;
  }
}

/**
 * Calls for each value, and yields to the event loop in between. Cheaper than `yielding`, whose every value is a promise.
 * @param options.between values from one look at the clock to the next
 */
export async function forEachYielding<T>(
  values: readonly T[],
  call: (value: T) => void,
  { between = 64, yielder = new Yielder() } = {},
): Promise<void> {
  for (const [i, value] of values.entries()) {
    if (i % between === 0 && yielder.isDue) await yielder.yieldNow();
    call(value);
  }
}

const sortedAtOnce = 2_000;

/** A sorted copy, made in runs that are sorted at once and then merged, so that no step takes long. */
export async function sortedYielding<T>(values: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < values.length; at += sortedAtOnce) runs.push(values.slice(at, at + sortedAtOnce));
  const yielder = new Yielder();
  await forEachYielding(runs, (run) => run.sort(compare), { between: 1, yielder });
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      merged.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], compare, yielder));
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Of two that are equal, the one from `a` comes first. */
async function merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
  yielder: Yielder,
): Promise<T[]> {
  const merged: T[] = [];
  let at = 0;
  const take = (value: T): void => {
    for (; at < b.length && compare(b[at] as T, value) < 0; at += 1) merged.push(b[at] as T);
    merged.push(value);
  };
  await forEachYielding(a, take, { yielder });
  return merged.concat(b.slice(at));
}

/** The work's result, or `onSilence()` thrown when it takes longer; what it does later is nobody's concern. */
export async function within<T>(work: Promise<T>, ms: number, onSilence: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onSilence()), ms);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** A counting semaphore, first come first served. */
export class Semaphore {
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /** @param signal gives the place in the queue up. @returns what gives the turn to the next */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.#free > 0) this.#free -= 1;
    else await this.#queue(signal);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#pass();
    };
  }

  async #queue(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#pass(); // the turn came in the moment it left
      throw error;
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}

/** Work that goes on while its starter does something else: so many at once, and none is forgotten. */
export class InFlight {
  readonly #turn: Semaphore;
  readonly #all = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#turn = new Semaphore(most);
  }

  /** @returns when it may be left alone, or is done @throws what an earlier one threw */
  async add(work: Promise<void>): Promise<void> {
    const kept = work.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#all.add(kept);
    void kept.then(() => this.#all.delete(kept));
    const leave = await this.#turn.acquire();
    void kept.then(leave);
    if (this.#failure) throw this.#failure.error;
  }

  /** @throws what the first of them threw that did */
  async all(): Promise<void> {
    await Promise.all(this.#all);
    if (this.#failure) throw this.#failure.error;
  }
}
