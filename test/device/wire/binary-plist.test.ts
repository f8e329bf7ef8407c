import { parseBuffer } from "bplist-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePlist, type PlistValue } from "../../../src/device/wire/plist.ts";
import { ProtocolError } from "../../../src/shared/errors.ts";
import { assemble, binaryPlist } from "../../helpers/binary-plist.ts";

const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((n) => !Number.isInteger(n)),
  fc.date({ noInvalidDate: true, min: new Date("1900-01-01"), max: new Date("2100-01-01") }),
  fc.uint8Array({ maxLength: 300 }),
);
const { value } = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((k) => k !== "__proto__"),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ) as fc.Arbitrary<PlistValue>,
}));

test("whatever is written is read back", () => {
  fc.assert(
    fc.property(value, (v) => {
      expect(decodePlist(binaryPlist(v))).toEqual(v);
    }),
    { numRuns: 300 },
  );
});

test("another reader reads the same", () => {
  const v = { A: "text", Ü: "naïve — 写真", N: [1, -2, 300, 2 ** 40], D: new Date("2024-05-01T10:00:00Z"), T: true };
  const bytes = binaryPlist(v);
  expect((parseBuffer(bytes) as unknown[])[0]).toEqual(v);
  expect(decodePlist(bytes)).toEqual(v);
});

test("integers of every width, with a sign from eight bytes on; a UID; a null", () => {
  const refs = Buffer.from([0xaa, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const objects = ["10ff", "11fffe", "12ffffffff", "13ffffffffffffffff", "14ffffffffffffffffffffffffffffff85"].map(
    (h) => Buffer.from(h, "hex"),
  );
  const more = ["130020000000000000", "8105dc", "00", "22c0400000", "09"].map((h) => Buffer.from(h, "hex"));
  expect(decodePlist(assemble([refs, ...objects, ...more], 1))).toEqual([
    255,
    65_534,
    4_294_967_295,
    -1,
    -123,
    2n ** 53n,
    1500,
    -3,
    true,
  ]);
});

test.each<[string, Buffer]>([
  ["an array that is its own element", assemble([Buffer.from([0xa1, 0])], 1)],
  [
    "forty arrays, each twice in the one before",
    assemble(
      Array.from({ length: 40 }, (_, i) => Buffer.from(i === 39 ? [0xa0] : [0xa2, i + 1, i + 1])),
      1,
    ),
  ],
  ["a text longer than the message", assemble([Buffer.from("5f137fffffffffffffff", "hex")], 1)],
  ["an array of more elements than bytes", assemble([Buffer.from("af1200ffffff", "hex")], 1)],
  ["an object that there is not", assemble([Buffer.from([0xa1, 7])], 1)],
  ["a key that is no text", assemble([Buffer.from([0xd1, 1, 1]), Buffer.from([9])], 1)],
  ["an unknown kind", assemble([Buffer.from([0x70])], 1)],
  ["nothing but a null", assemble([Buffer.from([0x00])], 1)],
])("%s is refused, and nothing is printed", (_, bytes) => {
  expect(() => decodePlist(bytes)).toThrow(ProtocolError);
});

test("a text that many name is made once", () => {
  const text = Buffer.concat([Buffer.from("5f1200100000", "hex"), Buffer.alloc(0x100000, 0x61)]);
  const refs = Buffer.concat([Buffer.from("af1100ff", "hex"), Buffer.alloc(255, 1)]);
  const before = process.memoryUsage().rss;
  const read = decodePlist(assemble([refs, text], 1)) as string[];
  expect(read).toHaveLength(255);
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});
