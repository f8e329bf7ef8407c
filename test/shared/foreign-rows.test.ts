import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { RowsWriter, rowsIn } from "../../src/shared/foreign-rows.ts";

function through(rows: readonly (readonly unknown[])[], most = 1024 * 1024): { given: unknown; hash: string } {
  const [writer, hash] = [new RowsWriter(most), createHash("sha256")];
  writer.begin(hash);
  for (const row of rows) writer.row(row);
  return { given: rowsIn(Uint8Array.from(writer.end())), hash: hash.digest("hex") };
}

test("values come out as they went in; integers that no number holds, and what is too long, are null", () => {
  const [max, min] = [2n ** 63n - 1n, -(2n ** 63n)];
  const rows = [
    [null, 1n, -1n, BigInt(Number.MAX_SAFE_INTEGER), BigInt(Number.MIN_SAFE_INTEGER), 0n],
    [max, min, 2n ** 53n, -(2n ** 53n), 0.1, Number.NEGATIVE_INFINITY],
    ["", "plain", "ö日本👩‍👩‍👧", "\0", new Uint8Array(), new Uint8Array([0, 255])],
    ["a".repeat(7), "é".repeat(7), new Uint8Array(7), "1234567", "é", null],
  ];
  expect(through(rows, 6).given).toEqual([
    [null, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0],
    [null, null, null, null, 0.1, Number.NEGATIVE_INFINITY],
    ["", "plain", null, "\0", new Uint8Array(), new Uint8Array([0, 255])],
    [null, null, null, null, "é", null],
  ]);
  expect(through(rows).given).toMatchObject([{}, {}, { 2: "ö日本👩‍👩‍👧" }, { 0: "aaaaaaa", 1: "ééééééé" }]);
});

test("a batch may be larger than the memory it began with; the next is not", () => {
  const writer = new RowsWriter(16 * 1024 * 1024);
  writer.begin();
  const [text, blob] = ["é".repeat(2_000_000), Buffer.alloc(3_000_000, 7)];
  for (const row of [
    [1n, "x"],
    [text, blob],
  ])
    writer.row(row);
  const [small, large] = rowsIn(writer.end());
  expect(small).toEqual([1, "x"]);
  expect([large?.[0] === text, Buffer.compare(blob, large?.[1] as Uint8Array)]).toEqual([true, 0]);
  writer.begin();
  expect(rowsIn(writer.end())).toEqual([]);
  writer.row([2n]);
  expect(rowsIn(writer.end())).toEqual([[2]]);
});

test("the hash is of every byte, also of those that are left out, and of each value's type and end", () => {
  const rows = [["aaaaaaa"], ["aaaaaab"], [new Uint8Array(7)], [Uint8Array.of(0, 0, 0, 0, 0, 0, 1)], ["é".repeat(7)]];
  const kinds = [["1"], [1n], [1], [null], [""], [Uint8Array.of(49)], ["1", ""], ["", "1"]];
  const hashes = [...rows, ...kinds].map((row) => through([row], 6).hash);
  expect(new Set(hashes).size).toBe(hashes.length);
});
