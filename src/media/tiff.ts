/**
 * The TIFF block that holds a picture's EXIF: where it lies, and a copy of it that claims no more than it has. exifr makes room
 * for as many values as an entry counts, gigabytes for twelve damaged bytes.
 * Source: TIFF 6.0, section 2; Exif 2.32, 4.7 (APP1); PNG 3rd edition, 11.3.3.6 (eXIf).
 */
import { findExifItem } from "./heif-boxes.ts";
import { jpegSegments } from "./jpeg-segments.ts";
import type { FileFormat } from "./kinds.ts";

/** @param head the first 64 KiB @returns a copy: it may be changed */
export function findTiff(head: Buffer, format: FileFormat): Buffer | undefined {
  const block = where(head, format);
  const mark = block?.toString("latin1", 0, 4);
  return block && (mark === "II*\0" || mark === "MM\0*") ? bounded(Buffer.from(block)) : undefined;
}

function where(head: Buffer, format: FileFormat): Buffer | undefined {
  switch (format) {
    case "tiff":
      return head;
    case "jpeg":
      return inJpeg(head);
    case "png":
      return inPng(head);
    case "heif":
      return inHeif(head);
    default:
      return undefined;
  }
}

function inJpeg(head: Buffer): Buffer | undefined {
  for (const { marker, start, end } of jpegSegments(head))
    if (marker === 0xe1 && head.toString("latin1", start, start + 6) === "Exif\0\0")
      return head.subarray(start + 6, end);
  return undefined;
}

function inPng(head: Buffer): Buffer | undefined {
  for (let at = 8; at + 12 <= head.length; at += 12 + head.readUInt32BE(at))
    if (head.toString("latin1", at + 4, at + 8) === "eXIf")
      return head.subarray(at + 8, at + 8 + head.readUInt32BE(at));
  return undefined;
}

/** A 4-byte offset to the block precedes it. ISO/IEC 23008-12, A.2.1. */
function inHeif(head: Buffer): Buffer | undefined {
  const extent = findExifItem(head);
  if (!extent) return undefined;
  const payload = head.subarray(extent.offset, extent.offset + extent.length);
  return payload.length < 12 ? undefined : payload.subarray(4 + payload.readUInt32BE(0));
}

/** Bytes of a value by its type, from 1: TIFF 6.0, "Types". */
const sizes = [undefined, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const asItIs = 7;
/** Exif and GPS, which hang from the first directory. */
const pointers = [0x8769, 0x8825];

/**
 * Empties entries whose values lie outside of the block, or would be more than all of it together. Changes `tiff`.
 * @returns undefined where directories overlap so that emptying one entry fills another
 */
function bounded(tiff: Buffer): Buffer | undefined {
  emptyExcess(tiff);
  return emptyExcess(tiff) === 0 ? tiff : undefined;
}

/** @returns how many were emptied */
function emptyExcess(tiff: Buffer): number {
  const isLittle = tiff[0] === 0x49;
  const short = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number): number => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  let left = tiff.length;
  let emptied = 0;
  /** Of a type that there is, else exifr gives up on all of them. */
  const empty = (at: number): void => {
    tiff.fill(asItIs, at + 2, at + 4).fill(0, at + 4, at + 8);
    tiff[at + (isLittle ? 3 : 2)] = 0;
    emptied += 1;
  };
  /** @returns what of `pointers` it says, and the next directory */
  const directory = (start: number): number[] => {
    // None is at 0: that is how "no further one" is written.
    if (start < 8 || start + 2 > tiff.length) return [];
    const found: number[] = [];
    const end = Math.min(start + 2 + short(start) * 12, tiff.length - 11);
    let at = start + 2;
    for (; at < end; at += 12) {
      const bytes = long(at + 4) * (sizes[short(at + 2)] ?? Number.POSITIVE_INFINITY);
      const isInside = bytes <= 4 || long(at + 8) + bytes <= tiff.length;
      if (isInside && bytes <= left) left -= bytes;
      else empty(at);
      if (pointers.includes(short(at))) found.push(long(at + 8));
    }
    if (at + 4 <= tiff.length) found.push(long(at));
    return found;
  };
  if (tiff.length >= 8) for (const start of directory(long(4))) directory(start);
  return emptied;
}
