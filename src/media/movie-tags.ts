/**
 * The tags of a movie: Apple's keys with their values, and the short texts that others write.
 * Source: QuickTime File Format, "Metadata" (keys, ilst, data), "User Data Atoms" (international text).
 */
import { type Box, type BoxReader, boxesIn } from "./boxes.ts";

/** By name: "com.apple.quicktime.make", "©day". The first of a name stays. */
export type MovieTags = Map<string, string>;

/** What is read of a value; no text that is asked for is longer. */
const maxTextBytes = 1024;
const maxKeysBytes = 64 * 1024;
const utf8 = 1;
const utf16 = 2;

/** @param box `meta` or `udta` of a movie; the latter may hold the former */
export async function readTags(file: BoxReader, box: Box, tags: MovieTags): Promise<void> {
  if (box.type === "meta") return await readMeta(file, box, tags);
  for await (const inner of file.boxes(box)) {
    if (inner.type === "meta") await readMeta(file, inner, tags);
    else if (inner.type === "loci") add(tags, inner.type, location(await file.contents(inner, maxTextBytes)));
    else if (inner.type === "date")
      add(tags, inner.type, (await file.contents(inner, maxTextBytes)).toString("utf8").replaceAll("\0", ""));
    else if (inner.type.startsWith("©")) add(tags, inner.type, shortText(await file.contents(inner, maxTextBytes)));
  }
}

async function readMeta(file: BoxReader, meta: Box, tags: MovieTags): Promise<void> {
  // MPEG-4 puts a version before the first box, QuickTime does not.
  const first = await file.contents(meta, 4);
  const hasVersion = first.length === 4 && first.readUInt32BE(0) === 0;
  let names: readonly string[] = [];
  for await (const box of file.boxes({ start: meta.start + (hasVersion ? 4 : 0), end: meta.end })) {
    if (box.type === "keys") names = keyNames(await file.contents(box, maxKeysBytes));
    if (box.type !== "ilst") continue;
    for await (const item of file.boxes(box)) {
      const data = await file.find("data", item);
      if (!data) continue;
      const name = names[Buffer.from(item.type, "latin1").readUInt32BE(0) - 1] ?? item.type;
      add(tags, name, value(await file.contents(data, maxTextBytes)));
    }
  }
}

/** Version, count; then boxes whose letters say whose names they are. */
function keyNames(bytes: Buffer): string[] {
  return [...boxesIn(bytes, 8, bytes.length)].map(({ start, end }) => bytes.toString("utf8", start, end));
}

/** Its kind, its language; then the value. */
function value(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined;
  const kind = bytes.readUInt32BE(0);
  if (kind === utf8) return bytes.toString("utf8", 8);
  // An odd byte is half a letter.
  if (kind === utf16)
    return Buffer.from(bytes.subarray(8, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  return undefined;
}

/** Its length, its language; then the text. */
function shortText(bytes: Buffer): string | undefined {
  return bytes.length < 4 ? undefined : bytes.toString("utf8", 4, 4 + bytes.readUInt16BE(0));
}

/**
 * Where, as 3GPP has it, in the form of ISO 6709: version, language, a name that ends with a zero, a role, then longitude, latitude
 * and altitude in 65536ths. Source: 3GPP TS 26.244, 8.7.
 */
function location(bytes: Buffer): string | undefined {
  const isWide = bytes.length > 8 && (bytes.readUInt16BE(6) === 0xfeff || bytes.readUInt16BE(6) === 0xfffe);
  let end = 6;
  if (isWide) while (end + 2 <= bytes.length && bytes.readUInt16BE(end) !== 0) end += 2;
  else end = bytes.indexOf(0, 6);
  const at = end + (isWide ? 2 : 1) + 1;
  if (end < 6 || at + 8 > bytes.length) return undefined;
  const degrees = (from: number): string => {
    const value = bytes.readInt32BE(from) / 0x10000;
    return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(5)}`;
  };
  return `${degrees(at + 4)}${degrees(at)}/`;
}

function add(tags: MovieTags, name: string, text: string | undefined): void {
  if (text !== undefined && !tags.has(name)) tags.set(name, text);
}
