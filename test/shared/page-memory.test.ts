import { expect, test } from "vitest";
import { pageMemory, sharedPageMemory } from "../../src/shared/page-memory.ts";

test("memory begins on a page, has room for what was asked for, and is zero", () => {
  for (const bytes of [1, 65_536, 65_537, 3_000_000])
    for (const memory of [pageMemory(bytes), sharedPageMemory(bytes)]) {
      expect(memory.byteLength).toBeGreaterThanOrEqual(bytes);
      expect(memory.byteLength - bytes).toBeLessThan(65_536);
      expect(Buffer.from(memory).every((byte) => byte === 0)).toBe(true);
    }
  expect(sharedPageMemory(1)).toBeInstanceOf(SharedArrayBuffer);
  expect(pageMemory(1)).toBeInstanceOf(ArrayBuffer);
});
