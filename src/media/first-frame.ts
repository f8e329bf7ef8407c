/**
 * Where the first frame of a movie lies that can be decoded alone. Of its tables of samples, which are as long as the movie and count
 * what they like, a few entries are read.
 * Source: ISO/IEC 14496-12, 8.5-8.8 (stsd, stss, stsc, stsz, stco, trun); QuickTime File Format, "Sample Atoms".
 */
import { type Box, BoxReader } from "./boxes.ts";
import type { RangeReader } from "./range-reader.ts";

/** What a decoder needs for one frame, and where its bytes lie in the movie. */
export interface FirstFrame {
  /** As they stand in the movie: the track's header, which has the size and the turn, and the description of its samples. */
  readonly header: Buffer;
  readonly description: Buffer;
  readonly offset: number;
  readonly length: number;
}

/** Of an iPhone some hundred and fifty; the fragments of a long movie are not gone through. */
const maxBoxes = 1024;
/** With the parameter sets of any codec it has a few hundred bytes. */
const maxDescriptionBytes = 64 * 1024;
/** Of the samples of one chunk before the frame, and of the chunks: a phone's has some ten. */
const maxEntries = 4096;

/** @returns undefined where there is none, or it is not where it is looked for; inside the file it need not lie */
export async function firstFrame(reader: RangeReader): Promise<FirstFrame | undefined> {
  const file = new BoxReader(reader, maxBoxes);
  const moov = await file.find("moov");
  if (!moov) return undefined;
  let best: Track | undefined;
  for await (const box of file.boxes(moov)) {
    const track = box.type === "trak" ? await pictureTrack(file, box) : undefined;
    if (track && (!best || track.rank > best.rank)) best = track;
  }
  const place = best && ((await samplePlace(file, best.tables)) ?? (await fragmentPlace(file, moov, best.id)));
  return best && place && { header: best.header, description: best.description, ...place };
}

interface Track {
  readonly id: number;
  /** The largest that is not switched off is played. */
  readonly rank: number;
  readonly header: Buffer;
  readonly description: Buffer;
  /** `stbl` */
  readonly tables: Box;
}

async function pictureTrack(file: BoxReader, trak: Box): Promise<Track | undefined> {
  const boxes = await childrenOf(file, trak);
  const media = boxes.get("mdia") && (await childrenOf(file, boxes.get("mdia") as Box));
  const handler = media?.get("hdlr") && (await file.contents(media.get("hdlr") as Box, 12));
  if (handler?.toString("latin1", 8) !== "vide" || !boxes.get("tkhd")) return undefined;
  const header = await file.contents(boxes.get("tkhd") as Box, 96);
  const isLong = header[0] === 1;
  if (header.length < (isLong ? 96 : 84)) return undefined;
  const minf = media?.get("minf");
  const tables = minf && (await file.find("stbl", minf));
  const stsd = tables && (await file.find("stsd", tables));
  if (!stsd || stsd.end - stsd.start > maxDescriptionBytes) return undefined;
  const description = await file.contents(stsd, maxDescriptionBytes);
  const at = isLong ? 88 : 76;
  const pixels = header.readUInt16BE(at) * header.readUInt16BE(at + 4);
  const rank = (header.readUInt8(3) & 1) * 2 ** 33 + pixels;
  return { id: header.readUInt32BE(isLong ? 20 : 12), rank, header, description, tables };
}

/** The first of each kind. */
async function childrenOf(file: BoxReader, within: Box): Promise<Map<string, Box>> {
  const boxes = new Map<string, Box>();
  for await (const box of file.boxes(within)) if (!boxes.has(box.type)) boxes.set(box.type, box);
  return boxes;
}

type Place = Pick<FirstFrame, "offset" | "length">;

async function samplePlace(file: BoxReader, stbl: Box): Promise<Place | undefined> {
  const tables = await childrenOf(file, stbl);
  const numbers = async (type: string, from: number, count: number): Promise<number[] | undefined> => {
    const table = tables.get(type);
    return table && (await numbersIn(file, table, from, count));
  };
  // Without a table of key frames each is one.
  const [syncs = 0, first = 1] = (await numbers("stss", 4, 2)) ?? [];
  const frame = syncs > 0 ? first - 1 : 0;
  const chunk = await chunkOf(frame, await numbers("stsc", 4, 1 + 3 * maxEntries));
  if (frame < 0 || !chunk || chunk.before > maxEntries) return undefined;
  const [same = 0, count = 0] = (await numbers("stsz", 4, 2)) ?? [];
  if (frame >= count) return undefined;
  const sizes =
    same > 0
      ? new Array<number>(chunk.before + 1).fill(same)
      : ((await numbers("stsz", 12 + 4 * (frame - chunk.before), chunk.before + 1)) ?? []);
  const start = await chunkStart(file, tables, chunk.index);
  if (start === undefined || sizes.length <= chunk.before) return undefined;
  const length = sizes[chunk.before] as number;
  return { offset: start + sizes.slice(0, chunk.before).reduce((sum, size) => sum + size, 0), length };
}

/** @param entries how many there are; then of each its first chunk, samples in each of its chunks, and a description's number */
function chunkOf(frame: number, entries: readonly number[] = []): { index: number; before: number } | undefined {
  const count = Math.min(entries[0] ?? 0, Math.floor((entries.length - 1) / 3));
  let begins = 0;
  for (let i = 0; i < count; i += 1) {
    const [chunk = 0, each = 0, , next = Number.POSITIVE_INFINITY] = entries.slice(1 + 3 * i, 5 + 3 * i);
    if (chunk < 1 || each < 1 || next <= chunk) return undefined;
    const within = frame - begins;
    const samples = i + 1 < count ? (next - chunk) * each : Number.POSITIVE_INFINITY;
    if (within < samples) return { index: chunk - 1 + Math.floor(within / each), before: within % each };
    begins += samples;
  }
  return undefined;
}

async function chunkStart(
  file: BoxReader,
  tables: ReadonlyMap<string, Box>,
  index: number,
): Promise<number | undefined> {
  const short = tables.get("stco");
  if (short) return (await numbersIn(file, short, 8 + 4 * index, 1))[0];
  const long = tables.get("co64");
  const [high, low] = long ? await numbersIn(file, long, 8 + 8 * index, 2) : [];
  return high === undefined || low === undefined ? undefined : high * 2 ** 32 + low;
}

/** Numbers of 32 bits from inside a box; fewer at its end. */
async function numbersIn(file: BoxReader, box: Box, from: number, count: number): Promise<number[]> {
  const start = Math.min(box.start + from, box.end);
  const bytes = await file.contents({ ...box, start }, 4 * count);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readUInt32BE(4 * i));
}

/** A movie written in fragments begins each with a key frame. */
async function fragmentPlace(file: BoxReader, moov: Box, track: number): Promise<Place | undefined> {
  for await (const moof of file.boxes({ ...file.whole, start: moov.end })) {
    if (moof.type !== "moof") continue;
    for await (const traf of file.boxes(moof)) {
      const place = traf.type === "traf" ? await runPlace(file, moof, traf, track) : undefined;
      if (place) return place;
    }
  }
  return undefined;
}

async function runPlace(file: BoxReader, moof: Box, traf: Box, track: number): Promise<Place | undefined> {
  const boxes = await childrenOf(file, traf);
  const [tfhd, trun] = [boxes.get("tfhd"), boxes.get("trun")];
  if (!tfhd || !trun) return undefined;
  const [flags = 0, id, ...defaults] = await numbersIn(file, tfhd, 0, 8);
  // `moof`'s own header has eight bytes.
  const base = flags & 1 ? (defaults[0] ?? 0) * 2 ** 32 + (defaults[1] ?? 0) : moof.start - 8;
  const others = (flags & 1 ? 2 : 0) + (flags & 2 ? 1 : 0) + (flags & 8 ? 1 : 0);
  const [runFlags = 0, count = 0, ...run] = await numbersIn(file, trun, 0, 8);
  if (id !== track || count === 0 || !(runFlags & 1)) return undefined;
  const sample = 1 + (runFlags & 4 ? 1 : 0) + (runFlags & 0x100 ? 1 : 0);
  const length = runFlags & 0x200 ? run[sample] : flags & 0x10 ? defaults[others] : undefined;
  return length === undefined ? undefined : { offset: base + ((run[0] ?? 0) | 0), length };
}
