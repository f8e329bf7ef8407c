/**
 * What a file is by its first bytes, for names whose extension does not say. In doubt it is somebody's photo: a file too many
 * is copied sooner than one too few. Sources: the formats' specifications; file(1)'s magic for the makers' RAW files.
 */
import type { MediaKind } from "./kinds.ts";

/** So many bytes of the beginning decide. */
export const decidingBytes = 512;

type Rule = readonly [kind: "photo" | "raw" | "video", offset: number, bytes: string];

const rules: readonly Rule[] = [
  ["photo", 0, "\xff\xd8\xff"], // JPEG, MPO, JPS, INSP
  ["photo", 0, "\x89PNG\r\n\x1a\n"],
  ["photo", 0, "GIF87a"],
  ["photo", 0, "GIF89a"],
  ["photo", 0, "8BPS\0"],
  ["photo", 0, "\xff\x0a"], // JPEG XL, bare
  ["photo", 4, "JXL \r\n\x87\n"],
  ["photo", 4, "jP  \r\n\x87\n"], // JPEG 2000
  ["photo", 0, "\xff\x4f\xff\x51"],
  ["photo", 8, "WEBP"],
  ["photo", 0, "II*\0"], // TIFF, and most RAW files
  ["photo", 0, "MM\0*"],
  ["photo", 0, "II+\0"],
  ["photo", 0, "MM\0+"],
  ["raw", 0, "FUJIFILMCCD-RAW"],
  ["raw", 0, "IIRO"],
  ["raw", 0, "IIRS"],
  ["raw", 0, "MMOR"],
  ["raw", 0, "IIU\0"],
  ["raw", 0, "\0MRM"],
  ["raw", 0, "FOVb"],
  ["raw", 6, "HEAPCCDR"],
  ["video", 8, "AVI "],
  ["video", 0, "\x1aE\xdf\xa3"], // Matroska, WebM
  ["video", 0, "\0\0\x01\xba"], // MPEG programme stream
  ["video", 0, "\0\0\x01\xb3"],
  ["video", 0, "0&\xb2u\x8ef\xcf\x11"], // ASF, WMV
  ["video", 0, "FLV\x01"],
  ["video", 4, "moov"],
  ["video", 4, "mdat"],
  ["video", 4, "wide"],
  ["video", 4, "pnot"],
];

const pictureBrands = /^(?:heic|heix|heim|heis|hevc|hevx|mif1|mif2|msf1|avif|avis|jpeg|jpgs)/;
const soundBrands = /^(?:M4A |M4B |M4P |F4A |F4B )/;

/** @param head at least `decidingBytes` of the beginning, or the whole file */
export function kindOfBytes(head: Buffer): MediaKind {
  const at = (offset: number, bytes: string): boolean =>
    head.length >= offset + bytes.length && head.toString("latin1", offset, offset + bytes.length) === bytes;
  if (at(4, "ftyp")) return kindOfBrand(head.toString("latin1", 8, 12));
  const riff = at(0, "RIFF");
  const found = rules.find(([, offset, bytes]) => at(offset, bytes) && (offset !== 8 || riff));
  if (found) return found[0];
  if (isBitmap(head)) return "photo";
  return isTransportStream(head) ? "video" : "other";
}

function kindOfBrand(brand: string): MediaKind {
  if (brand === "crx ") return "raw";
  if (pictureBrands.test(brand)) return "photo";
  return soundBrands.test(brand) ? "other" : "video";
}

/** Two letters are too few to go by: the size of the header behind them is one of those that there are. */
function isBitmap(head: Buffer): boolean {
  if (head.length < 18 || head.toString("latin1", 0, 2) !== "BM") return false;
  return [12, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14));
}

/** A sync byte every 188 bytes; every 192 where cameras put four bytes of time before each packet. */
function isTransportStream(head: Buffer): boolean {
  const isEvery = (step: number, from: number): boolean =>
    [0, 1, 2].every((packet) => head[from + packet * step] === 0x47);
  return isEvery(188, 0) || isEvery(192, 4);
}
