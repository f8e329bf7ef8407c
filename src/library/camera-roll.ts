/** Which files make one photo, and when it was taken: the model that export, listing and UI share. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { isUnreadable, type MediaItem, type MediaSource, type UnreadableEntry } from "../device/media-source.ts";
import {
  type CaptureTime,
  captureInstant,
  fileKind,
  fromInstant,
  inferZone,
  isPlausible,
  type MediaFacts,
  splitName,
} from "../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { AppError } from "../shared/errors.ts";
import { readItemFacts } from "./item-facts.ts";

export type RollRole = "original" | "live-video" | "raw" | "sidecar";

export interface RollPart {
  readonly role: RollRole;
  readonly item: MediaItem;
  /** Absent when the head could not be read; `factsError` then says why. */
  readonly facts: MediaFacts | undefined;
  readonly factsError?: AppError;
}

/** One photo or video as a person counts it. */
export interface RollItem {
  /** First eight hex digits of a hash of the primary part's identity: stable as long as the file is. */
  readonly id: string;
  readonly kind: "photo" | "video";
  readonly subtype: "live" | "screenshot" | "raw" | undefined;
  /** The primary part comes first. */
  readonly parts: readonly [RollPart, ...RollPart[]];
  readonly captured: CaptureTime | undefined;
  /** What ties still and movie of a Live Photo together. */
  readonly pairedBy?: "content-identifier" | "name";
}

export interface CameraRoll {
  readonly items: readonly RollItem[];
  /** Files that are no media. */
  readonly otherFiles: readonly MediaItem[];
  readonly unreadable: readonly UnreadableEntry[];
  /** Edited versions on the phone that this model does not hold yet. */
  readonly editCount: number;
}

/** Facts known from earlier runs, so that an unchanged phone is listed without opening a file. */
export interface FactsCache {
  get(item: MediaItem): MediaFacts | undefined;
  set(item: MediaItem, facts: MediaFacts): void;
}

export interface BuildOptions extends AbortOptions {
  readonly cache?: FactsCache | undefined;
  /** Milliseconds since 1970; dates beyond it are a clock's error. */
  readonly now: number;
  /** Called as the work goes on. */
  readonly onProgress?: (progress: { listed: number; read: number; toRead: number }) => void;
  /** Folder on the phone to which the roll is limited. */
  readonly folder?: string | undefined;
}

/** Heads of items on the way at once; each is a chain of open and read, so it is overlapped with others. */
const parallelHeads = 32;
/** A Live Photo's movie lasts about three seconds; a longer one under the same name is a video of its own. */
const longestLiveSeconds = 6;

/**
 * Lists the phone and reads the heads of what the cache does not know.
 * @throws {DeviceError} when the phone goes away; a single unreadable item never throws
 */
export async function buildCameraRoll(source: MediaSource, options: BuildOptions): Promise<CameraRoll> {
  const listing = await list(source, options);
  const facts = await readAllFacts(source, listing.media, options);
  const items = group(listing.media, facts).map((parts) => rollItem(parts, source.device.timeZone, options.now));
  return { items, otherFiles: listing.other, unreadable: listing.unreadable, editCount: listing.edits };
}

interface Listing {
  readonly media: MediaItem[];
  readonly other: MediaItem[];
  readonly unreadable: UnreadableEntry[];
  edits: number;
}

async function list(source: MediaSource, options: BuildOptions): Promise<Listing> {
  const listing: Listing = { media: [], other: [], unreadable: [], edits: 0 };
  for await (const entry of source.list(options)) {
    if (isUnreadable(entry)) listing.unreadable.push(entry);
    else if (entry.area === "edits") listing.edits += /^FullSizeRender\./i.test(entry.name) ? 1 : 0;
    else if (options.folder !== undefined && !isBelow(entry.path, options.folder)) continue;
    else if (fileKind(entry.name) === "other") listing.other.push(entry);
    else listing.media.push(entry);
    if (listing.media.length % 100 === 0) options.onProgress?.({ listed: listing.media.length, read: 0, toRead: 0 });
  }
  listing.media.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}

export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

interface KnownFacts {
  readonly facts: MediaFacts | undefined;
  readonly error?: AppError;
}

async function readAllFacts(
  source: MediaSource,
  media: readonly MediaItem[],
  options: BuildOptions,
): Promise<Map<MediaItem, KnownFacts>> {
  const known = new Map<MediaItem, KnownFacts>();
  const unknown: MediaItem[] = [];
  for (const item of media) {
    const cached = options.cache?.get(item);
    if (cached) known.set(item, { facts: cached });
    else if (fileKind(item.name) === "sidecar") known.set(item, { facts: undefined });
    else unknown.push(item);
  }
  let read = 0;
  for await (const [item, result] of mapOrdered(
    unknown,
    Math.min(parallelHeads, source.capabilities.parallelReads),
    (item) => readOne(source, item, options),
  )) {
    known.set(item, result);
    if (result.facts) options.cache?.set(item, result.facts);
    read += 1;
    options.onProgress?.({ listed: media.length, read, toRead: unknown.length });
  }
  return known;
}

async function readOne(source: MediaSource, item: MediaItem, options: AbortOptions): Promise<[MediaItem, KnownFacts]> {
  throwIfAborted(options.signal);
  try {
    return [item, { facts: await readItemFacts(source, item, options) }];
  } catch (error) {
    // The copy will meet the same refusal and report it; for the model the item is simply undated.
    if (error instanceof AppError && error.scope === "item") return [item, { facts: undefined, error }];
    throw error;
  }
}

/** Files of one folder and stem, split into photos by what the files themselves say. */
function group(media: readonly MediaItem[], facts: Map<MediaItem, KnownFacts>): RollPart[][] {
  const byStem = new Map<string, MediaItem[]>();
  for (const item of media) {
    const key = `${posix.dirname(item.path)}/${splitName(item.name).stem}`;
    const files = byStem.get(key);
    if (files) files.push(item);
    else byStem.set(key, [item]);
  }
  return [...byStem.values()].flatMap((files) => split(files.map((item) => partOf(item, facts))));
}

function partOf(item: MediaItem, facts: Map<MediaItem, KnownFacts>): RollPart {
  const known = facts.get(item);
  return { role: "original", item, facts: known?.facts, ...(known?.error ? { factsError: known.error } : {}) };
}

function split(parts: RollPart[]): RollPart[][] {
  const of = (kind: string): RollPart[] => parts.filter((p) => fileKind(p.item.name) === kind);
  const stills = of("photo");
  const groups: RollPart[][] = stills.map((still) => [still]);
  const leftOver: RollPart[] = [];
  for (const raw of of("raw")) {
    if (groups.length === 1) groups[0]!.push({ ...raw, role: "raw" });
    else leftOver.push(raw);
  }
  for (const video of of("video")) {
    const home = groups.find((g) => isLivePair(g[0]!, video) && !g.some((p) => p.role === "live-video"));
    if (home) home.push({ ...video, role: "live-video" });
    else leftOver.push(video);
  }
  groups.push(...leftOver.map((part) => [part]));
  const sidecars = of("sidecar").map((part): RollPart => ({ ...part, role: "sidecar" }));
  // A recipe without its photo is useless, but it is the phone's: it goes along as an item of its own.
  if (groups.length > 0) groups[0]!.push(...sidecars);
  else groups.push(...sidecars.map((part) => [part]));
  return groups;
}

/** Content identifiers decide where both sides have one; else the name and a short duration. */
function isLivePair(still: RollPart, video: RollPart): boolean {
  const a = still.facts?.contentIdentifier;
  const b = video.facts?.contentIdentifier;
  if (a !== undefined && b !== undefined) return a === b;
  if (a !== undefined || b !== undefined) return false;
  return (video.facts?.durationSeconds ?? 0) <= longestLiveSeconds;
}

function rollItem(parts: RollPart[], timeZone: string | undefined, now: number): RollItem {
  const [primary, ...rest] = parts as [RollPart, ...RollPart[]];
  const live = rest.find((p) => p.role === "live-video");
  const kind = fileKind(primary.item.name) === "video" ? "video" : "photo";
  const screenshot = primary.facts?.format === "png" && primary.facts.make === undefined;
  const subtype = live ? "live" : fileKind(primary.item.name) === "raw" ? "raw" : screenshot ? "screenshot" : undefined;
  return {
    id: itemId(primary.item).slice(0, 8),
    kind,
    subtype,
    parts: [primary, ...rest],
    captured: captureOf(primary, timeZone, now) ?? (live && captureOf(live, timeZone, now)),
    ...(live
      ? { pairedBy: primary.facts?.contentIdentifier !== undefined ? "content-identifier" : ("name" as const) }
      : {}),
  };
}

/** In the order of trust: the file's own clock, then the phone's file times, never "now". */
function captureOf(part: RollPart, timeZone: string | undefined, now: number): CaptureTime | undefined {
  const recorded = part.facts?.captured;
  if (recorded?.source === "movie-header") {
    const time = fromInstant(captureInstant(recorded), timeZone, "movie-header");
    if (isPlausible(time.local, now)) return time;
  } else if (recorded && isPlausible(recorded.local, now)) return inferZone(recorded, timeZone);
  for (const [date, source] of [
    [part.item.createdAt, "file-created"],
    [part.item.modifiedAt, "file-modified"],
  ] as const) {
    if (!date || Number.isNaN(date.getTime()) || Math.abs(date.getTime()) > 8e14) continue;
    const time = fromInstant(date, timeZone, source);
    if (isPlausible(time.local, now)) return time;
  }
  return undefined;
}

/** A hash of what identifies one version of one file on its phone. */
export function itemId(item: MediaItem): string {
  const times = [item.createdAt, item.modifiedAt].map((d) => d?.getTime() ?? "");
  return createHash("sha256")
    .update([item.path, item.sizeBytes, ...times].join("\0"))
    .digest("hex");
}
