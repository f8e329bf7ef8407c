/** A phone's folder besides its photos: keys, what was read, and what is open of it. */
import { type Action, type Effect, isWorld } from "../actions.ts";
import { dataLayout, viewRoom, viewRows, viewWidth } from "../data-rows.ts";
import {
  type DataListEntry,
  type DataTold,
  type ItemView,
  isLockedNote,
  mostWindows,
  type PhoneDataSeen,
  pageRows,
} from "../data-state.ts";
import { moveGroup } from "../groups.ts";
import { editLine, insertText, lineOf } from "../line-edit.ts";
import type { DataState } from "../state.ts";
import { sheetOfData } from "./data-export.ts";
import { folderOf, listAsk, nextFolder, whose, withCounts } from "./data-open.ts";
import { onPhotosBehind } from "./photos-behind.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

type Here = DataState & Frame;

export function onData(before: Here, action: Action): Step {
  if (action.type === "data") return told(before, action.told);
  if (isWorld(action)) return onPhotosBehind(before, action);
  const state = before.note === undefined ? before : { ...before, note: undefined };
  if (state.finding) return onFinding(state, action);
  if (state.waits?.why === "locked") return onLocked(state, action);
  if (state.unlocking) return onUnlocking(state, action);
  if (state.open) return onOpen(state, action) ?? anywhere(state, action);
  return onList(state, action) ?? anywhere(state, action);
}

/** Keys that do the same wherever one is in it. */
function anywhere(state: Here, action: Action): Step {
  switch (action.type) {
    case "dataFolders":
      return nextFolder({ ...state.browse, ...frame(state) }, state.group);
    case "export":
      return toSheet(state);
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    default:
      return stay(state);
  }
}

function toSheet(state: Here): Step {
  if (state.waits || !state.browse.data?.backup) return stay(state);
  // What is asked for now would go unanswered behind an export.
  if (state.working !== undefined) return stay({ ...state, note: "It is still being read: e again in a moment." });
  const { help, size, ...data } = state;
  return sheetOfData(frame(state), data);
}

function onList(state: Here, action: Action): Step | undefined {
  switch (action.type) {
    case "move":
      return move(state, action);
    case "wheel":
      return action.on === "groups" ? toGroup(state, action.by) : moved(state, action.by);
    case "page":
      return state.focus === "groups"
        ? toGroup(state, action.by * 10)
        : moved(state, action.by * dataLayout(state.size).height);
    case "edge":
      return moved(state, action.to === "first" ? -state.cursor : (state.list?.entries.length ?? 0));
    case "swapFocus":
      return stay({ ...state, focus: state.focus === "groups" ? "items" : "groups" });
    case "click":
      if (action.on === "group") return inGroup(state, action.index, "groups");
      return action.index === state.cursor && state.focus === "items"
        ? opened(state)
        : moved({ ...state, focus: "items" }, action.index - state.cursor);
    case "enter":
      return state.focus === "groups" ? stay({ ...state, focus: "items" }) : opened(state);
    case "toggle":
      return state.focus === "groups" ? stay(state) : toggled(state);
    case "chooseAll":
      return allChosen(state);
    case "chooseNone":
      return stay(withSeen(state, { chosen: {} }));
    case "filter":
      return state.waits ? stay(state) : stay({ ...state, finding: lineOf(state.list?.words ?? ""), focus: "items" });
    case "back":
      return back(state);
    default:
      return undefined;
  }
}

/** One step out: from what was found to all of it, then to the photos. */
function back(state: Here): Step {
  if (state.list && state.list.words !== "") return relisted(state, "");
  return stay({ ...state.browse, focus: "items", ...frame(state) });
}

function relisted(state: Here, words: string): Step {
  // Of a search the words stand there already: Esc leads back from it before it has ended.
  const list = words === "" ? undefined : { entries: [], hasMore: false, words };
  const next = { ...state, finding: undefined, list, cursor: 0, preview: undefined, working: "Reading …" };
  return { state: next, effects: [listAsk(state, { words })] };
}

function toGroup(state: Here, by: number): Step {
  return inGroup(state, moveGroup(state.browse.groups, state.group, by), "groups");
}

function inGroup(state: Here, group: number, focus: "groups" | "items"): Step {
  if (group === state.group) return stay({ ...state, focus });
  return folderOf(frame(state), state.browse, { group, focus });
}

function move(state: Here, action: Extract<Action, { type: "move" }>): Step {
  if (action.axis === "across") return stay({ ...state, focus: action.by < 0 ? "groups" : "items" });
  return state.focus === "groups" ? toGroup(state, action.by) : moved(state, action.by);
}

/** The cursor; near the end of what has been read more is read. */
function moved(state: Here, by: number): Step {
  const { list } = state;
  if (!list) return stay(state);
  const cursor = clamp(state.cursor + by, list.entries.length);
  const next = { ...state, cursor };
  if (list.hasMore && state.working === undefined && cursor + dataLayout(state.size).height >= list.entries.length)
    return {
      state: { ...next, working: "Reading more …" },
      effects: [listAsk(state, { skip: list.entries.length, words: list.words })],
    };
  return cursor === state.cursor ? stay(next) : withPreview(next);
}

/** Asks for what is under the cursor, where there is room to show it. */
function withPreview(state: Here): Step {
  const entry = state.list?.entries[state.cursor];
  if (!entry || dataLayout(state.size).paneWidth === 0 || state.working !== undefined) return stay(state);
  return { state, effects: [itemAsk(state, entry, "preview")] };
}

function itemAsk({ browse, kind }: DataState, entry: DataListEntry, to: "preview" | "open"): Effect {
  return { type: "readData", ask: { ...whose(browse), of: "item", kind, entry, to } };
}

function opened(state: Here): Step {
  const entry = state.list?.entries[state.cursor];
  if (!entry) return stay(state);
  return { state: { ...state, working: "Reading …" }, effects: [itemAsk(state, entry, "open")] };
}

/** Of a search a message stands for its conversation. */
function chosenAs({ id, title, hit }: DataListEntry): readonly [string, string] {
  return hit ? [hit.conversation, hit.title] : [id, title];
}

function toggled(state: Here): Step {
  const entry = state.list?.entries[state.cursor];
  if (!entry) return stay(state);
  const [id, title] = chosenAs(entry);
  const own = new Map(state.browse.data?.chosen[state.kind] ?? []);
  if (!own.delete(id)) own.set(id, title);
  return moved(withChosen(state, own), 1);
}

function allChosen(state: Here): Step {
  const { list, kind, browse } = state;
  if (!list) return stay(state);
  const own = new Map([...(browse.data?.chosen[kind] ?? []), ...list.entries.map(chosenAs)]);
  const note = list.hasMore
    ? `The ${list.entries.length} that were read are chosen; with nothing chosen, e takes the whole folder.`
    : undefined;
  return stay({ ...withChosen(state, own), note });
}

function withChosen(state: Here, own: ReadonlyMap<string, string>): Here {
  const { [state.kind]: _, ...others } = state.browse.data?.chosen ?? {};
  return withSeen(state, { chosen: own.size > 0 ? { ...others, [state.kind]: own } : others });
}

function withSeen<T extends DataState>(state: T, seen: Partial<PhoneDataSeen>): T {
  const data = state.browse.data && { ...state.browse.data, ...seen };
  return { ...state, browse: { ...state.browse, data, groups: withCounts(state.browse.groups, data) } };
}

function onFinding(state: Here, action: Action): Step {
  const line = state.finding ?? lineOf("");
  switch (action.type) {
    case "text":
      return stay({ ...state, finding: insertText(line, action.text) });
    case "edit":
      return stay({ ...state, finding: editLine(line, action.edit) });
    case "enter":
      return relisted(state, line.text.trim());
    case "back":
      return stay({ ...state, finding: undefined });
    case "move":
      return moved({ ...state, finding: undefined }, action.axis ? 0 : action.by);
    default:
      return stay(state);
  }
}

function onLocked(state: Here, action: Action): Step {
  const { waits } = state;
  if (waits?.why !== "locked") return stay(state);
  switch (action.type) {
    case "text":
      return stay({ ...state, waits: { ...waits, isWrong: false, line: insertText(waits.line, action.text) } });
    case "edit":
      return stay({ ...state, waits: { ...waits, line: editLine(waits.line, action.edit) } });
    case "enter":
      if (waits.line.text === "") return stay(state);
      // It is not kept: the line is empty before it is tried.
      return {
        state: { ...state, waits: undefined, working: "Unlocking the backup …" },
        effects: [{ type: "unlockData", password: waits.line.text }],
      };
    case "back":
      return back(state);
    default:
      return stay(state);
  }
}

function onUnlocking(state: Here, action: Action): Step {
  const { unlocking, open } = state;
  if (!unlocking || !open) return stay(state);
  const { line } = unlocking;
  switch (action.type) {
    case "text":
      return stay({ ...state, unlocking: { line: insertText(line, action.text), isWrong: false } });
    case "edit":
      return stay({ ...state, unlocking: { ...unlocking, line: editLine(line, action.edit) } });
    case "enter": {
      if (line.text === "") return stay(state);
      const { id, title } = open.view;
      const ask = { ...whose(state.browse), of: "item", kind: "notes", entry: { id, title }, to: "open" } as const;
      // It is not kept: the line is empty before it is tried.
      return {
        state: { ...state, unlocking: undefined, working: "Opening the note …" },
        effects: [{ type: "unlockNote", ask, password: line.text }],
      };
    }
    case "back":
      return stay({ ...state, unlocking: undefined });
    default:
      return stay(state);
  }
}

function onOpen(state: Here, action: Action): Step | undefined {
  switch (action.type) {
    case "unlockNote":
      return stay(isLockedNote(state) ? { ...state, unlocking: { line: lineOf(""), isWrong: false } } : state);
    case "move":
      return action.axis === "across" ? stay(state) : scrolled(state, action.by);
    case "wheel":
      return scrolled(state, action.by);
    case "page":
      return scrolled(state, action.by * Math.max(1, viewRoom(state.size) - 1));
    case "edge":
      return scrolled(state, action.to === "first" ? -1e9 : 1e9);
    case "toggle":
      return stay({ ...(toggled(state).state as Here), cursor: state.cursor });
    case "back":
    case "enter":
      return stay({ ...state, open: undefined });
    default:
      return undefined;
  }
}

/** At an end of what has been read of a conversation, more of it is read. */
function scrolled(state: Here, by: number): Step {
  const { open, size } = state;
  if (!open) return stay(state);
  const last = Math.max(0, viewRows(open.view, viewWidth(size)).length - viewRoom(size));
  const top = Math.max(0, Math.min(open.top + by, last));
  const next = { ...state, open: { ...open, top } };
  const { view } = open;
  if (view.kind !== "messages" || state.working !== undefined) return stay(next);
  const [first, end] = [view.windows[0], view.windows.at(-1)];
  if (by < 0 && top === 0 && view.hasOlder && first)
    return windowAsk(next, view.id, { where: "older", skip: first.skip + first.rows, limit: pageRows });
  if (by > 0 && top === last && end && end.skip > 0) {
    const skip = Math.max(0, end.skip - pageRows);
    return windowAsk(next, view.id, { where: "newer", skip, limit: end.skip - skip });
  }
  return stay(next);
}

function windowAsk(
  state: Here,
  id: string,
  window: { readonly where: "older" | "newer"; readonly skip: number; readonly limit: number },
): Step {
  return {
    state: { ...state, working: window.where === "older" ? "Reading older messages …" : "Reading newer messages …" },
    effects: [{ type: "readData", ask: { ...whose(state.browse), of: "window", id, ...window } }],
  };
}

function told(state: Here, what: DataTold): Step {
  switch (what.what) {
    case "backup": {
      const settings = state.browse.data?.settings;
      const { to, isGone } = what.folder;
      return stay(
        withSeen(state, {
          backup: what.backup,
          goneFolder: isGone ? to : undefined,
          ...(settings && { settings: { ...settings, to: settings.to || to } }),
        }),
      );
    }
    case "folder":
      return stay(withSeen(state, { folders: { ...state.browse.data?.folders, [what.summary.kind]: what.summary } }));
    case "list":
      return toldList(state, what);
    case "view":
      return toldView(state, what);
    case "window":
      return stay(withWindow(state, what));
    case "working":
      return stay({ ...state, working: what.words === "" ? undefined : what.words });
    case "noteTried": {
      const next = withSeen(state, { notePasswords: what.passwords });
      const isHere = !what.isOpen && state.open?.view.id === what.id;
      return stay(isHere ? { ...next, working: undefined, unlocking: { line: lineOf(""), isWrong: true } } : next);
    }
    case "waits":
      return stay({ ...state, waits: what.waits, working: undefined, open: undefined, unlocking: undefined });
    default:
      return stay(state);
  }
}

function toldList(state: Here, { kind, skip, list }: Extract<DataTold, { what: "list" }>): Step {
  if (kind !== state.kind) return stay(state);
  const before = skip === 0 ? [] : (state.list?.entries ?? []);
  if (before.length !== skip) return stay(state);
  const whole = { ...list, entries: [...before, ...list.entries] };
  const next = { ...state, list: whole, working: undefined, waits: undefined };
  return withPreview({ ...next, cursor: clamp(next.cursor, whole.entries.length) });
}

function toldView(state: Here, { view, to }: Extract<DataTold, { what: "view" }>): Step {
  if (view.kind !== state.kind) return stay(state);
  if (to === "preview") return stay({ ...state, preview: view });
  const room = viewRoom(state.size);
  const rows = viewRows(view, viewWidth(state.size));
  const marked = view.kind === "messages" && view.mark !== undefined ? rows.findIndex((row) => row.isMarked) : -1;
  // A conversation is read from its end, everything else from its beginning.
  const end = view.kind === "messages" ? Math.max(0, rows.length - room) : 0;
  const top = marked >= 0 ? Math.max(0, Math.min(marked - Math.floor(room / 3), end)) : end;
  return stay({ ...state, open: { view, top }, working: undefined });
}

/** What is on the screen stays where it is. */
function withWindow(state: Here, { id, where, window, hasOlder }: Extract<DataTold, { what: "window" }>): Here {
  const { open } = state;
  if (open?.view.kind !== "messages" || open.view.id !== id) return { ...state, working: undefined };
  const { windows } = open.view;
  const columns = viewWidth(state.size);
  const count = (view: ItemView): number => viewRows(view, columns).length;
  const joined = where === "older" ? [window, ...windows] : [...windows, window];
  const grown: ItemView = {
    ...open.view,
    windows: joined,
    hasOlder: where === "older" ? hasOlder : open.view.hasOlder,
  };
  if (where === "older") {
    const view = { ...grown, windows: joined.slice(0, mostWindows) };
    return { ...state, working: undefined, open: { view, top: open.top + count(grown) - count(open.view) } };
  }
  const kept = joined.slice(-mostWindows);
  const view: ItemView = { ...grown, windows: kept, hasOlder: grown.hasOlder || kept.length < joined.length };
  return { ...state, working: undefined, open: { view, top: Math.max(0, open.top - (count(grown) - count(view))) } };
}
