import { expect, test } from "vitest";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { readFacts } from "../../src/media/index.ts";
import { bufferRange, type RangeReader } from "../../src/media/range-reader.ts";
import { Tiff } from "../../src/media/tiff.ts";

const exif = exifBlock({ make: "Canon", model: "R6", dateTimeOriginal: "2022:02:03 04:05:06", aperture: 1.8 });
const picture = encodeJpeg(drawScene("hills", 3, 40, 30), 80, exif);
const letters = (text: string): Buffer => Buffer.from(text, "latin1");

/** Where the entry of a tag is in the first directory, whose numbers are big-endian. */
function entryOf(jpeg: Buffer, tag: number): number {
  const tiff = jpeg.indexOf("MM\0*");
  const start = tiff + jpeg.readUInt32BE(tiff + 4);
  for (let i = 0; i < jpeg.readUInt16BE(start); i += 1) {
    const at = start + 2 + i * 12;
    if (jpeg.readUInt16BE(at) === tag) return at;
  }
  throw new Error("no such tag");
}

test.each([
  ["rationals that there are not", 5, 0x7fffffff],
  ["words that there are not", 4, 0x10000000],
  ["bytes, some of them behind the end", 1, 10_000],
  ["what is of no type", 77, 0xffffffff],
])("an entry of %s is empty, the others are read", async (_, type, count) => {
  const damaged = Buffer.from(picture);
  const at = entryOf(damaged, 0x0110);
  damaged.writeUInt16BE(type, at + 2);
  damaged.writeUInt32BE(count, at + 4);
  const facts = await readFacts(bufferRange(damaged));
  expect(facts).toMatchObject({ make: "Canon", aperture: 1.8, captured: { local: "2022-02-03T04:05:06" } });
  expect(facts.model).toBeUndefined();
});

test("what entries count makes nothing larger: of each as much is read as is asked for", async () => {
  const entries = 400;
  const tiff = Buffer.alloc(20_000);
  tiff.write("MM\0*", "latin1");
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(entries, 8);
  for (let i = 0; i < entries; i += 1) {
    tiff.writeUInt16BE(0x9000 + i, 10 + i * 12);
    tiff.writeUInt16BE(4, 12 + i * 12);
    tiff.writeUInt32BE(0x3fffffff, 14 + i * 12);
    tiff.writeUInt32BE(5_000, 18 + i * 12);
  }
  let most = 0;
  const reader: RangeReader = {
    size: 0xffffffff,
    read: async (offset, length) => {
      most = Math.max(most, length);
      return tiff.subarray(offset, offset + length);
    },
  };
  const opened = await Tiff.open(reader);
  const directory = await opened!.directory(8);
  expect(await directory!.number(0x9001)).toBe(0);
  expect(await directory!.numbers(0x9001, 3)).toEqual([0, 0, 0]);
  expect(await directory!.bytes(0x9001, 100)).toHaveLength(100);
  expect(await directory!.bytes(0x9001, 100_000)).toBeUndefined();
  expect(most).toBeLessThanOrEqual(100_000);
});

test("a JPEG may fill up before its markers", async () => {
  const filled = Buffer.concat([picture.subarray(0, 2), Buffer.alloc(5, 0xff), picture.subarray(2)]);
  expect(await readFacts(bufferRange(filled))).toEqual(await readFacts(bufferRange(picture)));
});

test("directories that point at themselves, or at nothing, end", async () => {
  const damaged = Buffer.from(picture);
  const tiff = damaged.indexOf("MM\0*");
  damaged.writeUInt32BE(8, entryOf(damaged, 0x8769) + 8);
  expect(await readFacts(bufferRange(damaged))).toMatchObject({ make: "Canon", width: 40 });
  damaged.writeUInt32BE(0xfffffff0, tiff + 4);
  expect(await readFacts(bufferRange(damaged))).toEqual({ format: "jpeg", width: 40, height: 30 });
});

test("a PNG's own EXIF chunk, and its size", async () => {
  const png = encodePng(drawScene("screen", 1, 20, 40));
  const block = exif.subarray(exif.indexOf("MM\0*"));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(block.length);
  letters("eXIf").copy(head, 4);
  // Behind signature and IHDR; nobody looks at the sum.
  const withExif = Buffer.concat([png.subarray(0, 33), head, block, Buffer.alloc(4), png.subarray(33)]);
  expect(await readFacts(bufferRange(withExif))).toMatchObject({ format: "png", width: 20, height: 40, make: "Canon" });
});
