/** The UI is a function: state and action in, state and effects out. No I/O, no clock. */
import { printable } from "../shared/text.ts";
import type { Action, Effect, OpenedPhone } from "./actions.ts";
import { fields, turn } from "./export-settings.ts";
import { moveGroup } from "./groups.ts";
import { layoutOf, moveRows } from "./layout.ts";
import { exportIds, visibleItems } from "./selectors.ts";
import {
  type BrowseState,
  type ConnectState,
  type ExportState,
  initialState,
  type ProgressState,
  type State,
  type SummaryState,
} from "./state.ts";

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What every state carries besides its screen. */
type Frame = Pick<State, "help" | "size">;

const stay = (state: State): Step => ({ state, effects: [] });
const maxFailuresShown = 5;

export function reduce(state: State, action: Action): Step {
  if (action.type === "resize")
    return stay(
      action.size.columns === state.size.columns && action.size.rows === state.size.rows
        ? state
        : { ...state, size: action.size },
    );
  if (action.type === "help") return stay({ ...state, help: !state.help });
  if (action.type === "quit") return { state, effects: [{ type: "quit" }] };
  if (state.help && action.type === "back") return stay({ ...state, help: false });
  switch (state.screen) {
    case "connect":
      return onConnect(state, action);
    case "browse":
      return onBrowse(state, action);
    case "export":
      return onExport(state, action);
    case "progress":
      return onProgress(state, action);
    case "summary":
      return onSummary(state, action);
  }
}

function frame({ size }: Frame): Frame {
  return { help: false, size };
}

function onConnect(state: ConnectState & Frame, action: Action): Step {
  switch (action.type) {
    case "devices":
      return stay({
        ...state,
        devices: action.devices,
        problem: undefined,
        startingDemo: false,
        cursor: Math.min(state.cursor, Math.max(0, action.devices.length - 1)),
      });
    case "problem":
      return stay({ ...state, devices: [], problem: action, opening: undefined, startingDemo: false });
    case "openFailed":
      return stay({ ...state, problem: action, opening: undefined, startingDemo: false });
    case "move":
      return stay({ ...state, cursor: clamp(state.cursor + action.by, state.devices.length) });
    case "click":
      return action.on === "device" ? openDevice({ ...state, cursor: action.index }) : stay(state);
    case "enter":
      return openDevice(state);
    case "demo":
      return state.startingDemo
        ? stay(state)
        : { state: { ...state, startingDemo: true, problem: undefined }, effects: [{ type: "demo" }] };
    case "trust":
      return stay(state.opening ? { ...state, opening: { ...state.opening, trust: action.state } } : state);
    case "reading":
      return stay(
        state.opening ? { ...state, opening: { ...state.opening, read: action.read, toRead: action.toRead } } : state,
      );
    case "opened":
      // What was given up meanwhile must not come back by itself.
      return state.opening ? toBrowse(frame(state), action.opened) : stay(state);
    case "back":
      return state.opening ? { state: { ...state, opening: undefined }, effects: [{ type: "close" }] } : stay(state);
    default:
      return stay(state);
  }
}

function openDevice(state: ConnectState & Frame): Step {
  const device = state.devices[state.cursor];
  if (!device || state.opening) return stay(state);
  const opening = { name: printable(device.info.name), read: 0, toRead: 0 };
  return { state: { ...state, opening, problem: undefined }, effects: [{ type: "open", device }] };
}

function toBrowse(inFrame: Frame, opened: OpenedPhone): Step {
  const { phone, items, groups, settings, partial, view } = opened;
  return {
    state: {
      ...inFrame,
      screen: "browse",
      phone,
      items,
      groups,
      group: 0,
      cursor: 0,
      focus: "items",
      view,
      large: false,
      chosen: new Set(),
      anchor: undefined,
      filter: "",
      filtering: false,
      onlyNew: false,
      exported: new Set(),
      loading: partial ? { read: 0, toRead: 0 } : undefined,
      note: undefined,
      settings,
      freeBytes: undefined,
    },
    effects: partial ? [] : [{ type: "lookAtDestination", destination: settings.destination }],
  };
}

/** The whole roll in place of the first files: the cursor and what was chosen stay with their photos. */
function withWholeRoll(state: BrowseState & Frame, opened: OpenedPhone): Step {
  const step = toBrowse(frame(state), opened);
  const next = step.state as BrowseState & Frame;
  const here = visibleItems(state)[state.cursor]?.path;
  const chosenPaths = new Set(state.items.filter((i) => state.chosen.has(i.id)).map((i) => i.path));
  const chosen = new Set(next.items.filter((i) => chosenPaths.has(i.path)).map((i) => i.id));
  const { view, large, filter, filtering } = state;
  const kept = { ...next, view, large, filter, filtering, chosen };
  const cursor = state.cursor === 0 ? 0 : visibleItems(kept).findIndex((i) => i.path === here);
  return { ...step, state: { ...kept, cursor: Math.max(0, cursor) } };
}

function onBrowse(before: BrowseState & Frame, action: Action): Step {
  const state = before.note === undefined ? before : { ...before, note: undefined };
  const items = visibleItems(state);
  switch (action.type) {
    case "opened":
      return state.loading ? withWholeRoll(state, action.opened) : stay(state);
    case "reading":
      return stay(state.loading ? { ...state, loading: action } : state);
    case "openFailed":
      return stay({ ...frame(state), screen: "connect", devices: [], cursor: 0, problem: action });
    case "destination":
      return stay({ ...state, exported: action.exported, freeBytes: action.freeBytes });
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
    case "toggle":
      return stay(toggle(state));
    case "range":
      return stay(chooseRange(state));
    case "chooseDay": {
      const day = items[state.cursor]?.day;
      return stay(
        choose(
          state,
          items.filter((i) => i.day === day).map((i) => i.id),
        ),
      );
    }
    case "chooseAll":
      return stay(
        choose(
          state,
          items.map((i) => i.id),
        ),
      );
    case "chooseNone":
      return stay({ ...state, chosen: new Set(), anchor: undefined });
    case "invert": {
      const chosen = new Set(state.chosen);
      for (const { id } of items) if (!chosen.delete(id)) chosen.add(id);
      return stay({ ...state, chosen });
    }
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
  const chosen = new Set(state.chosen);
  if (!chosen.delete(item.id)) chosen.add(item.id);
  return { ...state, chosen, anchor: state.cursor, cursor: clamp(state.cursor + 1, items.length) };
}

function chooseRange(state: BrowseState & Frame): BrowseState & Frame {
  const anchor = state.anchor ?? state.cursor;
  const [from, to] = [Math.min(anchor, state.cursor), Math.max(anchor, state.cursor)];
  const ids = visibleItems(state)
    .slice(from, to + 1)
    .map((i) => i.id);
  return choose(state, ids);
}

function choose(state: BrowseState & Frame, ids: readonly string[]): BrowseState & Frame {
  const chosen = new Set(state.chosen);
  for (const id of ids) chosen.add(id);
  return { ...state, chosen, anchor: state.cursor };
}

function toExport(state: BrowseState & Frame): Step {
  if (state.loading)
    return stay({ ...state, note: "The phone's library is still being read; the export can begin when it is." });
  if (exportIds(state).length === 0) return stay({ ...state, note: "There is nothing here to export." });
  const { help, size, ...browse } = state;
  const { settings } = browse;
  return {
    state: { ...frame(state), screen: "export", browse, settings, field: 0, places: [], freeBytes: state.freeBytes },
    effects: [{ type: "findPlaces", destination: settings.destination }],
  };
}

function onExport(state: ExportState & Frame, action: Action): Step {
  const field = fields[state.field] ?? "destination";
  const { settings } = state;
  const written = (destination: string): Step => ({
    state: { ...state, settings: { ...settings, destination }, error: undefined },
    effects: [{ type: "findPlaces", destination }],
  });
  switch (action.type) {
    case "text":
      return field === "destination" ? written(settings.destination + action.text) : stay(state);
    case "erase":
      return field === "destination" ? written([...settings.destination].slice(0, -1).join("")) : stay(state);
    case "complete":
      return field === "destination" && state.places[0] ? written(state.places[0].path) : stay(state);
    case "places":
      return stay({ ...state, places: action.places, freeBytes: action.freeBytes });
    case "move":
      return stay(
        action.axis === "across"
          ? { ...state, settings: turn(settings, field, action.by) }
          : { ...state, field: clamp(state.field + action.by, fields.length) },
      );
    case "back":
      // Choices stay for the next look at the sheet.
      return stay({ ...state.browse, settings, ...frame(state) });
    case "enter": {
      const destination = settings.destination.trim();
      if (destination === "") return stay({ ...state, field: 0, error: "Write where the photos go." });
      const used = { ...settings, destination };
      return {
        state: {
          ...frame(state),
          screen: "progress",
          browse: { ...state.browse, settings: used },
          destination,
          done: { items: 0, bytes: 0 },
          toCopy: { items: 0, bytes: 0 },
          bytesPerSecond: 0,
          active: [],
          failures: [],
          failureCount: 0,
          paused: false,
          cancelling: false,
        },
        effects: [{ type: "startExport", settings: used, ids: exportIds(state.browse) }],
      };
    }
    default:
      return stay(state);
  }
}

function onProgress(state: ProgressState & Frame, action: Action): Step {
  switch (action.type) {
    case "progress":
      return stay({ ...state, ...pick(action), waiting: undefined });
    case "failure":
      return stay({
        ...state,
        failures: [...state.failures, action.line].slice(-maxFailuresShown),
        failureCount: state.failureCount + 1,
      });
    case "waiting":
      return stay({ ...state, waiting: action });
    case "resumed":
      return stay({ ...state, waiting: undefined });
    case "pause":
      if (state.cancelling) return stay(state);
      return { state: { ...state, paused: !state.paused }, effects: [{ type: "pauseExport", paused: !state.paused }] };
    case "exportFailed":
      return stay({
        ...frame(state),
        screen: "export",
        browse: state.browse,
        settings: state.browse.settings,
        field: 0,
        places: [],
        freeBytes: undefined,
        error: action.message,
      });
    case "finished": {
      const browse = { ...state.browse, chosen: new Set<string>(), anchor: undefined };
      return {
        state: { ...frame(state), screen: "summary", browse, destination: state.destination, lines: action.lines },
        effects: [{ type: "lookAtDestination", destination: state.destination }],
      };
    }
    case "back":
      return { state: { ...state, cancelling: true }, effects: [{ type: "cancelExport" }] };
    default:
      return stay(state);
  }
}

function onSummary(state: SummaryState & Frame, action: Action): Step {
  switch (action.type) {
    case "destination": {
      const { exported, freeBytes } = action;
      return stay({ ...state, browse: { ...state.browse, exported, freeBytes } });
    }
    case "openFolder":
      return { state, effects: [{ type: "openFolder", path: state.destination }] };
    case "back":
    case "enter":
      return stay({ ...state.browse, ...frame(state) });
    default:
      return stay(state);
  }
}

function pick({ done, toCopy, bytesPerSecond, active }: Extract<Action, { type: "progress" }>) {
  return { done, toCopy, bytesPerSecond, active };
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
