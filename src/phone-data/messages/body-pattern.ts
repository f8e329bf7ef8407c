/**
 * Nearly all bodies of a phone are the same bytes around other words: one run, with a part number. What lies around the words is read
 * once; a body that has it byte for byte around its own words says the same of them, and need not be taken apart again.
 */
import type { TextRun } from "../contract.ts";

/** A body as it is read: texts by part, and the attachments in it by the part they are. */
export interface Body {
  readonly text: string;
  /** GUIDs in the order of the body. */
  readonly attachments: readonly { readonly guid: string; readonly part: number; readonly transcription?: string }[];
  readonly mentions: readonly string[];
  /** Texts by their parts, in order. */
  readonly texts: readonly { readonly part: number; readonly text: string }[];
  /** The same in stretches, where one of them is more than plain words. */
  readonly runs?: readonly TextRun[];
}

/** Bytes around the words: `before`, a length, the words, `between`, how many units of UTF-16 they are, `after`. */
interface Pattern {
  readonly before: Buffer;
  readonly between: Buffer;
  readonly after: Buffer;
  readonly part: number;
}

/** Different phones and releases have a few. */
const mostPatterns = 8;
/** End of the text's object; then the run: a group of "iI", which is told as new here, number 1. */
const afterWords = Buffer.from("868402694901", "hex");
const int16 = 0x81;
const longest = 32_000;

/** Patterns that were met, the last that fitted first. */
export class BodyPatterns {
  #known: Pattern[] = [];

  /** Undefined where it has to be taken apart. */
  read(bytes: Buffer): Body | undefined {
    for (const [i, pattern] of this.#known.entries()) {
      const body = fitted(bytes, pattern);
      if (!body) continue;
      if (i > 0) this.#known = [pattern, ...this.#known.filter((each) => each !== pattern)];
      return body;
    }
    return undefined;
  }

  /** Remembers how a body is made that was taken apart, where it is one that a pattern can tell of. */
  learn(bytes: Buffer, body: Body): void {
    const [only, ...others] = body.texts;
    if (!only || others.length > 0 || body.attachments.length > 0 || body.runs) return;
    const pattern = patternOf(bytes, only);
    if (!pattern) return;
    this.#known.unshift(pattern);
    this.#known.length = Math.min(this.#known.length, mostPatterns);
  }
}

function patternOf(bytes: Buffer, { text, part }: { text: string; part: number }): Pattern | undefined {
  const words = Buffer.from(text);
  const at = bytes.indexOf(Buffer.concat([words, afterWords]));
  const length = words.length < 0x80 ? 1 : 3;
  if (at < length || words.length > longest) return undefined;
  const run = at + words.length + afterWords.length;
  const { next, value } = integerAt(bytes, run);
  if (value !== text.length) return undefined;
  const pattern = {
    before: Buffer.from(bytes.subarray(0, at - length)),
    between: afterWords,
    after: Buffer.from(bytes.subarray(next)),
    part,
  };
  // The length before the words must be the one that was taken for it.
  return fitted(bytes, pattern)?.text === text ? pattern : undefined;
}

function fitted(bytes: Buffer, { before, between, after, part }: Pattern): Body | undefined {
  const start = before.length;
  if (!isAt(bytes, before, 0)) return undefined;
  const { next: words, value: length } = integerAt(bytes, start);
  const end = words + length;
  if (!(length >= 0) || end + between.length >= bytes.length || !isAt(bytes, between, end)) return undefined;
  const { next, value: units } = integerAt(bytes, end + between.length);
  if (next + after.length !== bytes.length || !isAt(bytes, after, next)) return undefined;
  const text = bytes.toString("utf8", words, end);
  // Placeholders and broken letters are for the reader that takes all apart.
  if (units !== text.length || text === "" || unusual.test(text)) return undefined;
  return { text, attachments: [], mentions: [], texts: [{ part, text }] };
}

const unusual = /[\ufffc\ufffd]/;

/** A length or a number of one or of two bytes; NaN for any other. */
function integerAt(bytes: Buffer, at: number): { next: number; value: number } {
  const head = bytes[at] ?? 0x84;
  if (head < 0x80) return { next: at + 1, value: head };
  if (head === int16 && at + 3 <= bytes.length) return { next: at + 3, value: bytes.readUInt16LE(at + 1) };
  return { next: at, value: Number.NaN };
}

function isAt(bytes: Buffer, part: Buffer, at: number): boolean {
  return at + part.length <= bytes.length && part.compare(bytes, at, at + part.length) === 0;
}
