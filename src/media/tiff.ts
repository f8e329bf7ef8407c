/**
 * The directories of a TIFF block, wherever in a file they lie: EXIF is one, and RAW files are. Only what is asked for is read, so
 * what an entry counts makes nothing larger. Source: TIFF 6.0, section 2; exiftool for the marks of RAW files.
 */
import type { RangeReader } from "./range-reader.ts";

/** TIFF itself, Panasonic's RW2, Olympus' ORF: they differ in the mark alone. */
const marks: ReadonlySet<number> = new Set([42, 0x55, 0x4f52, 0x5352]);
/** No camera's directory has a third of them. */
const maxEntries = 512;
/** Bytes of a value by its type, from 1: TIFF 6.0, "Types"; 13 points at a directory. */
const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
/** Exif 3.0's text in UTF-8. */
const utf8Type = 129;
const sizeOf = (type: number | undefined): number => (type === utf8Type ? 1 : (sizes[type ?? 0] ?? 0));
const maxTextBytes = 1024;

/** One value of a directory. */
export interface Entry {
  readonly type: number;
  readonly count: number;
  /** Of the value, which lies in the entry itself where it is short. */
  readonly at: number;
  readonly bytes: number;
}

/** Directories of a TIFF in either byte order, read one by one. Never follows one twice. */
export class Tiff {
  readonly #reader: RangeReader;
  readonly isLittle: boolean;
  /** Where the first directory lies. */
  readonly first: number;

  private constructor(reader: RangeReader, isLittle: boolean, first: number) {
    this.#reader = reader;
    this.isLittle = isLittle;
    this.first = first;
  }

  /** @param reader of the block alone: offsets count from its beginning @returns undefined for what is no TIFF */
  static async open(reader: RangeReader): Promise<Tiff | undefined> {
    const head = await reader.read(0, 8);
    if (!isTiff(head)) return undefined;
    const isLittle = head[0] === 0x49;
    return new Tiff(reader, isLittle, isLittle ? head.readUInt32LE(4) : head.readUInt32BE(4));
  }

  short(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  long(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  signedLong(bytes: Buffer, at: number): number {
    return this.isLittle ? bytes.readInt32LE(at) : bytes.readInt32BE(at);
  }

  async bytes(at: number, length: number): Promise<Buffer> {
    return await this.#reader.read(at, length);
  }

  /** @returns undefined where there is none; entries that are cut off are left out */
  async directory(at: number): Promise<Directory | undefined> {
    // None is at 0: that is how "no further one" is written.
    if (at < 8) return undefined;
    const head = await this.#reader.read(at, 2);
    if (head.length < 2) return undefined;
    const count = this.short(head, 0);
    const table = await this.#reader.read(at + 2, Math.min(count, maxEntries) * 12 + 4);
    const entries = new Map<number, Entry>();
    for (let i = 0; i < Math.min(count, maxEntries) && (i + 1) * 12 <= table.length; i += 1) {
      const type = this.short(table, i * 12 + 2);
      const values = this.long(table, i * 12 + 4);
      const bytes = values * sizeOf(type);
      const tag = this.short(table, i * 12);
      if (bytes === 0 || entries.has(tag)) continue;
      const where = bytes <= 4 ? at + 2 + i * 12 + 8 : this.long(table, i * 12 + 8);
      entries.set(tag, { type, count: values, at: where, bytes });
    }
    const end = count * 12;
    return new Directory(this, entries, table.length >= end + 4 && count <= maxEntries ? this.long(table, end) : 0);
  }
}

/** By byte order and magic number; BigTIFF and the RAW variants of Panasonic and Olympus are among them. */
export function isTiff(head: Buffer): boolean {
  if (head.length < 8) return false;
  const order = head.toString("latin1", 0, 2);
  if (order !== "II" && order !== "MM") return false;
  return marks.has(order === "II" ? head.readUInt16LE(2) : head.readUInt16BE(2));
}

/** One directory. A value that lies outside of the block, or is of another kind, is none. */
export class Directory {
  readonly #tiff: Tiff;
  readonly #entries: ReadonlyMap<number, Entry>;
  /** Where the next one lies; 0 for none. */
  readonly next: number;

  constructor(tiff: Tiff, entries: ReadonlyMap<number, Entry>, next: number) {
    this.#tiff = tiff;
    this.#entries = entries;
    this.next = next;
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** All of them, by their tags. */
  entries(): IterableIterator<[number, Entry]> {
    return this.#entries.entries();
  }

  /** Where the value lies in the block. */
  extent(tag: number): { readonly at: number; readonly bytes: number } | undefined {
    return this.#entries.get(tag);
  }

  /** As many as are asked for at most. */
  async numbers(tag: number, most: number): Promise<number[]> {
    const entry = this.#entries.get(tag);
    const size = sizeOf(entry?.type);
    if (!entry || size === 0) return [];
    const bytes = await this.#tiff.bytes(entry.at, size * Math.min(entry.count, most));
    const values: number[] = [];
    for (let at = 0; at + size <= bytes.length; at += size) {
      const value = this.#value(entry.type, bytes, at);
      if (value === undefined) return [];
      values.push(value);
    }
    return values;
  }

  async number(tag: number): Promise<number | undefined> {
    const [value] = await this.numbers(tag, 1);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  }

  /** UTF-8 where it is; else Latin-1, which every text is. Up to its first zero, without blanks around it. */
  async text(tag: number): Promise<string | undefined> {
    const bytes = await this.bytes(tag, maxTextBytes);
    if (!bytes) return undefined;
    const end = bytes.indexOf(0);
    return textOf(end === -1 ? bytes : bytes.subarray(0, end));
  }

  /** Undefined where less is there than the entry counts, and that is not more than `most`. */
  async bytes(tag: number, most: number): Promise<Buffer | undefined> {
    const entry = this.#entries.get(tag);
    if (!entry) return undefined;
    const wanted = Math.min(entry.bytes, most);
    const bytes = await this.#tiff.bytes(entry.at, wanted);
    return bytes.length === wanted ? bytes : undefined;
  }

  #value(type: number, bytes: Buffer, at: number): number | undefined {
    const tiff = this.#tiff;
    switch (type) {
      case 1:
      case 7:
        return bytes.readUInt8(at);
      case 3:
        return tiff.short(bytes, at);
      case 4:
      case 13:
        return tiff.long(bytes, at);
      case 5:
        return tiff.long(bytes, at) / tiff.long(bytes, at + 4);
      case 9:
        return tiff.signedLong(bytes, at);
      case 10:
        return tiff.signedLong(bytes, at) / tiff.signedLong(bytes, at + 4);
      default:
        return undefined;
    }
  }
}

/** A text as cameras write it: UTF-8 or else Latin-1, cut at 256 characters, without zeros; undefined when nothing is left. */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return (
    (text.includes("\ufffd") ? bytes.toString("latin1") : text).replaceAll("\0", "").trim().slice(0, 256) || undefined
  );
}
