/** Zones lie between 12 hours west and 14 east of UTC, a quarter of an hour apart at least. */
const widestShiftMs = 26 * 3_600_000;
const zoneStepMs = 15 * 60_000;

/** Whether two different times of a file, in milliseconds, may be one that clocks of two zones tell. */
export function isShiftedClock(aMs: number, bMs: number): boolean {
  // Some devices tell the time of no file, or only by one of two ways to them: then name and size are what there is.
  if (aMs === 0 || bMs === 0) return true;
  const shift = Math.abs(aMs - bMs);
  return shift > 0 && shift <= widestShiftMs && shift % zoneStepMs === 0;
}

/** A disk keeps times by two seconds at worst: FAT. */
const timeStepMs = 2_000;

/** Whether a stored file has the time that it was left with: nobody wrote to it since. FAT keeps the wall clock's, whose zone changes. */
export function isStoredTime(storedMs: number, nowMs: number): boolean {
  const now = Math.trunc(nowMs);
  if (Math.abs(now - storedMs) <= timeStepMs) return true;
  // A disk tells a time of every file: 1970 is a time that somebody gave it.
  return storedMs !== 0 && now !== 0 && isShiftedClock(storedMs, now);
}
