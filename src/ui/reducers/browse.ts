/** The photos: where the cursor is, what is chosen, what is shown. */
import { type Action, isWorld, type OpenedPhone, type World } from "../actions.ts";
import { choose, invert, noneChosen } from "../chosen.ts";
import { moveGroup } from "../groups.ts";
import type { UiItem } from "../items.ts";
import { layoutOf, moveRows } from "../layout.ts";
import { editLine, insertText, type Line } from "../line-edit.ts";
import { countInAll, exportTotals, visibleItems } from "../selectors.ts";
import { type BrowseState, initialConnect } from "../state.ts";
import { chosenInWhole, withoutView, withView } from "./chosen-views.ts";
import { sheetOf, summaryOf } from "./export.ts";
import { onPhone } from "./phone.ts";
import { onRun } from "./run.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

/** @param notice what was found out before the phone was open */
export function browseOf(inFrame: Frame, opened: OpenedPhone, several: boolean, notice?: string): Step {
  const { device, phone, noun, parts, items, groups, settings, usualTemplate, partial, view } = opened;
  return {
    state: {
      ...inFrame,
      screen: "browse",
      device,
      away: false,
      several,
      phone,
      noun,
      parts,
      items,
      groups,
      group: 0,
      cursor: 0,
      focus: "items",
      view,
      large: false,
      chosen: noneChosen,
      chosenViews: [],
      anchor: undefined,
      filter: "",
      filterCaret: 0,
      filtering: false,
      onlyNew: false,
      exported: new Set(),
      loading: partial ? { read: 0, toRead: 0 } : undefined,
      note: notice === undefined ? undefined : { text: notice },
      run: undefined,
      settings,
      usualTemplate,
      freeBytes: undefined,
    },
    effects: partial ? [] : [{ type: "lookAtDestination", destination: settings.destination }],
  };
}

/** The whole roll in place of the first files: the cursor, the group and what was chosen stay with their photos. */
function withWholeRoll(state: BrowseState & Frame, opened: OpenedPhone): Step {
  const step = browseOf(frame(state), opened, state.several);
  const next = step.state as BrowseState & Frame;
  const here = visibleItems(state)[state.cursor]?.path;
  const match = JSON.stringify(state.groups[state.group]?.match);
  const group = Math.max(
    0,
    next.groups.findIndex((g) => g.match !== undefined && JSON.stringify(g.match) === match),
  );
  const { view, large, filter, filterCaret, filtering, focus } = state;
  const note = state.note === "sheet-later" ? undefined : state.note;
  const chosen = chosenInWhole(state, next.items);
  const kept = { ...next, group, view, large, filter, filterCaret, filtering, focus, chosen, note };
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
    case "notice":
      return stay({ ...state, note: { text: action.text } });
    case "openFailed": {
      const { message, remedy } = action;
      const failed = { id: state.device, message, remedy };
      return stay({ ...initialConnect, ...frame(state), left: [state.device], failed });
    }
    default:
      return onPhone(state, action);
  }
}

export function onBrowse(before: BrowseState & Frame, action: Action): Step {
  const { run } = before;
  const ran = run && onRun(run, action);
  if (ran) {
    const seen = isWorld(action) ? onPhone(before, action) : { state: before, effects: [] };
    return { state: { ...seen.state, run: ran.run }, effects: [...seen.effects, ...ran.effects] };
  }
  if (isWorld(action)) return onWorld(before, action);
  // What was said stays until the next key.
  const state = before.note === undefined ? before : { ...before, note: undefined };
  const items = visibleItems(state);
  switch (action.type) {
    case "move":
      return stay(move(state, action));
    case "wheel":
      return stay(
        action.on === "groups" && !state.large
          ? inGroup(state, moveGroup(state.groups, state.group, action.by))
          : { ...state, cursor: moveRows(items, perRow(state), state.cursor, action.by) },
      );
    case "page":
      return stay(
        state.focus === "groups"
          ? inGroup(state, moveGroup(state.groups, state.group, action.by * 10))
          : { ...state, cursor: moveRows(items, perRow(state), state.cursor, action.by * pageRows(state)) },
      );
    case "edge":
      return stay({ ...state, cursor: action.to === "first" ? 0 : Math.max(0, items.length - 1) });
    case "swapFocus":
      return stay({ ...state, focus: state.focus === "groups" ? "items" : "groups" });
    case "everywhere":
      return stay(inGroup(state, 0));
    case "click":
      if (action.on === "group") return stay({ ...inGroup(state, action.index), focus: "groups" });
      if (action.index === state.cursor && state.focus === "items") return stay({ ...state, large: !state.large });
      return stay({ ...state, cursor: clamp(action.index, items.length), focus: "items" });
    case "enter":
      if (state.filtering) return stay({ ...state, filtering: false });
      if (state.focus === "groups") return stay({ ...state, focus: "items" });
      return items.length === 0 && countInAll(state) > 0 ? stay(inGroup(state, 0)) : toExport(state);
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
      return stay(withView(chosenHere(state, items)));
    case "chooseNone":
      return stay({ ...state, chosen: noneChosen, chosenViews: [], anchor: undefined });
    case "invert":
      return stay({ ...withoutView(state), chosen: invert(state.chosen, items) });
    case "filter":
      return stay({
        ...state,
        filtering: true,
        filterCaret: state.filter.length,
        focus: "items",
        large: false,
      });
    case "text":
      return stay(state.filtering ? filtered(state, insertText(filterLine(state), action.text)) : state);
    case "edit":
      return stay(state.filtering ? filtered(state, editLine(filterLine(state), action.edit)) : state);
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
      if (state.filtering || state.filter !== "")
        return stay({ ...state, filtering: false, filter: "", filterCaret: 0, cursor: 0 });
      if (run) return toExport(state);
      // What was chosen goes with the phone: not by a key too many.
      if (state.chosen.size > 0 && before.note !== "leaving-phone") return stay({ ...state, note: "leaving-phone" });
      return { state: { ...initialConnect, ...frame(state), left: [state.device] }, effects: [{ type: "close" }] };
    default:
      return stay(state);
  }
}

function inGroup(state: BrowseState & Frame, group: number): BrowseState & Frame {
  return { ...state, group, cursor: 0 };
}

function filterLine({ filter, filterCaret }: BrowseState): Line {
  return { text: filter, caret: filterCaret, fresh: false };
}

function filtered(state: BrowseState & Frame, line: Line): BrowseState & Frame {
  const cursor = line.text === state.filter ? state.cursor : 0;
  return { ...state, filter: line.text, filterCaret: line.caret, cursor };
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
export function toExport(state: BrowseState & Frame): Step {
  const { help, size, ...browse } = state;
  const { run } = browse;
  if (run) {
    const withRun = { ...browse, run };
    return stay(
      run.outcome === undefined
        ? { ...frame(state), screen: "progress", browse: withRun, asking: false }
        : summaryOf(state, withRun),
    );
  }
  if (state.loading) return stay({ ...state, note: "sheet-later" });
  if (state.away) return stay({ ...state, note: "unplugged" });
  if (exportTotals(state).items === 0) return stay({ ...state, note: "nothing-to-export" });
  return sheetOf(frame(state), browse);
}
