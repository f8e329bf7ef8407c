/** What ffprobe says of a movie, of which nothing is taken for granted. */

/** What has to be the same in a copy, and what decides how it is made. */
export interface MovieFacts {
  readonly codec: string;
  readonly isTenBits: boolean;
  readonly isHdr: boolean;
  readonly isDolbyVision: boolean;
  /** As it is looked at. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** Of its pictures. */
  readonly seconds: number;
  readonly audio: readonly { readonly codec: string; readonly channels: number }[];
  /** With its zone, as phones write it. */
  readonly created: string | undefined;
  /** ISO 6709 */
  readonly place: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** @returns undefined for what has no moving picture */
export function movieFacts(probed: unknown): MovieFacts | undefined {
  const { streams, format } = fieldsOf(probed);
  const all = listOf(streams);
  const video = all.find((s) => s["codec_type"] === "video" && fieldsOf(s["disposition"])["attached_pic"] !== 1);
  if (!video) return undefined;
  const sides = listOf(video["side_data_list"]);
  const rotation = Math.abs(numberOf(sides.find((s) => s["rotation"] !== undefined)?.["rotation"])) % 180;
  const [width, height] = [numberOf(video["width"]), numberOf(video["height"])];
  const tags = fieldsOf(fieldsOf(format)["tags"]);
  const transfer = textOf(video["color_transfer"]);
  return {
    codec: textOf(video["codec_name"]),
    isTenBits: /(?:p10|p12|10le|12le)/.test(textOf(video["pix_fmt"])),
    isHdr: transfer === "arib-std-b67" || transfer === "smpte2084",
    isDolbyVision: sides.some((s) => textOf(s["side_data_type"]).startsWith("DOVI")),
    width: rotation === 90 ? height : width,
    height: rotation === 90 ? width : height,
    framesPerSecond: rateOf(textOf(video["avg_frame_rate"])),
    seconds: numberOf(video["duration"]) || numberOf(fieldsOf(format)["duration"]),
    audio: all
      .filter((s) => s["codec_type"] === "audio")
      .map((s) => ({ codec: textOf(s["codec_name"]), channels: numberOf(s["channels"]) })),
    created: textOf(tags["com.apple.quicktime.creationdate"]) || undefined,
    place: textOf(tags["com.apple.quicktime.location.ISO6709"]) || textOf(tags["location"]) || undefined,
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  const number = typeof value === "string" || typeof value === "number" ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

/** "30000/1001" */
function rateOf(text: string): number {
  const [over = 0, under = 0] = text.split("/").map(Number);
  return under > 0 && Number.isFinite(over / under) ? over / under : 0;
}
