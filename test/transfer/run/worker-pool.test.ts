import { expect, test } from "vitest";
import { WorkerPool } from "../../../src/transfer/run/worker-pool.ts";

/** Workers that end when they are let. */
function poolOf(most: number, idle: { ms: number | undefined }, time: { now: number }) {
  const end = Promise.withResolvers<void>();
  const pool = new WorkerPool(
    () => end.promise,
    most,
    () => idle.ms,
    () => time.now,
  );
  return { pool, end };
}

test("more take part while nothing is asked of the phone, and never more than it bears", async () => {
  const [idle, time] = [{ ms: 0 }, { now: 0 }];
  const { pool, end } = poolOf(40, idle, time);
  const work = pool.run();
  expect(pool.size).toBe(16);
  time.now = 10;
  idle.ms = 9;
  pool.adjust();
  expect(pool.size).toBe(16);
  time.now = 20;
  pool.adjust();
  expect(pool.size).toBe(32);
  // The second look is not as soon.
  time.now = 40;
  idle.ms = 29;
  pool.adjust();
  expect(pool.size).toBe(32);
  time.now = 300;
  idle.ms = 9;
  pool.adjust();
  expect(pool.size).toBe(32);
  time.now = 500;
  idle.ms = 100;
  pool.adjust();
  expect(pool.size).toBe(40);
  end.resolve();
  await work;
});

test("where it is not known what is asked, all take part; one that fails ends the work", async () => {
  const { pool, end } = poolOf(8, { ms: undefined }, { now: 0 });
  const work = pool.run();
  expect(pool.size).toBe(8);
  end.reject(new Error("no"));
  await expect(work).rejects.toThrow("no");
});
