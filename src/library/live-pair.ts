/**
 * Whether a still and a movie of one name are a Live Photo, by what the files say of themselves. A movie that is taken for half
 * of a photo may be left out with it: where the two do not agree it is a video of its own.
 */
import { type CaptureTime, captureInstant, localDate } from "../media/capture-time.ts";
import { splitName } from "../media/kinds.ts";
import type { RollPart } from "./roll.ts";

/** A Live Photo's movie lasts about three seconds. */
const longestSeconds = 6;
/** The still is taken in the middle of its movie. */
const widestGapMs = 5000;
const quarterHourMs = 15 * 60_000;
const widestZoneMs = 14 * 3_600_000;

/** Content identifiers decide where both sides have one; with one, or none, everything else that is known must agree. */
export function isLivePair(still: RollPart, movie: RollPart): boolean {
  const ids = [still.facts?.contentIdentifier, movie.facts?.contentIdentifier];
  if (ids[0] !== undefined && ids[1] !== undefined) return ids[0] === ids[1];
  const { format, captured, model } = still.facts ?? {};
  if (format !== "heif" && format !== "jpeg") return false;
  if (movie.facts?.format !== "quicktime" || !/^(?:mov|qt)$/i.test(splitName(movie.item.name).extension)) return false;
  const seconds = movie.facts.durationSeconds;
  if (seconds === undefined || seconds <= 0 || seconds > longestSeconds) return false;
  if (model !== undefined && movie.facts.model !== undefined && model !== movie.facts.model) return false;
  return captured === undefined || movie.facts.captured === undefined || isSameMoment(captured, movie.facts.captured);
}

function isSameMoment(a: CaptureTime, b: CaptureTime): boolean {
  if (a.isDayOnly || b.isDayOnly) return localDate(a) === localDate(b);
  const apart = Math.abs(captureInstant(a).getTime() - captureInstant(b).getTime());
  if (a.offsetMinutes !== undefined && b.offsetMinutes !== undefined) return apart <= widestGapMs;
  // Two wall clocks of the same place. A movie's header has UTC alone, with which a wall clock agrees but for its zone.
  const wallClocks = Math.abs(Date.parse(`${a.local}Z`) - Date.parse(`${b.local}Z`));
  if (wallClocks <= widestGapMs) return true;
  if (a.source !== "movie-header" && b.source !== "movie-header") return false;
  const rest = apart % quarterHourMs;
  return apart <= widestZoneMs + widestGapMs && Math.min(rest, quarterHourMs - rest) <= widestGapMs;
}
