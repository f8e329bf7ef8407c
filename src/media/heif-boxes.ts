/**
 * What a HEIF file says of its pictures: which is the primary one, how large it is and how it is turned, where its thumbnail, its Exif
 * and its XMP lie. `meta` may stand before the media or behind it, as Samsung's phones write it.
 * Source: ISO/IEC 14496-12, 8.11 (meta, iloc, iinf, iref); 23008-12, 6.5 (ispe, clap, irot, imir), A.2.1 (Exif).
 */
import { type Box, BoxReader, boxesIn } from "./boxes.ts";
import type { Size } from "./found.ts";
import { partOf, type RangeReader } from "./range-reader.ts";

/** Items, extents and references: more than any phone writes; a bound for hostile counts. */
const maxItems = 4096;
const maxTopBoxes = 64;
const maxFtypBytes = 1024;
/** `meta` of 200 megapixels in tiles has 40 KiB, one with a colour profile for each picture some more. */
const maxMetaBytes = 1024 * 1024;
/** Behind the media: `meta` and what follows it. */
const topAhead = 64 * 1024;

interface Extent {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

interface Location {
  /** 0: in the file; 1: in `idat`; 2: within another item. */
  readonly method: number;
  readonly extents: readonly Extent[];
}

/** The item that a piece belongs to, and how many items deep it is read. */
interface PieceOf {
  readonly id: number;
  readonly method: Location["method"];
  readonly depth: number;
}

/** One item of the `meta` box: a picture, a tile of one, or metadata. */
export interface HeifItem {
  readonly id: number;
  /** "hvc1", "grid", "Exif", "mime" */
  readonly type: string;
  /** Of a `mime` item. */
  readonly contentType: string;
}

interface Reference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

/** A property with its box around it: it may be written again as it is. */
export interface Property {
  readonly type: string;
  readonly box: Buffer;
  readonly content: Buffer;
}

/** The `meta` box of a file, parsed; pictures stay where they are. Source: ISO/IEC 23008-12, ISO/IEC 14496-12 (8.11). */
export class HeifFile {
  /** Of the file, its first box. */
  readonly ftyp: Buffer;
  readonly primary: number;
  readonly items: ReadonlyMap<number, HeifItem>;
  readonly #references: readonly Reference[];
  readonly #locations: ReadonlyMap<number, Location>;
  readonly #properties: readonly Property[];
  readonly #associations: ReadonlyMap<number, readonly number[]>;
  readonly #idat: Buffer | undefined;
  readonly #reader: RangeReader;
  /** Where what follows `meta` begins. */
  readonly #end: number;

  private constructor(reader: RangeReader, ftyp: Buffer, meta: Buffer, end: number) {
    this.#end = end;
    this.#reader = reader;
    this.ftyp = ftyp;
    const boxes = [...boxesIn(meta, 4, meta.length)];
    const inner = (type: string): Fields | undefined => {
      const box = boxes.find((b) => b.type === type);
      return box && new Fields(meta, box.start, box.end);
    };
    this.primary = primaryOf(inner("pitm"));
    this.items = itemsOf(inner("iinf"));
    this.#references = referencesOf(inner("iref"));
    this.#locations = locationsOf(inner("iloc"));
    const iprp = boxes.find((b) => b.type === "iprp");
    const properties = iprp ? [...boxesIn(meta, iprp.start, iprp.end)] : [];
    this.#properties = propertiesOf(meta, properties);
    this.#associations = associationsOf(meta, properties);
    const idat = boxes.find((b) => b.type === "idat");
    this.#idat = idat && meta.subarray(idat.start, idat.end);
  }

  /** @returns undefined for a file without `meta` */
  static async open(reader: RangeReader): Promise<HeifFile | undefined> {
    let ftyp = Buffer.alloc(0);
    for await (const { type, start, end } of new BoxReader(reader, maxTopBoxes, topAhead).boxes()) {
      if (type === "ftyp") ftyp = Buffer.from(await reader.read(0, Math.min(end, maxFtypBytes)));
      if (type !== "meta") continue;
      const length = Math.min(end - start, maxMetaBytes);
      return new HeifFile(reader, ftyp, await reader.read(start, length, length), end);
    }
    return undefined;
  }

  /** Whether it says how its picture is made brighter than white, by a gain map of ISO 21496-1. */
  get hasToneMap(): boolean {
    return [...this.items.values()].some(({ type }) => type === "tmap");
  }

  /** Its thumbnail: undefined for a picture that has none, as every edited one. */
  thumbnail(): HeifItem | undefined {
    const reference = this.#references.find((r) => r.type === "thmb" && r.to.includes(this.primary));
    return reference && this.items.get(reference.from);
  }

  /** The item that describes the primary picture; else the first of its kind, as others leave the reference out. */
  describing(isWanted: (item: HeifItem) => boolean): HeifItem | undefined {
    const wanted = [...this.items.values()].filter(isWanted);
    const references = this.#references.filter((r) => r.type === "cdsc" && r.to.includes(this.primary));
    const describes = new Set(references.map((r) => r.from));
    return wanted.find(({ id }) => describes.has(id)) ?? wanted[0];
  }

  propertiesOf(id: number): readonly Property[] {
    return (this.#associations.get(id) ?? []).flatMap((index) => this.#properties[index - 1] ?? []);
  }

  /** Before it is turned, and what turns it: EXIF has no say in it. */
  shapeOf(id: number): { readonly size: Size | undefined; readonly orientation: number } {
    let size: Size | undefined;
    let turned = false;
    let matrix: Matrix = upright;
    for (const { type, content } of this.propertiesOf(id)) {
      if (type === "ispe" && content.length >= 12)
        size = { width: content.readUInt32BE(4), height: content.readUInt32BE(8) };
      else if (type === "clap" && size) size = clipped(content, size, turned);
      else if (type === "irot" && content.length >= 1) {
        const quarters = content.readUInt8(0) & 3;
        turned = turned !== (quarters % 2 === 1);
        for (let i = 0; i < quarters; i += 1) matrix = times(quarterLeft, matrix);
      } else if (type === "imir" && content.length >= 1)
        matrix = times((content.readUInt8(0) & 1) === 0 ? topToBottom : leftToRight, matrix);
    }
    return { size: size && isSize(size) ? size : undefined, orientation: orientationOf(matrix) };
  }

  /** The bytes of an item, up to `most`; undefined where they are not all there. */
  async read(id: number, most: number): Promise<Buffer | undefined> {
    return await this.#read(id, most, 0);
  }

  /** Where an item lies in the file, when that is in one piece. */
  extentOf(id: number): { readonly offset: number; readonly length: number } | undefined {
    const location = this.#locations.get(id);
    const [extent] = location?.extents ?? [];
    return location?.method === 0 && location.extents.length === 1 ? extent : undefined;
  }

  /** How many bytes from the beginning of a Motion Photo's movie to the end of the file. */
  async motionVideoBytes(): Promise<number | undefined> {
    const behind = { start: this.#end, end: this.#reader.size };
    for await (const { type, start } of new BoxReader(this.#reader, maxTopBoxes, 16).boxes(behind))
      if (type === "mpvd") return this.#reader.size - start;
    return undefined;
  }

  async #read(id: number, most: number, depth: number): Promise<Buffer | undefined> {
    const location = this.#locations.get(id);
    if (!location || depth > 2) return undefined;
    const pieces: Buffer[] = [];
    let left = most;
    for (const extent of location.extents) {
      if (left <= 0) break;
      const piece = await this.#piece({ id, method: location.method, depth }, extent, left);
      if (!piece || piece.length === 0) return undefined;
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? pieces[0] : pieces.length === 0 ? undefined : Buffer.concat(pieces);
  }

  /** A length of 0 means all that there is. ISO/IEC 14496-12, 8.11.3.3. */
  async #piece({ id, method, depth }: PieceOf, extent: Extent, most: number): Promise<Buffer | undefined> {
    const { offset, length, index } = extent;
    const cut = (bytes: Buffer | undefined): Buffer | undefined =>
      bytes?.subarray(offset, Math.min(bytes.length, offset + (length || bytes.length), offset + most));
    if (method === 1) return cut(this.#idat);
    if (method === 2) {
      const sources = this.#references.find((r) => r.type === "iloc" && r.from === id)?.to ?? [];
      const source = sources[Math.max(index, 1) - 1];
      return source === undefined ? undefined : cut(await this.#read(source, offset + (length || most), depth + 1));
    }
    if (method !== 0) return undefined;
    const wanted = Math.min(length || this.#reader.size - offset, most);
    const bytes = await partOf(this.#reader, offset, wanted).read(0, wanted);
    return length > 0 && bytes.length < wanted ? undefined : bytes;
  }
}

function isSize({ width, height }: Size): boolean {
  return width > 0 && height > 0 && width <= 0xffff_ffff && height <= 0xffff_ffff;
}

/** Width and height as fractions; then where it is clipped, which does not matter here. ISO/IEC 23008-12, 6.5.9. */
function clipped(content: Buffer, size: Size, isTurned: boolean): Size {
  if (content.length < 16) return size;
  const side = (at: number): number => Math.round(content.readUInt32BE(at) / content.readUInt32BE(at + 4));
  const clip = isTurned ? { width: side(8), height: side(0) } : { width: side(0), height: side(8) };
  return clip.width > 0 && clip.height > 0 && clip.width <= size.width && clip.height <= size.height ? clip : size;
}

/** How a picture's axes are laid: columns of a 2×2 matrix, y downwards. */
type Matrix = readonly [number, number, number, number];
const upright: Matrix = [1, 0, 0, 1];
const quarterLeft: Matrix = [0, 1, -1, 0];
const topToBottom: Matrix = [1, 0, 0, -1];
const leftToRight: Matrix = [-1, 0, 0, 1];

function times(a: Matrix, b: Matrix): Matrix {
  return [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]];
}

/** EXIF's number for what turns a picture so. Exif 2.32, 4.6.4, Orientation. */
function orientationOf(matrix: Matrix): number {
  const key = matrix.map((n) => n + 0).join();
  const numbers: Readonly<Record<string, number>> = {
    "1,0,0,1": 1,
    "-1,0,0,1": 2,
    "-1,0,0,-1": 3,
    "1,0,0,-1": 4,
    "0,1,1,0": 5,
    "0,-1,1,0": 6,
    "0,-1,-1,0": 7,
    "0,1,-1,0": 8,
  };
  return numbers[key] ?? 1;
}

function primaryOf(fields: Fields | undefined): number {
  if (!fields) return 0;
  const version = fields.uint(1);
  fields.uint(3);
  return fields.uint(version > 0 ? 4 : 2);
}

function itemsOf(fields: Fields | undefined): Map<number, HeifItem> {
  const items = new Map<number, HeifItem>();
  if (!fields) return items;
  const version = fields.uint(1);
  fields.uint(3);
  fields.uint(version === 0 ? 2 : 4);
  for (const box of fields.boxes()) {
    if (items.size >= maxItems) break;
    if (box.type !== "infe") continue;
    const infe = fields.within(box);
    const infeVersion = infe.uint(1);
    infe.uint(3);
    if (infeVersion < 2) continue;
    const id = infe.uint(infeVersion >= 3 ? 4 : 2);
    infe.uint(2);
    const type = infe.text(4);
    infe.zeroEnded();
    if (type.length === 4) items.set(id, { id, type, contentType: type === "mime" ? infe.zeroEnded() : "" });
  }
  return items;
}

function referencesOf(fields: Fields | undefined): Reference[] {
  const references: Reference[] = [];
  if (!fields) return references;
  const size = fields.uint(1) === 0 ? 2 : 4;
  fields.uint(3);
  for (const box of fields.boxes()) {
    if (references.length >= maxItems) break;
    const inner = fields.within(box);
    const from = inner.uint(size);
    const to: number[] = [];
    for (let n = Math.min(inner.uint(2), maxItems); n > 0; n -= 1) {
      const id = inner.uint(size);
      if (inner.spent) break;
      to.push(id);
    }
    references.push({ type: box.type, from, to });
  }
  return references;
}

function locationsOf(fields: Fields | undefined): Map<number, Location> {
  const locations = new Map<number, Location>();
  if (!fields) return locations;
  const version = fields.uint(1);
  fields.uint(3);
  const sizes = fields.uint(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15] as const;
  const indexSize = version > 0 ? sizes & 15 : 0;
  const count = fields.uint(version < 2 ? 2 : 4);
  for (let i = 0; i < Math.min(count, maxItems) && !fields.spent; i += 1) {
    const id = fields.uint(version < 2 ? 2 : 4);
    const method = version > 0 ? fields.uint(2) & 15 : 0;
    // Data in another file is none that could be read.
    const isHere = fields.uint(2) === 0;
    const base = fields.uint(baseSize);
    const extents: Extent[] = [];
    for (let e = Math.min(fields.uint(2), maxItems); e > 0 && !fields.spent; e -= 1) {
      const index = fields.uint(indexSize);
      extents.push({ index, offset: base + fields.uint(offsetSize), length: fields.uint(lengthSize) });
    }
    if (!fields.spent && isHere && !locations.has(id)) locations.set(id, { method, extents });
  }
  return locations;
}

function propertiesOf(meta: Buffer, boxes: readonly Box[]): Property[] {
  const ipco = boxes.find((b) => b.type === "ipco");
  const properties: Property[] = [];
  let at = ipco?.start ?? 0;
  for (const { type, start, end } of ipco ? boxesIn(meta, ipco.start, ipco.end) : []) {
    if (properties.length >= maxItems) break;
    properties.push({ type, box: meta.subarray(at, end), content: meta.subarray(start, end) });
    at = end;
  }
  return properties;
}

function associationsOf(meta: Buffer, boxes: readonly Box[]): Map<number, number[]> {
  const associations = new Map<number, number[]>();
  for (const ipma of boxes.filter((b) => b.type === "ipma")) {
    const fields = new Fields(meta, ipma.start, ipma.end);
    const version = fields.uint(1);
    const isWide = (fields.uint(3) & 1) === 1;
    const count = Math.min(fields.uint(4), maxItems);
    for (let i = 0; i < count && !fields.spent; i += 1) {
      const id = fields.uint(version < 1 ? 2 : 4);
      const indices: number[] = [];
      for (let n = fields.uint(1); n > 0 && !fields.spent; n -= 1)
        indices.push(fields.uint(isWide ? 2 : 1) & (isWide ? 0x7fff : 0x7f));
      if (!associations.has(id)) associations.set(id, indices);
    }
  }
  return associations;
}

/** Numbers and texts one after the other; 0 and `spent` behind the end. */
class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  spent = false;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** An unsigned integer of 0-8 bytes. */
  uint(size: number): number {
    if (this.#at + size > this.#end) {
      this.spent = true;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < size; i += 1) value = value * 256 + this.#bytes.readUInt8(this.#at + i);
    this.#at += size;
    return value;
  }

  text(length: number): string {
    const text = this.#bytes.toString("latin1", this.#at, Math.min(this.#at + length, this.#end));
    this.#at += length;
    return text;
  }

  zeroEnded(): string {
    const end = this.#bytes.subarray(0, this.#end).indexOf(0, this.#at);
    const text = this.#bytes.toString("latin1", this.#at, end === -1 ? this.#end : end);
    this.#at = end === -1 ? this.#end : end + 1;
    return text;
  }

  boxes(): Generator<Box, void, undefined> {
    return boxesIn(this.#bytes, this.#at, this.#end);
  }

  within({ start, end }: Box): Fields {
    return new Fields(this.#bytes, start, end);
  }
}
