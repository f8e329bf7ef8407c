/** JPEGs of pictures: upright, with the pixels that the file has, whatever its tiles. */

import { readdirSync, readFileSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { exifBlock } from "../../../fixtures/make/exif-writer.ts";
import { profileOf } from "../../../src/media/convert/icc-profile.ts";
import { Converter, type MadeJpeg } from "../../../src/media/convert/index.ts";
import { StripEncoder } from "../../../src/media/convert/jpeg-strips.ts";
import { embeddedPicture, readFacts } from "../../../src/media/index.ts";
import { bufferRange } from "../../../src/media/range-reader.ts";
import { type HeicParts, iphoneHeic } from "../../helpers/iphone-heic.ts";

const converter = new Converter({ workers: 1 });
afterAll(async () => await converter[Symbol.asyncDispose]());

const jpegOf = async (bytes: Buffer, options = {}, name = "IMG_0001.HEIC"): Promise<MadeJpeg> =>
  await converter.toJpeg({ name, reader: bufferRange(bytes) }, { quality: 95, ...options });
const size = { width: 1000, height: 700 };
const pixels = async (jpeg: Uint8Array): Promise<Buffer> => await sharp(jpeg).removeAlpha().raw().toBuffer();

function difference(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

/** EXIF's eight, as a HEIC asks for them: first turned against the clock, then mirrored. */
const ways: readonly (readonly [string, Partial<HeicParts>, (picture: Sharp) => Sharp])[] = [
  ["1", {}, (p) => p],
  ["2", { mirror: 1 }, (p) => p.flop()],
  ["3", { turns: 2 }, (p) => p.rotate(180)],
  ["4", { mirror: 0 }, (p) => p.flip()],
  ["6", { turns: 3 }, (p) => p.rotate(90)],
  ["8", { turns: 1 }, (p) => p.rotate(270)],
];

describe("a HEIC in tiles", () => {
  test.each(ways)("lies as EXIF's orientation %s is looked at", async (_, parts, turned) => {
    const [plain, made] = [await jpegOf(iphoneHeic(size)), await jpegOf(iphoneHeic({ ...size, ...parts }))];
    const wanted = await turned(sharp(plain.jpeg)).raw().toBuffer({ resolveWithObject: true });
    expect([made.width, made.height]).toEqual([wanted.info.width, wanted.info.height]);
    // A turned picture has its edges elsewhere in the tiles: their outlines would be seen at once.
    expect(difference(await pixels(made.jpeg), wanted.data)).toBeLessThan(1.5);
  });

  test("is made smaller while its tiles come, as it is made smaller afterwards", async () => {
    const heic = iphoneHeic({ ...size, turns: 3 });
    const [large, small] = [await jpegOf(heic), await jpegOf(heic, { maxSize: 150 })];
    expect([small.width, small.height]).toEqual([105, 150]);
    const wanted = await sharp(large.jpeg).resize(105, 150, { fit: "fill" }).raw().toBuffer();
    expect(difference(await pixels(small.jpeg), wanted)).toBeLessThan(3);
  });

  test("is never made larger", async () => {
    const { width, height } = await jpegOf(iphoneHeic(size), { maxSize: 4000 });
    expect([width, height]).toEqual([1000, 700]);
  });
});

test("a JPEG put together from strips is the one that is encoded at once, pixel by pixel", async () => {
  const [width, height] = [333, 211];
  const rgb = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i >> 7) * 31) & 255));
  const encode = async (data: Buffer, count: number): Promise<Buffer> =>
    await sharp(data, { raw: { width, height: count, channels: 3 } })
      .jpeg({ quality: 90, chromaSubsampling: "4:2:0", optimiseCoding: false })
      .toBuffer();
  const whole = await encode(rgb, height);
  for (const stripBytes of [1, width * 3 * 40, width * 3 * 4000]) {
    const strips = new StripEncoder({ width, height }, encode, stripBytes);
    for (let at = 0; at < rgb.length; at += width * 3 * 7) await strips.add(rgb.subarray(at, at + width * 3 * 7));
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8]), ...(await strips.end())]);
    expect(await pixels(jpeg)).toEqual(await pixels(whole));
    expect((await sharp(jpeg).metadata()).height).toBe(height);
  }
});

test("an AVIF lies as it is looked at, once, and its EXIF goes along", async () => {
  const halves = Buffer.concat([Buffer.alloc(96 * 24 * 3, 200), Buffer.alloc(96 * 24 * 3, 20)]);
  const avif = await sharp(halves, { raw: { width: 96, height: 48, channels: 3 } })
    .withExif({ IFD0: { Make: "Example" } })
    .withMetadata({ orientation: 6 })
    .avif({ quality: 80, effort: 0 })
    .toBuffer();
  const { jpeg, width, height } = await jpegOf(avif, {}, "IMG_0001.AVIF");
  expect([width, height]).toEqual([48, 96]);
  const data = await pixels(jpeg);
  // A quarter with the clock: what was above is at the right.
  expect([data[0], data[47 * 3]].map((value) => Math.round((value as number) / 100))).toEqual([0, 2]);
  expect(await readFacts(bufferRange(Buffer.from(jpeg)))).toMatchObject({ make: "Example", orientation: 1 });
});

describe("what is not converted says why", () => {
  test.each([
    ["too-large", iphoneHeic({ width: 16_000, height: 6400 })],
    ["damaged", iphoneHeic(size).subarray(0, 2000)],
    ["not-a-picture", Buffer.from("nothing that any camera writes, as far as is known")],
  ])("%s", async (reason, bytes) => {
    await expect(jpegOf(bytes)).rejects.toMatchObject({ reason });
    // And costs that picture alone.
    expect((await jpegOf(iphoneHeic(size))).width).toBe(1000);
  });

  test("a decoder that goes on for too long is ended, and the next picture has another", async () => {
    await using impatient = new Converter({ workers: 1, stallMs: 1 });
    const file = { name: "IMG_0001.HEIC", reader: bufferRange(iphoneHeic(size)) };
    await expect(impatient.toJpeg(file, { quality: 90 })).rejects.toMatchObject({ reason: "gave-up" });
    await expect(impatient.toJpeg(file, { quality: 90 })).rejects.toMatchObject({ reason: "gave-up" });
  });
});

test("what is told of it goes along: EXIF but orientation and size, maker note, XMP, and the profile byte by byte", async () => {
  const exif = exifBlock({
    ...{
      make: "Apple",
      model: "iPhone 15 Pro",
      orientation: 6,
      width: 1000,
      height: 700,
      iso: 64,
      thumbnail: Buffer.alloc(3000, 7),
    },
    ...{ dateTimeOriginal: "2024:05:01 12:34:56", offset: "+02:00", gps: { lat: -33.8568, lon: 151.2153 } },
    contentIdentifier: "A1B2C3D4-0000-4000-8000-123456789ABC",
  }).subarray(6);
  const icc = profileOf({ primaries: 12, transfer: 13 }) as Buffer;
  const xmp = Buffer.from('<x:xmpmeta><rdf:Description tiff:Orientation="6" xmp:Rating="4"/></x:xmpmeta>');
  const { jpeg, width, height } = await jpegOf(iphoneHeic({ ...size, turns: 3, exif, icc, xmp }));
  const facts = await readFacts(bufferRange(Buffer.from(jpeg)));
  expect(facts).toMatchObject({ width, height, model: "iPhone 15 Pro", iso: 64, orientation: 1 });
  expect(facts).toMatchObject({ contentIdentifier: "A1B2C3D4-0000-4000-8000-123456789ABC", gps: { lat: -33.8568 } });
  const told = await sharp(jpeg).metadata();
  expect(told.icc).toEqual(icc);
  expect(told.xmp?.toString()).toBe(xmp.toString().replace('"6"', '"1"'));
  // All but the thumbnail, in its place: maker notes count from the beginning.
  expect(told.exif?.length).toBeLessThan(exif.length - 2900);
  expect(await embeddedPicture(bufferRange(Buffer.from(jpeg)), "jpeg")).toBeUndefined();
});

test.skipIf(process.platform !== "linux")(
  "who converts beside the copying has the lowest priority; the program's own threads keep theirs",
  async () => {
    const priorities = (): number[] =>
      readdirSync("/proc/self/task").map((id) => {
        const [, fields = ""] = readFileSync(`/proc/self/task/${id}/stat`, "utf8").split(/\) (?!.*\) )/);
        return Number(fields.split(" ")[16]);
      });
    // A picture that the thread itself has little to do for: on a busy computer it gets next to nothing, which is what is wanted.
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    await using patient = new Converter({ workers: 1, isPatient: true });
    const before = priorities();
    await patient.toJpeg({ name: "IMG_0001.PNG", reader: bufferRange(png) }, { quality: 90 });
    const lowest = (all: readonly number[]): number => all.filter((nice) => nice === 19).length;
    // Of this test's threads alone: the other converter's go on as they were.
    expect([lowest(before), lowest(priorities())]).toEqual([0, 1]);
  },
);
