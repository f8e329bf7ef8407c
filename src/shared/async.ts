/** Small tools for streams of values and bounded concurrency. */

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

/** Lets whatever else is waiting go first: for long computations on the one thread that also draws and reads keys. */
export async function breathe(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** The values of a synchronous iterable, with a breath after each so many of them. */
export async function* breathing<T>(values: Iterable<T>, every: number): AsyncGenerator<T, void, undefined> {
  let n = 0;
  for (const value of values) {
    n += 1;
    if (n % every === 0) await breathe();
    yield value;
  }
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

  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}
