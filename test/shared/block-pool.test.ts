/** Memory that is lent and taken back: never to two at once, and never counted wrongly. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockPool, blockBytes } from "../../src/shared/block-pool.ts";

test("a block has the size that was asked for, begins on a page and is shared between threads", () => {
  const pool = new BlockPool();
  for (const bytes of [0, 1, 64 * 1024, 64 * 1024 + 1, blockBytes]) {
    const block = pool.take(bytes);
    expect(block.length).toBe(bytes);
    expect(block.byteOffset % 4096).toBe(0);
    expect(block.buffer).toBeInstanceOf(SharedArrayBuffer);
  }
});

test("whatever is taken and given back in whatever order, no two hold the same byte", () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: blockBytes }), fc.nat()), { maxLength: 120 });
  fc.assert(
    fc.property(moves, (steps) => {
      const pool = new BlockPool();
      const out: Buffer[] = [];
      for (const [isTaken, bytes, which] of steps) {
        if (isTaken || out.length === 0) out.push(pool.take(bytes));
        else pool.give(out.splice(which % out.length, 1)[0]!);
        const held = out.filter((block) => block.length > 0);
        for (const [i, a] of held.entries())
          for (const b of held.slice(i + 1)) {
            const isApart =
              a.buffer !== b.buffer ||
              a.byteOffset + a.length <= b.byteOffset ||
              b.byteOffset + b.length <= a.byteOffset;
            expect(isApart).toBe(true);
          }
      }
    }),
    { numRuns: 40 },
  );
});

test("a part of a block gives all of it back; more blocks than are kept are lent, too", () => {
  const pool = new BlockPool();
  const first = pool.take(1000);
  pool.give(first.subarray(10, 20));
  const again = pool.take(2000);
  expect([again.buffer === first.buffer, again.byteOffset]).toEqual([true, first.byteOffset]);
  const many = Array.from({ length: 300 }, () => pool.take(10));
  expect(new Set(many.map((b) => `${many.findIndex((m) => m.buffer === b.buffer)}:${b.byteOffset}`)).size).toBe(300);
});

test("the most that was out at once is known; memory of other origin is left alone", () => {
  const pool = new BlockPool();
  const [a, b] = [pool.take(10), pool.take(blockBytes)];
  expect(pool.peakBytes).toBe(64 * 1024 + blockBytes);
  pool.give(a);
  pool.give(b);
  pool.give(Buffer.alloc(64 * 1024));
  pool.give(Buffer.from("not ours"));
  pool.take(10);
  expect(pool.peakBytes).toBe(64 * 1024 + blockBytes);
  // Larger than any block: the collector's, and not counted.
  expect(pool.take(blockBytes + 1).length).toBe(blockBytes + 1);
  expect(pool.peakBytes).toBe(64 * 1024 + blockBytes);
});
