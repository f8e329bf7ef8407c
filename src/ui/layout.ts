/** Where things lie on the screen, as numbers: a function of its size and the view, for the views and for moving about alike. */
import type { UiItem } from "./items.ts";
import type { Size } from "./size.ts";

/** Widths and heights in cells. */
export interface Layout {
  readonly groupsWidth: number;
  readonly listWidth: number;
  /** 0 where there is no room for the pane. */
  readonly paneWidth: number;
  /** Rows of groups, list and pane. */
  readonly height: number;
  readonly perRow: number;
  /** A cell of the grid, with the two lines of its caption and gaps. */
  readonly cell: Size;
  /** Of a caption's line: a column more than the picture, for iPhones' names of 13 characters beside the mark. */
  readonly captionWidth: number;
  /** The picture in a cell, and in the pane. */
  readonly picture: Size;
  readonly panePicture: Size;
}

const roomForGroups = 60;
const roomForPane = 100;
const groupsWidth = 24;
/** Title, a line of its own, totals, keys. */
const frameRows = 4;

/** Panes that find no room are left out. */
export function layoutOf(size: Size, view: "grid" | "list"): Layout {
  const groups = size.columns >= roomForGroups ? groupsWidth : 0;
  const pane = size.columns >= roomForPane ? Math.min(60, Math.max(38, Math.floor(size.columns * 0.32))) : 0;
  const listWidth = Math.max(10, size.columns - groups - pane - 2);
  const height = Math.max(1, size.rows - frameRows);
  const picture = { columns: 16, rows: 6 };
  const cell = { columns: picture.columns + 2, rows: picture.rows + 2 };
  return {
    groupsWidth: groups,
    listWidth,
    paneWidth: pane,
    height,
    perRow: view === "grid" ? Math.max(1, Math.floor(listWidth / cell.columns)) : 1,
    cell,
    captionWidth: Math.min(cell.columns - 1, listWidth),
    picture,
    panePicture: { columns: Math.max(0, pane - 3), rows: Math.max(0, Math.min(16, Math.floor(height * 0.45))) },
  };
}

/** A line of the list: the days that begin, or items side by side. */
export type Row =
  | {
      readonly type: "day";
      readonly day: string;
      /** The earliest day below this heading; `day` itself where it stands alone. */
      readonly last: string;
      readonly newMonth: boolean;
    }
  | {
      readonly type: "items";
      readonly start: number;
      readonly count: number;
      /** Of several days: each item must say its own. */
      readonly mixed: boolean;
    };

/** What the list shows, row by row: headings of days, and items. */
export interface Rows {
  readonly rows: readonly Row[];
  /** Index in `rows` of each item's row. */
  rowOf(item: number): number;
}

const known = new WeakMap<readonly UiItem[], Map<number, Rows>>();

/**
 * Items in rows of `perRow` under headings of their days. Days that do not fill a row flow together, as long as the month is the
 * same; so no row is left nearly empty for each of them. Kept as long as the list of items is.
 */
export function rowsOf(items: readonly UiItem[], perRow: number): Rows {
  const byWidth = known.get(items) ?? new Map<number, Rows>();
  known.set(items, byWidth);
  let result = byWidth.get(perRow);
  if (!result) {
    result = makeRows(items, perRow);
    byWidth.set(perRow, result);
  }
  return result;
}

function makeRows(items: readonly UiItem[], perRow: number): Rows {
  const rows: Row[] = [];
  const rowOfItem = new Uint32Array(items.length);
  let month: string | undefined;
  for (let start = 0; start < items.length; ) {
    const end = sectionEnd(items, start, perRow);
    const [first, last] = [dayAt(items, start), dayAt(items, end - 1)];
    rows.push({ type: "day", day: first, last, newMonth: month !== first.slice(0, 7) });
    month = first.slice(0, 7);
    for (let i = start; i < end; i += perRow) {
      const count = Math.min(perRow, end - i);
      rowOfItem.fill(rows.length, i, i + count);
      rows.push({ type: "items", start: i, count, mixed: first !== last });
    }
    start = end;
  }
  return { rows, rowOf: (item) => rowOfItem[item] ?? 0 };
}

function dayAt(items: readonly UiItem[], index: number): string {
  return items[index]?.day ?? "";
}

function dayEnd(items: readonly UiItem[], start: number): number {
  let end = start + 1;
  while (end < items.length && dayAt(items, end) === dayAt(items, start)) end += 1;
  return end;
}

/** Where the items end that share a heading with the one at `start`: those of its day, and of further short days of its month. */
function sectionEnd(items: readonly UiItem[], start: number, perRow: number): number {
  let end = dayEnd(items, start);
  if (end - start >= perRow) return end;
  const month = dayAt(items, start).slice(0, 7);
  while (end < items.length && dayAt(items, end).slice(0, 7) === month) {
    const next = dayEnd(items, end);
    if (next - end >= perRow) break;
    end = next;
  }
  return end;
}

/** The item above or below, in the same column where that has one. */
export function moveRows(items: readonly UiItem[], perRow: number, cursor: number, by: number): number {
  const { rows, rowOf } = rowsOf(items, perRow);
  let at = rowOf(cursor);
  const row = rows[at];
  if (row?.type !== "items") return cursor;
  const column = cursor - row.start;
  let result = cursor;
  for (let left = Math.abs(by); left > 0; left -= 1) {
    let next = at + Math.sign(by);
    while (rows[next]?.type === "day") next += Math.sign(by);
    const target = rows[next];
    if (target?.type !== "items") break;
    at = next;
    result = target.start + Math.min(column, target.count - 1);
  }
  return result;
}

/** Rows that fit, the cursor's among them and about in the middle; heights differ, so they are added up. */
export function visibleRows(rows: Rows, cursor: number, height: number, itemRows: number): readonly Row[] {
  const heightOf = (row: Row | undefined): number => (row === undefined ? 0 : row.type === "day" ? 1 : itemRows);
  const at = rows.rowOf(cursor);
  let [first, last] = [at, at];
  let used = heightOf(rows.rows[at]);
  for (let grew = true; grew; ) {
    grew = false;
    const above = rows.rows[first - 1];
    if (above && used + heightOf(above) <= height) {
      first -= 1;
      used += heightOf(above);
      grew = true;
    }
    const below = rows.rows[last + 1];
    if (below && used + heightOf(below) <= height) {
      last += 1;
      used += heightOf(below);
      grew = true;
    }
  }
  return rows.rows.slice(first, last + 1);
}
