/** EXIF through exifr, which is given the bare TIFF block. It is old and stable: kept behind this file. */
import exifr from "exifr";
import { parseAppleMakerNote } from "./apple-maker-note.ts";
import { parseExifTime } from "./capture-time.ts";
import { jpegSegments } from "./jpeg-segments.ts";
import type { FileFormat } from "./kinds.ts";
import type { MediaFacts } from "./media-facts.ts";
import { findTiff } from "./tiff.ts";

const options = {
  tiff: true,
  ifd0: {},
  exif: true,
  gps: true,
  makerNote: true,
  interop: false,
  xmp: false,
  icc: false,
  iptc: false,
  jfif: false,
  mergeOutput: true,
  reviveValues: false, // dates stay the text that was written: a Date would be put into this computer's zone
  translateValues: false,
  sanitize: true,
} as const;

/** @param head the first 64 KiB; nothing beyond it is asked for */
export async function readExif(head: Buffer, format: FileFormat): Promise<Partial<MediaFacts>> {
  let tags: Record<string, unknown> | undefined;
  try {
    const tiff = findTiff(head, format);
    tags = tiff && ((await exifr.parse(tiff, options as never)) as Record<string, unknown> | undefined);
  } catch {
    tags = undefined; // damaged metadata is no reason not to copy the photo
  }
  const size = sizeOf(head, format);
  return { ...size, ...(tags ? factsFrom(tags, size) : {}) };
}

function factsFrom(tags: Record<string, unknown>, size: Size | undefined): Partial<MediaFacts> {
  const captured =
    parseExifTime(text(tags["DateTimeOriginal"]), text(tags["OffsetTimeOriginal"])) ??
    parseExifTime(text(tags["CreateDate"]), text(tags["OffsetTimeDigitized"]));
  const orientation = number(tags["Orientation"]);
  const turned = orientation !== undefined && orientation >= 5 && orientation <= 8;
  const width = size?.width ?? number(tags["ExifImageWidth"]) ?? number(tags["ImageWidth"]);
  const height = size?.height ?? number(tags["ExifImageHeight"]) ?? number(tags["ImageHeight"]);
  // Sizes from a HEIC's boxes are those of the primary image before `irot`, as a JPEG's are before Orientation.
  const upright = width && height ? (turned ? { width: height, height: width } : { width, height }) : {};
  const note = tags["makerNote"] instanceof Uint8Array ? parseAppleMakerNote(tags["makerNote"]) : {};
  return defined({
    captured,
    ...upright,
    orientation,
    make: text(tags["Make"]),
    model: text(tags["Model"]),
    lens: text(tags["LensModel"]),
    exposureSeconds: number(tags["ExposureTime"]),
    aperture: number(tags["FNumber"]),
    iso: number(tags["ISO"]),
    focalLength35mm: number(tags["FocalLengthIn35mmFormat"]),
    gps: gps(tags["latitude"], tags["longitude"]),
    ...note,
  });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(head: Buffer, format: FileFormat): Size | undefined {
  if (format === "jpeg") return jpegSize(head);
  if (format === "heif") return heifSize(head);
  return format === "png" ? pngSize(head) : undefined;
}

/** The first chunk's. PNG 3rd edition, 11.2.1. */
function pngSize(head: Buffer): Size | undefined {
  if (head.length < 24 || head.toString("latin1", 12, 16) !== "IHDR") return undefined;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** The frame header's size: EXIF's own pixel fields are missing or wrong in edited files. ITU T.81, B.2.2. */
function jpegSize(head: Buffer): Size | undefined {
  for (const { marker, start, end } of jpegSegments(head)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return end < start + 5
        ? undefined
        : { height: head.readUInt16BE(start + 1), width: head.readUInt16BE(start + 3) };
  }
  return undefined;
}

/** The largest `ispe` in `meta`: the primary image; tiles and thumbnails are smaller. ISO/IEC 23008-12, 6.5.3. */
function heifSize(head: Buffer): Size | undefined {
  let best: Size | undefined;
  for (let at = head.indexOf("ispe"); at !== -1 && at + 16 <= head.length; at = head.indexOf("ispe", at + 4)) {
    const size = { width: head.readUInt32BE(at + 8), height: head.readUInt32BE(at + 12) };
    if (
      size.width <= 65_535 &&
      size.height <= 65_535 &&
      size.width * size.height > (best ? best.width * best.height : 0)
    )
      best = size;
  }
  return best;
}

function gps(lat: unknown, lon: unknown): { lat: number; lon: number } | undefined {
  if (typeof lat !== "number" || typeof lon !== "number") return undefined;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value.replaceAll("\0", "").trim().slice(0, 256) || undefined : undefined;
}

function number(value: unknown): number | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "number" && Number.isFinite(first) ? first : undefined;
}

function defined<T extends object>(value: T): Partial<MediaFacts> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<MediaFacts>;
}
