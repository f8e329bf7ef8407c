/**
 * How long a movie lasts whose header does not say it, because it was written in fragments: as screen recorders, browsers and chat
 * programs do. By the length that its header foresaw, by the last fragment, or by all of them.
 * Source: ISO/IEC 14496-12, 8.8 (mvex, moof, traf, mfra).
 */
import { type Box, BoxReader } from "./boxes.ts";
import type { RangeReader } from "./range-reader.ts";

interface Track {
  timescale: number;
  /** Of a sample of which nothing else is told. */
  sampleDuration: number;
}

const maxBoxes = 512;
const maxRunBytes = 64 * 1024;
/** Of the index at the end. */
const maxIndexBytes = 64 * 1024;

/** @param headerScale units of a second in the movie's header */
export async function fragmentedSeconds(
  reader: RangeReader,
  moov: Box,
  headerScale: number,
): Promise<number | undefined> {
  const file = new BoxReader(reader, maxBoxes);
  const mvex = await file.find("mvex", moov);
  if (!mvex) return undefined;
  const mehd = await file.find("mehd", mvex);
  const foreseen = mehd && numberAt(await file.contents(mehd, 12), 4);
  if (foreseen && headerScale > 0) return foreseen / headerScale;
  const tracks = await tracksOf(file, moov, mvex);
  const last = await lastFragment(reader, file);
  if (last) return await endOf(file, [last], tracks);
  const fragments: Box[] = [];
  let end = moov.end;
  for await (const box of file.boxes({ start: moov.end, end: reader.size })) {
    if (box.type === "moof") fragments.push(box);
    end = box.end;
  }
  // Where the way through them was too long, what was met of them is not the whole.
  return end >= reader.size - 8 ? await endOf(file, fragments, tracks) : undefined;
}

async function tracksOf(file: BoxReader, moov: Box, mvex: Box): Promise<Map<number, Track>> {
  const tracks = new Map<number, Track>();
  for await (const trak of file.boxes(moov)) {
    if (trak.type !== "trak") continue;
    const tkhd = await file.find("tkhd", trak);
    const mdia = await file.find("mdia", trak);
    const mdhd = mdia && (await file.find("mdhd", mdia));
    if (!tkhd || !mdhd) continue;
    const [head, times] = [await file.contents(tkhd, 24), await file.contents(mdhd, 24)];
    if (head.length < 24 || times.length < 24) continue;
    const id = head.readUInt32BE(head[0] === 1 ? 20 : 12);
    tracks.set(id, { timescale: times.readUInt32BE(times[0] === 1 ? 20 : 12), sampleDuration: 0 });
  }
  for await (const trex of file.boxes(mvex)) {
    if (trex.type !== "trex") continue;
    const bytes = await file.contents(trex, 16);
    const track = bytes.length === 16 ? tracks.get(bytes.readUInt32BE(4)) : undefined;
    if (track) track.sampleDuration = bytes.readUInt32BE(12);
  }
  return tracks;
}

/** By the index at the file's end, whose own end says how long it is. */
async function lastFragment(reader: RangeReader, file: BoxReader): Promise<Box | undefined> {
  const end = await reader.read(Math.max(0, reader.size - 16), 16);
  if (end.length < 16 || end.toString("latin1", 4, 8) !== "mfro") return undefined;
  const length = end.readUInt32BE(12);
  if (length < 24 || length > Math.min(maxIndexBytes, reader.size)) return undefined;
  let offset = 0;
  for await (const tfra of file.boxes({ start: reader.size - length + 8, end: reader.size })) {
    if (tfra.type !== "tfra") continue;
    const bytes = await file.contents(tfra, maxIndexBytes);
    if (bytes.length < 16) continue;
    const [width, count] = [bytes[0] === 1 ? 8 : 4, bytes.readUInt32BE(12)];
    const sizes = bytes.readUInt32BE(8);
    const entry = 2 * width + ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3) + 3;
    const at = 16 + (count - 1) * entry + width;
    if (count > 0 && at + width <= bytes.length)
      offset = Math.max(offset, width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at));
  }
  if (offset === 0) return undefined;
  for await (const box of file.boxes({ start: offset, end: reader.size })) return box.type === "moof" ? box : undefined;
  return undefined;
}

/** The latest end of any track. A fragment without a time of its own follows the one before. */
async function endOf(
  file: BoxReader,
  fragments: readonly Box[],
  tracks: ReadonlyMap<number, Track>,
): Promise<number | undefined> {
  const ends = new Map<Track, number>();
  for (const moof of fragments)
    for await (const traf of file.boxes(moof)) {
      if (traf.type !== "traf") continue;
      const run = await runOf(file, traf, tracks);
      if (run) ends.set(run.track, (run.begins ?? ends.get(run.track) ?? 0) + run.length);
    }
  const seconds = [...ends].flatMap(([{ timescale }, end]) => (timescale > 0 ? [end / timescale] : []));
  const longest = Math.max(0, ...seconds);
  return longest > 0 ? longest : undefined;
}

interface Run {
  readonly track: Track;
  readonly begins: number | undefined;
  length: number;
}

async function runOf(file: BoxReader, traf: Box, tracks: ReadonlyMap<number, Track>): Promise<Run | undefined> {
  let track: Track | undefined;
  let sampleDuration = 0;
  let begins: number | undefined;
  let length = 0;
  for await (const box of file.boxes(traf)) {
    if (box.type === "tfhd") {
      const bytes = await file.contents(box, 32);
      if (bytes.length < 8) return undefined;
      track = tracks.get(bytes.readUInt32BE(4));
      const flags = bytes.readUIntBE(1, 3);
      const at = 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
      sampleDuration = flags & 8 && at + 4 <= bytes.length ? bytes.readUInt32BE(at) : (track?.sampleDuration ?? 0);
    } else if (box.type === "tfdt") begins = numberAt(await file.contents(box, 12), 4);
    else if (box.type === "trun") length += durationOf(await file.contents(box, maxRunBytes), sampleDuration);
  }
  return track && { track, begins, length };
}

/** Each sample's own duration, where it has one. */
function durationOf(trun: Buffer, sampleDuration: number): number {
  if (trun.length < 8) return 0;
  const flags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  if (!(flags & 0x100)) return count * sampleDuration;
  const entry = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  let sum = 0;
  for (let i = 0, at = 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0); i < count && at + 4 <= trun.length; i += 1) {
    sum += trun.readUInt32BE(at);
    at += entry;
  }
  return sum;
}

/** Of 32 bits in version 0, of 64 in version 1. */
function numberAt(bytes: Buffer, at: number): number | undefined {
  if (bytes[0] === 1) return bytes.length >= at + 8 ? Number(bytes.readBigUInt64BE(at)) : undefined;
  return bytes.length >= at + 4 ? bytes.readUInt32BE(at) : undefined;
}
