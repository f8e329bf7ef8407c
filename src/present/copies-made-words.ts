/** Copies in another form, in words: how many, how large, and what of the photos is not in them. */
import type { DeviceNoun } from "../device/media-source.ts";
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import type { CopiesMade } from "../transfer/events.ts";

/** By the ending of their names. */
const kinds: Readonly<Record<string, string>> = { jpg: "JPEG copies", mp4: "MP4 copies" };

const lostWords: Readonly<Record<string, string>> = {
  hdr: "HDR brightness",
  depth: "depth",
  mattes: "masks of people and sky",
  "second-eye": "the second eye of spatial photos",
  "ten-bits": "more than 8 bits a colour",
  transparency: "transparency",
  metadata: "a maker note, or EXIF too long for a JPEG",
  "dolby-vision": "Dolby Vision",
  "spatial-sound": "spatial sound",
  "slow-motion": "the speed of slow motion, which plays at full rate",
};

const reasonWords: Readonly<Record<string, string>> = {
  "too-large": "too large to be converted",
  "not-a-picture": "no picture that can be decoded here",
  damaged: "damaged",
  "no-full-picture": "RAW without a JPEG of the whole picture",
  "no-decoder": "no decoder installed",
  "gave-up": "the decoder gave up",
  "no-ffmpeg": "ffmpeg is not installed",
  failed: "ffmpeg failed",
  changed: "the copy was not as long as the movie, or turned otherwise",
  "no-tone-mapping": "HDR, which this ffmpeg cannot make ordinary",
  "no-room": "no room for it in the system's folder for temporary files",
};

/** @param ending of their names */
export function makingWords(ending: string): string {
  return kinds[ending] ?? ending;
}

/** "Making JPEG copies: 12 of 340. Everything is copied; the phone may be unplugged." */
export function stillMaking(
  { what, done, total }: { readonly what: string; readonly done: number; readonly total: number },
  noun: DeviceNoun,
): string {
  return `Making ${makingWords(what)}: ${formatCount(done)} of ${formatCount(total)}. Everything is copied; the ${noun} may be unplugged.`;
}

/** Pairs of a label and a line; nothing where nothing was to be done. */
export function copiesMadeLines(ending: string, made: CopiesMade): (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = [];
  const of = makingWords(ending);
  const add = (text: string): void => void lines.push([lines.length === 0 ? of : "", text]);
  const there = made.there > 0 ? [`${formatCount(made.there)} there already`] : [];
  const where = made.folder === undefined ? "" : `, in ${printable(made.folder)}`;
  if (made.written > 0)
    add(`${[`${formatCount(made.written)} made (${formatBytes(made.bytes)})`, ...there].join(", ")}${where}`);
  else if (there.length > 0) add(`nothing new, ${there[0]}${where}`);
  const lost = byCount(made.lost).map(([what, count]) => `${lostWords[what] ?? what} of ${formatCount(count)}`);
  if (lost.length > 0) add(`not in them: ${lost.join(", ")}; the originals have it all`);
  for (const [reason, count] of byCount(made.notMade)) {
    const names = made.failures.filter((f) => f.reason === reason).map((f) => printable(f.path));
    const more = count > names.length ? " …" : "";
    add(
      `${formatCount(count)} not made, ${reasonWords[reason] ?? reason}: ${names.slice(0, 3).join(", ")}${names.length > 3 ? " …" : more}`,
    );
  }
  if (made.kept > 0)
    add(`${formatCount(made.kept)} left alone: changed by somebody since, or another file has the name`);
  if (made.removed > 0) add(`${plural(made.removed, "copy", "copies")} taken away: what they were made of is gone`);
  return lines;
}

function byCount(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}
