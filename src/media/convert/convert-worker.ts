/** Makes JPEGs beside the main thread, one at a time. */
import { constants, platform, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { Sharp } from "sharp";
import { maxXmpBytes } from "../found.ts";
import { exifOf } from "../heif.ts";
import { HeifFile } from "../heif-boxes.ts";
import { libheif } from "../libheif.ts";
import { bufferRange } from "../range-reader.ts";
import { turnedBy } from "../turned.ts";
import type { ConvertReply, ConvertRequest, ConvertWork } from "./converter.ts";
import { HeifPicture } from "./heif-picture.ts";
import { isHdr, profileOf } from "./icc-profile.ts";
import { type JpegMetadata, jpegHead, uprightXmp } from "./jpeg-metadata.ts";
import { pictureParts, type SharpFactory, StripEncoder } from "./jpeg-strips.ts";
import { type JpegOptions, type Loss, type MadeJpeg, maxPixels, maxPixelsAtOnce, NotConverted } from "./options.ts";
import { giveBack } from "./own-memory.ts";
import { Shrinker } from "./shrinker.ts";
import { asTiff } from "./tiff-of-rows.ts";
import { uprightExif } from "./upright-exif.ts";

/** Coefficients of so many pixels are kept for smaller tables; of more they would take too much memory. */
const mostOptimised = 16_000_000;

const isPatient = (workerData as ConvertWork | undefined)?.isPatient === true;

parentPort?.on("message", (request: ConvertRequest) => {
  const { id } = request;
  convert(request).then(
    (made) => {
      const heapBytes = request.format === "heif" ? libheif().HEAPU8.length : 0;
      const reply: ConvertReply = { id, made, heapBytes };
      parentPort?.postMessage(reply, [made.jpeg.buffer as ArrayBuffer]);
    },
    (error: unknown) => {
      const { message = String(error) } = error as Error;
      const reason = error instanceof NotConverted ? error.reason : "damaged";
      parentPort?.postMessage({ id, reason, message } satisfies ConvertReply);
    },
  );
});

async function convert(request: ConvertRequest): Promise<MadeJpeg> {
  const { id, bytes: given, format, options } = request;
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const sharp = await loadedSharp();
  // Linux gives each thread its own priority, and 0 means the one that asks: setpriority(2), "C library/kernel differences".
  if (isPatient && platform() === "linux") setPriority(0, constants.priority.PRIORITY_LOW);
  const alive = (): void => parentPort?.postMessage({ id, isAlive: true } satisfies ConvertReply);
  if (format === "heif") return await fromHeif(sharp, bytes, options, alive);
  return await fromOther(sharp, bytes, request);
}

async function loadedSharp(): Promise<SharpFactory> {
  try {
    const { default: sharp } = await import("sharp");
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch {
    throw new NotConverted("no-decoder", "sharp is not installed");
  }
}

async function fromHeif(
  sharp: SharpFactory,
  bytes: Buffer,
  options: JpegOptions,
  alive: () => void,
): Promise<MadeJpeg> {
  const file = await HeifFile.open(bufferRange(bytes));
  const isCropped = file?.propertiesOf(file.primary).some(({ type }) => type === "clap");
  const told = options.bare || !file ? {} : { exif: ownMemory(await exifOf(file)), xmp: await xmpOf(file) };
  using picture = new HeifPicture(bytes, isCropped);
  // libheif has them now, and what is read later keeps nothing of them: a copy less while the picture is decoded.
  giveBack(bytes);
  const nclx = picture.nclx();
  const icc = picture.profile() ?? (nclx && profileOf(nclx));
  const lost = new Set<Loss>(picture.lost());
  if (file?.hasToneMap || (nclx && isHdr(nclx))) lost.add("hdr");
  const made = await encoded(sharp, picture, { options, icc, alive });
  return finished(made, { ...told, icc: options.srgb ? undefined : icc }, lost);
}

async function xmpOf(file: HeifFile): Promise<Buffer | undefined> {
  const item = file.describing(({ type, contentType }) => type === "mime" && contentType === "application/rdf+xml");
  return ownMemory(item && (await file.read(item.id, maxXmpBytes)));
}

function ownMemory(bytes: Buffer | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes);
}

interface Encoded {
  readonly width: number;
  readonly height: number;
  readonly parts: readonly Buffer[];
}

interface Encoding {
  readonly options: JpegOptions;
  readonly icc: Buffer | undefined;
  readonly alive: () => void;
}

async function encoded(sharp: SharpFactory, picture: HeifPicture, encoding: Encoding): Promise<Encoded> {
  const { options, icc, alive } = encoding;
  const { width, height } = picture;
  if ((options.maxSize ?? Infinity) < Math.max(width, height)) return await shrunk(sharp, picture, encoding);
  const encode = async (rows: Buffer, count: number): Promise<Buffer> =>
    await asJpeg(asSharp(sharp, rows, { width, height: count }, options.srgb ? icc : undefined), options).toBuffer();
  const strips = new StripEncoder({ width, height }, encode);
  for (const { data } of picture.rows()) {
    await strips.add(data);
    alive();
  }
  return { width, height, parts: await strips.end() };
}

async function shrunk(sharp: SharpFactory, picture: HeifPicture, encoding: Encoding): Promise<Encoded> {
  const { options, icc, alive } = encoding;
  const size = options.maxSize as number;
  const shrinker = new Shrinker(picture, size);
  for (const { data, count } of picture.rows()) {
    shrinker.add(data, count);
    alive();
  }
  const { data, ...pixels } = shrinker.end();
  const fitted = asSharp(sharp, data, pixels, options.srgb ? icc : undefined).resize(size, size, { fit: "inside" });
  return await whole(fitted, options);
}

function asSharp(
  sharp: SharpFactory,
  data: Buffer,
  { width, height }: { width: number; height: number },
  from: Buffer | undefined,
): Sharp {
  if (from) return sharp(asTiff(data, { width, height }, from), { limitInputPixels: false }).toColourspace("srgb");
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

function asJpeg(picture: Sharp, { quality }: JpegOptions, optimiseCoding = false): Sharp {
  return picture.jpeg({ quality, chromaSubsampling: "4:2:0", optimiseCoding });
}

async function whole(picture: Sharp, options: JpegOptions, pixels = 0): Promise<Encoded> {
  const { data, info } = await asJpeg(picture, options, pixels < mostOptimised).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, parts: pictureParts(data) };
}

async function fromOther(sharp: SharpFactory, bytes: Buffer, request: ConvertRequest): Promise<MadeJpeg> {
  const { options, orientation, told: raw } = request;
  const picture = sharp(bytes, { failOn: "none", limitInputPixels: maxPixels });
  // Its head alone, whatever it says: who has too many pixels is told so below.
  const told = await sharp(bytes, { failOn: "none", limitInputPixels: false }).metadata();
  // What is a JPEG already, and only called otherwise, keeps its bytes.
  if (told.format === "jpeg" && isAsItIs(options) && orientation === undefined && !raw)
    return { jpeg: Uint8Array.from(bytes), width: told.width, height: told.height, lost: [] };
  const isReadInOrder = ["jpeg", "png", "tiff"].includes(told.format) && !told.isProgressive;
  if (told.width * told.height > (isReadInOrder ? maxPixels : maxPixelsAtOnce))
    throw new NotConverted("too-large", "it has too many pixels");
  const turned =
    orientation === undefined || told.orientation !== undefined ? picture.rotate() : turnedBy(picture, orientation);
  const upright = options.srgb ? turned : turned.keepIccProfile();
  const size = options.maxSize;
  const fitted = size ? upright.resize(size, size, { fit: "inside", withoutEnlargement: true }) : upright;
  const made = await whole(fitted.flatten({ background: "#fff" }), options, told.width * told.height);
  const lost = new Set<Loss>();
  if (told.hasAlpha) lost.add("transparency");
  if (told.depth === "ushort") lost.add("ten-bits");
  if (raw?.isCut && !options.bare) lost.add("metadata");
  const metadata = options.bare
    ? {}
    : { exif: asBuffer(raw?.exif) ?? told.exif?.subarray(6), xmp: asBuffer(raw?.xmp) ?? told.xmp };
  return finished(made, { ...metadata, icc: options.srgb ? undefined : told.icc }, lost);
}

function asBuffer(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isAsItIs({ maxSize, srgb, bare }: JpegOptions): boolean {
  return maxSize === undefined && !srgb && !bare;
}

function finished({ width, height, parts }: Encoded, { exif, xmp, icc }: JpegMetadata, lost: Set<Loss>): MadeJpeg {
  const size = { width, height };
  const metadata = { exif: exif && uprightExif(exif, size), xmp: xmp && uprightXmp(xmp, size), icc };
  const head = jpegHead(metadata);
  if (head.isCut) lost.add("metadata");
  return { jpeg: joined([...head.parts, ...parts]), width, height, lost: [...lost] };
}

/** In memory of its own, which can be given away. */
function joined(parts: readonly Buffer[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
