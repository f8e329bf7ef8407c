/**
 * What stands in a JPEG before its picture: EXIF, XMP, a colour profile, each in segments of at most 64 KiB.
 * Source: Exif 2.32, 4.7.2 (APP1); XMP Specification Part 3, 1.1.3.1 (extended XMP); ICC.1:2022, B.4 (APP2).
 */
import { createHash } from "node:crypto";
import type { Pixels } from "../decoder.ts";

const app1 = 0xe1;
const app2 = 0xe2;
/** Behind marker and length. */
const mostBytes = 65_533;
const exifMark = Buffer.from("Exif\0\0", "latin1");
const xmpMark = Buffer.from("http://ns.adobe.com/xap/1.0/\0", "latin1");
const extendedMark = Buffer.from("http://ns.adobe.com/xmp/extension/\0", "latin1");
const iccMark = Buffer.from("ICC_PROFILE\0", "latin1");
/** Behind the mark: the packet's MD5 in hexadecimal, its length, the piece's offset. */
const extendedHead = 40;
const mostIccPieces = 255;

export interface JpegMetadata {
  /** A TIFF block. */
  readonly exif?: Buffer | undefined;
  /** A packet in UTF-8. */
  readonly xmp?: Buffer | undefined;
  readonly icc?: Buffer | undefined;
}

/** @returns from SOI on, what comes before the picture's tables, and whether something was too long for a JPEG */
export function jpegHead({ exif, xmp, icc }: JpegMetadata): { readonly parts: Buffer[]; readonly isCut: boolean } {
  const isExifTooLong = exif !== undefined && exifMark.length + exif.length > mostBytes;
  const pieces = icc ? chunks(icc, mostBytes - iccMark.length - 2) : [];
  const isIccTooLong = pieces.length > mostIccPieces;
  return {
    parts: [
      Buffer.from([0xff, 0xd8]),
      ...(exif && !isExifTooLong ? segment(app1, exifMark, exif) : []),
      ...(xmp ? xmpSegments(xmp) : []),
      ...(isIccTooLong
        ? []
        : pieces.flatMap((piece, i) => segment(app2, iccMark, Buffer.from([i + 1, pieces.length]), piece))),
    ],
    isCut: isExifTooLong || isIccTooLong,
  };
}

/** A packet that is longer than a segment stands in as many as it needs, behind one that says so. */
function xmpSegments(xmp: Buffer): Buffer[] {
  if (xmpMark.length + xmp.length <= mostBytes) return segment(app1, xmpMark, xmp);
  const whole = Buffer.from(withoutWrapper(xmp.toString("utf8")));
  const guid = createHash("md5").update(whole).digest("hex").toUpperCase();
  const pieces = chunks(whole, mostBytes - extendedMark.length - extendedHead);
  const extended = pieces.flatMap((piece, i) => {
    const head = Buffer.alloc(extendedHead);
    head.write(guid, 0, "latin1");
    head.writeUInt32BE(whole.length, 32);
    head.writeUInt32BE(i * (pieces[0] as Buffer).length, 36);
    return segment(app1, extendedMark, head, piece);
  });
  return [...segment(app1, xmpMark, Buffer.from(pointing(guid))), ...extended];
}

/** The processing instructions around a packet are of no use in an extended one. */
function withoutWrapper(packet: string): string {
  return packet.replace(/<\?xpacket[^>]{0,200}\?>/g, "").trim();
}

function pointing(guid: string): string {
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="${guid}"/>`,
    "</rdf:RDF></x:xmpmeta>",
    '<?xpacket end="w"?>',
  ].join("\n");
}

function segment(marker: number, ...contents: Buffer[]): Buffer[] {
  const length = contents.reduce((sum, part) => sum + part.length, 2);
  return [Buffer.from([0xff, marker, length >> 8, length & 255]), ...contents];
}

function chunks(bytes: Buffer, most: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / most) }, (_, i) => bytes.subarray(i * most, (i + 1) * most));
}

/**
 * XMP for pixels that lie as they are looked at, and that are alone in their file: the size they have, no movie behind them.
 * Everything else stays byte by byte.
 */
export function uprightXmp(packet: Buffer, { width, height }: Pixels): Buffer {
  let text = packet.toString("utf8");
  if (!Buffer.from(text).equals(packet)) return packet;
  const values: Readonly<Record<string, number>> = {
    "tiff:Orientation": 1,
    "tiff:ImageWidth": width,
    "tiff:ImageLength": height,
    "exif:PixelXDimension": width,
    "exif:PixelYDimension": height,
    "(?:GCamera|Camera):MotionPhoto": 0,
    "(?:GCamera|Camera):MicroVideo": 0,
  };
  for (const [name, value] of Object.entries(values))
    text = text.replace(new RegExp(`(\\b${name}(?:\\s*=\\s*["']|>))\\d{1,9}(?=["'<])`, "g"), `$1${value}`);
  return Buffer.from(text);
}
