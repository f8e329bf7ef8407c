/**
 * EXIF for pixels that lie as they are looked at. Everything keeps its place in the block, so that what counts from its beginning, as
 * maker notes do, still finds it. Source: Exif 2.32, 4.6.4, 4.6.5; TIFF 6.0, section 2.
 */
import type { Pixels } from "../decoder.ts";
import { isTiff } from "../tiff.ts";

const tags = { width: 0x100, height: 0x101, orientation: 0x112, exif: 0x8769, pixelWidth: 0xa002, pixelHeight: 0xa003 };
const thumbnail = { offset: 0x201, length: 0x202 };
const short = 3;
const long = 4;
const maxEntries = 512;
const entryBytes = 12;
/** Between the end of a thumbnail and the end of the block. */
const mostPadding = 4;

/** A block in either byte order; reading and writing outside of it is nothing. */
class Block {
  readonly bytes: Buffer;
  readonly #isLittle: boolean;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#isLittle = bytes[0] === 0x49;
  }

  short(at: number): number {
    if (at < 0 || at + 2 > this.bytes.length) return 0;
    return this.#isLittle ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  long(at: number): number {
    if (at < 0 || at + 4 > this.bytes.length) return 0;
    return this.#isLittle ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  setShort(at: number, value: number): void {
    if (this.#isLittle) this.bytes.writeUInt16LE(value, at);
    else this.bytes.writeUInt16BE(value, at);
  }

  setLong(at: number, value: number): void {
    if (this.#isLittle) this.bytes.writeUInt32LE(value, at);
    else this.bytes.writeUInt32BE(value, at);
  }

  /** Where the entries of a directory lie, by their tags. */
  entries(directory: number): Map<number, number> {
    const found = new Map<number, number>();
    if (directory < 8) return found;
    const count = Math.min(this.short(directory), maxEntries);
    for (let i = 0; i < count; i += 1) {
      const at = directory + 2 + i * entryBytes;
      if (at + entryBytes > this.bytes.length) break;
      found.set(this.short(at), at);
    }
    return found;
  }

  /** One number, in the entry itself. */
  set(entry: number | undefined, value: number): void {
    if (entry === undefined) return;
    const isShort = this.short(entry + 2) === short && value < 2 ** 16;
    this.setShort(entry + 2, isShort ? short : long);
    this.setLong(entry + 4, 1);
    this.setLong(entry + 8, 0);
    if (isShort) this.setShort(entry + 8, value);
    else this.setLong(entry + 8, value);
  }
}

/**
 * With orientation 1, with the size that the picture has, and without a thumbnail, which would be the one of a picture that lies otherwise.
 * @returns a copy; undefined for what is no TIFF block
 */
export function uprightExif(tiff: Buffer, { width, height }: Pixels): Buffer | undefined {
  if (!isTiff(tiff)) return undefined;
  const block = new Block(Buffer.from(tiff));
  const start = block.long(4);
  const first = block.entries(start);
  block.set(first.get(tags.orientation), 1);
  block.set(first.get(tags.width), width);
  block.set(first.get(tags.height), height);
  const pointer = first.get(tags.exif);
  const exif = block.entries(pointer === undefined ? 0 : block.long(pointer + 8));
  block.set(exif.get(tags.pixelWidth), width);
  block.set(exif.get(tags.pixelHeight), height);
  return withoutThumbnail(block, start);
}

/** The directory behind the first describes it; where it lies at the end, its bytes go too. */
function withoutThumbnail(block: Block, start: number): Buffer {
  const next = start + 2 + block.short(start) * entryBytes;
  if (next + 4 > block.bytes.length) return block.bytes;
  const second = block.entries(block.long(next));
  block.setLong(next, 0);
  const value = (tag: number): number => block.long((second.get(tag) ?? -entryBytes) + 8);
  const [offset, length] = [value(thumbnail.offset), value(thumbnail.length)];
  const end = offset + length;
  const isLast = offset > next && end <= block.bytes.length && end + mostPadding >= block.bytes.length;
  return isLast ? block.bytes.subarray(0, offset) : block.bytes;
}
