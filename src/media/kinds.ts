/** What a file is by its name, and by its first bytes. */
import { isTiff } from "./tiff.ts";

/** `raw` counts as a photo; `sidecar` belongs to one. */
export type MediaKind = "photo" | "raw" | "video" | "sidecar" | "other";

const extensions: Record<string, MediaKind> = {
  heic: "photo",
  heif: "photo",
  hif: "photo",
  avif: "photo",
  jpg: "photo",
  jpeg: "photo",
  jpe: "photo",
  jxl: "photo",
  png: "photo",
  gif: "photo",
  webp: "photo",
  tif: "photo",
  tiff: "photo",
  bmp: "photo",
  psd: "photo",
  jfif: "photo",
  jfi: "photo",
  pjpeg: "photo",
  mpo: "photo",
  jps: "photo",
  jp2: "photo",
  heics: "photo",
  heifs: "photo",
  avifs: "photo",
  insp: "photo",
  apng: "photo",
  dng: "raw",
  cr2: "raw",
  cr3: "raw",
  nef: "raw",
  arw: "raw",
  raf: "raw",
  orf: "raw",
  rw2: "raw",
  srw: "raw",
  pef: "raw",
  nrw: "raw",
  "3fr": "raw",
  fff: "raw",
  iiq: "raw",
  rwl: "raw",
  gpr: "raw",
  erf: "raw",
  srf: "raw",
  sr2: "raw",
  kdc: "raw",
  dcr: "raw",
  mrw: "raw",
  mef: "raw",
  mos: "raw",
  x3f: "raw",
  crw: "raw",
  mov: "video",
  qt: "video",
  mp4: "video",
  m4v: "video",
  "3gp": "video",
  "3g2": "video",
  avi: "video",
  mkv: "video",
  webm: "video",
  mpg: "video",
  mpeg: "video",
  mts: "video",
  m2ts: "video",
  insv: "video",
  wmv: "video",
  aae: "sidecar",
  xmp: "sidecar",
};

/** By the extension alone; `other` where it is unknown, which does not say that the file is no photo. */
export function fileKind(name: string): MediaKind {
  return extensions[splitName(name).extension.toLowerCase()] ?? "other";
}

/** "IMG_0001.HEIC" -> stem "IMG_0001", extension "HEIC"; a leading dot starts no extension. */
export function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf(".");
  if (dot <= 0 || dot === name.length - 1) return { stem: name, extension: "" };
  return { stem: name.slice(0, dot), extension: name.slice(dot + 1) };
}

/**
 * A photo's name from before the phone renamed it, without its extension: "Mr. Smith v1.5" has none.
 * @param file the name that it has on the phone
 */
export function stemOfOriginal(name: string, file: string): string {
  const { stem, extension } = splitName(name);
  const isOne = (own: string): boolean => own !== "" && own.toLowerCase() === extension.toLowerCase();
  return fileKind(name) !== "other" || isOne(splitName(file).extension) ? stem : name;
}

/** `tiff`: RAW files of that kind too. */
export type FileFormat =
  | "jpeg"
  | "heif"
  | "avif"
  | "png"
  | "tiff"
  | "gif"
  | "webp"
  | "jxl"
  | "bmp"
  | "raf"
  | "cr3"
  | "quicktime"
  | "unknown";

const heifBrands = /^(?:hei[cxms]|hev[cxms]|mif[12]|msf1|mi(?:HE|HB|AF))/i;

/** The first brand says what a file is, the ones behind it what it may be read as. ISO/IEC 14496-12, 4.3; 23008-12, 10. */
function byBrands(head: Buffer): FileFormat {
  const end = Math.min(head.readUInt32BE(0), head.length, 256);
  const brands = [head.toString("latin1", 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString("latin1", at, at + 4));
  const [major = ""] = brands;
  if (major === "crx ") return "cr3";
  const isAvif = (brand: string): boolean => brand === "avif" || brand === "avis";
  if (isAvif(major)) return "avif";
  if (!heifBrands.test(major)) return "quicktime";
  return brands.some(isAvif) && !brands.some((b) => /^he/.test(b)) ? "avif" : "heif";
}

/** The format by magic: extensions lie (a .HEIC that is a JPEG is common), and the wrong parser must not be fed. */
export function sniffFormat(head: Buffer): FileFormat {
  const at = (offset: number, text: string): boolean => head.toString("latin1", offset, offset + text.length) === text;
  if (head.length < 12) return "unknown";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  if (at(0, "\x89PNG")) return "png";
  if (isTiff(head)) return "tiff";
  if (at(0, "FUJIFILMCCD-RAW")) return "raf";
  if ((head[0] === 0xff && head[1] === 0x0a) || at(0, "\0\0\0\x0cJXL ")) return "jxl";
  if (at(0, "GIF8")) return "gif";
  if (at(0, "RIFF") && at(8, "WEBP")) return "webp";
  if (at(4, "ftyp")) return byBrands(head);
  if (at(0, "BM") && head.readUInt32LE(6) === 0) return "bmp";
  if (["moov", "mdat", "wide", "free", "skip", "pnot"].some((box) => at(4, box))) return "quicktime";
  return "unknown";
}
