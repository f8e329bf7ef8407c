/**
 * Cells of text that stand for the cells of a picture, so that Ink lays pictures out like words and need not know of them. The
 * painter knows them again in the finished frame: the colour is the picture's number, two combining marks are row and column. The idea
 * is Kitty's (sw.kovidgoyal.net/kitty/graphics-protocol, Unicode placeholders); these never reach a terminal.
 */
import type { Size } from "../size.ts";

export interface PlaceholderCell {
  readonly id: number;
  readonly row: number;
  readonly column: number;
}

const base = "\u{10eeee}";
/* Blocks of combining marks: each joins the character before it to one cell. */
const ranges = [
  [0x0300, 0x036f],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20f0],
  [0x0591, 0x05bd],
] as const;
const marks = ranges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)),
);
const indexOf = new Map(marks.map((mark, i) => [mark, i]));

/** Cells of a side of a picture at most. */
export const maxCells = marks.length;

/** Lines of text of the picture's size. @param id up to 24 bits */
export function placeholders(id: number, { columns, rows }: Size): string[] {
  const colour = `\u001b[38;2;${(id >> 16) & 255};${(id >> 8) & 255};${id & 255}m`;
  return Array.from({ length: Math.min(rows, maxCells) }, (_, row) => {
    let cells = "";
    for (let column = 0; column < Math.min(columns, maxCells); column += 1)
      cells += `${base}${marks[row] ?? ""}${marks[column] ?? ""}`;
    return `${colour}${cells}\u001b[39m`;
  });
}

/** @param styles SGR codes that are in force there */
export function readPlaceholder(
  text: string,
  styles: readonly { readonly code: string }[],
): PlaceholderCell | undefined {
  if (!text.startsWith(base)) return undefined;
  const [row, column] = [indexOf.get(text[2] ?? ""), indexOf.get(text[3] ?? "")];
  for (const { code } of styles) {
    const match = /^\u001b\[38;2;(\d+);(\d+);(\d+)m$/.exec(code);
    if (!match || row === undefined || column === undefined) continue;
    const id = (Number(match[1]) << 16) | (Number(match[2]) << 8) | Number(match[3]);
    return { id, row, column };
  }
  return undefined;
}
