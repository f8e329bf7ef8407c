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
