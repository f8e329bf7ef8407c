/**
 * What a JPEG XL says of itself: size and turning from the first bits of its codestream, EXIF and XMP from its boxes.
 * Source: ISO/IEC 18181-1, annex D.2 and D.3 (SizeHeader, ImageMetadata); 18181-2, 9 (Exif, xml, brob).
 */
import { brotliDecompressSync } from "node:zlib";
import { BoxReader } from "./boxes.ts";
import { type Found, maxExifBytes, maxXmpBytes, nearText, type Size } from "./found.ts";
import { findTiffIn } from "./heif.ts";
import { bufferRange, type RangeReader } from "./range-reader.ts";

const maxBoxes = 64;
const headerBytes = 32;

/** Empty for what is no JPEG XL. Source: ISO/IEC 18181-1 and -2. */
export async function readJxl(reader: RangeReader): Promise<Found> {
  const start = await reader.read(0, headerBytes);
  if (start[0] === 0xff) return shapeIn(start);
  let shape: Found = {};
  let exif: Buffer | undefined;
  let xmp: Buffer | undefined;
  const file = new BoxReader(reader, maxBoxes);
  for await (const box of file.boxes()) {
    let type = box.type;
    if (!["jxlc", "jxlp", "Exif", "xml ", "brob"].includes(type)) continue;
    const most = type === "jxlc" || type === "jxlp" ? headerBytes : maxExifBytes;
    let bytes = await file.contents(box, most);
    if (type === "brob") {
      type = bytes.toString("latin1", 0, 4);
      bytes = type === "Exif" || type === "xml " ? inflated(bytes.subarray(4)) : Buffer.alloc(0);
    }
    if (type === "jxlc") shape = shapeIn(bytes);
    // Its number comes before it: only the first one has the header.
    else if (type === "jxlp" && !shape.size) shape = shapeIn(bytes.subarray(4));
    else if (type === "Exif") exif ??= findTiffIn(bytes);
    else if (type === "xml ") xmp ??= bytes;
  }
  return { ...shape, exif: exif ? [{ tiff: bufferRange(exif) }] : [], xmp: nearText(xmp?.toString("utf8")) };
}

function inflated(bytes: Buffer): Buffer {
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: maxXmpBytes });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Width from height, by the ratio that is named. */
const ratios = [undefined, [1, 1], [12, 10], [4, 3], [3, 2], [16, 9], [5, 4], [2, 1]] as const;

function shapeIn(bytes: Buffer): Found {
  if (bytes.length < 12 || bytes[0] !== 0xff || bytes[1] !== 0x0a) return {};
  const bits = new Bits(bytes.subarray(2));
  const size = sizeIn(bits);
  // Of the metadata only the turning is read, which is the first of it where it is not left at its default.
  const isDefault = bits.take(1) === 1;
  const hasExtra = !isDefault && bits.take(1) === 1;
  return { size, orientation: hasExtra ? bits.take(3) + 1 : 1 };
}

function sizeIn(bits: Bits): Size | undefined {
  const isSmall = bits.take(1) === 1;
  const side = (): number =>
    isSmall ? (bits.take(5) + 1) * 8 : bits.take([9, 13, 18, 30][bits.take(2)] as number) + 1;
  const height = side();
  const ratio = ratios[bits.take(3)];
  const width = ratio ? Math.floor((height * ratio[0]) / ratio[1]) : side();
  return bits.isSpent ? undefined : { width, height };
}

/** The lowest bit of a byte comes first. */
class Bits {
  readonly #bytes: Buffer;
  #at = 0;
  isSpent = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1, this.#at += 1) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) this.isSpent = true;
      value += (((byte ?? 0) >> (this.#at & 7)) & 1) * 2 ** i;
    }
    return value;
  }
}
