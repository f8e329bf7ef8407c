/**
 * When a photo was taken: the wall clock where it was taken, and its distance from UTC where something tells it.
 * A missing zone is never invented in silence: `zone` says whether it was recorded or inferred.
 */

export interface CaptureTime {
  /** Wall clock where it was taken: "2024-05-01T12:34:56". */
  readonly local: string;
  /** Minutes east of UTC; undefined when nothing tells. */
  readonly offsetMinutes: number | undefined;
  readonly zone: "recorded" | "inferred" | "unknown";
  readonly source: CaptureSource;
  /** Nothing tells the time of day: `local` has its noon, which orders it and is not shown. */
  readonly isDayOnly?: true;
}

/** `text`: what a PNG says in words. The file's own times are no word of when it was taken: see `isRecorded`. */
export const captureSources = [
  "exif",
  "xmp",
  "text",
  "quicktime",
  "movie-header",
  "library",
  "file-name",
  "file-created",
  "file-modified",
] as const;
/** One of `captureSources`. */
export type CaptureSource = (typeof captureSources)[number];

/** Whether somebody said when it was taken. What only the file's times say is good for a folder's name, and no more. */
export function isRecorded({ source }: CaptureTime): boolean {
  return source !== "file-created" && source !== "file-modified";
}

/** The moment, where the zone is known; else as if the wall clock were UTC. */
export function captureInstant(time: CaptureTime): Date {
  return new Date(Date.parse(`${time.local}Z`) - (time.offsetMinutes ?? 0) * 60_000);
}

/** ISO 8601 with offset, or without one when there is none; the day alone where no time of day is known. */
export function formatCaptured(time: CaptureTime): string {
  if (time.isDayOnly) return localDate(time);
  if (time.offsetMinutes === undefined) return time.local;
  const minutes = Math.abs(time.offsetMinutes);
  const sign = time.offsetMinutes < 0 ? "-" : "+";
  return `${time.local}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** "2024-05-01": the date on which it was taken, there. */
export function localDate(time: CaptureTime): string {
  return time.local.slice(0, 10);
}

/** What clocks say that were never set: midnight of the first day of these years. */
const clockZeros: ReadonlySet<string> = new Set(
  ["1904", "1970", "1980", "2000", "2001"].map((year) => `${year}-01-01T00:00:00`),
);
/** The first photograph. */
const earliest = Date.UTC(1826, 0, 1);

/** Scans are as old as photography is. The zero of a clock, and what is yet to come, is a clock's error and as good as none. */
export function isPlausible(local: string, now: number): boolean {
  return !clockZeros.has(local) && isInRange(local, now);
}

/** As `isPlausible`, for a date that somebody may have typed: midnight is what programs put where no time was given. */
export function isInRange(local: string, now: number): boolean {
  const ms = Date.parse(`${local}Z`);
  return ms >= earliest && ms <= now + 2 * 86_400_000;
}

/** What cameras and programs write for EXIF's "2024:05:01 12:34:56": other separators, no seconds, a zone behind it. */
const written = /^(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[ T](\d\d?):(\d\d)(?::(\d\d)(?:\.\d*)?)?(.*)$/;

/** A day without a time, which EXIF leaves blank where nobody knows it: its noon. */
const dayOnly = /^(\d{4})([:/.-])(\d\d?)\2(\d\d?)(?:[ T][ :]*)?$/;

/**
 * @param text EXIF's date, or what is written in its way @param offset "+02:00", where something says it
 * @returns undefined for zeros and nonsense
 */
export function parseExifTime(text: string | undefined, offset: string | undefined): CaptureTime | undefined {
  return parseWritten(text, offset, "exif");
}

/** XMP's "2024-05-01T12:34:56.78+02:00", or a date that somebody wrote into a PNG: in EXIF's way, or in that of e-mails. */
export function parseTextDate(text: string | undefined, source: "xmp" | "text"): CaptureTime | undefined {
  return parseWritten(text, undefined, source) ?? parseWritten(fromMail(text), undefined, source);
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** "Sat, 02 Jan 2021 03:04:05 GMT". RFC 2822, 3.3. */
function fromMail(text: string | undefined): string | undefined {
  const match = /(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d(?::\d\d)?)\s*(\S*)/.exec(text ?? "");
  const month = match ? months.indexOf(match[2] as string) : -1;
  if (!match || month % 3 !== 0) return undefined;
  const zone = match[5] === "GMT" || match[5] === "UT" ? "Z" : match[5];
  return `${match[3]}-${pad(month / 3 + 1)}-${pad(Number(match[1]))} ${match[4]}${zone}`;
}

function parseWritten(
  text: string | undefined,
  offset: string | undefined,
  source: CaptureSource,
): CaptureTime | undefined {
  const trimmed = text?.trim() ?? "";
  const day = dayOnly.exec(trimmed);
  const midnight = day && `${day[1]}-${pad(Number(day[3]))}-${pad(Number(day[4]))}T00:00:00`;
  if (midnight) {
    const noon = clockZeros.has(midnight) ? undefined : parseWritten(midnight.replace("T00", "T12"), offset, source);
    return noon && { ...noon, isDayOnly: true };
  }
  const match = written.exec(trimmed);
  if (!match) return undefined;
  const [, y, mo, d, h, mi, s = "00", rest] = match;
  const local = `${y}-${pad(Number(mo))}-${pad(Number(d))}T${pad(Number(h))}:${mi}:${s}`;
  if (!isRealDate(local) || clockZeros.has(local) || Date.parse(`${local}Z`) < earliest) return undefined;
  const offsetMinutes = parseOffset(offset) ?? parseOffset(rest);
  return { local, offsetMinutes, zone: offsetMinutes === undefined ? "unknown" : "recorded", source };
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}

/** `com.apple.quicktime.creationdate`: "2024-05-01T12:34:56+0200", with blanks and with hours alone too. */
export function parseQuickTimeDate(text: string | undefined): CaptureTime | undefined {
  return parseWritten(text, undefined, "quicktime");
}

/** Another date that a file has, where it lies well before the first one: it counts where that is yet to come. */
export function earlierOf(first: CaptureTime | undefined, other: CaptureTime | undefined): CaptureTime | undefined {
  const isEarlier =
    first && other && captureInstant(other).getTime() < captureInstant(first).getTime() - 2 * 86_400_000;
  return isEarlier ? other : undefined;
}

/** A moment known in UTC only, put on the wall clock of `timeZone` (the phone's), or left in UTC. */
export function fromInstant(instant: Date, timeZone: string | undefined, source: CaptureTime["source"]): CaptureTime {
  const offset = timeZone === undefined ? undefined : zoneOffset(instant, timeZone);
  const local = new Date(instant.getTime() + (offset ?? 0) * 60_000).toISOString().slice(0, 19);
  return { local, offsetMinutes: offset ?? 0, zone: "inferred", source };
}

/** Gives a wall clock without a zone the one of `timeZone`, marked as inferred. */
export function inferZone(time: CaptureTime, timeZone: string | undefined): CaptureTime {
  if (time.offsetMinutes !== undefined || timeZone === undefined) return time;
  const asUtc = new Date(`${time.local}Z`);
  const first = zoneOffset(asUtc, timeZone);
  if (first === undefined) return time;
  const offsetMinutes = zoneOffset(new Date(asUtc.getTime() - first * 60_000), timeZone) ?? first;
  return { ...time, offsetMinutes, zone: "inferred" };
}

/** A formatter holds tens of kilobytes outside the heap: one per zone, not one per photo. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** A phone has one zone; a hostile one must not fill the memory with names. */
const maxFormatters = 16;

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    if (formatters.size >= maxFormatters) formatters.clear();
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** Minutes east of UTC in an Olson zone at a moment; undefined for an unknown zone. */
function zoneOffset(instant: Date, timeZone: string): number | undefined {
  try {
    const name = formatterFor(timeZone)
      .formatToParts(instant)
      .find((p) => p.type === "timeZoneName")?.value;
    return name === "GMT" ? 0 : parseOffset(name?.replace("GMT", ""));
  } catch {
    return undefined;
  }
}

function parseOffset(text: string | undefined): number | undefined {
  const zone = text?.replaceAll(" ", "");
  if (zone === "Z") return 0;
  // Zones before the railways have seconds.
  const match = /^([+-])(\d\d?)(?::?(\d\d)(?::\d\d)?)?$/.exec(zone ?? "");
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 18 * 60 ? undefined : (match[1] === "-" ? -1 : 1) * minutes;
}

function isRealDate(local: string): boolean {
  const ms = Date.parse(`${local}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === local;
}
