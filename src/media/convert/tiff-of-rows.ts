/** Rows of a picture as a TIFF without compression: the way in which pixels and their colour profile come to a decoder. Source: TIFF 6.0; ICC.1:2022, B.3. */
import type { Pixels } from "../decoder.ts";

const [short, long, undefinedType] = [3, 4, 7];

/** @param data red, green, blue; row by row */
export function asTiff(data: Buffer, { width, height }: Pixels, icc: Buffer): Buffer {
  const count = 11;
  const bitsAt = 8 + 2 + count * 12 + 4;
  const dataAt = bitsAt + 6 + icc.length + ((bitsAt + icc.length) % 2);
  const entries = [
    [0x100, long, 1, width],
    [0x101, long, 1, height],
    [0x102, short, 3, bitsAt],
    [0x103, short, 1, 1],
    [0x106, short, 1, 2],
    [0x111, long, 1, dataAt],
    [0x115, short, 1, 3],
    [0x116, long, 1, height],
    [0x117, long, 1, data.length],
    [0x11c, short, 1, 1],
    [0x8773, undefinedType, icc.length, bitsAt + 6],
  ] as const;
  const head = Buffer.alloc(dataAt);
  head.write("II*\0", 0, "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(count, 8);
  for (const [i, [tag, type, values, value]] of entries.entries()) {
    const at = 10 + i * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(values, at + 4);
    head.writeUInt32LE(value, at + 8);
  }
  for (let i = 0; i < 3; i += 1) head.writeUInt16LE(8, bitsAt + i * 2);
  icc.copy(head, bitsAt + 6);
  return Buffer.concat([head, data]);
}
