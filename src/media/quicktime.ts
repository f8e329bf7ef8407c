/** QuickTime and MPEG-4 heads through mediabunny, which finds Apple's keys wherever `moov` lies. */
import { fromInstant, parseQuickTimeDate } from "./capture-time.ts";
import type { MediaFacts } from "./media-facts.ts";
import { movieInput } from "./movie-input.ts";
import type { RangeReader } from "./range-reader.ts";

const key = (name: string): string => `com.apple.quicktime.${name}`;

export async function readQuickTime(reader: RangeReader): Promise<Partial<MediaFacts>> {
  const input = movieInput(reader);
  try {
    const [tags, video, durationSeconds] = [
      await input.getMetadataTags(),
      await input.getPrimaryVideoTrack(),
      await input.computeDuration().catch(() => undefined),
    ];
    const raw = (tags.raw ?? {}) as Record<string, unknown>;
    const text = (name: string): string | undefined => {
      const value = raw[key(name)] ?? raw[name];
      return typeof value === "string" ? value.trim().slice(0, 256) || undefined : undefined;
    };
    const captured = parseQuickTimeDate(text("creationdate")) ?? headerTime(tags.date);
    return {
      ...(captured ? { captured } : {}),
      ...(video ? { width: video.displayWidth, height: video.displayHeight } : {}),
      ...(video?.codec ? { codec: video.codec } : {}),
      ...(durationSeconds !== undefined && Number.isFinite(durationSeconds) ? { durationSeconds } : {}),
      ...optional("make", text("make")),
      ...optional("model", text("model")),
      ...optional("contentIdentifier", text("content.identifier")),
      ...place(text("location.ISO6709")),
    };
  } catch {
    return {}; // a movie that cannot be parsed is copied all the same
  } finally {
    input.dispose();
  }
}

/** The movie header counts from 1904 in UTC on iPhones; files made without a clock say 1904 itself. */
function headerTime(date: Date | undefined) {
  if (!(date instanceof Date) || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1990) return undefined;
  return fromInstant(date, undefined, "movie-header");
}

/** "+52.5200+013.4050+034.000/" */
function place(text: string | undefined): Partial<MediaFacts> {
  const match = /^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)/.exec(text ?? "");
  if (!match) return {};
  return { gps: { lat: Number(match[1]), lon: Number(match[2]) } };
}

function optional(name: "make" | "model" | "contentIdentifier", value: string | undefined): Partial<MediaFacts> {
  return value === undefined ? {} : { [name]: value };
}
