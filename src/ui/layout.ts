/** Where things lie on the screen, as numbers: a function of its size and the view, for the views and for moving about alike. */
import type { UiItem } from "./items.ts";
import type { Size } from "./size.ts";

export interface Layout {
  readonly groupsWidth: number;
  readonly listWidth: number;
  /** 0 where there is no room for the pane. */
  readonly paneWidth: number;
  /** Rows of groups, list and pane. */
  readonly height: number;
  readonly perRow: number;
  /** A cell of the grid, with its caption and gaps. */
  readonly cell: Size;
  /** The picture in a cell, and in the pane. */
  readonly picture: Size;
  readonly panePicture: Size;
}

const roomForGroups = 60;
const roomForPane = 100;
const groupsWidth = 24;
/** Title, a line of its own, totals, keys. */
const frameRows = 4;

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
    picture,
    panePicture: { columns: Math.max(0, pane - 3), rows: Math.max(0, Math.min(16, Math.floor(height * 0.45))) },
  };
}

/** A line of the list: the day that begins, or items side by side. */
export type Row =
  | { readonly type: "day"; readonly day: string; readonly newMonth: boolean }
  | { readonly type: "items"; readonly start: number; readonly count: number };

export interface Rows {
  readonly rows: readonly Row[];
  /** Index in `rows` of each item's row. */
  rowOf(item: number): number;
}

const known = new WeakMap<readonly UiItem[], Map<number, Rows>>();

/** Items in rows of `perRow`, a new one for each day under its heading. Kept as long as the list of items is. */
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
  for (let i = 0; i < items.length; ) {
    const day = (items[i] as UiItem).day;
    const before = items[i - 1]?.day;
    if (day !== before)
      rows.push({ type: "day", day, newMonth: before === undefined || before.slice(0, 7) !== day.slice(0, 7) });
    let count = 1;
    while (count < perRow && items[i + count]?.day === day) count += 1;
    rowOfItem.fill(rows.length, i, i + count);
    rows.push({ type: "items", start: i, count });
    i += count;
  }
  return { rows, rowOf: (item) => rowOfItem[item] ?? 0 };
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
