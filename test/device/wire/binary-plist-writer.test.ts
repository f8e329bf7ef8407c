/** Binary property lists that we write: against bytes that Apple's phones and idevicebackup2 sent, and read back by our own reader. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  encodeBinaryPlist,
  PlistReal,
  PlistUid,
  type WritablePlist,
} from "../../../src/device/wire/binary-plist-writer.ts";
import { decodePlist } from "../../../src/device/wire/plist.ts";

const empty = "___EmptyParameterString___";

test.each<readonly [string, WritablePlist, string]>([
  [
    "what a phone begins with",
    ["DLMessageVersionExchange", 400, 0],
    "62706c6973743030a30102035f1018444c4d65737361676556657273696f6e45786368616e67651101901000080c272a000000000000010100000000000000040000000000000000000000000000002c",
  ],
  [
    "one text",
    ["DLMessageDeviceReady"],
    "62706c6973743030a1015f1014444c4d6573736167654465766963655265616479080a0000000000000101000000000000000200000000000000000000000000000021",
  ],
  [
    "a negative status, with the sign that hosts write",
    ["DLMessageStatusResponse", -1, "Operation not supported", {}],
    "62706c6973743030a4010203045f1017444c4d657373616765537461747573526573706f6e736513ffffffffffffffff5f10174f7065726174696f6e206e6f7420737570706f72746564d0080d27304a000000000000010100000000000000050000000000000000000000000000004b",
  ],
  [
    "free space",
    ["DLMessageStatusResponse", 0, empty, 77_623_144_448],
    "62706c6973743030a4010203045f1017444c4d657373616765537461747573526573706f6e736510005f101a5f5f5f456d707479506172616d65746572537472696e675f5f5f130000001212b33000080d272946000000000000010100000000000000050000000000000000000000000000004f",
  ],
  [
    "goodbye",
    ["DLMessageDisconnect", empty],
    "62706c6973743030a201025f1013444c4d657373616765446973636f6e6e6563745f101a5f5f5f456d707479506172616d65746572537472696e675f5f5f080b21000000000000010100000000000000030000000000000000000000000000003e",
  ],
])("%s is written as it is sent", (_, value, hex) => {
  expect(encodeBinaryPlist(value).toString("hex")).toBe(hex);
});

test("a listing of a folder is read as idevicebackup2's is", () => {
  const modified = new Date("2026-09-22T14:38:56Z");
  const list = {
    "Info.plist": { DLFileType: "DLFileTypeRegular", DLFileSize: 2567, DLFileModificationDate: modified },
  };
  expect(decodePlist(encodeBinaryPlist(list))).toEqual(list);
});

test("reals stay reals, and references references", () => {
  expect(encodeBinaryPlist(new PlistReal(2)).subarray(8, 17).toString("hex")).toBe("234000000000000000");
  expect(encodeBinaryPlist({ root: new PlistUid(1) }).includes(Buffer.from("8001", "hex"))).toBe(true);
  expect(encodeBinaryPlist(new PlistUid(300)).subarray(8, 11).toString("hex")).toBe("81012c");
});

test("integers of every size come back", () => {
  const values = [
    0,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -1,
    -(2 ** 40),
    2n ** 63n - 1n,
  ];
  expect(decodePlist(encodeBinaryPlist(values))).toEqual(values);
  expect(decodePlist(encodeBinaryPlist(2n ** 64n - 13n))).toBe(2n ** 64n - 13n);
});

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.string({ unit: "binary" }), fc.uint8Array());
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("node")),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("node"),
      { noNullPrototype: true },
    ),
  ),
})).node;

test("anything that is written is read as it was", () => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(decodePlist(encodeBinaryPlist(value as WritablePlist))).toEqual(value);
    }),
    { numRuns: 200 },
  );
});
