/** The fuzzer finds what is planted, and nothing of what it once found is back. */
import { expect, test } from "vitest";
import { AppError } from "../../src/shared/errors.ts";
import { readRegressions } from "./corpus.ts";
import { fuzz } from "./fuzz.ts";
import { findTarget, targets } from "./targets/index.ts";

test.each([
  ["planted-throw", "untyped throw"],
  ["planted-hang", "hang"],
  ["planted-slow", "hang"],
  ["planted-hoard", "allocation"],
  ["planted-heap", "out of memory"],
])("%s is found", async (name, kind) => {
  const { finding } = await fuzz(name, 1, 240_000, name === "planted-hang" ? { returnsWithinMs: 500 } : {});
  expect(finding?.kind).toBe(kind);
  expect(finding?.input.toString("latin1")).toContain("b");
});

test("what reaches new blocks is kept", async () => {
  // By how many, not by how long: a busy computer needs its time.
  const { kept, executions } = await fuzz("planted-depth", 1, 240_000, { mostKept: 4 });
  expect(executions).toBeGreaterThan(64);
  expect(kept.length).toBeGreaterThan(3);
});

test.each(targets.map((t) => [t.name, t] as const))("%s reads its seeds", async (_, target) => {
  expect(target.seeds().length).toBeGreaterThan(0);
  for (const seed of target.seeds()) await target.run(seed);
});

test.each(readRegressions())("$target: what was found once is found no more", async ({ target, inputs }) => {
  for (const input of inputs)
    try {
      await findTarget(target).run(input);
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
});
