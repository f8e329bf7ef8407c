/** Days and times of day as the person at this computer has them. */

/** A local day as 2026-01-31, and the minutes since its midnight. */
export interface LocalTime {
  readonly day: string;
  readonly minute: number;
}

/** @param at ms UTC */
export function localTime(at: number): LocalTime {
  const date = new Date(at);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return {
    day: parts.map((part) => String(part).padStart(2, "0")).join("-"),
    minute: date.getHours() * 60 + date.getMinutes(),
  };
}

/** Minutes since midnight of "07:30". */
export function minuteOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(":").map(Number);
  return hours * 60 + minutes;
}

/** The next moment after `at` that has this time of day, both in ms UTC. A day may have 23 or 25 hours. */
export function nextAt(at: number, timeOfDay: string): number {
  const date = new Date(at);
  const minute = minuteOf(timeOfDay);
  const on = (days: number): number =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, 0, minute).getTime();
  return on(0) > at ? on(0) : on(1);
}

/** Whether a time lies between two times of day, over midnight where `from` is the later one. */
export function isWithin({ from, to }: { readonly from: string; readonly to: string }, at: number): boolean {
  const { minute } = localTime(at);
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
}
