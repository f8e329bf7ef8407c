/** The bytes that a picture is decoded from: those of its file, or the JPEG of the whole picture that a RAW file carries. */
import { type EmbeddedJpeg, readExif } from "../exif.ts";
import { fileKind, sniffFormat } from "../kinds.ts";
import type { RangeReader } from "../range-reader.ts";
import { canonBoxes, cr3Jpeg, rafJpeg } from "../raw.ts";
import { NotConverted } from "./options.ts";
import { exifOfCr3, exifOfRaw, type RawExif } from "./raw-exif.ts";

/** A file, and the name that says whether it is a RAW one. */
export interface PictureFile {
  readonly name: string;
  readonly reader: RangeReader;
}

export interface PictureBytes {
  /** Which decoder takes it. */
  readonly format: "heif" | "image";
  readonly bytes: Uint8Array;
  /** EXIF 1-8: how it is turned, where the bytes do not say it themselves. */
  readonly orientation?: number | undefined;
  /** What the RAW file tells, which the JPEG in it mostly does not. */
  readonly told?: RawExif | undefined;
}

/** More than any phone writes: a HEIC of 48 megapixels has 15 MB, one of Samsung's with a movie behind it 40. */
const maxBytes = 256 * 1024 * 1024;
const headBytes = 64;
const chunkBytes = 4 * 1024 * 1024;
const imageFormats: ReadonlySet<string> = new Set(["jpeg", "png", "tiff", "gif", "webp", "avif"]);
const startsOfFrame: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Borders that a camera cuts off: so much of the sensor's longer side is the whole picture. */
const wholeShare = 0.9;

/**
 * @param leastSide a JPEG in a RAW file may be smaller than the whole picture, if its longer side has so many pixels
 * @throws {NotConverted} where there is nothing to be decoded; what the reader throws
 */
export async function pictureBytes({ name, reader }: PictureFile, leastSide?: number): Promise<PictureBytes> {
  const format = sniffFormat(await reader.read(0, headBytes));
  if (format === "raf" || format === "cr3" || (format === "tiff" && fileKind(name) === "raw"))
    return await embeddedIn(reader, format, leastSide);
  if (format === "heif") return { format, bytes: await whole(reader, 0, reader.size) };
  if (imageFormats.has(format)) return { format: "image", bytes: await whole(reader, 0, reader.size) };
  throw new NotConverted("not-a-picture", `nothing here decodes what is in it (${format})`);
}

async function embeddedIn(reader: RangeReader, format: string, leastSide = Infinity): Promise<PictureBytes> {
  const exif = format === "tiff" ? await readExif({ tiff: reader, isFile: true }) : undefined;
  const raf = format === "raf" ? await rafJpeg(reader) : undefined;
  const cr3 = format === "cr3" ? await cr3Jpeg(reader) : undefined;
  const sized: { readonly at: EmbeddedJpeg; readonly side: number }[] = [];
  for (const at of raf ? [raf] : cr3 ? [cr3.jpeg] : (exif?.embedded ?? [])) {
    const side = await longerSide(reader, at);
    if (side !== undefined) sized.push({ at, side });
  }
  const [largest] = sized.sort((a, b) => b.side - a.side);
  const { width = 0, height = 0 } = exif?.full ?? cr3?.full ?? {};
  const full = Math.max(width, height) * wholeShare;
  if (!largest || largest.side < Math.min(full, leastSide))
    throw new NotConverted("no-full-picture", "it carries no JPEG of its whole picture");
  const { offset, length } = largest.at;
  const bytes = await whole(reader, offset, length);
  if (cr3) return { format: "image", bytes, ...(await toldByCr3(reader)) };
  return { format: "image", bytes, orientation: exif?.facts.orientation, told: exif && (await exifOfRaw(reader)) };
}

async function toldByCr3(reader: RangeReader): Promise<Pick<PictureBytes, "orientation" | "told">> {
  const boxes = await canonBoxes(reader);
  const exif = boxes?.first && (await readExif({ tiff: boxes.first }));
  return { orientation: exif?.facts.orientation, told: boxes && (await exifOfCr3(boxes)) };
}

/** Of a JPEG that can be looked at; the sensor's own pixels may be in one that cannot. */
async function longerSide(reader: RangeReader, { offset, length }: EmbeddedJpeg): Promise<number | undefined> {
  const head = await reader.read(offset, Math.min(length, 64 * 1024));
  if (sniffFormat(head) !== "jpeg") return undefined;
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff; at += 2 + head.readUInt16BE(at + 2)) {
    const marker = head[at + 1] as number;
    if (startsOfFrame.has(marker)) return Math.max(head.readUInt16BE(at + 5), head.readUInt16BE(at + 7));
    if (marker === 0xda || marker === 0xd9) return undefined;
  }
  return undefined;
}

/** Of memory that is its own: it is given to the worker. */
async function whole(reader: RangeReader, offset: number, length: number): Promise<Uint8Array> {
  if (length > maxBytes || offset + length > reader.size)
    throw new NotConverted(length > maxBytes ? "too-large" : "damaged", "it has too many bytes, or too few");
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const chunk = await reader.read(offset + at, Math.min(chunkBytes, length - at));
    if (chunk.length === 0) throw new NotConverted("damaged", "it ends too early");
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
