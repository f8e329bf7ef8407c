/** Where one looks: the group, the photo under the cursor, what has the keys. */
import type { Action } from "../actions.ts";
import { moveGroup } from "../groups.ts";
import { layoutOf, moveRows } from "../layout.ts";
import { visibleItems } from "../selectors.ts";
import type { BrowseState } from "../state.ts";
import { clamp, type Frame } from "./step.ts";

/** Undefined for an action that moves nothing. */
export function moved(state: BrowseState & Frame, action: Action): (BrowseState & Frame) | undefined {
  const items = visibleItems(state);
  switch (action.type) {
    case "move":
      return move(state, action);
    case "wheel":
      return action.on === "groups" && !state.large
        ? inGroup(state, moveGroup(state.groups, state.group, action.by))
        : { ...state, cursor: moveRows(items, perRow(state), state.cursor, action.by) };
    case "page":
      return state.focus === "groups"
        ? inGroup(state, moveGroup(state.groups, state.group, action.by * 10))
        : { ...state, cursor: moveRows(items, perRow(state), state.cursor, action.by * pageRows(state)) };
    case "edge":
      return { ...state, cursor: action.to === "first" ? 0 : Math.max(0, items.length - 1) };
    case "swapFocus":
      return { ...state, focus: state.focus === "groups" ? "items" : "groups" };
    case "everywhere":
      return inGroup(state, 0);
    case "click":
      return clicked(state, action);
    default:
      return undefined;
  }
}

function clicked(state: BrowseState & Frame, { on, index }: Extract<Action, { type: "click" }>): BrowseState & Frame {
  if (on === "group") return { ...inGroup(state, index), focus: "groups" };
  if (index === state.cursor && state.focus === "items") return { ...state, large: !state.large };
  return { ...state, cursor: clamp(index, visibleItems(state).length), focus: "items" };
}

export function inGroup(state: BrowseState & Frame, group: number): BrowseState & Frame {
  return { ...state, group, cursor: 0 };
}

function perRow(state: BrowseState & Frame): number {
  return state.large ? 1 : layoutOf(state.size, state.view).perRow;
}

function pageRows(state: BrowseState & Frame): number {
  const { height, cell } = layoutOf(state.size, state.view);
  return Math.max(1, state.view === "grid" ? Math.floor(height / cell.rows) : height - 2);
}

function move(state: BrowseState & Frame, action: Extract<Action, { type: "move" }>): BrowseState & Frame {
  const items = visibleItems(state);
  const across = action.axis === "across";
  if (state.focus === "groups") {
    if (across) return action.by > 0 ? { ...state, focus: "items" } : state;
    return inGroup(state, moveGroup(state.groups, state.group, action.by));
  }
  const width = perRow(state);
  if (!across) return { ...state, cursor: moveRows(items, width, state.cursor, action.by) };
  // To the left of the first column lie the groups.
  if (width === 1 && !state.large) return action.by < 0 ? { ...state, focus: "groups" } : state;
  const next = state.cursor + action.by;
  if (next < 0) return state.large ? state : { ...state, focus: "groups" };
  return { ...state, cursor: clamp(next, items.length) };
}
