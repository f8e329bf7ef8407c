/** Files that were made beside photos: told by a log, and known by a catalog, as they were made. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { type MadeFile, madeOfMark, markOf } from "../../../src/transfer/catalog/made-mark.ts";
import type { FileNote } from "../../../src/transfer/events.ts";
import { temporaryFolder } from "../../helpers/engine.ts";

const none = { version: 1, basis: undefined, sha256: undefined };

test.each([
  [
    "2024/IMG_1.HEIC.xmp",
    "0".repeat(64),
    { ...none, maker: "sidecar", source: "2024/IMG_1.HEIC", sha256: "0".repeat(64) },
  ],
  ["a.JPG.json", "ff", { ...none, maker: "sidecar", source: "a.JPG", sha256: "ff" }],
  ["Albums/A/a.JPG", "of:2024/a.JPG", { ...none, maker: "album-entry", source: "2024/a.JPG" }],
  ["a.mp4", "motion of:x:1/a.jpg:77", { ...none, maker: "motion-video", source: "x:1/a.jpg", basis: "77" }],
])("logs of before tell of %s as %s, and it is told so again", (target, mark, file) => {
  expect(madeOfMark(target, mark)).toEqual({ target, ...file });
  expect(markOf({ target, ...file })).toBe(mark);
});

const text = fc.oneof(fc.string(), fc.constantFrom("of:a", "motion of:b:1", "{}", "a.xmp", "x:2", "\n"));
const maybe = fc.option(text, { nil: undefined });
const anyFile: fc.Arbitrary<MadeFile> = fc.record({
  target: text,
  maker: fc.oneof(text, fc.constantFrom("sidecar", "album-entry", "motion-video")),
  version: fc.integer({ min: 0 }),
  source: text,
  basis: maybe,
  sha256: maybe,
});

test("whatever was made comes back from its mark as it was", () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      expect(madeOfMark(file.target, markOf(file))).toEqual(file);
    }),
  );
});

test("something comes of any mark, and of its own again", () => {
  const marks = fc.oneof(fc.string(), fc.json(), text);
  fc.assert(
    fc.property(text, marks, (target, mark) => {
      const file = madeOfMark(target, mark);
      expect([typeof file.maker, typeof file.source]).toEqual(["string", "string"]);
      expect(madeOfMark(target, markOf(file))).toEqual(file);
    }),
  );
});

test("they are found by name, by what they were made of and by their maker, and told as they come and go", () => {
  using catalog = Catalog.open(temporaryFolder(), { create: true })!;
  const notes: FileNote[] = [];
  catalog.onFileNote = (note) => notes.push(note);
  const xmp = { ...none, target: "a.xmp", maker: "sidecar", source: "a", sha256: "00" };
  const entry = { ...none, target: "Albums/A/a", maker: "album-entry", source: "a" };
  const other = { ...none, target: "Albums/A/b", maker: "album-entry", source: "b" };
  for (const file of [xmp, entry, other]) catalog.made.note(file);
  expect(catalog.made.find("a.xmp")).toEqual(xmp);
  expect(catalog.made.of("a")).toEqual([entry, xmp]);
  expect(catalog.made.files("album-entry")).toEqual([entry, other]);
  // Made anew: what is known of it is what holds now.
  catalog.made.note({ ...xmp, sha256: "11" });
  catalog.made.forget("Albums/A/a");
  expect(catalog.made.files()).toEqual([other, { ...xmp, sha256: "11" }]);
  expect(catalog.made.of("a")).toHaveLength(1);
  expect(notes.map(({ type }) => type)).toEqual(["made", "made", "made", "made", "gone"]);
});
