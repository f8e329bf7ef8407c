/** A line of a frame as the cells that a terminal would make of it. */
import { type AnsiCode, ansiCodesToString, styledCharsFromTokens, tokenize } from "@alcalzone/ansi-tokenize";
import { type PlaceholderRow, readPlaceholder } from "../pictures/placeholders.ts";

/** One cell of the screen. */
export interface Cell {
  /** What is drawn in it; empty for the second half of a wide character. */
  readonly text: string;
  /** SGR codes that lead to its look from none. */
  readonly style: string;
  /** The part of a picture that belongs here. */
  readonly picture?: (PlaceholderRow & { readonly column: number }) | undefined;
  /** Terminals agree how wide it is. */
  readonly sure: boolean;
}

/** An empty cell. */
export const blank: Cell = { text: " ", style: "", sure: true };

/* Letters of Latin, Greek and Cyrillic, punctuation, arrows, box drawing and blocks: one cell wherever one looks. */
const narrow =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u052f\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2665\u2713\u2717]$/;

/** @param line text with SGR codes only, as Ink draws it */
export function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let last: readonly AnsiCode[] = [];
  let [style, place]: [string, PlaceholderRow | undefined] = ["", undefined];
  for (const { value, fullWidth, styles } of styledCharsFromTokens(tokenize(line))) {
    if (styles.length !== last.length || styles.some((code, i) => code !== last[i]))
      [style, place] = [ansiCodesToString(styles), readPlaceholder(styles)];
    last = styles;
    if (place) {
      const before = cells.at(-1)?.picture;
      const column = before?.id === place.id && before.row === place.row ? before.column + 1 : 0;
      cells.push({ text: " ", style: "", picture: { ...place, column }, sure: true });
      continue;
    }
    cells.push({ text: value, style, sure: narrow.test(value) });
    if (fullWidth) cells.push({ text: "", style: "", sure: false });
  }
  return cells;
}

/** Whether drawing the one in place of the other would change nothing. */
export function sameCell(a: Cell, b: Cell): boolean {
  return (
    a.text === b.text &&
    a.style === b.style &&
    a.picture?.id === b.picture?.id &&
    a.picture?.row === b.picture?.row &&
    a.picture?.column === b.picture?.column
  );
}
