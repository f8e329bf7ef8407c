/** A picture that can be drawn with its upper left corner in any cell. */
import type { Size } from "../size.ts";

/** A picture in the terminal's own language. */
export interface Drawing extends Size {
  /** Bytes that draw it. Cells are counted from 0. */
  at(column: number, row: number): string;
  /** Bytes that take it away, where writing over its cells does not. */
  readonly remove?: string;
}

/** The sequence that puts the cursor there; counted from 0. */
export function moveTo(column: number, row: number): string {
  return `\u001b[${row + 1};${column + 1}H`;
}

/** Of lines of text, one below the other. */
export function drawnLines(lines: readonly string[], columns: number): Drawing {
  return {
    columns,
    rows: lines.length,
    at: (column, row) => lines.map((line, i) => moveTo(column, row + i) + line).join(""),
  };
}

/** Of one sequence that draws from where the cursor is. */
export function drawnAtOnce(sequence: string, size: Size): Drawing {
  return { ...size, at: (column, row) => moveTo(column, row) + sequence };
}
