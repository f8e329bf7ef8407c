/** Text in lines of so many cells. */
import { displayWidth, graphemes } from "../shared/text.ts";

/** Broken between words; a word that is longer than a line, within it. No line begins or ends with a space. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text
    .split(/\s+/)
    .filter((w) => w !== "")
    .flatMap((w) => pieces(w, Math.max(2, width)))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const found: string[] = [];
  let piece = "";
  for (const { segment } of graphemes(word)) {
    if (displayWidth(piece + segment) > width) {
      found.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...found, piece];
}

/** The beginning and the end of a name, where all of it does not fit: what tells photos of one phone apart stands at the end. */
export function shortName(name: string, width: number): string {
  if (displayWidth(name) <= width) return name;
  const letters = [...graphemes(name)].map((g) => g.segment);
  const room = Math.max(0, width - 1);
  let [end, used] = [letters.length, 0];
  while (end > 0 && used + displayWidth(letters[end - 1] as string) <= Math.ceil(room * 0.6)) {
    end -= 1;
    used += displayWidth(letters[end] as string);
  }
  let start = 0;
  while (start < end && used + displayWidth(letters[start] as string) <= room) {
    used += displayWidth(letters[start] as string);
    start += 1;
  }
  return `${letters.slice(0, start).join("")}…${letters.slice(end).join("")}`;
}

/** A piece of text that is shown whole or not at all. */
export interface Block {
  /** Leading spaces indent all its lines; "" is an empty line. */
  readonly text: string;
  /** Those of a higher rank give way first; of equal ones, the later. */
  readonly rank: number;
}

/** Blocks in their order, as many as there is room for; the most important one always, cut where it must be. */
export function fittingRows(blocks: readonly Block[], width: number, height: number): string[] {
  const rows = blocks.map(({ text }) => {
    const indent = /^ */.exec(text)?.[0] ?? "";
    return text === "" ? [" "] : wrapWords(text, Math.max(10, width - indent.length)).map((line) => indent + line);
  });
  const kept = new Set<number>();
  let room = Math.max(1, height);
  for (const [i] of [...blocks.entries()].sort(([, a], [, b]) => a.rank - b.rank)) {
    const count = rows[i]?.length ?? 0;
    if (count > room && kept.size > 0) continue;
    kept.add(i);
    room -= count;
  }
  return rows.flatMap((lines, i) => (kept.has(i) ? lines : [])).slice(0, Math.max(1, height));
}
