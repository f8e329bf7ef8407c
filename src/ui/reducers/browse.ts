/** The photos: where the cursor is, what is chosen, what is shown. */
import { type Action, isWorld, type OpenedPhone, type World } from "../actions.ts";
import { choose, invert, noneChosen } from "../chosen.ts";
import { moveGroup } from "../groups.ts";
import type { UiItem } from "../items.ts";
import { layoutOf, moveRows } from "../layout.ts";
import { exportIds, visibleItems } from "../selectors.ts";
import { type BrowseState, initialState } from "../state.ts";
import { sheetOf, summaryOf } from "./export.ts";
import { onRun } from "./run.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

export function browseOf(inFrame: Frame, opened: OpenedPhone): Step {
  const { phone, platform, items, groups, settings, partial, view } = opened;
  return {
    state: {
      ...inFrame,
      screen: "browse",
      phone,
      platform,
      items,
      groups,
      group: 0,
      cursor: 0,
      focus: "items",
      view,
      large: false,
      chosen: noneChosen,
      anchor: undefined,
      filter: "",
      filtering: false,
      onlyNew: false,
      exported: new Set(),
      loading: partial ? { read: 0, toRead: 0 } : undefined,
      note: undefined,
      run: undefined,
      settings,
      freeBytes: undefined,
    },
    effects: partial ? [] : [{ type: "lookAtDestination", destination: settings.destination }],
  };
}

/** The whole roll in place of the first files: the cursor and what was chosen stay with their photos. */
function withWholeRoll(state: BrowseState & Frame, opened: OpenedPhone): Step {
  const step = browseOf(frame(state), opened);
  const next = step.state as BrowseState & Frame;
  const here = visibleItems(state)[state.cursor]?.path;
  const chosenPaths = new Set(state.items.filter((i) => state.chosen.has(i.id)).map((i) => i.path));
  const chosen = choose(
    noneChosen,
    next.items.filter((i) => chosenPaths.has(i.path)),
  );
  const { view, large, filter, filtering } = state;
  const kept = { ...next, view, large, filter, filtering, chosen };
  const cursor = state.cursor === 0 ? 0 : visibleItems(kept).findIndex((i) => i.path === here);
  const whole = { ...kept, cursor: Math.max(0, cursor) };
  if (state.note !== "sheet-later") return { ...step, state: whole };
  const sheet = toExport(whole);
  return { ...sheet, effects: [...step.effects, ...sheet.effects] };
}

function onWorld(state: BrowseState & Frame, action: World): Step {
  switch (action.type) {
    case "opened":
      return state.loading ? withWholeRoll(state, action.opened) : stay(state);
    case "reading":
      return stay(state.loading ? { ...state, loading: action } : state);
    case "openFailed":
      return stay({ ...frame(state), screen: "connect", devices: [], cursor: 0, problem: action });
    case "destination":
      return stay({ ...state, exported: action.exported, freeBytes: action.freeBytes });
    default:
      return stay(state);
  }
}

export function onBrowse(before: BrowseState & Frame, action: Action): Step {
  const { run } = before;
  const ran = run && onRun(run, action);
  if (ran) return { state: { ...before, run: ran.run }, effects: ran.effects };
  if (isWorld(action)) return onWorld(before, action);
  // What was said stays until the next key.
  const state = before.note === undefined ? before : { ...before, note: undefined };
  const items = visibleItems(state);
  switch (action.type) {
    case "move":
      return stay(move(state, action));
    case "page":
      return stay(
        state.focus === "groups"
          ? { ...state, group: moveGroup(state.groups, state.group, action.by * 10), cursor: 0 }
          : { ...state, cursor: moveRows(items, perRow(state), state.cursor, action.by * pageRows(state)) },
      );
    case "edge":
      return stay({ ...state, cursor: action.to === "first" ? 0 : Math.max(0, items.length - 1) });
    case "swapFocus":
      return stay({ ...state, focus: state.focus === "groups" ? "items" : "groups" });
    case "click":
      if (action.on === "group") return stay({ ...state, group: action.index, cursor: 0, focus: "groups" });
      if (action.index === state.cursor && state.focus === "items") return stay({ ...state, large: !state.large });
      return stay({ ...state, cursor: clamp(action.index, items.length), focus: "items" });
    case "enter":
      if (state.filtering) return stay({ ...state, filtering: false });
      return state.focus === "groups" ? stay({ ...state, focus: "items" }) : toExport(state);
    case "leave":
      // An export is not stopped by a key that was meant for something else.
      return run && run.outcome === undefined && before.note !== "leaving"
        ? stay({ ...state, note: "leaving" })
        : { state, effects: [{ type: "quit" }] };
    case "toggle":
      return stay(toggle(state));
    case "range":
      return stay(chooseRange(state));
    case "chooseDay": {
      const day = items[state.cursor]?.day;
      return stay(
        chosenHere(
          state,
          items.filter((i) => i.day === day),
        ),
      );
    }
    case "chooseAll":
      return stay(chosenHere(state, items));
    case "chooseNone":
      return stay({ ...state, chosen: noneChosen, anchor: undefined });
    case "invert":
      return stay({ ...state, chosen: invert(state.chosen, items) });
    case "filter":
      return stay({ ...state, filtering: true, focus: "items", large: false });
    case "text":
      return stay(state.filtering ? { ...state, filter: state.filter + action.text, cursor: 0 } : state);
    case "erase":
      return stay(state.filtering ? { ...state, filter: [...state.filter].slice(0, -1).join(""), cursor: 0 } : state);
    case "view":
      return stay({ ...state, view: state.view === "grid" ? "list" : "grid", large: false });
    case "large":
      return stay({ ...state, large: !state.large, focus: "items" });
    case "onlyNew":
      return stay({ ...state, onlyNew: !state.onlyNew, cursor: 0 });
    case "export":
      return toExport(state);
    case "back":
      if (state.large) return stay({ ...state, large: false });
      if (state.filtering || state.filter !== "") return stay({ ...state, filtering: false, filter: "", cursor: 0 });
      if (run) return toExport(state);
      return { state: { ...initialState, ...frame(state) }, effects: [{ type: "close" }] };
    default:
      return stay(state);
  }
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
    return { ...state, group: moveGroup(state.groups, state.group, action.by), cursor: 0 };
  }
  const width = perRow(state);
  if (!across) return { ...state, cursor: moveRows(items, width, state.cursor, action.by) };
  // To the left of the first column lie the groups.
  if (width === 1 && !state.large) return action.by < 0 ? { ...state, focus: "groups" } : state;
  const next = state.cursor + action.by;
  return next < 0 ? { ...state, focus: "groups" } : { ...state, cursor: clamp(next, items.length) };
}

function toggle(state: BrowseState & Frame): BrowseState & Frame {
  const items = visibleItems(state);
  const item = items[state.cursor];
  if (!item || state.focus === "groups") return state;
  const chosen = invert(state.chosen, [item]);
  return { ...state, chosen, anchor: state.cursor, cursor: clamp(state.cursor + 1, items.length) };
}

function chooseRange(state: BrowseState & Frame): BrowseState & Frame {
  const anchor = state.anchor ?? state.cursor;
  const [from, to] = [Math.min(anchor, state.cursor), Math.max(anchor, state.cursor)];
  return chosenHere(state, visibleItems(state).slice(from, to + 1));
}

function chosenHere(state: BrowseState & Frame, items: readonly UiItem[]): BrowseState & Frame {
  return { ...state, chosen: choose(state.chosen, items), anchor: state.cursor };
}

/** The sheet; the export that goes on, or what came of it, where there is one. */
function toExport(state: BrowseState & Frame): Step {
  const { help, size, ...browse } = state;
  const { run } = browse;
  if (run) {
    const withRun = { ...browse, run };
    return stay(
      run.outcome === undefined ? { ...frame(state), screen: "progress", browse: withRun } : summaryOf(state, withRun),
    );
  }
  if (state.loading) return stay({ ...state, note: "sheet-later" });
  if (exportIds(state).length === 0) return stay({ ...state, note: "nothing-to-export" });
  return sheetOf(frame(state), browse);
}
