/** What a GIF says of itself: its size, and XMP in front of its picture. Source: GIF89a, 18-26; XMP Specification Part 3, 1.1.2. */
import { type Found, maxXmpBytes, nearText } from "./found.ts";
import { headBytes, type RangeReader } from "./range-reader.ts";

const extension = 0x21;
const application = 0xff;
const xmpName = "XMP DataXMP";
/** It ends the packet, so that those who do not know it find their way as through any block. */
const trailer = Buffer.from([0x01, 0xff, 0xfe]);
const maxBlocks = 256;

/** Its size, and its XMP where the first bytes hold it. Source: GIF89a, 18. */
export async function readGif(reader: RangeReader): Promise<Found> {
  const head = await reader.read(0, Math.min(reader.size, headBytes));
  if (head.length < 13) return {};
  const size = { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  const flags = head.readUInt8(10);
  const start = xmpIn(head, 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0));
  if (start === undefined) return { size };
  const isHere = head.indexOf(trailer, start) !== -1;
  const packet = isHere ? head.subarray(start) : await reader.read(start, maxXmpBytes);
  const end = packet.indexOf(trailer);
  return { size, xmp: nearText(end === -1 ? undefined : packet.toString("utf8", 0, end)) };
}

/** Where the packet begins, among the extensions before the first picture. */
function xmpIn(head: Buffer, from: number): number | undefined {
  let at = from;
  for (let n = 0; n < maxBlocks && at + 3 <= head.length && head[at] === extension; n += 1) {
    const name = at + 3;
    if (head[at + 1] === application && head.toString("latin1", name, name + xmpName.length) === xmpName)
      return name + xmpName.length;
    at += 2;
    while (at < head.length && head[at] !== 0) at += 1 + (head[at] as number);
    at += 1;
  }
  return undefined;
}
