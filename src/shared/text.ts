/** Text for people: safe to print, in units they read. */

// C0, C1, bidi embeddings and isolates, zero-width and line separators: a phone's name must not move the cursor
// or reverse the line it stands in.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text that came from a phone or a disk, without control and bidi characters. Lone surrogates become U+FFFD. */
export function printable(text: string): string {
  return text.toWellFormed().replace(unprintable, "");
}

/**
 * JSON that a terminal may be shown: what would move its cursor or turn its lines around is escaped, and means the same to whoever
 * parses it. `JSON.stringify` alone escapes neither C1 controls nor bidi characters.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const units = ["B", "kB", "MB", "GB", "TB"] as const;

const usual = "en-US";
let locale = usual;

/** How numbers and dates are written from now on: said once, at the edge of the process. */
export function setLocale(tag: string): void {
  locale = tag;
}

/** A BCP 47 tag for `Intl`. */
export function currentLocale(): string {
  return locale;
}

/** What the person's environment asks for, as POSIX orders it: "de_DE.UTF-8" -> "de-DE". @returns en-US where it says nothing */
export function localeOf(env: Readonly<Record<string, string | undefined>>): string {
  const asked = env["LC_ALL"] || env["LC_TIME"] || env["LC_NUMERIC"] || env["LANG"] || "";
  const tag = asked.replace(/[.@].*$/, "").replaceAll("_", "-");
  if (tag === "" || tag === "C" || tag === "POSIX") return usual;
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag)[0] ?? usual;
  } catch {
    return usual; // no language
  }
}

/** "18 MB": rounded up, so that it suffices. */
export function formatRoom(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** 1234567 -> "1.2 MB" (decimal units, as disks are sold and Finder counts). */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${fixed(value, digits)} ${units[unit]}`;
}

function fixed(value: number, digits: number): string {
  // What most need, without loading what knows the rest.
  if (locale === usual) return value.toFixed(digits);
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, numberingSystem: "latn" };
  return value.toLocaleString(locale, options);
}

/** "1 item", "1,234 items". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** With the thousands separator of the locale, in Latin digits: "12,345". */
export function formatCount(count: number): string {
  if (locale === usual && Number.isSafeInteger(count)) return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  // Beside English words other digits are readable to nobody.
  return count.toLocaleString(locale, { numberingSystem: "latn" });
}

/** 75 -> "1 min 15 s", 4000 -> "1 h 6 min". */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s === 0 && seconds > 0) return "less than a second";
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** How many terminal cells a string takes, near enough for columns: wide East Asian and emoji take two. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += isWide(segment) ? 2 : 1;
  return width;
}

const ascii = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** What a person takes for one character, each. Made when it is first needed: it takes as long as a fourth of the start of `offroll --help`. */
export function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

function isFlagLetter(cp: number): boolean {
  return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

const emoji = /^\p{Emoji_Presentation}/u;

function isWide(grapheme: string): boolean {
  const cp = grapheme.codePointAt(0) ?? 0;
  return (
    // Drawn as a picture where it says so, as a flag where two letters make one, or by itself: ⌚ ⚡ ✅ ⭐ too, and 🛆 is not.
    (grapheme.length > 1 && grapheme.includes("\ufe0f")) ||
    (isFlagLetter(cp) ? grapheme.length > 2 : emoji.test(grapheme)) ||
    (cp >= 0x1100 && cp <= 0x115f) ||
    (cp >= 0x2329 && cp <= 0x232a) ||
    (cp >= 0x2630 && cp <= 0x2637) ||
    (cp >= 0x268a && cp <= 0x268f) ||
    (cp >= 0x2e80 && cp <= 0xa4cf && cp !== 0x303f && !(cp >= 0x3248 && cp <= 0x324f)) ||
    (cp >= 0xa960 && cp <= 0xa97c) ||
    (cp >= 0xac00 && cp <= 0xd7a3) ||
    (cp >= 0xf900 && cp <= 0xfaff) ||
    (cp >= 0xfe10 && cp <= 0xfe19) ||
    (cp >= 0xfe30 && cp <= 0xfe6f) ||
    (cp >= 0xff00 && cp <= 0xff60) ||
    (cp >= 0xffe0 && cp <= 0xffe6) ||
    (cp >= 0x16fe0 && cp <= 0x18d7f) ||
    (cp >= 0x1aff0 && cp <= 0x1b2ff) ||
    (cp >= 0x1d300 && cp <= 0x1d376) ||
    (cp >= 0x1f200 && cp <= 0x1f265) ||
    (cp >= 0x20000 && cp <= 0x3fffd)
  );
}

/** Cuts to `width` cells, ending in "…" when something was cut. */
export function truncate(text: string, width: number): string {
  if (ascii.test(text)) return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
  if (displayWidth(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const { segment } of graphemes(text)) {
    const w = isWide(segment) ? 2 : 1;
    if (used + w > width - 1) break;
    out += segment;
    used += w;
  }
  return `${out}…`;
}

/**
 * Breaks a line between words where it is wider than `width` cells; what follows keeps the line's indentation. A word that is wider
 * by itself is left whole. Colour codes take no room.
 */
export function wrap(line: string, width: number): string[] {
  if (displayWidth(bare(line)) <= width) return [line];
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.slice(indent.length).split(" ")) {
    const longer = current === "" ? `${indent}${word}` : `${current} ${word}`;
    if (current !== "" && displayWidth(bare(longer)) > width) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}

function bare(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "");
}

/** To a width in terminal cells, which are not characters: "漢" takes two. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}
