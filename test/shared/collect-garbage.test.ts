import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { collectGarbage } from "../../src/shared/collect-garbage.ts";

const usedMb = (): number => getHeapStatistics().used_heap_size / 1e6;

test("what nobody holds any more is given back when it is asked for, and what is held stays", () => {
  collectGarbage();
  const atFirst = usedMb();
  let dropped: object[] | undefined = Array.from({ length: 400_000 }, (_, i) => ({ i, text: [i] }));
  const kept = Array.from({ length: 100_000 }, (_, i) => ({ i, text: [i] }));
  const made = usedMb() - atFirst;
  expect(made).toBeGreaterThan(40);
  expect(dropped.length).toBe(400_000);
  dropped = undefined;
  collectGarbage();
  expect(usedMb() - atFirst).toBeLessThan(made / 2);
  expect(kept.at(-1)).toEqual({ i: 99_999, text: [99_999] });
});
