/**
 * What a PNG says of itself: its size, its EXIF, its texts, before its picture or behind it. Source: PNG 3rd edition, 11.2.1 (IHDR),
 * 11.3.3 (texts), 11.3.3.6 (eXIf); XMP Specification Part 3, 1.1.5; exiftool, PNG.pm (raw profiles).
 */
import { crc32, inflateSync } from "node:zlib";
import { type Found, maxXmpBytes, nearText, type Size } from "./found.ts";
import { bufferRange, headBytes, partOf, type RangeReader } from "./range-reader.ts";

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const xmpKeyword = "XML:com.adobe.xmp";
const maxChunks = 2048;
const maxTextBytes = 256 * 1024;
/** Texts that count, and are opened: each may be inflated to `maxXmpBytes`. */
const maxOpened = 16;

interface Texts {
  opened: number;
  exif: RangeReader | undefined;
  xmp: string | undefined;
  dateText: string | undefined;
}

/** Its size, EXIF, XMP and a date in its texts. */
export async function readPng(reader: RangeReader): Promise<Found> {
  const found: Texts = { opened: 0, exif: undefined, xmp: undefined, dateText: undefined };
  const head = await reader.read(0, Math.min(reader.size, headBytes));
  let end = 8;
  let size: Size | undefined;
  for (const chunk of chunksIn(head, 8)) {
    const isHere = chunk.end - chunk.start >= 8 && chunk.start + 8 <= head.length;
    if (chunk.type === "IHDR" && isHere) size = ihdr(head, chunk.start);
    await note(reader, chunk, found);
    end = chunk.end + 4;
    if (chunk.type === "IEND") return { ...outcome(found), size };
  }
  // What comes behind the picture is found from the end of the file: the way through it may be thousands of steps.
  const from = Math.max(end, reader.size - headBytes);
  if (!isSettled(found) && reader.size > head.length) {
    const tail = await reader.read(from, Math.min(headBytes, reader.size - from));
    for (const chunk of chunksAtEnd(tail)) await note(reader, moved(chunk, from), found);
  }
  // Or it is one step, and more lies behind it than that.
  if (!isSettled(found) && end >= head.length && end < from) {
    const next = await reader.read(end, headBytes);
    for (const chunk of chunksIn(next, 0)) await note(reader, moved(chunk, end), found);
  }
  return { ...outcome(found), size };
}

/** EXIF may lie behind the picture though other texts come before it; iOS' screenshots have all that they say in front. */
function isSettled({ exif, xmp }: Texts): boolean {
  return exif !== undefined || /DateCreated|DateTimeOriginal|CreateDate|UserComment/.test(xmp ?? "");
}

function moved({ type, start, end }: Chunk, by: number): Chunk {
  return { type, start: start + by, end: end + by };
}

function outcome({ exif, xmp, dateText }: Texts): Found {
  return { exif: exif ? [{ tiff: exif }] : [], xmp: nearText(xmp), dateText };
}

function ihdr(head: Buffer, at: number): Size {
  return { width: head.readUInt32BE(at), height: head.readUInt32BE(at + 4) };
}

/** Those whose header is here; the last one may end behind it. */
function* chunksIn(bytes: Buffer, from: number): Generator<Chunk, void, undefined> {
  for (let at = from, n = 0; at + 8 <= bytes.length && n < maxChunks; n += 1) {
    const start = at + 8;
    const end = start + bytes.readUInt32BE(at);
    yield { type: bytes.toString("latin1", at + 4, start), start, end };
    at = end + 4;
  }
}

const behindPicture = /eXIf|iTXt|tEXt|zTXt/g;

/** From the first name of a chunk from which chunks lead to the end, and whose sum is right. */
function chunksAtEnd(tail: Buffer): Chunk[] {
  // A way that leads nowhere does so from each of its steps.
  const walked = new Set<number>();
  for (const { index } of tail.toString("latin1").matchAll(behindPicture)) {
    if (index < 4 || walked.has(index + 4)) continue;
    const chunks = [...chunksIn(tail, index - 4)];
    for (const { start } of chunks) walked.add(start);
    const [first] = chunks;
    const last = chunks.at(-1);
    if (!first || !last || last.type !== "IEND" || first.end + 4 > tail.length) continue;
    if (crc32(tail.subarray(index, first.end)) === tail.readUInt32BE(first.end)) return chunks;
  }
  return [];
}

async function note(reader: RangeReader, { type, start, end }: Chunk, found: Texts): Promise<void> {
  if (type === "eXIf") found.exif ??= partOf(reader, start, end - start);
  if (type !== "iTXt" && type !== "tEXt" && type !== "zTXt") return;
  const bytes = await reader.read(start, Math.min(end - start, maxTextBytes));
  const key = bytes.indexOf(0);
  if (key < 1 || key > 79) return;
  const keyword = bytes.toString("latin1", 0, key);
  const isXmp = keyword === xmpKeyword;
  const isDate = /^creation ?time$/i.test(keyword);
  const isExif = /^raw profile type (?:exif|app1)$/i.test(keyword);
  if (!(isXmp || isDate || isExif) || found.opened >= maxOpened) return;
  found.opened += 1;
  const text = textIn(type, bytes, key);
  if (isXmp) found.xmp ??= text?.toString("utf8");
  else if (isDate) found.dateText ??= text?.toString("utf8");
  else found.exif ??= rawProfile(text);
}

/** Behind the keyword: plain, compressed, or either with a language and a translation before it. */
function textIn(type: string, bytes: Buffer, key: number): Buffer | undefined {
  if (type === "tEXt") return bytes.subarray(key + 1);
  if (type === "zTXt") return inflated(bytes.subarray(key + 2));
  const isCompressed = bytes[key + 1] === 1;
  const language = bytes.indexOf(0, key + 3);
  const translation = language === -1 ? -1 : bytes.indexOf(0, language + 1);
  if (translation === -1) return undefined;
  const text = bytes.subarray(translation + 1);
  return isCompressed ? inflated(text) : text;
}

function inflated(bytes: Buffer): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: maxXmpBytes });
  } catch {
    return undefined;
  }
}

/** ImageMagick's: a name, a length, then bytes in hex digits. */
function rawProfile(text: Buffer | undefined): RangeReader | undefined {
  const match = /^\s*\w+\s+\d+\s+([0-9a-f\s]+)$/i.exec(text?.toString("latin1") ?? "");
  if (!match) return undefined;
  const bytes = Buffer.from((match[1] as string).replace(/\s/g, ""), "hex");
  const isNamed = bytes.toString("latin1", 0, 6) === "Exif\0\0";
  return bufferRange(isNamed ? bytes.subarray(6) : bytes);
}
