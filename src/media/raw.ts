/**
 * RAW files that are no TIFF: Fujifilm's RAF, which has a JPEG with all EXIF before the picture, and Canon's CR3, a movie's boxes with
 * EXIF in four of them. Source: exiftool, FujiFilm.pm (RAF) and Canon.pm (uuid of CR3).
 */
import { type Box, BoxReader } from "./boxes.ts";
import type { Found, Size } from "./found.ts";
import { readJpeg } from "./jpeg-segments.ts";
import { partOf, type RangeReader } from "./range-reader.ts";

/** A stretch of a file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

const rafHeaderBytes = 112;
const maxRafRecords = 64;
const croppedSize = 0x0111;

/** Fujifilm's RAF: size from its own header, the rest from the JPEG in it. */
export async function readRaf(reader: RangeReader): Promise<Found> {
  const jpeg = await rafJpeg(reader);
  const found = jpeg ? await readJpeg(partOf(reader, jpeg.offset, jpeg.length)) : {};
  return { ...found, size: (await rafSize(reader)) ?? found.size };
}

/** Where the JPEG lies. */
export async function rafJpeg(reader: RangeReader): Promise<Extent | undefined> {
  const header = await reader.read(0, rafHeaderBytes);
  if (header.length < rafHeaderBytes) return undefined;
  const extent = { offset: header.readUInt32BE(84), length: header.readUInt32BE(88) };
  return extent.offset > 0 && extent.length > 0 ? extent : undefined;
}

/** From a table of records: tag, length, bytes. The picture without its borders. */
async function rafSize(reader: RangeReader): Promise<Size | undefined> {
  const header = await reader.read(0, rafHeaderBytes);
  if (header.length < rafHeaderBytes) return undefined;
  const table = await reader.read(header.readUInt32BE(92), Math.min(header.readUInt32BE(96), 16 * 1024));
  if (table.length < 4) return undefined;
  const count = Math.min(table.readUInt32BE(0), maxRafRecords);
  for (let i = 0, at = 4; i < count && at + 8 <= table.length; i += 1) {
    if (table.readUInt16BE(at) === croppedSize)
      return { height: table.readUInt16BE(at + 4), width: table.readUInt16BE(at + 6) };
    at += 4 + table.readUInt16BE(at + 2);
  }
  return undefined;
}

/** Canon's CR3: its directories, each in a block of its own. */
export async function readCr3(reader: RangeReader): Promise<Found> {
  const boxes = await canonBoxes(reader);
  return boxes?.first ? { exif: [{ tiff: boxes.first, exif: boxes.exif, gps: boxes.gps }] } : {};
}

const canonUuid = "85c0b687820f11e08111f4ce462b6a48";
const maxBoxes = 64;
const mostMoovBytes = 256 * 1024;

/** CMT1 is the first directory, CMT2 Exif, CMT4 GPS: each a block of its own. */
export interface CanonBoxes {
  readonly first: RangeReader | undefined;
  readonly exif: RangeReader | undefined;
  readonly gps: RangeReader | undefined;
  readonly thumbnail: Extent | undefined;
}

/** The blocks in which CR3 keeps its directories; undefined where the file has none of them. */
export async function canonBoxes(reader: RangeReader): Promise<CanonBoxes | undefined> {
  const file = new BoxReader(reader, maxBoxes);
  const moov = await file.find("moov");
  if (!moov) return undefined;
  await reader.read(moov.start, Math.min(moov.end - moov.start, mostMoovBytes));
  for await (const uuid of file.boxes(moov)) {
    if (uuid.type !== "uuid" || (await file.contents(uuid, 16)).toString("hex") !== canonUuid) continue;
    const boxes = new Map<string, Box>();
    for await (const box of file.boxes({ start: uuid.start + 16, end: uuid.end })) boxes.set(box.type, box);
    const block = (type: string): RangeReader | undefined => {
      const box = boxes.get(type);
      return box && partOf(reader, box.start, box.end - box.start);
    };
    const thmb = boxes.get("THMB");
    const thumbnail = thmb && (await thumbnailIn(reader, thmb));
    return { first: block("CMT1"), exif: block("CMT2"), gps: block("CMT4"), thumbnail };
  }
  return undefined;
}

/** Version, size, length, and the JPEG behind them. */
async function thumbnailIn(reader: RangeReader, { start, end }: Box): Promise<Extent | undefined> {
  const head = await reader.read(start, 16);
  if (head.length < 16) return undefined;
  const length = head.readUInt32BE(8);
  return length > 0 && start + 16 + length <= end ? { offset: start + 16, length } : undefined;
}

const maxTrackBoxes = 256;
/** Of `CRAW` in stsd: version and count, the entry's header, what all video entries begin with; then width and height. */
const crawSizeAt = 8 + 32;

/** The camera's own JPEG of the picture, and how large the largest of its pictures is. */
export interface Cr3Jpeg {
  readonly jpeg: Extent;
  readonly full: Size;
}

/**
 * Of the first track: the camera's JPEG, in one chunk. The others have a preview, the sensor's own picture, and words.
 * Source: libopenraw, doc/cr3.md; lclevy/canon_cr3. @returns undefined where there is none, or it lies outside of the file
 */
export async function cr3Jpeg(reader: RangeReader): Promise<Cr3Jpeg | undefined> {
  const file = new BoxReader(reader, maxTrackBoxes);
  const moov = await file.find("moov");
  const tracks: Box[] = [];
  if (moov) for await (const box of file.boxes(moov)) if (box.type === "trak") tracks.push(box);
  const [first, ...others] = await Promise.all(tracks.slice(0, 4).map((track) => trackOf(file, track)));
  if (!first?.jpeg || first.jpeg.offset + first.jpeg.length > reader.size) return undefined;
  const sizes = [first, ...others].flatMap((track) => (track?.size ? [track.size] : []));
  const side = ({ width = 0, height = 0 }: Size): number => Math.max(width, height);
  const [full] = sizes.sort((a, b) => side(b) - side(a));
  return full && { jpeg: first.jpeg, full };
}

async function trackOf(file: BoxReader, track: Box): Promise<{ size?: Size; jpeg?: Extent } | undefined> {
  let table: Box | undefined = track;
  for (const type of ["mdia", "minf", "stbl"]) table = table && (await file.find(type, table));
  if (!table) return undefined;
  const [stsd, stsz, co64] = await Promise.all(
    ["stsd", "stsz", "co64"].map(async (type) => {
      const box = await file.find(type, table);
      return box ? await file.contents(box, 64) : Buffer.alloc(0);
    }),
  );
  const size =
    stsd && stsd.length >= crawSizeAt + 4 && stsd.toString("latin1", 12, 16) === "CRAW"
      ? { width: stsd.readUInt16BE(crawSizeAt), height: stsd.readUInt16BE(crawSizeAt + 2) }
      : undefined;
  // One sample: its length for all, or the first of a table.
  const length =
    stsz && stsz.length >= 12 ? stsz.readUInt32BE(4) || (stsz.length >= 16 ? stsz.readUInt32BE(12) : 0) : 0;
  const offset = co64 && co64.length >= 16 ? Number(co64.readBigUInt64BE(8)) : 0;
  const isThere = length > 0 && offset > 0 && Number.isSafeInteger(offset);
  return { ...(size ? { size } : {}), ...(isThere ? { jpeg: { offset, length } } : {}) };
}
