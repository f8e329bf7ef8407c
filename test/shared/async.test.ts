/** Streams of values, bounded concurrency, and turns of the event loop. */
import { expect, test } from "vitest";
import {
  AsyncQueue,
  forEachYielding,
  InFlight,
  mapOrdered,
  sortedYielding,
  within,
  Yielder,
  yielding,
} from "../../src/shared/async.ts";

const collect = async <T>(values: AsyncIterable<T>): Promise<T[]> => await Array.fromAsync(values);

test("a queue gives all that was pushed, in order, whether its reader waits or comes late", async () => {
  const queue = new AsyncQueue<number>();
  const numbers = Array.from({ length: 5_000 }, (_, i) => i);
  for (const n of numbers.slice(0, 3_000)) queue.push(n);
  const reading = collect(queue);
  await new Promise((done) => setImmediate(done));
  expect(queue.size).toBe(0);
  for (const n of numbers.slice(3_000)) queue.push(n);
  queue.end();
  queue.push(-1); // too late
  expect(await reading).toEqual(numbers);
});

test("a queue that fails gives what came before, and then its error; what comes after an end changes nothing", async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.fail(new Error("broken"));
  queue.fail(new Error("again"));
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const n of queue) seen.push(n);
    })(),
  ).rejects.toThrow("broken");
  expect(seen).toEqual([1]);
  const ended = new AsyncQueue<number>();
  ended.end();
  ended.fail(new Error("late"));
  expect(await collect(ended)).toEqual([]);
});

test("results come in the order of the input, never more calls at once than allowed, and no value is pulled early", async () => {
  let running = 0;
  let most = 0;
  let pulled = 0;
  function* input(): Generator<number> {
    for (let i = 0; i < 20; i += 1) {
      pulled += 1;
      yield i;
    }
  }
  const results: number[] = [];
  for await (const result of mapOrdered(input(), 3, async (n) => {
    running += 1;
    most = Math.max(most, running);
    for (let turns = 0; turns < 3 + (n % 3) * 4; turns += 1) await new Promise((done) => setImmediate(done));
    running -= 1;
    return n * 2;
  })) {
    results.push(result);
    expect(pulled).toBeLessThanOrEqual(results.length + 3);
  }
  expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
  expect(most).toBe(3);
});

test("the first call that fails ends the mapping with its error, and the others' are not unhandled", async () => {
  const calls = mapOrdered([1, 2, 3], 3, async (n) => {
    throw new Error(`call ${n}`);
  });
  await expect(collect(calls)).rejects.toThrow("call 1");
});

test("work in flight: so many at once, all of it met, and the first failure is told by the next and at the end", async () => {
  const flight = new InFlight(2);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  await flight.add(first.promise);
  await flight.add(second.promise);
  let isThirdIn = false;
  const third = flight.add(Promise.resolve()).then(() => {
    isThirdIn = true;
  });
  await new Promise((done) => setImmediate(done));
  expect(isThirdIn).toBe(false);
  first.resolve();
  await third;
  second.reject(new Error("lost"));
  await new Promise((done) => setImmediate(done));
  await expect(flight.add(Promise.resolve())).rejects.toThrow("lost");
  await expect(flight.all()).rejects.toThrow("lost");
});

test("sorting in runs gives what sorting at once does, and equal values keep their order", async () => {
  const byKey = (a: { key: number }, b: { key: number }): number => a.key - b.key;
  // Around the length of a run, and of several.
  for (const length of [0, 1, 1_999, 2_000, 2_001, 4_000, 6_501]) {
    const values = Array.from({ length }, (_, place) => ({ key: (place * 7_919) % 53, place }));
    expect(await sortedYielding(values, byKey)).toEqual(values.toSorted(byKey));
  }
});

test("long work on a list lets others have their turn, short work does not wait for any", async () => {
  let turns = 0;
  let isOn = true;
  const tick = (): void => {
    turns += 1;
    if (isOn) setImmediate(tick);
  };
  setImmediate(tick);
  // One that is always due: every look at the clock gives the turn away, once in 64 values.
  await forEachYielding(Array(640).fill(0), () => {}, { yielder: new Yielder(-1) });
  isOn = false;
  expect(turns).toBeGreaterThanOrEqual(9);
  let isYielded = false;
  setImmediate(() => {
    isYielded = true;
  });
  await forEachYielding([1, 2, 3], () => {}, { yielder: new Yielder(60_000) });
  expect(isYielded).toBe(false);
  expect(await collect(yielding([1, 2, 3]))).toEqual([1, 2, 3]);
});

test("silence is told as the caller wants, an answer in time is passed on, and no timer is left to hold the process", async () => {
  await expect(within(new Promise(() => {}), 1, () => new Error("nothing came"))).rejects.toThrow("nothing came");
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  expect(await within(Promise.resolve("here"), 600_000, () => new Error("late"))).toBe("here");
  await expect(within(Promise.reject(new Error("refused")), 600_000, () => new Error("late"))).rejects.toThrow(
    "refused",
  );
  expect(timers()).toBe(before);
});
