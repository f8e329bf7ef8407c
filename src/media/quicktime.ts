/**
 * What movies say of themselves: the header, the first picture's track and the tags. The tables of samples, which are as long as
 * the movie, are passed over: what they count may be anything.
 * Source: ISO/IEC 14496-12, 8.2-8.5 (mvhd, tkhd, hdlr, stsd); QuickTime File Format, "Metadata" and "User Data Atoms".
 */
import { type Box, BoxReader, boxesIn } from "./boxes.ts";
import { earlierOf, fromInstant, isPlausible, parseQuickTimeDate } from "./capture-time.ts";
import type { MediaFacts } from "./media-facts.ts";
import { fragmentedSeconds } from "./movie-fragments.ts";
import { type MovieTags, readTags } from "./movie-tags.ts";
import { placeOf } from "./place.ts";
import { factsBound, type RangeReader } from "./range-reader.ts";

const moovHeadBytes = 64 * 1024;
const tailBytes = 32 * 1024;
/** Whether it is yet to come is known to whoever knows what time it is. */
const latest = Date.UTC(9999, 11, 31);
/** A movie of an iPhone has some hundred and fifty up to its last tag. */
const maxBoxes = 1024;
const secondsFrom1904To1970 = 2_082_844_800;

/** Dates, place, camera, size and length of a movie. Empty for what has no `moov`. */
export async function readQuickTime(reader: RangeReader): Promise<Partial<MediaFacts>> {
  const file = new BoxReader(reader, maxBoxes);
  const moov = await file.find("moov");
  if (!moov) return {};
  const length = moov.end - moov.start;
  // In one piece where that is not too much: else its tracks' beginnings, and its end, which came along.
  await reader.read(moov.start, Math.min(length, length <= factsBound.bytesAtOnce ? length : moovHeadBytes));
  let header: Partial<Header> = {};
  let best: VideoTrack | undefined;
  const tags: MovieTags = new Map();
  for await (const box of file.boxes(moov)) {
    if (box.type === "mvhd") header = readHeader(await file.contents(box, 32));
    else if (box.type === "trak") best = better(best, await videoTrack(file, box));
    else if (box.type === "meta" || box.type === "udta") await readTags(file, box, tags);
  }
  if (tags.size === 0 && length > factsBound.bytesAtOnce)
    for (const box of await boxesAtEnd(reader, moov)) await readTags(file, box, tags);
  const { timescale = 0, ...told } = header;
  const durationSeconds = told.durationSeconds ?? (await fragmentedSeconds(reader, moov, timescale));
  const text = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = tags.get(name)?.trim().slice(0, 256);
      if (value) return value;
    }
    return undefined;
  };
  // `©day` may be a year alone; `date` is what AVFoundation writes into an MP4.
  const dates = ["com.apple.quicktime.creationdate", "©day", "date"].map((name) => parseQuickTimeDate(text(name)));
  const captured = dates.find((date) => date !== undefined) ?? header.captured;
  const earlier = earlierOf(captured, header.captured);
  return {
    ...(captured ? { captured } : {}),
    ...(earlier ? { earlier } : {}),
    ...(best?.width && best.height ? { width: best.width, height: best.height } : {}),
    ...optional("codec", best?.codec),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...optional("make", text("com.apple.quicktime.make", "©mak", "com.android.manufacturer")),
    ...optional("model", text("com.apple.quicktime.model", "©mod", "com.android.model")),
    ...optional("contentIdentifier", text("com.apple.quicktime.content.identifier")),
    ...place(text("com.apple.quicktime.location.ISO6709", "©xyz", "loci")),
  };
}

interface Header extends Pick<MediaFacts, "captured" | "durationSeconds"> {
  readonly timescale: number;
}

/**
 * Times in UTC from 1904 on iPhones and Android; some programs count from 1970, and files made without a clock say 1904 itself. A
 * length that nobody knows is all ones.
 */
function readHeader(bytes: Buffer): Partial<Header> {
  const isLong = bytes[0] === 1;
  if (bytes.length < (isLong ? 32 : 20)) return {};
  const created = isLong ? Number(bytes.readBigUInt64BE(4)) : bytes.readUInt32BE(4);
  const scale = bytes.readUInt32BE(isLong ? 20 : 12);
  const length = isLong ? Number(bytes.readBigUInt64BE(24)) : bytes.readUInt32BE(16);
  const isKnown = scale > 0 && length > 0 && length < (isLong ? 2 ** 63 : 2 ** 32 - 1);
  const date = new Date((created >= secondsFrom1904To1970 ? created - secondsFrom1904To1970 : created) * 1000);
  const isDate = created > 0 && date.getUTCFullYear() < 10_000 && isPlausible(date.toISOString().slice(0, 19), latest);
  return {
    timescale: scale,
    ...(isDate ? { captured: fromInstant(date, undefined, "movie-header") } : {}),
    ...(isKnown ? { durationSeconds: length / scale } : {}),
  };
}

/** The last boxes of `moov`, found from its end: the way to them would cost a request for each track. */
async function boxesAtEnd(reader: RangeReader, moov: Box): Promise<Box[]> {
  const from = Math.max(moov.start, moov.end - tailBytes);
  const tail = await reader.read(from, moov.end - from);
  for (const { index } of tail.toString("latin1").matchAll(/meta|udta/g)) {
    const boxes = index < 4 ? [] : [...boxesIn(tail, index - 4, tail.length)];
    if (boxes.at(-1)?.end !== tail.length || !boxes.every(({ type }) => endTypes.has(type))) continue;
    return boxes.map((box) => ({ ...box, start: from + box.start, end: from + box.end }));
  }
  return [];
}

const endTypes: ReadonlySet<string> = new Set(["meta", "udta", "free", "uuid", "trak", "iods", "mvex"]);

interface VideoTrack {
  readonly isEnabled: boolean;
  /** Upright. */
  readonly width: number;
  readonly height: number;
  readonly codec: string | undefined;
}

/** The one that is played: of those that are not switched off the largest. */
function better(a: VideoTrack | undefined, b: VideoTrack | undefined): VideoTrack | undefined {
  if (!a || !b) return a ?? b;
  if (a.isEnabled !== b.isEnabled) return a.isEnabled ? a : b;
  return b.width * b.height > a.width * a.height ? b : a;
}

async function videoTrack(file: BoxReader, trak: Box): Promise<VideoTrack | undefined> {
  let shape: ReturnType<typeof shapeOf> | undefined;
  let codec: string | undefined;
  for await (const box of file.boxes(trak)) {
    if (box.type === "tkhd") shape = shapeOf(await file.contents(box, 96));
    if (box.type !== "mdia") continue;
    for await (const part of file.boxes(box)) {
      if (part.type === "hdlr" && (await file.contents(part, 12)).toString("latin1", 8) !== "vide") return undefined;
      if (part.type === "minf") codec = await codecOf(file, part);
    }
  }
  return shape && { ...shape, codec };
}

/** The size at which it is shown, turned by the matrix: an iPhone held upright writes a wide picture and a quarter turn. */
function shapeOf(bytes: Buffer): Omit<VideoTrack, "codec"> | undefined {
  const matrix = bytes[0] === 1 ? 52 : 40;
  if (bytes.length < matrix + 44) return undefined;
  const [width, height] = [bytes.readUInt16BE(matrix + 36), bytes.readUInt16BE(matrix + 40)];
  const isTurned = Math.abs(bytes.readInt32BE(matrix + 4)) > Math.abs(bytes.readInt32BE(matrix));
  const isEnabled = (bytes.readUInt8(3) & 1) === 1;
  return isTurned ? { isEnabled, width: height, height: width } : { isEnabled, width, height };
}

const codecs: Readonly<Record<string, string>> = {
  ...{ avc1: "avc", avc3: "avc", hvc1: "hevc", hev1: "hevc", dvh1: "hevc", dvhe: "hevc" },
  ...{ av01: "av1", vp08: "vp8", vp09: "vp9", mp4v: "mpeg4", s263: "h263", jpeg: "mjpeg" },
  ...{ apco: "prores", apcs: "prores", apcn: "prores", apch: "prores", ap4h: "prores", ap4x: "prores" },
};

/** By the letters of its first sample description. */
async function codecOf(file: BoxReader, minf: Box): Promise<string | undefined> {
  const stbl = await file.find("stbl", minf);
  const stsd = stbl && (await file.find("stsd", stbl));
  return stsd && codecs[(await file.contents(stsd, 16)).toString("latin1", 12)];
}

/** "+52.5200+013.4050+034.000/" */
function place(text: string | undefined): Partial<MediaFacts> {
  const match = /^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)/.exec(text ?? "");
  const gps = match ? placeOf(Number(match[1]), Number(match[2])) : undefined;
  return gps ? { gps } : {};
}

function optional(
  name: "make" | "model" | "contentIdentifier" | "codec",
  value: string | undefined,
): Partial<MediaFacts> {
  return value === undefined ? {} : { [name]: value };
}
