/**
 * Just enough of HEIF to find where an item lies. exifr reads Exif only where `iloc` has no base offsets, as iPhones write it;
 * other encoders use them. Source: ISO/IEC 14496-12, 8.11 (meta, iloc, iinf); 23008-12.
 */

import { type Box, boxesIn } from "./boxes.ts";

/** More items than any phone writes; a bound for hostile counts. */
const maxItems = 4096;

export interface ItemExtent {
  readonly offset: number;
  readonly length: number;
}

/** Where the Exif item's payload lies in the file; undefined when there is none or it cannot be told. */
export function findExifItem(head: Buffer): ItemExtent | undefined {
  const inner = metaBoxes(head);
  const iinf = inner.find((b) => b.type === "iinf");
  const iloc = inner.find((b) => b.type === "iloc");
  const id = iinf && exifItemId(head, iinf);
  return id !== undefined && iloc ? locate(head, iloc, id) : undefined;
}

/** Where the primary image's own thumbnail lies; undefined when it has none, as every edited picture. */
export function findThumbnailItem(head: Buffer): ItemExtent | undefined {
  const inner = metaBoxes(head);
  const iloc = inner.find((b) => b.type === "iloc");
  const pitm = inner.find((b) => b.type === "pitm");
  const iref = inner.find((b) => b.type === "iref");
  if (!iloc || !pitm || !iref) return undefined;
  const ids = new Reader(head, pitm.start, pitm.end);
  const isWide = ids.uint(1) > 0;
  ids.uint(3);
  const primary = ids.uint(isWide ? 4 : 2);
  const id = ids.spent ? undefined : thumbnailOf(head, iref, primary);
  return id === undefined ? undefined : locate(head, iloc, id);
}

function metaBoxes(head: Buffer): Box[] {
  const meta = [...boxesIn(head, 0, head.length)].find((b) => b.type === "meta");
  return meta ? [...boxesIn(head, meta.start + 4, meta.end)] : [];
}

/** The item that refers to `primary` as its thumbnail. ISO/IEC 14496-12, 8.11.12. */
function thumbnailOf(bytes: Buffer, iref: Box, primary: number): number | undefined {
  const size = bytes.readUInt8(iref.start) === 0 ? 2 : 4;
  for (const box of boxesIn(bytes, iref.start + 4, iref.end)) {
    if (box.type !== "thmb") continue;
    const reader = new Reader(bytes, box.start, box.end);
    const from = reader.uint(size);
    for (let n = Math.min(reader.uint(2), maxItems); n > 0 && !reader.spent; n -= 1)
      if (reader.uint(size) === primary && !reader.spent) return from;
  }
  return undefined;
}

function exifItemId(bytes: Buffer, iinf: Box): number | undefined {
  const version = bytes.readUInt8(iinf.start);
  for (const box of boxesIn(bytes, iinf.start + (version === 0 ? 6 : 8), iinf.end)) {
    if (box.type !== "infe" || box.end - box.start < 12) continue;
    const infeVersion = bytes.readUInt8(box.start);
    if (infeVersion < 2) continue;
    const wide = infeVersion >= 3;
    const typeAt = box.start + 4 + (wide ? 4 : 2) + 2;
    if (bytes.toString("latin1", typeAt, typeAt + 4) !== "Exif") continue;
    return wide ? bytes.readUInt32BE(box.start + 4) : bytes.readUInt16BE(box.start + 4);
  }
  return undefined;
}

function locate(bytes: Buffer, iloc: Box, wanted: number): ItemExtent | undefined {
  const reader = new Reader(bytes, iloc.start, iloc.end);
  const version = reader.uint(1);
  reader.uint(3);
  const sizes = reader.uint(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15] as const;
  const indexSize = version > 0 ? sizes & 15 : 0;
  const count = reader.uint(version < 2 ? 2 : 4);
  for (let i = 0; i < Math.min(count, maxItems); i += 1) {
    const id = reader.uint(version < 2 ? 2 : 4);
    const method = version > 0 ? reader.uint(2) & 15 : 0;
    reader.uint(2);
    const base = reader.uint(baseSize);
    const extents: ItemExtent[] = [];
    for (let e = reader.uint(2); e > 0 && !reader.spent; e -= 1) {
      reader.uint(indexSize);
      extents.push({ offset: base + reader.uint(offsetSize), length: reader.uint(lengthSize) });
    }
    if (reader.spent) return undefined;
    if (id === wanted) return method === 0 && extents.length === 1 ? extents[0] : undefined;
  }
  return undefined;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  spent = false;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** An unsigned integer of 0-8 bytes; 0 and `spent` behind the end. */
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
}
