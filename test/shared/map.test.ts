import { expect, test } from "vitest";
import { addTo } from "../../src/shared/map.ts";

test("values of a key are kept in order, each key's by itself", () => {
  const map = new Map<string, number[]>();
  for (const [key, value] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["__proto__", 4],
  ] as const)
    addTo(map, key, value);
  expect([...map]).toEqual([
    ["a", [1, 3]],
    ["b", [2]],
    ["__proto__", [4]],
  ]);
});
