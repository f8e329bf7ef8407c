/** The JPEG in a RAW file, and what the RAW file tells of its photo. */
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { cr3Of } from "../../../fixtures/make/containers.ts";
import { directoryBlock, type ExifFields, exifBlock } from "../../../fixtures/make/exif-writer.ts";
import { placeTiff } from "../../../fixtures/make/tiff-writer.ts";
import { Converter, type MadeJpeg } from "../../../src/media/convert/index.ts";
import { readFacts } from "../../../src/media/index.ts";
import { bufferRange } from "../../../src/media/range-reader.ts";

const converter = new Converter({ workers: 1 });
afterAll(async () => await converter[Symbol.asyncDispose]());

const full = { width: 320, height: 240 };
/** Red above blue, and without EXIF: so cameras write it. */
const jpeg = await sharp(
  Buffer.concat(
    [
      [220, 30, 30],
      [30, 30, 220],
    ].map((colour) => Buffer.alloc(320 * 120 * 3, Buffer.from(colour))),
  ),
  { raw: { ...full, channels: 3 } },
)
  .jpeg()
  .toBuffer();
const told: ExifFields = {
  ...{ make: "Apple", model: "iPhone 15 Pro", software: "17.4", orientation: 6, iso: 64, lens: "back camera 6.86mm" },
  ...{ dateTimeOriginal: "2024:05:01 12:34:56", offset: "+02:00", gps: { lat: -33.8568, lon: 151.2153 } },
  contentIdentifier: "A1B2C3D4-0000-4000-8000-123456789ABC",
  xmp: '<x:xmpmeta><rdf:Description tiff:Orientation="6" xmp:Rating="4"/></x:xmpmeta>',
};

async function fromDng(fields: ExifFields, place: { at?: number; isLittle?: boolean } = {}): Promise<MadeJpeg> {
  const dng = exifBlock({ pixels: { width: 80, height: 60 }, full, preview: { jpeg, ...full }, ...fields }).subarray(6);
  return await converter.toJpeg({ name: "IMG_0001.DNG", reader: bufferRange(placeTiff(dng, place)) }, { quality: 95 });
}

test.each([{ isLittle: false }, { isLittle: true }, { isLittle: true, at: 200_000 }])(
  "a DNG's picture is turned, and tells what the DNG tells: %j",
  async (place) => {
    const made = await fromDng(told, place);
    expect([made.width, made.height, made.lost]).toEqual([240, 320, []]);
    const facts = await readFacts(bufferRange(Buffer.from(made.jpeg)));
    expect(facts).toEqual({
      ...(await readFacts(bufferRange(exifBlock(told).subarray(6)))),
      ...{ format: "jpeg", orientation: 1, width: 240, height: 320 },
    });
    expect(facts).toMatchObject({ iso: 64, lens: "back camera 6.86mm", contentIdentifier: told.contentIdentifier });
    expect((await sharp(made.jpeg).metadata()).xmp?.toString()).toBe(told.xmp?.replace('"6"', '"1"'));
    // A quarter with the clock: what was above is at the right.
    const pixels = await sharp(made.jpeg).raw().toBuffer();
    const red = (x: number): boolean => (pixels[x * 3] as number) > (pixels[x * 3 + 2] as number);
    expect([red(10), red(230)]).toEqual([false, true]);
  },
);

test("a picture that lies upright tells it too", async () => {
  const { orientation: _, ...upright } = told;
  const { jpeg: made } = await fromDng(upright);
  expect(await readFacts(bufferRange(Buffer.from(made)))).toMatchObject({
    model: "iPhone 15 Pro",
    gps: { lat: -33.8568 },
  });
});

test.each<[string, Buffer, boolean]>([
  ["counts from itself", Buffer.from("Nikon\0\x02\x11\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0", "latin1"), false],
  ["counts from the file's beginning", Buffer.from("SONY DSC \0\0\0 and so on"), true],
  [
    "is longer than a JPEG's segment",
    Buffer.concat([Buffer.from("Nikon\0\x02", "latin1"), Buffer.alloc(70_000)]),
    true,
  ],
])("a maker note that %s", async (_, makerNote, isLost) => {
  const { jpeg: made, lost } = await fromDng({ ...told, makerNote });
  expect(lost).toEqual(isLost ? ["metadata"] : []);
  expect(Buffer.from(made).includes(makerNote.subarray(0, 20))).toBe(!isLost);
  expect(await readFacts(bufferRange(Buffer.from(made)))).toMatchObject({ iso: 64, gps: { lat: -33.8568 } });
});

const cr3 = (over: Partial<Parameters<typeof cr3Of>[3] & object> = {}): Buffer =>
  cr3Of(exifBlock({ ...told, gps: undefined }).subarray(6), directoryBlock("exif", told), directoryBlock("gps", told), {
    ...full,
    jpeg,
    ...over,
  });
const fromCr3 = async (file: Buffer): Promise<MadeJpeg> =>
  await converter.toJpeg({ name: "IMG_0001.CR3", reader: bufferRange(file) }, { quality: 95 });

test("a CR3's own JPEG is turned, and tells what its directories tell; its maker note stays behind, and is counted", async () => {
  const made = await fromCr3(cr3());
  expect([made.width, made.height, made.lost]).toEqual([240, 320, ["metadata"]]);
  expect(await readFacts(bufferRange(Buffer.from(made.jpeg)))).toMatchObject({
    ...{ orientation: 1, model: "iPhone 15 Pro", iso: 64, gps: { lat: -33.8568 } },
  });
  const pixels = await sharp(made.jpeg).raw().toBuffer();
  expect((pixels[10 * 3] as number) < (pixels[10 * 3 + 2] as number)).toBe(true);
});

test.each([
  ["whose JPEG is smaller than its picture", cr3({ width: 6000, height: 4000 }), "no-full-picture"],
  ["that points outside of itself", cr3({ at: 1n << 40n }), "no-full-picture"],
  ["that points before everything", cr3({ at: 0n }), "no-full-picture"],
  ["that points to what is no JPEG", cr3({ at: 4n }), "no-full-picture"],
  ["that is cut in its tracks", cr3().subarray(0, 1_200), "no-full-picture"],
])("a CR3 %s is told as having none", async (_, file, reason) => {
  await expect(fromCr3(file)).rejects.toMatchObject({ reason });
});
