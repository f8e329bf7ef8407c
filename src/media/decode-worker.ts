/**
 * Decodes pictures beside the main thread: JPEG, PNG and their like with sharp, HEVC stills with libheif, neither of which is
 * loaded before the first request. Both are optional packages: without them the answer is an error. Takes movies apart, too.
 */
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import type { Sharp } from "sharp";
import { Semaphore } from "../shared/async.ts";
import type { Decoded, DecodeReply, DecodeRequest, KeyFrameRequest, RangeReply, RangeRequest } from "./decoder.ts";

/** A picture of more pixels is not decoded for a preview: 16384 × 16384. */
const maxPixels = 2 ** 28;
const quality = 80;
/** As many as xterm has registers for; more would be mapped to fewer again. */
const sixelColours = 256;

interface Raster {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

let waiting: { readonly id: number; readonly resolve: (bytes: Uint8Array | undefined) => void } | undefined;

parentPort?.on("message", (message: DecodeRequest | KeyFrameRequest | RangeReply) => {
  if ("range" in message) {
    if (waiting?.id === message.id) waiting.resolve(message.range);
    return;
  }
  const { id } = message;
  const work = message.kind === "key-frame" ? keyFrame(message) : decode(message);
  work.then(
    (result) => parentPort?.postMessage({ id, ...result } satisfies DecodeReply),
    (error: unknown) =>
      parentPort?.postMessage({ id, error: (error as Error).message ?? String(error) } satisfies DecodeReply),
  );
});

async function keyFrame({ id, sizeBytes }: KeyFrameRequest): Promise<{ readonly movie: Uint8Array | undefined }> {
  // Not before a video needs it: the parser is large.
  const { keyFrameMovie } = await import("./key-frame.ts");
  const inTurn = new Semaphore(1);
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const release = await inTurn.acquire();
    try {
      const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
      waiting = { id, resolve };
      parentPort?.postMessage({ id, offset, length } satisfies RangeRequest);
      const bytes = await promise;
      if (!bytes) throw new Error("its bytes are not to be had");
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } finally {
      release();
    }
  };
  return { movie: await keyFrameMovie({ size: sizeBytes, read }) };
}

async function decode(request: DecodeRequest): Promise<Decoded> {
  const { default: sharp } = await import("sharp");
  // One picture at a time and one thread for it: the others belong to whoever draws and copies.
  sharp.concurrency(1);
  const bytes = Buffer.from(request.bytes.buffer, request.bytes.byteOffset, request.bytes.byteLength);
  const limits = { limitInputPixels: maxPixels, failOn: "none" as const };
  const raster = request.kind === "image" ? undefined : decodeHeif(bytes, request.kind === "heif-thumbnail");
  const picture = raster
    ? sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: raster.channels } })
    : turned(sharp(bytes, limits), request.orientation ?? 1);
  const { width, height } = request.box;
  const fitted = picture
    .resize(width, height, { fit: "inside", withoutEnlargement: request.as === "jpeg" })
    .removeAlpha();
  if (request.as === "jpeg") {
    const { data, info } = await fitted.jpeg({ quality }).toBuffer({ resolveWithObject: true });
    return { jpeg: data, width: info.width, height: info.height };
  }
  const pixels = fitted.toColourspace("srgb");
  if (request.as === "sixel") {
    const [few, { toSixel }] = await Promise.all([
      pixels.png({ palette: true, colours: sixelColours, compressionLevel: 1 }).toBuffer(),
      import("./sixel.ts"),
    ]);
    const { data, info } = await sharp(few).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { sixel: toSixel(data, info.width, info.height), width: info.width, height: info.height };
  }
  const { data, info } = await pixels.raw().toBuffer({ resolveWithObject: true });
  return { rgb: { data, width: info.width, height: info.height } };
}

/** Upright, by what the picture says of itself, or by what was said of it. */
function turned(picture: Sharp, orientation: number): Sharp {
  const angles: Record<number, number> = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 };
  if (orientation === 1) return picture.rotate();
  const mirrored = [2, 4, 5, 7].includes(orientation) ? picture.flop() : picture;
  const angle = angles[orientation];
  return angle === undefined ? mirrored : mirrored.rotate(angle);
}

/* libheif's C interface, of which only what is called here is declared. Source: libheif/heif.h. */
interface LibHeif {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_read_from_memory(error: number, context: number, bytes: number, length: number, options: number): void;
  _heif_context_get_primary_image_handle(error: number, context: number, out: number): void;
  _heif_image_handle_get_number_of_thumbnails(handle: number): number;
  _heif_image_handle_get_list_of_thumbnail_IDs(handle: number, out: number, count: number): number;
  _heif_image_handle_get_thumbnail(error: number, handle: number, id: number, out: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_release(handle: number): void;
  _heif_decode_image(error: number, handle: number, out: number, space: number, chroma: number, options: number): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  _heif_image_release(image: number): void;
}

const rgb = 1;
const interleavedRgb = 10;
let libheif: LibHeif | undefined;

/** Pixels of the primary image or of its thumbnail, upright: libheif applies the rotation that the file asks for. */
function decodeHeif(bytes: Buffer, thumbnail: boolean): Raster {
  libheif ??= createRequire(import.meta.url)("libheif-js/wasm-bundle") as LibHeif;
  const h = libheif;
  const [error, out, memory] = [h._malloc(16), h._malloc(8), h._malloc(bytes.length)];
  const context = h._heif_context_alloc();
  // The heap moves when it grows: it is looked at afresh after each call.
  const word = (pointer: number): number => h.HEAPU32[pointer >> 2] as number;
  const check = (what: string): void => {
    if (word(error) !== 0) throw new Error(`libheif could not ${what} (${word(error)}/${word(error + 4)})`);
  };
  let [primary, handle, image] = [0, 0, 0];
  try {
    h.HEAPU8.set(bytes, memory);
    h._heif_context_read_from_memory(error, context, memory, bytes.length, 0);
    check("read the file");
    h._heif_context_get_primary_image_handle(error, context, out);
    check("find the picture");
    primary = word(out);
    if (thumbnail) {
      if (h._heif_image_handle_get_number_of_thumbnails(primary) === 0) throw new Error("it has no thumbnail");
      h._heif_image_handle_get_list_of_thumbnail_IDs(primary, out, 1);
      h._heif_image_handle_get_thumbnail(error, primary, word(out), out);
      check("find the thumbnail");
      handle = word(out);
    }
    const chosen = handle || primary;
    if (h._heif_image_handle_get_width(chosen) * h._heif_image_handle_get_height(chosen) > maxPixels)
      throw new Error("it has too many pixels");
    h._heif_decode_image(error, chosen, out, rgb, interleavedRgb, 0);
    check("decode it");
    image = word(out);
    const width = h._heif_image_get_width(image, interleavedRgb);
    const height = h._heif_image_get_height(image, interleavedRgb);
    const plane = h._heif_image_get_plane_readonly2(image, interleavedRgb, out);
    const stride = word(out);
    const data = Buffer.alloc(width * height * 3);
    for (let y = 0; y < height; y += 1)
      data.set(h.HEAPU8.subarray(plane + y * stride, plane + y * stride + width * 3), y * width * 3);
    return { data, width, height, channels: 3 };
  } finally {
    if (image) h._heif_image_release(image);
    if (handle) h._heif_image_handle_release(handle);
    if (primary) h._heif_image_handle_release(primary);
    h._heif_context_free(context);
    for (const pointer of [memory, out, error]) h._free(pointer);
  }
}
