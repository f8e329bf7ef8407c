/**
 * The few properties of an XMP packet that stand in where EXIF is silent. A packet is read as text: as attributes or as elements,
 * which are the two ways of RDF, under the prefixes that everybody uses. Source: XMP Specification Part 1, 7; CIPA DC-010;
 * developer.android.com, Motion Photo format 1.0.
 */
import { type CaptureTime, localDate, parseTextDate } from "./capture-time.ts";
import type { MediaFacts } from "./media-facts.ts";
import { placeOf } from "./place.ts";

/** Far behind any still; a bound for what a file may announce. */
const maxVideoBytes = 2 ** 31;

/** In the order of trust: the capture itself, then when it became a file. */
const dateNames = ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate", "exif:DateTimeDigitized"];

/** By the name of its space: any prefix may stand for it. */
const prefixes: Readonly<Record<string, string>> = {
  "http://ns.adobe.com/exif/1.0/": "exif",
  "http://ns.adobe.com/tiff/1.0/": "tiff",
  "http://ns.adobe.com/xap/1.0/": "xmp",
  "http://ns.adobe.com/photoshop/1.0/": "photoshop",
};
const maxPrefixes = 8;

/** Under the usual prefixes. In UTF-16 too every second byte of what is looked for here is zero. */
function usual(xmp: string): string {
  let text = xmp.includes("\0") ? xmp.replaceAll("\0", "") : xmp;
  const declared = [...text.matchAll(/xmlns:(\w{1,32})\s*=\s*["'](http:\/\/ns\.adobe\.com\/[a-z]{3,9}\/1\.0\/)["']/g)];
  const odd = declared.filter(([, own, space]) => space && prefixes[space] !== undefined && prefixes[space] !== own);
  for (const [, own = "", space = ""] of odd.slice(0, maxPrefixes))
    text = text.replace(new RegExp(`([\\s<])${own}:`, "g"), `$1${prefixes[space]}:`);
  return text;
}

/** Date, place, camera and identifiers that it names; of several dates the first that says a day. */
export function factsOfXmp(packet: string): Partial<MediaFacts> {
  const xmp = usual(packet);
  const of = (name: string): string | undefined => property(xmp, name);
  const captured = firstDate(dateNames.map(of));
  const [lat, lon] = [degrees(of("exif:GPSLatitude"), 90), degrees(of("exif:GPSLongitude"), 180)];
  const gps = lat === undefined || lon === undefined ? undefined : placeOf(lat, lon);
  const [make, model] = [of("tiff:Make"), of("tiff:Model")];
  const motionVideoBytes = motionBytesOf(xmp);
  return {
    ...(captured ? { captured } : {}),
    ...(gps ? { gps } : {}),
    ...(make === undefined ? {} : { make }),
    ...(model === undefined ? {} : { model }),
    ...(motionVideoBytes === undefined ? {} : { motionVideoBytes }),
    ...(/exif:UserComment(?:="|>\s*<rdf:Alt>\s*<rdf:li[^>]{0,100}>)Screenshot["<]/.test(xmp)
      ? { isScreenshot: true }
      : {}),
  };
}

function firstDate(texts: readonly (string | undefined)[]): CaptureTime | undefined {
  const dates = texts.flatMap((text) => parseTextDate(text, "xmp") ?? []);
  const [first] = dates;
  // One without a time of day has it from another of the same day.
  return first?.isDayOnly ? (dates.find((d) => !d.isDayOnly && localDate(d) === localDate(first)) ?? first) : first;
}

function property(xmp: string, name: string): string | undefined {
  const match = new RegExp(`[\\s<]${name}(?:\\s*=\\s*["']([^"'<]{1,256})["']|>([^<]{1,256})<)`).exec(xmp);
  return unescaped(match?.[1] ?? match?.[2])?.trim() || undefined;
}

function unescaped(text: string | undefined): string | undefined {
  const names: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => names[name] as string);
}

/** "46,56.892N", or with seconds: "46,56,53N". XMP Specification Part 2, "GPSCoordinate". */
function degrees(text: string | undefined, most: number): number | undefined {
  const match = /^(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])$/.exec(text ?? "");
  if (!match) return undefined;
  const value = Number(match[1]) + Number(match[2]) / 60 + Number(match[3] ?? 0) / 3600;
  return value > most ? undefined : match[4] === "S" || match[4] === "W" ? -value : value;
}

/** How many bytes at the end of the file are the movie, by the still's XMP; undefined for an ordinary one. */
export function motionBytesOf(text: string): number | undefined {
  if (!/(?:MotionPhoto|MicroVideo)(?:="1"|>1<)/.test(text)) return undefined;
  const micro = /MicroVideoOffset(?:="|>)(\d{1,10})/.exec(text)?.[1];
  if (micro !== undefined) return plausible(Number(micro));
  // Items follow the primary one in order; the movie is the one named so, and whatever comes behind it counts too.
  let bytes: number | undefined;
  for (const [, attributes = ""] of text.matchAll(/<(?:Container|GContainer):Item\s([^>]{0,500})/g)) {
    const length = Number(/Item:Length="(\d{1,10})"/.exec(attributes)?.[1] ?? 0);
    const padding = Number(/Item:Padding="(\d{1,10})"/.exec(attributes)?.[1] ?? 0);
    if (/Item:Semantic="MotionPhoto"/.test(attributes)) bytes = length + padding;
    else if (bytes !== undefined) bytes += length + padding;
  }
  return bytes === undefined ? undefined : plausible(bytes);
}

function plausible(bytes: number): number | undefined {
  return bytes >= 16 && bytes < maxVideoBytes ? bytes : undefined;
}
