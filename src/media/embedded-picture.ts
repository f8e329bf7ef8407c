/**
 * A small picture that a file carries beside its large one: the JPEG in a picture's EXIF, the previews of RAW files, the thumbnail
 * item of a HEIC, as a file of its own. Source: Exif 2.32, 4.6.8; ISO/IEC 23008-12, 6.4.5 (thmb); 14496-12, 8.11.
 */
import type { EmbeddedJpeg } from "./exif.ts";
import { readExif } from "./exif.ts";
import type { ExifBlock } from "./found.ts";
import { exifOf } from "./heif.ts";
import { HeifFile, type HeifItem } from "./heif-boxes.ts";
import { readJpeg } from "./jpeg-segments.ts";
import { type FileFormat, sniffFormat } from "./kinds.ts";
import { bufferRange, type RangeReader } from "./range-reader.ts";
import { canonBoxes, rafJpeg, readCr3 } from "./raw.ts";

/** A picture found in a file, as bytes. */
export interface EmbeddedPicture {
  /** `heif`, `avif`: a file with this picture alone, still to be decoded. */
  readonly format: "jpeg" | "heif" | "avif";
  readonly bytes: Buffer;
  /** EXIF 1-8: how it has to be turned, where it is once decoded. */
  readonly orientation: number;
}

/** What a preview may cost: a RAW file's has some megabytes. */
export const previewBound = { requests: 6, bytesAtOnce: 8 * 1024 * 1024 } as const;
/** Larger than any thumbnail that is too small to look at. */
const goodBytes = 24 * 1024;

/** @param reader bounded by `previewBound` @returns undefined where there is none */
export async function embeddedPicture(reader: RangeReader, format: FileFormat): Promise<EmbeddedPicture | undefined> {
  switch (format) {
    case "jpeg":
      return await fromBlocks((await readJpeg(reader)).exif ?? []);
    case "tiff":
      return await fromBlocks([{ tiff: reader, isFile: true }]);
    case "cr3":
      return (
        (await jpegAt(reader, await canonThumbnail(reader))) ?? (await fromBlocks((await readCr3(reader)).exif ?? []))
      );
    case "raf":
      return await fromRaf(reader);
    case "heif":
    case "avif":
      return await fromHeif(reader, format);
    default:
      return undefined;
  }
}

async function fromBlocks(blocks: readonly ExifBlock[], orientation?: number): Promise<EmbeddedPicture | undefined> {
  for (const block of blocks) {
    const exif = await readExif(block);
    if (!exif) continue;
    for (const extent of byUse(exif.embedded)) {
      const picture = await jpegAt(block.tiff, extent, orientation ?? exif.facts.orientation);
      if (picture) return picture;
    }
  }
  return undefined;
}

/** The smallest that is large enough; else the largest. */
function byUse(embedded: readonly EmbeddedJpeg[]): readonly EmbeddedJpeg[] {
  const sorted = embedded.filter((e) => e.length <= previewBound.bytesAtOnce).sort((a, b) => a.length - b.length);
  return [...sorted.filter((e) => e.length >= goodBytes), ...sorted.filter((e) => e.length < goodBytes).reverse()];
}

async function jpegAt(
  reader: RangeReader,
  extent: EmbeddedJpeg | undefined,
  orientation = 1,
): Promise<EmbeddedPicture | undefined> {
  if (!extent || extent.length > previewBound.bytesAtOnce) return undefined;
  const bytes = await reader.read(extent.offset, extent.length, extent.length);
  const isJpeg = bytes.length === extent.length && sniffFormat(bytes) === "jpeg";
  return isJpeg ? { format: "jpeg", bytes, orientation } : undefined;
}

async function canonThumbnail(reader: RangeReader): Promise<EmbeddedJpeg | undefined> {
  return (await canonBoxes(reader))?.thumbnail;
}

/** It turns itself by its own EXIF once it is decoded. */
async function fromRaf(reader: RangeReader): Promise<EmbeddedPicture | undefined> {
  const whole = await jpegAt(reader, await rafJpeg(reader));
  return whole && ((await fromBlocks((await readJpeg(bufferRange(whole.bytes))).exif ?? [])) ?? whole);
}

async function fromHeif(reader: RangeReader, format: "heif" | "avif"): Promise<EmbeddedPicture | undefined> {
  const file = await HeifFile.open(reader);
  if (!file) return undefined;
  const { size, orientation } = file.shapeOf(file.primary);
  const item = file.thumbnail();
  const extent = item && file.extentOf(item.id);
  if (item && extent && extent.offset + extent.length <= reader.size && extent.length <= previewBound.bytesAtOnce) {
    const data = await file.read(item.id, previewBound.bytesAtOnce);
    if (data) return alone(file, { item, data, orientation: isTurned(file, item, size) ? orientation : 1 }, format);
  }
  const exif = await exifOf(file);
  return exif && (await fromBlocks([{ tiff: bufferRange(exif) }], orientation));
}

/** Whether it lies as the primary picture does before that is turned, and says nothing of it itself. */
function isTurned(file: HeifFile, item: HeifItem, primary: { width: number; height: number } | undefined): boolean {
  if (file.propertiesOf(item.id).some(({ type }) => type === "irot" || type === "imir")) return false;
  const { size } = file.shapeOf(item.id);
  return size === undefined || primary === undefined || size.width > size.height === primary.width > primary.height;
}

/** A picture as it lies in a HEIF file: its item, the item's bytes, and how it has to be turned. */
interface PictureItem {
  readonly item: HeifItem;
  readonly data: Buffer;
  readonly orientation: number;
}

function alone(
  file: HeifFile,
  { item, data, orientation }: PictureItem,
  format: "heif" | "avif",
): EmbeddedPicture | undefined {
  if (item.type === "jpeg") {
    const start = file.propertiesOf(item.id).find(({ type }) => type === "jpgC")?.content ?? Buffer.alloc(0);
    return { format: "jpeg", bytes: Buffer.concat([start, data]), orientation };
  }
  if (item.type !== "hvc1" && item.type !== "av01") return undefined;
  return { format, bytes: heifOf(file, item, data), orientation };
}

/** A file of one picture, with the properties that it has in the file it comes from. */
function heifOf(file: HeifFile, item: HeifItem, data: Buffer): Buffer {
  const properties = file.propertiesOf(item.id).slice(0, 127);
  const infe = box("infe", Buffer.from([2, 0, 0, 0, 0, 1, 0, 0]), Buffer.from(`${item.type}\0`, "latin1"));
  const associations = Buffer.from([
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    1,
    properties.length,
    ...properties.map((_, i) => i + 1),
  ]);
  const meta = (offset: number): Buffer => {
    const iloc = Buffer.from([0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    iloc.writeUInt32BE(offset, 14);
    iloc.writeUInt32BE(data.length, 18);
    return box(
      "meta",
      Buffer.alloc(4),
      box("hdlr", Buffer.alloc(8), Buffer.from("pict"), Buffer.alloc(13)),
      box("pitm", Buffer.from([0, 0, 0, 0, 0, 1])),
      box("iinf", Buffer.from([0, 0, 0, 0, 0, 1]), infe),
      box("iloc", iloc),
      box("iprp", box("ipco", ...properties.map((p) => p.box)), box("ipma", associations)),
    );
  };
  return Buffer.concat([file.ftyp, meta(file.ftyp.length + meta(0).length + 8), box("mdat", data)]);
}

function box(type: string, ...contents: Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + contents.reduce((sum, c) => sum + c.length, 0));
  head.write(type, 4, "latin1");
  return Buffer.concat([head, ...contents]);
}
