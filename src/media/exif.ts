/**
 * What EXIF says, from the directories of a TIFF block: a picture's own, or those of a whole RAW file, of which any may be the
 * full picture's. Source: Exif 2.32, 4.6; TIFF/EP; DNG 1.7; exiftool for RW2.
 */
import { parseAppleMakerNote } from "./apple-maker-note.ts";
import { type ExifDates, exifCapture } from "./exif-time.ts";
import { type ExifBlock, maxExifBytes, maxXmpBytes, type Size } from "./found.ts";
import type { MediaFacts } from "./media-facts.ts";
import { placeOf } from "./place.ts";
import { bufferRange, type RangeReader } from "./range-reader.ts";
import { type Directory, Tiff, textOf } from "./tiff.ts";

/** A JPEG in a TIFF block: offsets count from the block's beginning. */
export interface EmbeddedJpeg {
  readonly offset: number;
  readonly length: number;
}

/** What the directories of one TIFF block say. */
export interface Exif {
  readonly facts: Partial<MediaFacts>;
  /** As the picture lies in the file, by EXIF's own word. */
  readonly pixels: Size | undefined;
  /** Of a TIFF file: the size that its largest full picture has. */
  readonly full: Size | undefined;
  readonly embedded: readonly EmbeddedJpeg[];
  readonly xmp: string | undefined;
}

const tags = {
  subfileType: 0xfe,
  width: 0x100,
  height: 0x101,
  compression: 0x103,
  make: 0x10f,
  model: 0x110,
  stripOffsets: 0x111,
  orientation: 0x112,
  stripBytes: 0x117,
  dateTime: 0x132,
  subDirectories: 0x14a,
  jpegOffset: 0x201,
  jpegLength: 0x202,
  xmp: 0x2bc,
  exposure: 0x829a,
  aperture: 0x829d,
  exif: 0x8769,
  iso: 0x8827,
  gps: 0x8825,
  dateTimeOriginal: 0x9003,
  dateTimeDigitized: 0x9004,
  offset: 0x9010,
  offsetOriginal: 0x9011,
  offsetDigitized: 0x9012,
  makerNote: 0x927c,
  userComment: 0x9286,
  pixelWidth: 0xa002,
  pixelHeight: 0xa003,
  focalLength35mm: 0xa405,
  lens: 0xa434,
} as const;
/** RW2's own: the sensor's borders, and a JPEG of the whole. */
const panasonic = { top: 4, left: 5, bottom: 6, right: 7, jpeg: 0x2e } as const;
const gpsTags = { latRef: 1, lat: 2, lonRef: 3, lon: 4, time: 7, date: 0x1d } as const;

/** Directories beside Exif and GPS: pictures, previews, thumbnails. */
const maxDirectories = 16;
const maxMakerNoteBytes = 64 * 1024;
const maxCommentBytes = 256;

/** @returns undefined where it is none */
export async function readExif(block: ExifBlock): Promise<Exif | undefined> {
  const tiff = await (block.isFile ? Tiff.open(block.tiff) : open(block.tiff));
  const first = await tiff?.directory(tiff.first);
  if (!tiff || !first) return undefined;
  const pointed = async (tag: number, own: RangeReader | undefined): Promise<Directory | undefined> => {
    if (!own) return await tiff.directory((await first.number(tag)) ?? 0);
    const other = await open(own);
    return await other?.directory(other.first);
  };
  const exif = await pointed(tags.exif, block.exif);
  const facts = await factsOf(first, exif, await pointed(tags.gps, block.gps));
  const pictures = await picturesOf(tiff, first);
  // It may lie anywhere: another request, where it is needed.
  const xmp = facts.captured ? undefined : await first.bytes(tags.xmp, maxXmpBytes);
  return {
    facts,
    pixels: await sizeOf(exif, tags.pixelWidth, tags.pixelHeight),
    full: fullSize(pictures),
    embedded: [...(await embeddedIn(first)), ...pictures.flatMap((p) => p.embedded)],
    xmp: xmp?.toString("utf8"),
  };
}

/** Read as a whole. */
async function open(block: RangeReader): Promise<Tiff | undefined> {
  const length = Math.min(block.size, maxExifBytes);
  return await Tiff.open(bufferRange(await block.read(0, length, length)));
}

async function factsOf(
  first: Directory,
  exif: Directory | undefined,
  gps: Directory | undefined,
): Promise<Partial<MediaFacts>> {
  const note = await exif?.bytes(tags.makerNote, maxMakerNoteBytes);
  const lat = await degrees(gps, gpsTags.lat, gpsTags.latRef, 90);
  const lon = await degrees(gps, gpsTags.lon, gpsTags.lonRef, 180);
  const dates = await datesOf(first, exif, gps);
  const captured = exifCapture(dates);
  const isScreenshot = (await commentOf(exif)) === "Screenshot";
  return defined({
    captured,
    earlier: captured && exifCapture(dates, captured),
    orientation: await first.number(tags.orientation),
    make: await first.text(tags.make),
    model: await first.text(tags.model),
    lens: await exif?.text(tags.lens),
    exposureSeconds: await exif?.number(tags.exposure),
    aperture: await exif?.number(tags.aperture),
    iso: await exif?.number(tags.iso),
    focalLength35mm: await exif?.number(tags.focalLength35mm),
    gps: lat === undefined || lon === undefined ? undefined : placeOf(lat, lon),
    ...(isScreenshot ? { isScreenshot } : {}),
    ...(note ? parseAppleMakerNote(note) : {}),
  });
}

/** TIFF/EP puts the capture's date into the first directory. */
async function datesOf(first: Directory, exif: Directory | undefined, gps: Directory | undefined): Promise<ExifDates> {
  const time = (await gps?.numbers(gpsTags.time, 3)) ?? [];
  const date = await gps?.text(gpsTags.date);
  return {
    original: (await exif?.text(tags.dateTimeOriginal)) ?? (await first.text(tags.dateTimeOriginal)),
    originalOffset: await exif?.text(tags.offsetOriginal),
    digitized: await exif?.text(tags.dateTimeDigitized),
    digitizedOffset: await exif?.text(tags.offsetDigitized),
    modified: await first.text(tags.dateTime),
    modifiedOffset: (await exif?.text(tags.offset)) ?? (await first.text(tags.offset)),
    gps: date !== undefined && time.length === 3 ? { date, time: time as [number, number, number] } : undefined,
  };
}

/** Eight letters say how the text is written. */
async function commentOf(exif: Directory | undefined): Promise<string | undefined> {
  const bytes = await exif?.bytes(tags.userComment, maxCommentBytes);
  return bytes && bytes.length > 8 ? textOf(bytes.subarray(8)) : undefined;
}

/** Degrees, minutes, seconds; without its letter nobody knows on which side it lies. */
async function degrees(
  gps: Directory | undefined,
  tag: number,
  refTag: number,
  most: number,
): Promise<number | undefined> {
  const [d, m = 0, s = 0] = (await gps?.numbers(tag, 3)) ?? [];
  const ref = (await gps?.text(refTag))?.toUpperCase()[0];
  if (d === undefined || ref === undefined || !"NSEW".includes(ref)) return undefined;
  const value = d + (Number.isFinite(m) ? m : 0) / 60 + (Number.isFinite(s) ? s : 0) / 3600;
  return value <= most ? (ref === "S" || ref === "W" ? -value : value) + 0 : undefined;
}

interface Picture {
  readonly size: Size | undefined;
  readonly isReduced: boolean;
  readonly embedded: readonly EmbeddedJpeg[];
}

/** Of the first directory, of those behind it and of those below it. Each is looked at once. */
async function picturesOf(tiff: Tiff, first: Directory): Promise<Picture[]> {
  const seen = new Set<number>([tiff.first]);
  const pictures = [await pictureOf(first)];
  const waiting = [...(await first.numbers(tags.subDirectories, maxDirectories)), first.next];
  while (waiting.length > 0 && seen.size < maxDirectories) {
    const at = waiting.shift() as number;
    if (seen.has(at)) continue;
    seen.add(at);
    const directory = await tiff.directory(at);
    if (!directory) continue;
    pictures.push({ ...(await pictureOf(directory)), embedded: await embeddedIn(directory) });
    waiting.push(...(await directory.numbers(tags.subDirectories, maxDirectories)), directory.next);
  }
  return pictures;
}

async function pictureOf(directory: Directory): Promise<Picture> {
  const [top, left, bottom, right] = await Promise.all(
    [panasonic.top, panasonic.left, panasonic.bottom, panasonic.right].map(async (tag) => await directory.number(tag)),
  );
  const isSensor = top !== undefined && left !== undefined && bottom !== undefined && right !== undefined;
  return {
    size: isSensor ? { width: right - left, height: bottom - top } : await sizeOf(directory, tags.width, tags.height),
    isReduced: (((await directory.number(tags.subfileType)) ?? 0) & 1) === 1,
    embedded: [],
  };
}

async function sizeOf(directory: Directory | undefined, width: number, height: number): Promise<Size | undefined> {
  const size = { width: (await directory?.number(width)) ?? 0, height: (await directory?.number(height)) ?? 0 };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/** The largest of those that are no reduced versions. */
function fullSize(pictures: readonly Picture[]): Size | undefined {
  const sized = pictures.flatMap((p) => (p.size ? [{ ...p.size, isReduced: p.isReduced }] : []));
  const full = sized.filter((p) => !p.isReduced);
  const area = (s: Size): number => s.width * s.height;
  const [largest] = (full.length > 0 ? full : sized).sort((a, b) => area(b) - area(a));
  return largest && { width: largest.width, height: largest.height };
}

const jpegCompressions: ReadonlySet<number> = new Set([6, 7]);

/** Previews and thumbnails: as JPEG's own tags say where they are, or as a picture in one strip. */
async function embeddedIn(directory: Directory): Promise<EmbeddedJpeg[]> {
  const found: EmbeddedJpeg[] = [];
  const add = (offset: number | undefined, length: number | undefined): void => {
    if (offset && length) found.push({ offset, length });
  };
  add(await directory.number(tags.jpegOffset), await directory.number(tags.jpegLength));
  const whole = directory.extent(panasonic.jpeg);
  if (whole) add(whole.at, whole.bytes);
  if (!jpegCompressions.has((await directory.number(tags.compression)) ?? 0)) return found;
  const [offsets, lengths] = [
    await directory.numbers(tags.stripOffsets, 2),
    await directory.numbers(tags.stripBytes, 2),
  ];
  if (offsets.length === 1 && lengths.length === 1) add(offsets[0], lengths[0]);
  return found;
}

function defined<T extends object>(value: T): Partial<MediaFacts> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<MediaFacts>;
}
