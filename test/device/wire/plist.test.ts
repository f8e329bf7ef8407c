import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePlist, decodePlistDict, encodePlist, type PlistDict } from "../../../src/device/wire/plist.ts";
import { ProtocolError } from "../../../src/shared/errors.ts";

const key = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((k) => k !== "__proto__" && !/[\u0000-\u001f\ufffe\uffff]/.test(k) && k.isWellFormed() && k.trim() === k);
const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((t) => t.trim() === t && !/[\u0000-\u001f]/.test(t));
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 64 }),
);
const dict = fc.dictionary(
  key,
  fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(key, leaf, { maxKeys: 3 })),
  {
    maxKeys: 6,
    noNullPrototype: true,
  },
);

test("what is encoded decodes to the same", () => {
  fc.assert(
    fc.property(dict, (value) => {
      expect(decodePlistDict(encodePlist(value as PlistDict))).toEqual(value);
    }),
  );
});

test("random bytes are refused, never a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, binary) => {
      const input = binary ? Buffer.concat([Buffer.from("bplist00"), bytes]) : Buffer.from(bytes);
      try {
        decodePlist(input);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 500 },
  );
});

test("truncated plists are refused", () => {
  const whole = encodePlist({ A: "text", B: [1, 2, 3], C: { D: Buffer.from("xyz") } });
  for (let length = 0; length < whole.length - 1; length += 7)
    expect(() => decodePlist(whole.subarray(0, length))).toThrow(ProtocolError);
});

test("control characters in a phone's strings become spaces", () => {
  const xml = Buffer.from(
    '<?xml version="1.0"?><plist version="1.0"><dict><key>N</key><string>a\u0001b</string></dict></plist>',
  );
  expect(decodePlistDict(xml)).toEqual({ N: "a b" });
});

test("a binary plist with an absurd object count allocates nothing", () => {
  const trailer = Buffer.alloc(32);
  trailer[6] = 8;
  trailer[7] = 8;
  trailer.writeBigUInt64BE(0xffff_ffff_ffffn, 8);
  const bytes = Buffer.concat([Buffer.from("bplist00"), Buffer.alloc(16), trailer]);
  expect(() => decodePlist(bytes)).toThrow(/object count/);
});

test("nesting beyond the bound is refused", () => {
  const deep = `<plist version="1.0">${"<array>".repeat(200)}${"</array>".repeat(200)}</plist>`;
  expect(() => decodePlist(Buffer.from(deep))).toThrow(/deeper/);
});
