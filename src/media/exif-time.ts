/** When a picture was taken, from EXIF's three dates, their offsets and the clock of GPS. Source: Exif 2.32, 4.6.5 and 4.6.6. */
import { type CaptureTime, captureInstant, earlierOf, parseExifTime } from "./capture-time.ts";

/** As they are written, of which any may be missing. */
export interface ExifDates {
  readonly original: string | undefined;
  readonly originalOffset: string | undefined;
  readonly digitized: string | undefined;
  readonly digitizedOffset: string | undefined;
  readonly modified: string | undefined;
  readonly modifiedOffset: string | undefined;
  /** In UTC: "2024:05:01"; hours, minutes, seconds. */
  readonly gps: { readonly date: string; readonly time: readonly [number, number, number] } | undefined;
}

/**
 * The first of the three that is one, with its own offset; else with that of another date of the same moment.
 * @param than one that is well before this
 */
export function exifCapture(dates: ExifDates, than?: CaptureTime): CaptureTime | undefined {
  const each = [
    { text: dates.original, offset: dates.originalOffset },
    { text: dates.digitized, offset: dates.digitizedOffset },
    { text: dates.modified, offset: dates.modifiedOffset },
  ];
  const index = each.findIndex(({ text }) => {
    const time = parseExifTime(text, undefined);
    return time !== undefined && (than === undefined || earlierOf(than, time) !== undefined);
  });
  const chosen = each[index];
  if (!chosen) return undefined;
  const own = parseExifTime(chosen.text, chosen.offset) as CaptureTime;
  if (own.offsetMinutes !== undefined) return own;
  // An offset without a date of its own was written for the others; one of a later change may be that of another place.
  const isSameMoment = ({ text }: { text: string | undefined }): boolean =>
    text === undefined || parseExifTime(text, undefined)?.local === own.local;
  const others = each.filter((_, i) => i !== index);
  const recorded = parseExifTime(chosen.text, others.find((o) => o.offset !== undefined && isSameMoment(o))?.offset);
  if (recorded?.offsetMinutes !== undefined) return recorded;
  const offsetMinutes =
    gpsOffset(own, dates.gps) ??
    parseExifTime(chosen.text, others.find((o) => o.offset !== undefined)?.offset)?.offsetMinutes;
  return offsetMinutes === undefined ? own : { ...own, offsetMinutes, zone: "inferred" };
}

/** Zones that are no whole hours from UTC, in minutes: of India and Nepal, of parts of Australia, of Newfoundland … Source: tz database. */
const oddZones: ReadonlySet<number> = new Set([
  -570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 690, 765, 825,
]);
const mostHours = 14;
/** GPS tells the time of its last fix, which is older than the picture. */
const maxStaleMs = 2 * 60_000;

/** How far a wall clock is from UTC, where there is such a zone. */
export function offsetBetween(local: CaptureTime, utc: number, staleMs: number): number | undefined {
  const ahead = captureInstant({ ...local, offsetMinutes: 0 }).getTime() - utc;
  const minutes = Math.round(ahead / (15 * 60_000)) * 15;
  const isZone = Math.abs(minutes) <= mostHours * 60 && (minutes % 60 === 0 || oddZones.has(minutes));
  return isZone && Math.abs(ahead - minutes * 60_000) <= staleMs ? minutes + 0 : undefined;
}

function gpsOffset(local: CaptureTime, gps: ExifDates["gps"]): number | undefined {
  if (!gps) return undefined;
  const [h, m, s] = gps.time;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  const utc = parseExifTime(`${gps.date} ${two(h)}:${two(m)}:${two(s)}`, "Z");
  return utc && offsetBetween(local, captureInstant(utc).getTime(), maxStaleMs);
}
