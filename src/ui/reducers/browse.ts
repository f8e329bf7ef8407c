/** The photos: where the cursor is, what is chosen, what is shown. */
import { type Action, isWorld, type OpenedPhone, type World } from "../actions.ts";
import { noneChosen } from "../chosen.ts";
import { nothingSeen } from "../data-state.ts";
import { withDataGroups } from "../groups.ts";
import { editLine, insertText, type Line } from "../line-edit.ts";
import { countInAll, exportTotals, visibleItems } from "../selectors.ts";
import { type BrowseState, initialConnect } from "../state.ts";
import { chosenBy } from "./browse-choice.ts";
import { inGroup, moved } from "./browse-cursor.ts";
import { chosenInWhole } from "./chosen-views.ts";
import { intoData, nextFolder, withCounts } from "./data-open.ts";
import { sheetOf, summaryOf } from "./export.ts";
import { onPhone } from "./phone.ts";
import { phonePageOf } from "./phone-page-open.ts";
import { onRun } from "./run.ts";
import { type Frame, frame, type Step, stay } from "./step.ts";

/** @param notice what was found out before the phone was open */
export function browseOf(inFrame: Frame, opened: OpenedPhone, several: boolean, notice?: string): Step {
  const { device, phone, noun, folder, parts, items, groups, settings, partial, view, hasData } = opened;
  return {
    state: {
      ...inFrame,
      screen: "browse",
      device,
      away: false,
      several,
      phone,
      noun,
      folder,
      parts,
      items,
      groups: hasData ? withDataGroups(groups) : groups,
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
      usualTemplate: opened.usualTemplate,
      usualJpeg: opened.usualJpeg,
      freeBytes: undefined,
      data: hasData ? nothingSeen : undefined,
    },
    effects: partial ? [] : [{ type: "inspectDestination", destination: settings.destination }],
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
  const data = state.data ?? next.data;
  const kept = {
    ...next,
    data,
    groups: withCounts(next.groups, data),
    group,
    view,
    large,
    filter,
    filterCaret,
    filtering,
    focus,
    chosen,
    note,
  };
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

/** The photos: keys, and what happens to the phone and to an export behind. */
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
  const next = moved(state, action) ?? chosenBy(state, action) ?? shown(state, action);
  if (!next) return onWay(state, action, before.note);
  return next.groups[next.group]?.match?.type === "data" ? intoData(next, state.group) : stay(next);
}

/** Keys that lead to the sheet, back, or out. @param said what was said before the key */
function onWay(state: BrowseState & Frame, action: Action, said: BrowseState["note"]): Step {
  switch (action.type) {
    case "enter":
      if (state.filtering) return stay({ ...state, filtering: false });
      if (state.focus === "groups") return stay({ ...state, focus: "items" });
      return visibleItems(state).length === 0 && countInAll(state) > 0 ? stay(inGroup(state, 0)) : toExport(state);
    case "export":
      return toExport(state);
    case "dataFolders":
      return nextFolder(state, state.group);
    case "phonePage":
      return phonePageOf(state);
    case "leave": {
      // An export is not stopped by a key that was meant for something else.
      const isRunning = state.run !== undefined && state.run.outcome === undefined;
      return isRunning && said !== "leaving"
        ? stay({ ...state, note: "leaving" })
        : { state, effects: [{ type: "quit" }] };
    }
    case "back":
      return back(state, said);
    default:
      return stay(state);
  }
}

function back(state: BrowseState & Frame, said: BrowseState["note"]): Step {
  if (state.large) return stay({ ...state, large: false });
  if (state.filtering || state.filter !== "")
    return stay({ ...state, filtering: false, filter: "", filterCaret: 0, cursor: 0 });
  if (state.run) return toExport(state);
  // What was chosen goes with the phone: not by a key too many.
  if (state.chosen.size > 0 && said !== "leaving-phone") return stay({ ...state, note: "leaving-phone" });
  return { state: { ...initialConnect, ...frame(state), left: [state.device] }, effects: [{ type: "close" }] };
}

/** What is shown, and how. Undefined for what changes nothing of that. */
function shown(state: BrowseState & Frame, action: Action): (BrowseState & Frame) | undefined {
  switch (action.type) {
    case "filter":
      return { ...state, filtering: true, filterCaret: state.filter.length, focus: "items", large: false };
    case "text":
      return state.filtering ? filtered(state, insertText(filterLine(state), action.text)) : state;
    case "edit":
      return state.filtering ? filtered(state, editLine(filterLine(state), action.edit)) : state;
    case "view":
      return { ...state, view: state.view === "grid" ? "list" : "grid", large: false };
    case "large":
      return { ...state, large: !state.large, focus: "items" };
    case "onlyNew":
      return { ...state, onlyNew: !state.onlyNew, cursor: 0 };
    default:
      return undefined;
  }
}

function filterLine({ filter, filterCaret }: BrowseState): Line {
  return { text: filter, caret: filterCaret, fresh: false };
}

function filtered(state: BrowseState & Frame, line: Line): BrowseState & Frame {
  const cursor = line.text === state.filter ? state.cursor : 0;
  return { ...state, filter: line.text, filterCaret: line.caret, cursor };
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
