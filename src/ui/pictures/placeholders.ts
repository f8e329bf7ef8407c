/**
 * Cells of text that stand for the cells of a picture, so that Ink lays pictures out like words and need not know of them. The
 * painter knows them again in the finished frame, by colours that nothing else has: the text's is the picture's number, the
 * ground's is the row; columns count from the first. Letters of ASCII, because those are measured fastest. They never reach a
 * terminal. The idea is Kitty's (sw.kovidgoyal.net/kitty/graphics-protocol, Unicode placeholders).
 */
import type { Size } from "../size.ts";

/** Which row of which picture a text stands for. */
export interface PlaceholderRow {
  readonly id: number;
  readonly row: number;
}

/** Rows of a picture at most, and columns. */
export const maxCells = 250;
/* Green and blue of the ground. */
const mark = "83;165";
const textColour = /^\u001b\[38;2;(\d+);(\d+);(\d+)m$/;
const groundColour = new RegExp(`^\\u001b\\[48;2;(\\d+);${mark}m$`);

/** Lines of text of the picture's size. @param id up to 24 bits */
export function placeholders(id: number, { columns, rows }: Size): string[] {
  const colour = `38;2;${(id >> 16) & 255};${(id >> 8) & 255};${id & 255}`;
  const cells = "x".repeat(Math.min(columns, maxCells));
  return Array.from(
    { length: Math.min(rows, maxCells) },
    (_, row) => `\u001b[${colour}m\u001b[48;2;${row};${mark}m${cells}\u001b[49m\u001b[39m`,
  );
}

/** @param styles SGR codes that are in force in a cell */
export function readPlaceholder(styles: readonly { readonly code: string }[]): PlaceholderRow | undefined {
  if (styles.length < 2) return undefined;
  let [id, row]: [number | undefined, number | undefined] = [undefined, undefined];
  for (const { code } of styles) {
    const text = textColour.exec(code);
    if (text) id = (Number(text[1]) << 16) | (Number(text[2]) << 8) | Number(text[3]);
    const ground = groundColour.exec(code);
    if (ground) row = Number(ground[1]);
  }
  return id === undefined || row === undefined ? undefined : { id, row };
}
