/** What `doctor` finds wrong with a phone is what is wrong with it, once. */
import { expect, test } from "vitest";
import type { MediaItem, ReadOptions } from "../../src/device/media-source.ts";
import { selfCheck } from "../../src/device/self-check.ts";
import { MemorySource } from "../fakes/memory-source.ts";

const path = (n: number): string => `/DCIM/100APPLE/IMG_000${n}.JPG`;
const files = (count: number): Map<string, Buffer> =>
  new Map(Array.from({ length: count }, (_, i) => [path(i), Buffer.alloc(1_000 + i, i)]));

async function problemsOf(source: MemorySource): Promise<string[]> {
  const checks = await selfCheck(source);
  expect(checks.length).toBeGreaterThan(1);
  return checks.filter((c) => !c.ok).map((c) => `${c.check}: ${c.detail}`);
}

test("a good phone has no problem, and one without files neither", async () => {
  expect(await problemsOf(new MemorySource(files(6)))).toEqual([]);
  expect((await selfCheck(new MemorySource(new Map()))).filter((c) => !c.ok)).toEqual([]);
});

test("one file that cannot be read is one problem, and the others are held to the promises", async () => {
  const source = new MemorySource(files(5), new Set([path(4)]));
  const checks = await selfCheck(source);
  expect(checks.filter((c) => !c.ok)).toHaveLength(1);
  expect(checks.find((c) => !c.ok)).toMatchObject({
    check: "reading",
    detail: expect.stringContaining("1 file of 4 cannot be read"),
  });
  expect(checks.map((c) => c.check)).toContain("again");
});

test("where none can be read it is said, and nothing is claimed of reading", async () => {
  const all = files(3);
  const checks = await selfCheck(new MemorySource(all, new Set(all.keys())));
  expect(checks.filter((c) => !c.ok).map((c) => c.check)).toEqual(["reading"]);
  expect(checks.map((c) => c.check)).not.toContain("sizes");
});

test("bytes that differ from one read to the next are found", async () => {
  let reads = 0;
  class Fickle extends MemorySource {
    override async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
      reads += 1;
      for await (const chunk of super.read(item, options)) yield Buffer.from(chunk).fill(reads);
    }
  }
  expect(await problemsOf(new Fickle(files(4)))).toContain("again: files read twice differ");
});
