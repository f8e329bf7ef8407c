import fc from "fast-check";
import { expect, test } from "vitest";
import { ascii, i64le, struct, u16be, u32be, u32le, u64le } from "../../../src/device/wire/struct.ts";

const Sample = struct("Sample", { tag: ascii(4), a: u16be, b: u32be, c: u32le, d: u64le, e: i64le });
const value = fc.record({
  tag: fc.stringMatching(/^[A-Z]{4}$/),
  a: fc.integer({ min: 0, max: 0xffff }),
  b: fc.integer({ min: 0, max: 0xffff_ffff }),
  c: fc.integer({ min: 0, max: 0xffff_ffff }),
  d: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  e: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});

test("decode is the inverse of encode, at any offset", () => {
  fc.assert(
    fc.property(value, fc.nat(20), (v, offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset), Sample.encode(v)]);
      expect(Sample.decode(bytes, offset)).toEqual(v);
    }),
  );
});

test("a truncated struct names itself, the field and the offset", () => {
  expect(() => Sample.decode(Buffer.alloc(7))).toThrow(/Sample\.b.*offset 6/);
});
