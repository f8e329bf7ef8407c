/**
 * Tests that go through every case there is: each request, each operation, each offset. `npm run test:thorough` takes all of them;
 * `npm test` takes every nth, always the same ones, so that what it says does not change from day to day.
 */
import { test } from "vitest";

const isThorough = Boolean(process.env["OFFROLL_THOROUGH"]);

/** Of `first` to `last`, both included: all, or every `step`th and the last. */
export function cases(first: number, last: number, step: number): number[] {
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return isThorough ? all : all.filter((n) => (n - first) % step === 0 || n === last);
}

/** How many runs of a property: all, or a part. */
export const runs = (all: number, part: number): number => (isThorough ? all : part);

/** A test that costs seconds and has a smaller sister in the same file: skipped, and counted as that, unless all is asked for. */
export const thorough = test.skipIf(!isThorough);
