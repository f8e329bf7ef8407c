/** Other pictures of a JPEG behind its own: gain maps of HDR, previews. Source: CIPA DC-007, 5.2. */

export const multiPictureMark = "MPF\0";
const entriesTag = 0xb002;
const entryBytes = 16;
const mostPictures = 64;

/**
 * @param block from its byte order on
 * @returns where they begin, from the block's beginning; undefined for a block that cannot be read
 */
export function otherPictures(block: Buffer): number[] | undefined {
  const order = block.toString("latin1", 0, 4);
  if (block.length < 8 || (order !== "II*\0" && order !== "MM\0*")) return undefined;
  const isLittle = order.startsWith("II");
  const u16 = (at: number): number => (isLittle ? block.readUInt16LE(at) : block.readUInt16BE(at));
  const u32 = (at: number): number => (isLittle ? block.readUInt32LE(at) : block.readUInt32BE(at));
  const directory = u32(4);
  if (directory + 2 > block.length) return undefined;
  for (let at = directory + 2, n = u16(directory); n > 0 && at + 12 <= block.length; at += 12, n -= 1) {
    if (u16(at) !== entriesTag) continue;
    const [bytes, from] = [u32(at + 4), u32(at + 8)];
    if (bytes > mostPictures * entryBytes || from + bytes > block.length) return undefined;
    const pictures = Array.from({ length: Math.floor(bytes / entryBytes) }, (_, i) => u32(from + i * entryBytes + 8));
    return pictures.filter((offset) => offset !== 0);
  }
  return [];
}
