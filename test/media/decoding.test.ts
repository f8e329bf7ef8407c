/** Pictures decoded in the worker, which takes 400 MB at most, whatever the phone has. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { decodeHeif, type Raster } from "../../src/media/heif-decode.ts";
import { decodeAlone } from "../helpers/decode-alone.ts";
import { tiledHeic } from "../helpers/heic.ts";
import { thorough } from "../helpers/thorough.ts";

const folder = mkdtempSync(join(tmpdir(), "offroll-decode-"));
const plain = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: "#678" }, limitInputPixels: false });

test("a HEIC made smaller in whole steps is the same picture", async () => {
  const heic = tiledHeic(1001, 701);
  const made = (size: number): Raster => decodeHeif(heic, { width: size, height: size }, 1_000_000);
  const [large, small] = [made(1001), made(96)];
  expect([large.width, large.height, small.width, small.height]).toEqual([1001, 701, 200, 140]);
  const pixels = async ({ data, width, height }: Raster): Promise<Buffer> =>
    await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(96, 67, { fit: "fill" })
      .raw()
      .toBuffer();
  const [want, got] = [await pixels(large), await pixels(small)];
  const off = want.reduce((sum, value, i) => sum + Math.abs(value - (got[i] as number)), 0) / want.length;
  expect(Math.max(...want) - Math.min(...want)).toBeGreaterThan(50);
  expect(off).toBeLessThan(2);
});

test("48 megapixels of HEVC, as the largest that iPhones take", async () => {
  const file = join(folder, "large.heic");
  writeFileSync(file, tiledHeic(8064, 6048));
  const { bytes, peakMb } = await decodeAlone(file, "heif");
  expect(bytes).toBeGreaterThan(1000);
  expect(peakMb).toBeLessThan(400);
});

thorough("200 megapixels of JPEG, as the largest that Android phones take", async () => {
  const file = join(folder, "large.jpg");
  await plain(16_320, 12_240).jpeg().toFile(file);
  const { bytes, peakMb } = await decodeAlone(file, "image");
  expect(bytes).toBeGreaterThan(500);
  expect(peakMb).toBeLessThan(400);
});

test("what must be in memory as a whole has fewer pixels, or is not decoded", async () => {
  const [just, more] = [join(folder, "just.jpg"), join(folder, "more.jpg")];
  await plain(8192, 8192).jpeg({ progressive: true }).toFile(just);
  await plain(8193, 8192).jpeg({ progressive: true }).toFile(more);
  const { bytes, peakMb } = await decodeAlone(just, "image");
  expect(bytes).toBeGreaterThan(500);
  expect(peakMb).toBeLessThan(400);
  expect((await decodeAlone(more, "image")).bytes).toBeUndefined();
  writeFileSync(more, tiledHeic(8200, 8200));
  expect((await decodeAlone(more, "heif")).bytes).toBeUndefined();
});
