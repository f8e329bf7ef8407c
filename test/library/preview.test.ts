/** Small pictures, by the cheapest way there is. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoPhone } from "../../fixtures/make/demo-phone.ts";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { type FileDescription, readDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll, PreviewCache, Previews } from "../../src/library/index.ts";
import { Decoder } from "../../src/media/index.ts";
import { DeviceError } from "../../src/shared/errors.ts";
import { libraryOptions } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

const folder = mkdtempSync(join(tmpdir(), "offroll-previews-"));
const decoder = new Decoder();
beforeAll(() => void makeDemoPhone(folder));
afterAll(async () => await decoder[Symbol.asyncDispose]());
const now = Date.UTC(2026, 0);

test("every item of the demo phone has a picture, and no original is opened for one", async () => {
  const { description } = await readDescription(join(folder, "phone.json"));
  await using mock = await startMock(description, { baseFolder: folder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: libraryOptions() });
  const opened = mock.phone.operationCounts.get("open")!;
  const sent = mock.phone.fileBytesSent;
  const previews = new Previews(source, decoder);
  const own = roll.items.filter((i) => !i.library?.shared);
  for (const item of own) {
    const preview = await previews.of(item);
    expect(preview?.from, item.parts[0].item.path).toBe("phone");
    expect((await sharp(preview!.bytes).metadata()).width).toBeGreaterThan(40);
  }
  expect(mock.phone.operationCounts.get("open")! - opened).toBe(own.length);
  expect((mock.phone.fileBytesSent - sent) / own.length).toBeLessThan(20_000);
});

const heic = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../../fixtures/demo-media", name));

/** A phone without thumbnails of its own. */
async function withFiles(files: Record<string, Buffer>) {
  const described: FileDescription[] = Object.entries(files).map(([path, bytes]) => ({
    path,
    base64: bytes.toString("base64"),
    modified: "2024-05-01T10:00:00Z",
  }));
  return await startMock({ files: described });
}

const scene = (w: number, h: number) => drawScene("lake", 3, w, h);

test("without the phone's thumbnails: EXIF, the one inside a HEIC, the picture itself, in this order", async () => {
  const small = encodeJpeg(scene(80, 60), 60);
  const withThumbnail = encodeJpeg(scene(320, 240), 70, exifBlock({ model: "X", orientation: 6, thumbnail: small }));
  await using mock = await withFiles({
    "/DCIM/100APPLE/IMG_0001.JPG": withThumbnail,
    "/DCIM/100APPLE/IMG_0002.HEIC": heic("IMG_0012.heic"),
    "/DCIM/100APPLE/IMG_0003.PNG": encodePng(scene(900, 600)),
    "/DCIM/100APPLE/IMG_0004.JPG": encodeJpeg(scene(300, 200), 70),
    "/DCIM/100APPLE/IMG_0005.MOV": heic("IMG_0014.mov"),
    "/DCIM/100APPLE/IMG_0006.JPG": Buffer.from(
      "\xff\xd8\xff\xe0 not a picture at all, but it begins like one",
      "latin1",
    ),
  });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const previews = new Previews(source, decoder);
  const got: Record<string, unknown> = {};
  for (const item of roll.items) {
    const preview = await previews.of(item);
    const size = preview && (await sharp(preview.bytes).metadata());
    got[item.parts[0].item.name] = preview && [preview.from, preview.orientation, size?.width, size?.height];
  }
  expect(got).toEqual({
    "IMG_0001.JPG": ["exif", 6, 80, 60],
    "IMG_0002.HEIC": ["heif-thumbnail", 1, 160, 120],
    "IMG_0003.PNG": ["decoded", 1, 512, 341],
    "IMG_0004.JPG": ["decoded", 1, 300, 200],
    "IMG_0005.MOV": undefined,
    "IMG_0006.JPG": undefined,
  });
});

test("previews are kept on disk for their owner only, up to a bound", async () => {
  const { description } = await readDescription(join(folder, "phone.json"));
  await using mock = await startMock(description, { baseFolder: folder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now, library: libraryOptions() });
  const home = join(mkdtempSync(join(tmpdir(), "offroll-preview-cache-")), "previews");
  const cache = new PreviewCache(home, 60_000);
  const previews = new Previews(source, decoder, cache);
  const items = roll.items.filter((i) => !i.library?.shared).slice(0, 60);
  for (const item of items) await previews.of(item);
  const kept = readdirSync(home).map((n) => statSync(join(home, n)));
  expect(kept.reduce((sum, s) => sum + s.size, 0)).toBeLessThanOrEqual(60_000);
  expect(kept.length).toBeGreaterThan(5);
  for (const s of kept) expect(s.mode & 0o077).toBe(0);
  const opened = mock.phone.operationCounts.get("open");
  const last = await previews.of(items.at(-1)!);
  expect(last?.from).toBe("phone");
  expect(mock.phone.operationCounts.get("open")).toBe(opened);
});

test("a picture over whose bytes anything is thrown is none: nobody asks for it again", async () => {
  await using mock = await withFiles({ "/DCIM/100APPLE/IMG_0001.JPG": encodeJpeg(scene(40, 30), 60) });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const broken = Object.create(source, {
    read: {
      value: () => {
        throw new RangeError("planted: beyond the end");
      },
    },
  }) as typeof source;
  expect(await new Previews(broken, decoder).of(roll.items[0]!)).toBeUndefined();
  const gone = Object.create(source, {
    read: {
      value: () => {
        throw new DeviceError("device-disconnected", "planted");
      },
    },
  }) as typeof source;
  await expect(new Previews(gone, decoder).of(roll.items[0]!)).rejects.toThrow("planted");
});
