/**
 * Draws whole frames by writing only what changed since the last one, each frame in one write. Pictures lie in the frame as
 * placeholders and are drawn over their cells: again only where something else was drawn there, so that terminals' pictures do not
 * flicker and a key costs the bytes of what it moved.
 */
import { type Drawing, moveTo } from "../pictures/drawing.ts";
import type { Size } from "../size.ts";
import { blank, type Cell, cellsOf, sameCell } from "./cells.ts";

/** A picture on the screen. */
interface Placement {
  readonly column: number;
  readonly row: number;
  readonly drawing: Drawing;
}

interface Line {
  readonly text: string;
  readonly cells: readonly Cell[];
}

/* Synchronized output (private mode 2026): terminals that know it show the frame at once, others ignore it. */
const begin = "\u001b[?2026h";
const end = "\u001b[?2026l";
const enter = "\u001b[?1049h\u001b[?25l\u001b[2J";
const leave = "\u001b[0m\u001b[?25h\u001b[?1049l";
const eraseAll = "\u001b[0m\u001b[2J";
const eraseToEnd = "\u001b[K";
/** Fewer unchanged cells between two changed ones are cheaper to write than to jump over. */
const gap = 8;

/** Knows what is on the screen, and writes what has to change. One for a terminal. */
export class Painter {
  readonly #write: (text: string) => void;
  readonly #drawingOf: (id: number) => Drawing | undefined;
  #lines: readonly Line[] = [];
  #placements = new Map<string, Placement>();
  #size: Size = { columns: 0, rows: 0 };
  #open = false;

  constructor(write: (text: string) => void, drawingOf: (id: number) => Drawing | undefined) {
    this.#write = write;
    this.#drawingOf = drawingOf;
  }

  /** Takes the terminal's other screen; `close` gives the first one back as it was. */
  open(): void {
    this.#open = true;
    this.#write(enter);
  }

  /** @returns whether it was open */
  close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#write(leave);
    return true;
  }

  frame(text: string, size: Size): void {
    if (!this.#open) return;
    const isNew = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const before = isNew ? [] : this.#lines;
    const lines = text
      .split("\n")
      .slice(0, size.rows)
      .map((line, row): Line => {
        const known = before[row];
        return known?.text === line ? known : { text: line, cells: cellsOf(line) };
      });
    const drawn = isNew ? new Map<string, Placement>() : this.#placements;
    const placements = this.#placementsIn(lines, drawn);
    let out = isNew ? eraseAll : "";
    const touched: { row: number; from: number; to: number }[] = [];
    for (let row = 0; row < Math.max(lines.length, before.length); row += 1) {
      const [was, is] = [before[row], lines[row]];
      if (was === is) continue;
      for (const { from, to, bytes } of runs(was?.cells ?? [], is?.cells ?? [], size.columns)) {
        out += moveTo(from, row) + bytes;
        touched.push({ row, from, to });
      }
    }
    for (const [key, { drawing }] of drawn) if (!placements.has(key)) out += drawing.remove ?? "";
    for (const [key, { row, column, drawing }] of placements) {
      const { columns, rows } = drawing;
      const hit = touched.some((t) => t.row >= row && t.row < row + rows && t.from < column + columns && t.to > column);
      if (hit || !drawn.has(key)) out += drawing.at(column, row);
    }
    this.#lines = lines;
    this.#placements = placements;
    this.#size = size;
    if (out !== "") this.#write(begin + out + end);
  }

  /** Pictures of which every corner is in the frame. */
  #placementsIn(lines: readonly Line[], known: ReadonlyMap<string, Placement>): Map<string, Placement> {
    const found = new Map<string, Placement>();
    for (const [row, { cells }] of lines.entries())
      for (const [column, { picture }] of cells.entries()) {
        if (picture?.row !== 0 || picture.column !== 0) continue;
        const key = `${picture.id}/${column}/${row}`;
        const drawing = known.get(key)?.drawing ?? this.#drawingOf(picture.id);
        if (!drawing) continue;
        const { columns, rows } = drawing;
        const last = lines[row + rows - 1]?.cells[column + columns - 1]?.picture;
        if (last?.id === picture.id && last.row === rows - 1 && last.column === columns - 1)
          found.set(key, { column, row, drawing });
      }
    return found;
  }
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly bytes: string;
}

/** Stretches of a line that differ. Behind a character whose width terminals dispute, everything is drawn anew. */
function runs(was: readonly Cell[], is: readonly Cell[], columns: number): Run[] {
  const width = Math.min(columns, Math.max(was.length, is.length));
  const isUnsure = (cell: Cell | undefined): boolean => cell?.sure === false;
  let disputed = width;
  for (let i = 0; i < width && disputed === width; i += 1) if (isUnsure(was[i]) || isUnsure(is[i])) disputed = i;
  const spans: { from: number; to: number }[] = [];
  for (let i = 0; i < width; i += 1) {
    if (sameCell(was[i] ?? blank, is[i] ?? blank)) continue;
    const last = spans.at(-1);
    if (last && i - last.to < gap) last.to = i + 1;
    else spans.push({ from: i, to: i + 1 });
  }
  const tail = spans.find((span) => span.to > disputed);
  if (tail) {
    spans.length = spans.indexOf(tail);
    spans.push({ from: Math.min(tail.from, disputed), to: width });
  }
  return spans.map(({ from, to }) => ({ from, to, bytes: bytesOf(is, from, to, width) }));
}

function bytesOf(cells: readonly Cell[], from: number, to: number, width: number): string {
  let last = to;
  const isBlank = (cell: Cell | undefined): boolean =>
    !cell || (cell.text === " " && cell.style === "" && !cell.picture);
  if (to === width) while (last > from && isBlank(cells[last - 1])) last -= 1;
  let [out, style] = ["", ""];
  for (let i = from; i < last; i += 1) {
    const cell = cells[i] ?? blank;
    if (cell.text === "") continue;
    if (cell.style !== style) out += `${style === "" ? "" : "\u001b[0m"}${cell.style}`;
    style = cell.style;
    out += cell.text;
  }
  if (style !== "") out += "\u001b[0m";
  return last < to ? out + eraseToEnd : out;
}
