import fc from "fast-check";
import { expect, test } from "vitest";
import { typedstream } from "../../fixtures/make/phone-data/typedstream-writer.ts";
import { readAttributedBody } from "../../src/phone-data/formats/attributed-body.ts";
import { readTypedstream, TypedstreamError } from "../../src/phone-data/formats/typedstream.ts";
import { BodyPatterns } from "../../src/phone-data/messages/body-pattern.ts";
import { bodyOf } from "../../src/phone-data/messages/message-body.ts";

/** A body as a phone archives it, byte for byte. */
const vector = Buffer.from(
  "040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b0a4e6f7465722074657374868402694901" +
    "0a928484840c4e5344696374696f6e617279009484016901928496961d5f5f6b494d4d657373616765506172744174747269627574654e616d658692848484084e534e756d626572008484074e5356616c7565009484012a84999900868686",
  "hex",
);

test("a phone's own archive is read, and our generator writes the same bytes", () => {
  expect(bodyOf(vector)).toEqual({
    text: "Noter test",
    attachments: [],
    mentions: [],
    texts: [{ part: 0, text: "Noter test" }],
  });
  expect(typedstream([{ text: "Noter test", attributes: { __kIMMessagePartAttributeName: 0 } }]).toString("hex")).toBe(
    vector.toString("hex"),
  );
});

const attribute = fc.oneof(
  fc.integer({ min: -40_000, max: 100_000 }),
  fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.toWellFormed()),
);
const run = fc.record({
  text: fc.string({ unit: "binary", minLength: 1, maxLength: 400 }).map((text) => text.toWellFormed()),
  attributes: fc.dictionary(fc.constantFrom("__kIMMessagePartAttributeName", "__kIMOther", "__kIMMore"), attribute, {
    noNullPrototype: true,
  }),
});

test("whatever is written is read: text, runs and attributes", () => {
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 8 }),
      fc.constantFrom("NSString", "NSMutableString"),
      (runs, string) => {
        const read = readAttributedBody(typedstream(runs, { string }));
        expect(read.map(({ text }) => text)).toEqual(runs.map(({ text }) => text));
        expect(read.map(({ attributes }) => [...attributes.keys()])).toEqual(
          runs.map(({ attributes }) => Object.keys(attributes)),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test("a body told by its pattern says what the whole reader reads of it, and bent ones are left to that", () => {
  const patterns = new BodyPatterns();
  const words = ["Hi", "x".repeat(127), "y".repeat(128), "é".repeat(16_383), "👩‍👩‍👧 ok", "\ufffc", "a\ufffdb"];
  const kinds = [{}, { string: "NSMutableString" as const }];
  let told = 0;
  for (const kind of kinds)
    for (const part of [0, 1, 300]) {
      const made = (text: string): Buffer =>
        typedstream([{ text, attributes: { __kIMMessagePartAttributeName: part } }], kind);
      patterns.learn(made("first"), bodyOf(made("first")));
      for (const text of words) {
        const body = patterns.read(made(text));
        told += body ? 1 : 0;
        if (body) expect(body).toEqual({ text, attachments: [], mentions: [], texts: [{ part, text }] });
      }
    }
  expect(told).toBe(kinds.length * 3 * 5);
  fc.assert(
    fc.property(fc.integer({ min: 16, max: vector.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const bent = Buffer.from(vector);
      bent[at] = byte;
      const body = patterns.read(bent);
      if (body) expect(readAttributedBody(bent).map(({ text }) => text)).toEqual([body.text]);
    }),
    { numRuns: 400 },
  );
});

test("lengths of one, two and four bytes are whole", () => {
  for (const length of [1, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 200_000]) {
    const text = `${"x".repeat(length - 1)}é`;
    expect(bodyOf(typedstream([{ text, attributes: { __kIMMessagePartAttributeName: 0 } }])).text).toBe(text);
  }
});

test("cut, bent and endless streams end in an error of their own, and fast", () => {
  for (let length = 0; length < vector.length; length += 1)
    expect(() => readAttributedBody(vector.subarray(0, length))).toThrow(TypedstreamError);
  const deep = Buffer.concat([
    vector.subarray(0, 16),
    Buffer.from("840140", "hex"),
    ...Array.from({ length: 5_000 }, () => Buffer.from("848484014100 8592".replaceAll(" ", ""), "hex")),
  ]);
  expect(() => readTypedstream(deep)).toThrow(/nested deeper/);
  const huge = Buffer.concat([vector.subarray(0, 16), Buffer.from("84012b82ffffff7f", "hex")]);
  expect(() => readTypedstream(huge)).toThrow(/too early/);
  fc.assert(
    fc.property(fc.integer({ min: 16, max: vector.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const bent = Buffer.from(vector);
      bent[at] = byte;
      try {
        readAttributedBody(bent);
      } catch (error) {
        expect(error).toBeInstanceOf(TypedstreamError);
      }
    }),
    { numRuns: 400 },
  );
});
