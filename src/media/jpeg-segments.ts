/**
 * The segments of a JPEG before its picture, however long they are: phones put depth maps and extended XMP before the EXIF.
 * Source: ITU T.81, B.1.1 and B.2.2; Exif 2.32, 4.7.2 (APP1); XMP Specification Part 3, 1.1.3.
 */
import { type ExifBlock, type Found, maxXmpBytes, nearText, type Size } from "./found.ts";
import { headBytes, partOf, type RangeReader } from "./range-reader.ts";

/** A segment has at most 64 KiB, of which only its header is read where it is nothing that is wanted: each request brings more of them. */
const growth = 4;
const mostAhead = 1024 * 1024;
/** Far more than any camera writes; a bound for a file of nothing else. */
const maxSegments = 2048;

const exifMark = "Exif\0\0";
const xmpMark = "http://ns.adobe.com/xap/1.0/\0";
const startOfScan = 0xda;
const endOfImage = 0xd9;
const app1 = 0xe1;

interface Segment {
  readonly marker: number;
  /** Of what follows the length. */
  readonly start: number;
  readonly end: number;
}

/** Its size, EXIF and XMP. Reads segment heads one by one and stops at the picture. Source: ITU-T T.81, annex B. */
export async function readJpeg(reader: RangeReader): Promise<Found> {
  const exif: ExifBlock[] = [];
  let xmp: string | undefined;
  let size: Size | undefined;
  for await (const { marker, start, end } of segments(reader)) {
    if (marker === app1) {
      const mark = (await reader.read(start, Math.min(xmpMark.length, end - start))).toString("latin1");
      if (mark.startsWith(exifMark))
        exif.push({ tiff: partOf(reader, start + exifMark.length, end - start - exifMark.length) });
      else if (mark === xmpMark && xmp === undefined)
        xmp = (await reader.read(start + mark.length, Math.min(end - start - mark.length, maxXmpBytes))).toString(
          "utf8",
        );
    } else if (isFrame(marker)) size ??= frameSize(await reader.read(start, Math.min(5, end - start)));
  }
  return { exif, xmp: nearText(xmp), size };
}

async function* segments(reader: RangeReader): AsyncGenerator<Segment, void, undefined> {
  let window = { start: 0, bytes: await reader.read(0, Math.min(reader.size, headBytes)) };
  let ahead = headBytes;
  let at = 2;
  for (let n = 0; n < maxSegments; ) {
    if (at + 4 > window.start + window.bytes.length) {
      window = { start: at, bytes: await reader.read(at, ahead) };
      ahead = Math.min(ahead * growth, mostAhead);
    }
    const here = at - window.start;
    if (here + 4 > window.bytes.length || window.bytes[here] !== 0xff) return;
    const marker = window.bytes[here + 1] as number;
    // Any number of them may fill up before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isBare(marker)) {
      at += 2;
      n += 1;
      continue;
    }
    if (marker === startOfScan || marker === endOfImage) return;
    const end = at + 2 + window.bytes.readUInt16BE(here + 2);
    yield { marker, start: at + 4, end: Math.max(at + 4, end) };
    at = Math.max(end, at + 4);
    n += 1;
  }
}

/** TEM and RST0-7 have neither length nor contents. */
function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** SOF0-15: C0-CF without DHT, JPG and DAC. */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** EXIF's own pixel fields are missing or wrong in edited files. @param bytes of a frame's segment, behind its length */
export function frameSize(bytes: Buffer): Size | undefined {
  return bytes.length < 5 ? undefined : { height: bytes.readUInt16BE(1), width: bytes.readUInt16BE(3) };
}
