import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { bytesPassed, Collector, collectGarbage } from "../../src/shared/collect-garbage.ts";

const usedMb = (): number => getHeapStatistics().used_heap_size / 1e6;

function amongMany(): void {
  const collector = new Collector();
  for (let i = 0; i < 25_000; i += 1) collector.made();
}

test.each([
  ["when it is asked for", collectGarbage],
  ["when so many were made that it is worth it", amongMany],
  ["when bytes have passed, and what is kept has grown", () => bytesPassed(5_000_000)],
])("what nobody holds any more is given back %s, and what is held stays", (_, collect) => {
  collectGarbage();
  const atFirst = usedMb();
  let dropped: object[] | undefined = Array.from({ length: 400_000 }, (_, i) => ({ i, text: [i] }));
  const kept = Array.from({ length: 100_000 }, (_, i) => ({ i, text: [i] }));
  const made = usedMb() - atFirst;
  expect(made).toBeGreaterThan(40);
  expect(dropped.length).toBe(400_000);
  dropped = undefined;
  collect();
  expect(usedMb() - atFirst).toBeLessThan(made / 2);
  expect(kept.at(-1)).toEqual({ i: 99_999, text: [99_999] });
});
