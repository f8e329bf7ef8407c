/** The UI is a function: state and action in, state and effects out. No I/O, no clock. */
import { printable } from "../shared/text.ts";
import type { Action, Effect } from "./actions.ts";
import { groupsOf, visibleItems } from "./selectors.ts";
import {
  type BrowseState,
  type ConnectState,
  type ExportState,
  initialState,
  type ProgressState,
  type State,
} from "./state.ts";

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const stay = (state: State): Step => ({ state, effects: [] });
const maxFailuresShown = 5;

export function reduce(state: State, action: Action): Step {
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
      return action.type === "back" || action.type === "enter" ? stay({ ...state.browse, help: false }) : stay(state);
  }
}

function onConnect(state: ConnectState & { help: boolean }, action: Action): Step {
  switch (action.type) {
    case "devices":
      return stay({
        ...state,
        devices: action.devices,
        problem: undefined,
        cursor: Math.min(state.cursor, Math.max(0, action.devices.length - 1)),
      });
    case "problem":
      return stay({ ...state, devices: [], problem: action, opening: undefined });
    case "openFailed":
      return stay({ ...state, problem: action, opening: undefined });
    case "move":
      return stay({ ...state, cursor: clamp(state.cursor + action.by, state.devices.length) });
    case "enter": {
      const device = state.devices[state.cursor];
      if (!device || state.opening) return stay(state);
      const opening = { name: printable(device.info.name), read: 0, toRead: 0 };
      return { state: { ...state, opening, problem: undefined }, effects: [{ type: "open", device }] };
    }
    case "trust":
      return stay(state.opening ? { ...state, opening: { ...state.opening, trust: action.state } } : state);
    case "reading":
      return stay(
        state.opening ? { ...state, opening: { ...state.opening, read: action.read, toRead: action.toRead } } : state,
      );
    case "opened":
      return stay({
        screen: "browse",
        phone: action.phone,
        items: action.items,
        groups: groupsOf(action.items),
        group: 0,
        cursor: 0,
        focus: "items",
        chosen: [],
        filter: "",
        filtering: false,
        lastDestination: action.destination,
        help: false,
      });
    case "back":
      return state.opening ? { state: { ...state, opening: undefined }, effects: [{ type: "close" }] } : stay(state);
    default:
      return stay(state);
  }
}

function onBrowse(state: BrowseState & { help: boolean }, action: Action): Step {
  const items = visibleItems(state);
  switch (action.type) {
    case "move":
      return stay(
        state.focus === "groups"
          ? { ...state, group: clamp(state.group + action.by, state.groups.length), cursor: 0 }
          : { ...state, cursor: clamp(state.cursor + action.by, items.length) },
      );
    case "edge":
      return stay({ ...state, cursor: action.to === "first" ? 0 : Math.max(0, items.length - 1) });
    case "focus":
      return stay({ ...state, focus: action.on });
    case "enter":
      return state.filtering ? stay({ ...state, filtering: false }) : toExport(state);
    case "toggle": {
      const item = items[state.cursor];
      if (!item || state.focus === "groups") return stay(state);
      const chosen = state.chosen.includes(item.id)
        ? state.chosen.filter((id) => id !== item.id)
        : [...state.chosen, item.id];
      return stay({ ...state, chosen, cursor: clamp(state.cursor + 1, items.length) });
    }
    case "chooseAll":
      return stay({ ...state, chosen: [...new Set([...state.chosen, ...items.map((i) => i.id)])] });
    case "chooseNone":
      return stay({ ...state, chosen: [] });
    case "invert": {
      const chosen = new Set(state.chosen);
      for (const { id } of items) if (!chosen.delete(id)) chosen.add(id);
      return stay({ ...state, chosen: [...chosen] });
    }
    case "filter":
      return stay({ ...state, filtering: true, focus: "items" });
    case "text":
      return stay(state.filtering ? { ...state, filter: state.filter + action.text, cursor: 0 } : state);
    case "erase":
      return stay(state.filtering ? { ...state, filter: state.filter.slice(0, -1), cursor: 0 } : state);
    case "export":
      return toExport(state);
    case "back":
      if (state.filtering || state.filter !== "") return stay({ ...state, filtering: false, filter: "", cursor: 0 });
      return { state: initialState, effects: [{ type: "close" }] };
    default:
      return stay(state);
  }
}

function toExport(state: BrowseState & { help: boolean }): Step {
  const { help, ...browse } = state;
  return stay({ screen: "export", browse, destination: state.lastDestination, help: false });
}

function onExport(state: ExportState & { help: boolean }, action: Action): Step {
  switch (action.type) {
    case "text":
      return stay({ ...state, destination: state.destination + action.text, error: undefined });
    case "erase":
      return stay({ ...state, destination: state.destination.slice(0, -1), error: undefined });
    case "back":
      return stay({ ...state.browse, help: false });
    case "enter": {
      const destination = state.destination.trim();
      if (destination === "") return stay({ ...state, error: "Write where the photos go." });
      const browse = { ...state.browse, lastDestination: destination };
      return {
        state: {
          screen: "progress",
          browse,
          destination,
          done: { items: 0, bytes: 0 },
          toCopy: { items: 0, bytes: 0 },
          bytesPerSecond: 0,
          active: [],
          failures: [],
          cancelling: false,
          help: false,
        },
        effects: [{ type: "startExport", destination, ids: exportIds(state.browse) }],
      };
    }
    default:
      return stay(state);
  }
}

/** What is chosen; everything that is shown where nothing is. */
export function exportIds(browse: BrowseState): readonly string[] {
  return browse.chosen.length > 0 ? browse.chosen : visibleItems(browse).map((i) => i.id);
}

function onProgress(state: ProgressState & { help: boolean }, action: Action): Step {
  switch (action.type) {
    case "progress":
      return stay({ ...state, ...pick(action), waiting: undefined });
    case "failure":
      return stay({ ...state, failures: [...state.failures, action.line].slice(-maxFailuresShown) });
    case "waiting":
      return stay({ ...state, waiting: action });
    case "resumed":
      return stay({ ...state, waiting: undefined });
    case "exportFailed":
      return stay({
        screen: "export",
        browse: state.browse,
        destination: state.destination,
        error: action.message,
        help: false,
      });
    case "finished":
      return stay({ screen: "summary", browse: { ...state.browse, chosen: [] }, lines: action.lines, help: false });
    case "back":
      return { state: { ...state, cancelling: true }, effects: [{ type: "cancelExport" }] };
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
