/**
 * When a photo was taken, from everything that may know it, in the order of trust: the date that its owner has in Photos, what the
 * library noted of the EXIF, the file's own metadata, the phone's index, the file's name, and last the file's times. Never "now".
 */
import {
  type CaptureTime,
  captureInstant,
  fromInstant,
  inferZone,
  isInRange,
  isPlausible,
  parseExifTime,
} from "../media/capture-time.ts";
import { offsetBetween } from "../media/index.ts";
import { timeOfName } from "./file-name-time.ts";
import type { RollPart } from "./roll.ts";

/** What else may know when a photo was taken, besides its library and its bytes. */
export interface CaptureHints {
  /** Where a phone put another one on the file. */
  readonly name?: string;
  /** What the phone's own index says. */
  readonly indexed?: Date | undefined;
}

/** How much an index may round. */
const roundingMs = 1_000;

/** What the file says, then what is said of it. */
export function captureOfPart(
  part: RollPart,
  timeZone: string | undefined,
  now: number,
  { name = part.item.name, indexed }: CaptureHints = {},
): CaptureTime | undefined {
  const recorded = [part.facts?.captured, part.facts?.earlier].find((time) => time && isPlausible(time.local, now));
  if (recorded) {
    if (recorded.source === "movie-header") return fromInstant(captureInstant(recorded), timeZone, "movie-header");
    return withZone(recorded, indexed, timeZone);
  }
  return (
    ofIndex(indexed, name, timeZone, now) ??
    named(name, timeZone, now) ??
    plausible(part.item.createdAt, timeZone, "file-created", now) ??
    plausible(part.item.modifiedAt, timeZone, "file-modified", now)
  );
}

/** An index knows the moment: where it differs from the wall clock by what zones differ by, that is the zone. */
function withZone(recorded: CaptureTime, indexed: Date | undefined, timeZone: string | undefined): CaptureTime {
  if (recorded.offsetMinutes !== undefined) return recorded;
  const offsetMinutes = indexed && offsetBetween(recorded, indexed.getTime(), roundingMs);
  return offsetMinutes === undefined ? inferZone(recorded, timeZone) : { ...recorded, offsetMinutes, zone: "inferred" };
}

/** The index knows the moment and the name the wall clock: together they tell the zone, where the file is silent. */
function ofIndex(
  indexed: Date | undefined,
  name: string,
  timeZone: string | undefined,
  now: number,
): CaptureTime | undefined {
  const time = plausible(indexed, timeZone, "library", now);
  const said = timeOfName(name);
  if (!time || !indexed || !said || said.isUtc || said.isDayOnly) return time;
  const wall = { local: said.local, offsetMinutes: undefined, zone: "unknown", source: "library" } as const;
  const offsetMinutes = offsetBetween(wall, indexed.getTime(), roundingMs);
  return offsetMinutes === undefined ? time : { ...wall, offsetMinutes, zone: "inferred" };
}

function plausible(
  date: Date | undefined,
  timeZone: string | undefined,
  source: CaptureTime["source"],
  now: number,
): CaptureTime | undefined {
  if (!date || !isMoment(date, now)) return undefined;
  const time = fromInstant(date, timeZone, source);
  return isPlausible(time.local, now) ? time : undefined;
}

/** The zero of a clock is one in UTC. */
function isMoment(date: Date, now: number): boolean {
  const ms = date.getTime();
  return !Number.isNaN(ms) && Math.abs(ms) <= 8e14 && isPlausible(date.toISOString().slice(0, 19), now);
}

function named(name: string, timeZone: string | undefined, now: number): CaptureTime | undefined {
  const found = timeOfName(name);
  if (!found || !isPlausible(found.local, now)) return undefined;
  if (found.isUtc) return fromInstant(new Date(`${found.local}Z`), timeZone, "file-name");
  const { local, isDayOnly } = found;
  const time = { local, offsetMinutes: undefined, zone: "unknown", source: "file-name" } as const;
  return inferZone(isDayOnly ? { ...time, isDayOnly } : time, timeZone);
}

const appleEpochMs = Date.UTC(2001, 0, 1);

/** Seconds since 2001-01-01 UTC, as Core Data counts; undefined for values beyond any calendar, which real libraries hold. */
export function fromAppleSeconds(seconds: number | undefined): Date | undefined {
  if (typeof seconds !== "number" || !(Math.abs(seconds) <= 1e11)) return undefined;
  return new Date(appleEpochMs + Math.round(seconds * 1000));
}

const maxOffsetSeconds = 18 * 3600;
/** A year to come counts where its owner has it so; Apple's "never", the beginning of the year 4001, does not. */
const lastTyped = Date.UTC(4000, 0, 1);

/** What a row of the library says of when its photo was taken. */
export interface LibraryDate {
  /** See `fromAppleSeconds`. */
  readonly seconds: number | undefined;
  /** Seconds east of UTC where it was taken, as recorded, and as the phone worked it out later. */
  readonly recordedZone: number | undefined;
  readonly guessedZone: number | undefined;
  /** EXIF's date as the phone read it: "2024:05:01 12:34:56". */
  readonly exifText: string | undefined;
}

/** The library's date: the one its owner sees, adjusted where they adjusted it; without one, the file's as the phone read it. */
export function captureOfLibrary(
  { seconds, recordedZone, guessedZone, exifText }: LibraryDate,
  timeZone: string | undefined,
  now: number,
): CaptureTime | undefined {
  const zone = isOffset(recordedZone) ? "recorded" : "inferred";
  const offset = isOffset(recordedZone) ? recordedZone : isOffset(guessedZone) ? guessedZone : undefined;
  const offsetMinutes = offset === undefined ? undefined : Math.round(offset / 60);
  const instant = fromAppleSeconds(seconds);
  if (instant && isMoment(instant, lastTyped)) {
    if (offset === undefined) return fromInstant(instant, timeZone, "library");
    const local = new Date(instant.getTime() + offset * 1000).toISOString().slice(0, 19);
    if (isInRange(local, lastTyped)) return { local, offsetMinutes, zone, source: "library" };
  }
  const text = parseExifTime(typeof exifText === "string" ? exifText : undefined, undefined);
  if (!text || !isPlausible(text.local, now)) return undefined;
  if (offsetMinutes !== undefined) return { ...text, offsetMinutes, zone, source: "library" };
  return { ...inferZone(text, timeZone), source: "library" };
}

function isOffset(value: number | undefined): value is number {
  return typeof value === "number" && Math.abs(value) <= maxOffsetSeconds;
}
