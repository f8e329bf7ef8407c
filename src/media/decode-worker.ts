/**
 * Decodes pictures beside the main thread: JPEG, PNG and their like with sharp, HEVC stills with libheif, neither of which is
 * loaded before the first request. Both are optional packages: without them the answer is an error. Takes movies apart, too.
 */

import { parentPort } from "node:worker_threads";
import type { Sharp, SharpOptions } from "sharp";
import { Semaphore } from "../shared/async.ts";
import type { Decoded, DecodeReply, DecodeRequest, KeyFrameRequest, RangeReply, RangeRequest } from "./decoder.ts";
import { decodeHeif } from "./heif-decode.ts";
import { keyFrameMovie } from "./key-frame.ts";
import { turnedBy } from "./turned.ts";

/** A picture of more pixels is not decoded for a preview: 16384 × 16384. */
const maxPixels = 2 ** 28;
/** Nor one of more than these, where all of them are in memory at once, with four bytes each. */
const maxPixelsAtOnce = 2 ** 26;
const quality = 80;
/** As many as xterm has registers for; more would be mapped to fewer again. */
const sixelColours = 256;

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
  sharp.cache(false);
  const bytes = Buffer.from(request.bytes.buffer, request.bytes.byteOffset, request.bytes.byteLength);
  const picture =
    request.kind === "image"
      ? turned(await checked(sharp(bytes, { failOn: "none", limitInputPixels: maxPixels })), request.orientation ?? 1)
      : fromHeif(sharp, bytes, request);
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

/** Of a picture that is not read from its top to its bottom, all pixels are needed before the first is. */
async function checked(picture: Sharp): Promise<Sharp> {
  const { format, isProgressive, width, height } = await picture.metadata();
  const isReadInOrder = (format === "jpeg" || format === "png" || format === "tiff") && !isProgressive;
  if (!isReadInOrder && width * height > maxPixelsAtOnce) throw new Error("it has too many pixels");
  return picture;
}

function fromHeif(sharp: (data: Buffer, options: SharpOptions) => Sharp, bytes: Buffer, { box }: DecodeRequest): Sharp {
  const { data, width, height } = decodeHeif(bytes, box, maxPixelsAtOnce);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Upright, by what the picture says of itself, or by what was said of it. */
function turned(picture: Sharp, orientation: number): Sharp {
  return orientation === 1 ? picture.rotate() : turnedBy(picture, orientation);
}
