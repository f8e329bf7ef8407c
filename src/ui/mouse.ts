/**
 * The mouse, where the terminal tells of it: SGR reports (mode 1006) of presses and the wheel (mode 1000). What lies under the
 * pointer is worked out from the same layout that drew it. Source: invisible-island.net/xterm/ctlseqs, "Mouse Tracking".
 */
import type { Action } from "./actions.ts";
import { layoutOf, rowsOf, visibleRows } from "./layout.ts";
import { itemRows, visibleItems, windowStart } from "./selectors.ts";
import type { BrowseState, State } from "./state.ts";

/** Written to the terminal when the UI begins. */
export const mouseOn = "\u001b[?1000h\u001b[?1006h";
/** Written when it ends, however it ends. */
export const mouseOff = "\u001b[?1006l\u001b[?1000l";

/** One event, in cells counted from 0. */
export interface MouseReport {
  readonly button: number;
  readonly column: number;
  readonly row: number;
  readonly pressed: boolean;
}

const wheelUp = 64;
const wheelDown = 65;
/** Title and the empty line below it. */
const firstRow = 2;

/** Reports in what the terminal sent, and what is left without them. */
export function readMouse(input: string): { reports: MouseReport[]; rest: string } {
  const pattern = /\u001b\[<(\d+);(\d+);(\d+)([Mm])/g;
  const reports = [...input.matchAll(pattern)].map(([, button, column, row, end]) => {
    return { button: Number(button), column: Number(column) - 1, row: Number(row) - 1, pressed: end === "M" };
  });
  return { reports, rest: input.replaceAll(pattern, "") };
}

/** What a click or a turn of the wheel means there; undefined where it means nothing. */
export function mouseAction(state: State, { button, column, row, pressed }: MouseReport): Action | undefined {
  if (!pressed || state.help) return undefined;
  if (button === wheelUp || button === wheelDown) {
    const isOverGroups =
      state.screen === "browse" && !state.large && column < layoutOf(state.size, state.view).groupsWidth;
    return { type: "wheel", on: isOverGroups ? "groups" : "items", by: button === wheelUp ? -1 : 1 };
  }
  if (button !== 0) return undefined;
  if (state.screen === "connect") {
    // Phones are listed below the program's name.
    const index = row - 3;
    return state.devices[index] && !state.opening ? { type: "click", on: "device", index } : undefined;
  }
  if (state.screen === "browse" && !state.large) return onBrowse(state, column, row - firstRow);
  return undefined;
}

function onBrowse(state: BrowseState & State, column: number, row: number): Action | undefined {
  const layout = layoutOf(state.size, state.view);
  if (row < 0 || row >= layout.height) return undefined;
  if (column < layout.groupsWidth) {
    const index = windowStart(state.group, state.groups.length, layout.height) + row;
    return state.groups[index]?.match ? { type: "click", on: "group", index } : undefined;
  }
  const x = column - layout.groupsWidth;
  if (x >= layout.listWidth) return undefined;
  const items = visibleItems(state);
  const height = itemRows(state);
  let top = 0;
  for (const line of visibleRows(rowsOf(items, layout.perRow), state.cursor, layout.height, height)) {
    const bottom = top + (line.type === "day" ? 1 : height);
    if (row < bottom) {
      if (line.type === "day") return undefined;
      const offset = state.view === "grid" ? Math.floor(x / layout.cell.columns) : 0;
      return offset < line.count ? { type: "click", on: "item", index: line.start + offset } : undefined;
    }
    top = bottom;
  }
  return undefined;
}
