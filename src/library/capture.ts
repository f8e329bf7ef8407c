/** When a photo was taken, from everything that may know it, in the order of trust. Never "now". */
import { type CaptureTime, captureInstant, fromInstant, inferZone, isPlausible } from "../media/index.ts";
import type { RollPart } from "./roll.ts";

/** The file's own clock, then the phone's file times. */
export function captureOfPart(part: RollPart, timeZone: string | undefined, now: number): CaptureTime | undefined {
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

const appleEpochMs = Date.UTC(2001, 0, 1);

/** Seconds since 2001-01-01 UTC, as Core Data counts; undefined for values beyond any calendar, which real libraries hold. */
export function fromAppleSeconds(seconds: number | undefined): Date | undefined {
  if (typeof seconds !== "number" || !(Math.abs(seconds) <= 1e11)) return undefined;
  return new Date(appleEpochMs + Math.round(seconds * 1000));
}

const maxOffsetSeconds = 18 * 3600;

/**
 * The library's date: the one its owner sees, adjusted where they adjusted it.
 * @param seconds see `fromAppleSeconds`
 * @param recorded seconds east of UTC where it was taken; @param guessed as the phone worked it out later
 */
export function captureOfLibrary(
  seconds: number | undefined,
  recorded: number | undefined,
  guessed: number | undefined,
  timeZone: string | undefined,
  now: number,
): CaptureTime | undefined {
  const instant = fromAppleSeconds(seconds);
  if (instant === undefined) return undefined;
  const offset = isOffset(recorded) ? recorded : isOffset(guessed) ? guessed : undefined;
  if (offset === undefined) {
    const time = fromInstant(instant, timeZone, "library");
    return isPlausible(time.local, now) ? time : undefined;
  }
  const local = new Date(instant.getTime() + offset * 1000).toISOString().slice(0, 19);
  if (!isPlausible(local, now)) return undefined;
  return {
    local,
    offsetMinutes: Math.round(offset / 60),
    zone: isOffset(recorded) ? "recorded" : "inferred",
    source: "library",
  };
}

function isOffset(value: number | undefined): value is number {
  return typeof value === "number" && Math.abs(value) <= maxOffsetSeconds;
}
