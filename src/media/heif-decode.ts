/** Pixels of HEVC stills, by libheif. */
import type { Pixels } from "./decoder.ts";
import { interleavedRgb, libheif, limitMemory, rgb } from "./libheif.ts";

/** Red, green, blue; row by row. */
export interface Raster extends Pixels {
  readonly data: Buffer;
}

/** One and a half of luma and chroma, three of red, green and blue: with more than eight bits each it is twice as much and more. */
const bytesPerPixel = 5;

/**
 * The primary image, upright: libheif applies the rotation that the file asks for. Made smaller by whole steps as
 * it leaves libheif's memory, to no less than twice what fits into `box`: 48 megapixels are not had twice.
 * @throws {Error} for what cannot be decoded, for more than `maxPixels`, and for more memory than eight bits of so many take
 */
export function decodeHeif(bytes: Buffer, box: Pixels, maxPixels: number): Raster {
  const h = libheif();
  const [error, out, memory] = [h._malloc(16), h._malloc(8), h._malloc(bytes.length)];
  const context = h._heif_context_alloc();
  // The heap moves when it grows: it is looked at afresh after each call.
  const word = (pointer: number): number => h.HEAPU32[pointer >> 2] as number;
  const check = (what: string): void => {
    if (word(error) !== 0) throw new Error(`libheif could not ${what} (${word(error)}/${word(error + 4)})`);
  };
  let [primary, image] = [0, 0];
  try {
    limitMemory(h, context, maxPixels * bytesPerPixel);
    h.HEAPU8.set(bytes, memory);
    h._heif_context_read_from_memory(error, context, memory, bytes.length, 0);
    check("read the file");
    h._heif_context_get_primary_image_handle(error, context, out);
    check("find the picture");
    primary = word(out);
    if (h._heif_image_handle_get_width(primary) * h._heif_image_handle_get_height(primary) > maxPixels)
      throw new Error("it has too many pixels");
    h._heif_decode_image(error, primary, out, rgb, interleavedRgb, 0);
    check("decode it");
    image = word(out);
    const width = h._heif_image_get_width(image, interleavedRgb);
    const height = h._heif_image_get_height(image, interleavedRgb);
    const plane = h._heif_image_get_plane_readonly2(image, interleavedRgb, out);
    return shrunk(h.HEAPU8.subarray(plane), { width, height }, word(out), box);
  } finally {
    if (image) h._heif_image_release(image);
    if (primary) h._heif_image_handle_release(primary);
    h._heif_context_free(context);
    for (const pointer of [memory, out, error]) h._free(pointer);
  }
}

/** Each pixel the mean of a square of them; what is left over at the right and below is left out. */
function shrunk(from: Uint8Array, size: Pixels, stride: number, box: Pixels): Raster {
  const wanted = Math.floor(Math.max(size.width / box.width, size.height / box.height) / 2);
  const step = Math.max(1, Math.min(wanted, size.width, size.height));
  const [width, height] = [Math.floor(size.width / step), Math.floor(size.height / step)];
  const data = Buffer.alloc(width * height * 3);
  const sums = new Uint32Array(width * 3);
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let row = y * step; row < (y + 1) * step; row += 1)
      for (let x = 0, at = row * stride; x < sums.length; x += 3)
        for (let i = 0; i < step; i += 1, at += 3) {
          sums[x]! += from[at]!;
          sums[x + 1]! += from[at + 1]!;
          sums[x + 2]! += from[at + 2]!;
        }
    for (let x = 0; x < sums.length; x += 1) data[y * sums.length + x] = Math.round(sums[x]! / (step * step));
  }
  return { data, width, height };
}
