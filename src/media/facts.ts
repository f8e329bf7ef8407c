/** What a file says about itself, by few small range reads: see `factsBound`. */
import { type CaptureTime, earlierOf } from "./capture-time.ts";
import type { Found, Size } from "./found.ts";
import { type FileFormat, sniffFormat } from "./kinds.ts";
import type { MediaFacts } from "./media-facts.ts";
import { headBytes, type RangeReader } from "./range-reader.ts";

/**
 * Counts up when facts are read otherwise, or more of them: what was kept of earlier versions is read anew.
 * 2: metadata wherever it stands; other formats; dates by their whole table.
 */
export const factsVersion = 2;

/**
 * Reads the facts of one file. A file nothing can be made of has only its format; errors of the reader itself pass through.
 */
export async function readFacts(reader: RangeReader): Promise<MediaFacts> {
  const format = sniffFormat(await reader.read(0, Math.min(reader.size, reader.shortHeadBytes ?? headBytes)));
  if (format === "unknown") return { format };
  if (format === "quicktime") return { format, ...(await (await import("./quicktime.ts")).readQuickTime(reader)) };
  // All of the head, whatever the name promised.
  await reader.read(0, Math.min(reader.size, headBytes));
  return { format, ...(await factsOf(await find(reader, format), format)) };
}

/** A file of nothing but such blocks is no photo. */
const maxExifBlocks = 8;

/** The readers are loaded when the first file asks for them: `--help` needs none. */
async function find(reader: RangeReader, format: Exclude<FileFormat, "unknown" | "quicktime">): Promise<Found> {
  switch (format) {
    case "jpeg":
      return await (await import("./jpeg-segments.ts")).readJpeg(reader);
    case "heif":
    case "avif":
      return await (await import("./heif.ts")).readHeif(reader);
    case "png":
      return await (await import("./png.ts")).readPng(reader);
    case "webp":
      return await (await import("./webp.ts")).readWebp(reader);
    case "jxl":
      return await (await import("./jxl.ts")).readJxl(reader);
    case "raf":
      return await (await import("./raw.ts")).readRaf(reader);
    case "cr3":
      return await (await import("./raw.ts")).readCr3(reader);
    case "tiff":
      return { exif: [{ tiff: reader, isFile: true }] };
    case "gif":
      return await (await import("./gif.ts")).readGif(reader);
    case "bmp":
      return { size: await bitmapSize(reader) };
  }
}

/** BITMAPINFOHEADER, whose height is negative where the first row is the top one. */
async function bitmapSize(reader: RangeReader): Promise<Size | undefined> {
  const head = await reader.read(0, 26);
  return head.length < 26 ? undefined : { width: head.readInt32LE(18), height: Math.abs(head.readInt32LE(22)) };
}

async function factsOf(found: Found, format: FileFormat): Promise<Partial<MediaFacts>> {
  const { readExif } = await import("./exif.ts");
  let exif: Awaited<ReturnType<typeof readExif>>;
  let told: Partial<MediaFacts> = {};
  // Programs that only turn a picture put a block of their own before the camera's.
  for (const block of (found.exif ?? []).slice(0, maxExifBlocks)) {
    const next = await readExif(block);
    exif ??= next;
    told = { ...next?.facts, ...told };
    if (told.captured) break;
  }
  // On an iPhone all that matters lies in EXIF: what lies elsewhere is not asked for.
  const isElsewhere = told.captured === undefined || told.make !== "Apple";
  const xmpText = found.xmp?.isNear || isElsewhere ? await found.xmp?.read() : undefined;
  const xmp = xmpText ?? exif?.xmp;
  const described = xmp === undefined ? {} : (await import("./xmp-packet.ts")).factsOfXmp(xmp);
  const captured = await captureOf(told.captured, described.captured, found.dateText);
  const earlier = told.earlier ?? earlierOf(captured, described.captured);
  const motionVideoBytes =
    described.motionVideoBytes ?? (isElsewhere ? await found.motionVideoBytes?.read() : undefined);
  const orientation = found.orientation ?? validOrientation(told.orientation);
  const full = format === "tiff" || format === "cr3" ? exif?.full : undefined;
  const size = found.size ?? full ?? exif?.pixels ?? exif?.full;
  const { orientation: _, ...plain } = told;
  return {
    ...described,
    ...plain,
    ...(captured ? { captured } : {}),
    ...(earlier ? { earlier } : {}),
    ...(size && size.width > 0 && size.height > 0 ? upright(size, orientation) : {}),
    ...(orientation === undefined ? {} : { orientation }),
    ...(motionVideoBytes === undefined ? {} : { motionVideoBytes }),
  };
}

/** What XMP says of the same moment may have the zone that EXIF leaves out. */
async function captureOf(
  exif: CaptureTime | undefined,
  xmp: CaptureTime | undefined,
  text: string | undefined,
): Promise<CaptureTime | undefined> {
  if (exif && exif.zone !== "recorded" && xmp?.zone === "recorded" && xmp.local === exif.local)
    return { ...exif, offsetMinutes: xmp.offsetMinutes, zone: "recorded" };
  if (exif ?? xmp) return exif ?? xmp;
  return text === undefined ? undefined : (await import("./capture-time.ts")).parseTextDate(text, "text");
}

function validOrientation(orientation: number | undefined): number | undefined {
  return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : undefined;
}

function upright({ width, height }: Size, orientation = 1): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
