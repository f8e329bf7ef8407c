/** The small pictures that files carry themselves, wherever they lie in them. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { exifSegment, heifOf, jpegOf, longSegment, rafOf } from "../../fixtures/make/containers.ts";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { placeTiff } from "../../fixtures/make/tiff-writer.ts";
import { buildCameraRoll, Previews } from "../../src/library/index.ts";
import { Decoder } from "../../src/media/index.ts";
import { offroll } from "../helpers/cli.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";

const decoder = new Decoder();
afterAll(async () => await decoder[Symbol.asyncDispose]());
const now = Date.UTC(2026, 0);
const heic = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../../fixtures/demo-media", name));
const scene = (w: number, h: number) => drawScene("lake", 3, w, h);

/** A phone without thumbnails of its own. */
async function withFiles(files: Readonly<Record<string, Buffer>>): Promise<MockSetup> {
  const modified = "2024-05-01T10:00:00Z";
  return await startMock({
    files: Object.entries(files).map(([path, bytes]) => ({ path, base64: bytes.toString("base64"), modified })),
  });
}

/** The same file with its boxes so much deeper: items are where `iloc` says. Laid out as libheif writes it. */
function deeper(heif: Buffer, by: number): Buffer {
  const file = Buffer.from(heif);
  const ftyp = file.readUInt32BE(0);
  const iloc = file.indexOf("iloc") + 4;
  if (file.readUInt32BE(iloc) !== 0 || file.readUInt16BE(iloc + 4) !== 0x4440)
    throw new Error("it is laid out otherwise");
  let at = iloc + 8;
  for (let i = 0; i < file.readUInt16BE(iloc + 6); i += 1) {
    file.writeUInt32BE(file.readUInt32BE(at + 4) + by, at + 4);
    at += 10 + 8 * file.readUInt16BE(at + 8);
  }
  const filling = Buffer.alloc(by);
  filling.writeUInt32BE(by);
  filling.write("free", 4, "latin1");
  return Buffer.concat([file.subarray(0, ftyp), filling, file.subarray(ftyp)]);
}

test("what a file carries beside its picture is found wherever it lies: a JPEG's, a HEIC's, a RAW's", async () => {
  const small = encodeJpeg(scene(80, 60), 60);
  const exif = exifBlock({ model: "X", orientation: 6, thumbnail: small }).subarray(6);
  const raw = exifBlock({
    model: "X",
    orientation: 8,
    thumbnail: small,
    pixels: { width: 6000, height: 4000 },
  }).subarray(6);
  const avif = await sharp(encodePng(scene(300, 200)))
    .avif({ quality: 40 })
    .toBuffer();
  const files = {
    "IMG_0001.JPG": jpegOf(4000, 3000, longSegment(), longSegment(), exifSegment(exif)),
    "IMG_0002.HEIC": deeper(heic("IMG_0012.heic"), 300_000),
    "IMG_0003.DNG": Buffer.concat([placeTiff(raw, { at: 200_000, isLittle: true }), Buffer.alloc(100_000)]),
    "IMG_0004.RAF": rafOf(6000, 4000, jpegOf(4000, 3000, longSegment(), exifSegment(exif))),
    // Its own boxes turn it, and its EXIF's little picture with it.
    "IMG_0005.HEIC": heifOf({ width: 4000, height: 3000, irot: 3, exif, isMetaLast: true, pictureBytes: 200_000 }),
    "IMG_0006.AVIF": avif,
  };
  await using mock = await withFiles(
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/DCIM/100APPLE/${name}`, bytes])),
  );
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const previews = new Previews(source, decoder);
  const got: Record<string, unknown> = {};
  for (const item of roll.items) {
    const opened = mock.phone.operationCounts.get("open")!;
    const preview = await previews.of(item);
    const size = preview && (await sharp(preview.bytes).metadata());
    got[item.parts[0].item.name] = preview && [preview.from, preview.orientation, size?.width, size?.height];
    expect(mock.phone.operationCounts.get("open")! - opened).toBeLessThanOrEqual(5);
  }
  expect(got).toEqual({
    "IMG_0001.JPG": ["exif", 6, 80, 60],
    "IMG_0002.HEIC": ["heif-thumbnail", 1, 160, 120],
    "IMG_0003.DNG": ["embedded", 8, 80, 60],
    "IMG_0004.RAF": ["embedded", 6, 80, 60],
    "IMG_0005.HEIC": ["embedded", 6, 80, 60],
    "IMG_0006.AVIF": ["decoded", 1, 300, 200],
  });
});

test("a little picture that lies as the sensor saw it is written upright", async () => {
  const thumbnail = encodeJpeg(scene(80, 60), 60);
  const exif = exifBlock({ model: "X", orientation: 6, thumbnail }).subarray(6);
  await using mock = await withFiles({ "/DCIM/100APPLE/IMG_0001.JPG": jpegOf(4000, 3000, exifSegment(exif)) });
  const file = join(mkdtempSync(join(tmpdir(), "offroll-info-")), "small.jpg");
  const { code, stderr } = await offroll(["info", "IMG_0001.JPG", "--preview", file], {
    env: { OFFROLL_USBMUX: mock.daemon.address },
  });
  expect([code, stderr]).toEqual([0, expect.stringContaining("the thumbnail in the file's EXIF")]);
  expect(await sharp(file).metadata()).toMatchObject({ width: 60, height: 80 });
});
