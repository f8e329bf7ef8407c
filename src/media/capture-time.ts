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
  readonly source: "exif" | "quicktime" | "movie-header" | "library" | "file-name" | "file-created" | "file-modified";
}

/** The moment, where the zone is known; else as if the wall clock were UTC. */
export function captureInstant(time: CaptureTime): Date {
  return new Date(Date.parse(`${time.local}Z`) - (time.offsetMinutes ?? 0) * 60_000);
}

/** ISO 8601 with offset, or without one when there is none. */
export function formatCaptured(time: CaptureTime): string {
  if (time.offsetMinutes === undefined) return time.local;
  const minutes = Math.abs(time.offsetMinutes);
  const pad = (n: number): string => String(n).padStart(2, "0");
  const sign = time.offsetMinutes < 0 ? "-" : "+";
  return `${time.local}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** "2024-05-01": the date on which it was taken, there. */
export function localDate(time: CaptureTime): string {
  return time.local.slice(0, 10);
}

/** Dates before photography on phones, or in the future, are a clock's error and as good as none. */
export function isPlausible(local: string, now: number): boolean {
  const ms = Date.parse(`${local}Z`);
  return ms >= Date.UTC(1990, 0, 1) && ms <= now + 2 * 86_400_000;
}

/** EXIF's "2024:05:01 12:34:56" with OffsetTimeOriginal "+02:00"; undefined for zeros and nonsense. */
export function parseExifTime(text: string | undefined, offset: string | undefined): CaptureTime | undefined {
  const match = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text ?? "");
  if (!match) return undefined;
  const [, y, mo, d, h, mi, s] = match;
  const local = `${y}-${mo}-${d}T${h}:${mi}:${s}`;
  if (!isRealDate(local)) return undefined;
  const offsetMinutes = parseOffset(offset);
  return { local, offsetMinutes, zone: offsetMinutes === undefined ? "unknown" : "recorded", source: "exif" };
}

/** `com.apple.quicktime.creationdate`: "2024-05-01T12:34:56+0200". */
export function parseQuickTimeDate(text: string | undefined): CaptureTime | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text ?? "");
  if (!match?.[1] || !isRealDate(match[1])) return undefined;
  const offsetMinutes = parseOffset(match[2]);
  return {
    local: match[1],
    offsetMinutes,
    zone: offsetMinutes === undefined ? "unknown" : "recorded",
    source: "quicktime",
  };
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
  if (text === "Z") return 0;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text?.trim() ?? "");
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return minutes > 18 * 60 ? undefined : (match[1] === "-" ? -1 : 1) * minutes;
}

function isRealDate(local: string): boolean {
  const ms = Date.parse(`${local}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === local;
}
