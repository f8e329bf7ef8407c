/**
 * EXIF for the JPEG that is taken out of a RAW file. The JPEG mostly tells nothing of itself, and the RAW file's directories cannot go
 * along as they are: they describe the sensor's picture, and their values lie anywhere in the file. What describes the photo is put
 * into a block of its own. Source: Exif 2.32, 4.6; TIFF/EP; DNG 1.7.
 */
import { maxXmpBytes } from "../found.ts";
import type { RangeReader } from "../range-reader.ts";
import type { CanonBoxes } from "../raw.ts";
import { type Directory, type Entry, Tiff } from "../tiff.ts";

/** What a RAW file tells of its photo. */
export interface RawExif {
  /** A TIFF block. */
  readonly exif: Uint8Array;
  readonly xmp?: Uint8Array | undefined;
  /** Something stays behind: a maker note that counts from the file's beginning, or a value too long for a JPEG. */
  readonly isCut: boolean;
}

const pointers = { exif: 0x8769, gps: 0x8825, interoperability: 0xa005 };
const xmpTag = 0x2bc;
const makerNote = 0x927c;
/** Description, maker, model, turning, resolution, software, date, artist, computer, rating, copyright; Windows' own texts. */
const firstTags: ReadonlySet<number> = new Set([
  ...[0x10e, 0x10f, 0x110, 0x112, 0x11a, 0x11b, 0x128, 0x131, 0x132, 0x13b, 0x13c, 0x4746, 0x4749, 0x8298],
  ...[0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f],
]);
/** What TIFF/EP has in the first directory, and Exif in its own: exposure, aperture, programme, ISO, date, focal length. */
const exifTags: ReadonlySet<number> = new Set([0x829a, 0x829d, 0x8822, 0x8827, 0x9003, 0x920a]);
/** Notes whose offsets count from their own beginning. */
const movable = ["Apple iOS\0", "Nikon\0\x02"];
const longType = 4;
const headBytes = 8;
const entryBytes = 12;
/** Of all values together: a segment of a JPEG has 64 KiB, directories included. */
const mostBytes = 56 * 1024;

interface Value {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** @returns undefined where it is no TIFF; what the reader throws */
export async function exifOfRaw(reader: RangeReader): Promise<RawExif | undefined> {
  const tiff = await Tiff.open(reader);
  const first = await tiff?.directory(tiff.first);
  if (!tiff || !first) return undefined;
  const below = async (tag: number): Promise<Directory | undefined> =>
    await tiff.directory((await first.number(tag)) ?? 0);
  const [exif, gps] = [await below(pointers.exif), await below(pointers.gps)];
  return await together({ first, exif, gps }, tiff.isLittle);
}

/** Of a CR3, whose directories are blocks of their own. The maker note lies in a fourth, and stays behind. */
export async function exifOfCr3(boxes: CanonBoxes): Promise<RawExif | undefined> {
  const opened = async (block: RangeReader | undefined): Promise<Tiff | undefined> => block && (await Tiff.open(block));
  const [first, exif, gps] = await Promise.all([opened(boxes.first), opened(boxes.exif), opened(boxes.gps)]);
  const directory = await first?.directory(first.first);
  if (!first || !directory) return undefined;
  // Values go along as they are: of another byte order they would say something else.
  const alike = (tiff: Tiff | undefined) =>
    tiff?.isLittle === first.isLittle ? tiff.directory(tiff.first) : undefined;
  const told = await together({ first: directory, exif: await alike(exif), gps: await alike(gps) }, first.isLittle);
  return { ...told, isCut: true };
}

interface RawDirectories {
  readonly first: Directory;
  readonly exif: Directory | undefined;
  readonly gps: Directory | undefined;
}

async function together({ first, exif, gps }: RawDirectories, isLittle: boolean): Promise<RawExif> {
  const taken = new Values();
  const own = await taken.of(exif, (tag) => tag !== pointers.interoperability);
  const elsewhere = await taken.of(first, (tag) => exifTags.has(tag) && exif?.has(tag) !== true);
  const block = laidOut(isLittle, {
    first: await taken.of(first, (tag) => firstTags.has(tag)),
    exif: [...own, ...elsewhere],
    gps: await taken.of(gps, () => true),
  });
  const xmp = await first.bytes(xmpTag, maxXmpBytes);
  return { exif: Uint8Array.from(block), xmp: xmp && Uint8Array.from(xmp), isCut: taken.isCut };
}

/** Reads values as long as there is room for them. */
class Values {
  isCut = false;
  #left = mostBytes;

  async of(directory: Directory | undefined, isWanted: (tag: number) => boolean): Promise<Value[]> {
    const values: Value[] = [];
    for (const [tag, entry] of directory?.entries() ?? []) {
      if (!isWanted(tag)) continue;
      const bytes = await this.#bytes(directory as Directory, tag, entry);
      if (bytes) values.push({ tag, type: entry.type, count: entry.count, bytes });
      else this.isCut = true;
    }
    return values;
  }

  async #bytes(directory: Directory, tag: number, entry: Entry): Promise<Buffer | undefined> {
    const room = entry.bytes + entryBytes + 1;
    if (room > this.#left) return undefined;
    const bytes = await directory.bytes(tag, entry.bytes);
    const isMovable = tag !== makerNote || movable.some((mark) => bytes?.toString("latin1", 0, mark.length) === mark);
    if (!isMovable) return undefined;
    this.#left -= room;
    return bytes;
  }
}

interface Directories {
  readonly first: readonly Value[];
  readonly exif: readonly Value[];
  readonly gps: readonly Value[];
}

/** In the byte order that the values have. */
function laidOut(isLittle: boolean, { first, exif, gps }: Directories): Buffer {
  const number = (value: number, size: 2 | 4): Buffer => {
    const bytes = Buffer.alloc(size);
    if (isLittle) bytes.writeUIntLE(value, 0, size);
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  const directory = (values: readonly Value[], at: number): Buffer => {
    const sorted = [...values].sort((a, b) => a.tag - b.tag);
    const table = [number(sorted.length, 2)];
    const tail: Buffer[] = [];
    let end = at + 2 + sorted.length * entryBytes + 4;
    for (const { tag, type, count, bytes } of sorted) {
      const padded = Buffer.concat([bytes], bytes.length <= 4 ? 4 : bytes.length + (bytes.length % 2));
      table.push(number(tag, 2), number(type, 2), number(count, 4), bytes.length <= 4 ? padded : number(end, 4));
      if (bytes.length > 4) tail.push(padded);
      if (bytes.length > 4) end += padded.length;
    }
    return Buffer.concat([...table, number(0, 4), ...tail]);
  };
  const pointer = (tag: number, at: number): Value => ({ tag, type: longType, count: 1, bytes: number(at, 4) });
  const main = (exifAt: number, gpsAt: number): Buffer =>
    directory([...first, pointer(pointers.exif, exifAt), ...(gps.length > 0 ? [pointer(pointers.gps, gpsAt)] : [])], 8);
  const exifAt = headBytes + main(0, 0).length;
  const below = directory(exif, exifAt);
  const gpsAt = exifAt + below.length;
  const head = Buffer.concat([Buffer.from(isLittle ? "II" : "MM"), number(42, 2), number(headBytes, 4)]);
  return Buffer.concat([head, main(exifAt, gpsAt), below, ...(gps.length > 0 ? [directory(gps, gpsAt)] : [])]);
}
