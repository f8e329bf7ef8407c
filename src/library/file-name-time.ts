/** When a picture was taken, by its name: the makers' cameras, screen recorders and chat programs write it there. */

/** Wall clock, or UTC on Pixels and in counted seconds, as the name has it. */
export interface NamedTime {
  readonly local: string;
  readonly isUtc: boolean;
  /** Then `local` is its noon. */
  readonly isDayOnly?: true;
}

/** PXL_20240131_235959123, IMG_20240131_235959, 20240131_235959, VID_…, Screenshot_20240131-235959_App, MVIMG_… */
const timed = /(?:^|[_-])(\d{4})(\d\d)(\d\d)[_-](\d\d)(\d\d)(\d\d)(?=\D|\d{3}(?:\D|$)|$)/;
/** WhatsApp writes the day only: IMG-20240131-WA0001. */
const dayOnly = /^(?:IMG|VID|PTT|AUD|STK)-(\d{4})(\d\d)(\d\d)-WA\d+/i;
/** Screen recordings of an iPhone: seconds since 1970, and since iOS 18 "ScreenRecording_09-17-2024 12-34-56_1". */
const counted = /^RPReplay_Final(\d{9,11})(?:\D|$)/i;
const american = /^ScreenRecording_(\d\d)-(\d\d)-(\d{4}) (\d\d)-(\d\d)-(\d\d)/i;

/** Undefined where the name holds no time, or one that no clock shows. Pixels (`PXL_`) and names that count seconds are in UTC, all others local. */
export function timeOfName(name: string): NamedTime | undefined {
  const match = timed.exec(name);
  if (match) {
    const [, y, mo, d, h, mi, s] = match;
    return checked(`${y}-${mo}-${d}T${h}:${mi}:${s}`, /^PXL_/i.test(name));
  }
  const seconds = counted.exec(name)?.[1];
  if (seconds !== undefined) return checked(new Date(Number(seconds) * 1000).toISOString().slice(0, 19), true);
  const recording = american.exec(name);
  if (recording) {
    const [, mo, d, y, h, mi, s] = recording;
    return checked(`${y}-${mo}-${d}T${h}:${mi}:${s}`, false);
  }
  const day = dayOnly.exec(name);
  const noon = day && checked(`${day[1]}-${day[2]}-${day[3]}T12:00:00`, false);
  return noon ? { ...noon, isDayOnly: true } : undefined;
}

function checked(local: string, isUtc: boolean): NamedTime | undefined {
  const ms = Date.parse(`${local}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === local ? { local, isUtc } : undefined;
}
