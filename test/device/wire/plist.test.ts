import { parse as parseByLibrary } from "@plist/xml.parse";
import fc from "fast-check";
import { build as buildByLibrary } from "plist";
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

/** As libraries have them: ArrayBuffers for data, and every integer beyond what a number holds a bigint. */
function alike(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(alike);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, alike(v)]));
  return value;
}

test("a library that parses XML reads what we write as we do", () => {
  fc.assert(
    fc.property(dict, (value) => {
      expect(alike(parseByLibrary(encodePlist(value as PlistDict).toString()))).toEqual(alike(value));
    }),
  );
});

test("what a library writes we read", () => {
  const forLibrary = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value);
    if (Array.isArray(value)) return value.map(forLibrary);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, forLibrary(v)]));
    return value;
  };
  fc.assert(
    fc.property(dict, (value) => {
      expect(decodePlist(Buffer.from(buildByLibrary(forLibrary(value) as never)))).toEqual(value);
    }),
  );
});

const inDict = (inside: string): Buffer =>
  Buffer.from(
    `\ufeff<?xml version="1.0"?>\n<!-- one -->\n<!DOCTYPE plist PUBLIC "a" "b">\n<plist version="1.0"><dict>${inside}</dict></plist>\n`,
  );

test.each<[string, PlistDict]>([
  ["<key>S</key><string> a &lt;&#x1F600;&#65;&amp;&quot; </string>", { S: ' a <\u{1F600}A&" ' }],
  ["<key>S</key><string>bare & and &nothing; stay</string>", { S: "bare & and &nothing; stay" }],
  ["<key>S</key><string>a<![CDATA[<b>&amp;]]><!-- no -->c</string>", { S: "a<b>&amp;c" }],
  ["<key>E</key><string/><key>D</key><dict/><key>A</key><array />", { E: "", D: {}, A: [] }],
  ["<key>I</key><integer>-9223372036854775808</integer>", { I: -(2n ** 63n) }],
  ["<key>I</key><integer> 0xFF </integer><key>R</key><real>-1.5e3</real>", { I: 255, R: -1500 }],
  ["<key>D</key><date>2024-05-01T10:00:00Z</date>", { D: new Date("2024-05-01T10:00:00Z") }],
  ["<key>D</key><data>\n\taGVs\n\tbG8=\n</data>", { D: new Uint8Array(Buffer.from("hello")) }],
  ["<key>__proto__</key><dict><key>x</key><true/></dict><key>T</key><true></true>", { T: true }],
])("XML as phones write it: %s", (inside, expected) => {
  expect(decodePlistDict(inDict(inside))).toEqual(expected);
});

test.each([
  ["a value without a key", "<string>a</string>"],
  ["a key without a value", "<key>A</key>"],
  ["an unknown element", "<key>A</key><script>a</script>"],
  ["no number", "<key>A</key><integer>1 2</integer>"],
  ["elements that cross", "<key>A</key><array><dict></array></dict>"],
  ["text between elements", "<key>A</key> text <string>a</string>"],
])("what is no property list is refused: %s", (_, inside) => {
  expect(() => decodePlist(inDict(inside))).toThrow(ProtocolError);
});

test("a document type that declares entities is refused, so that nothing grows", () => {
  const bomb = `<!DOCTYPE plist [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><plist><string>&b;</string></plist>`;
  expect(() => decodePlist(Buffer.from(bomb))).toThrow(/declares/);
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
