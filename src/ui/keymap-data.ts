/** Keys of a phone's folders besides its photos, and of the sheet that exports them. */
import { sheetFields } from "./data-rows.ts";
import { isLockedNote } from "./data-state.ts";
import {
  type Binding,
  back,
  caretLeft,
  caretRight,
  char,
  down,
  editing,
  enter,
  help,
  isModified,
  left,
  on,
  paging,
  quit,
  right,
  up,
} from "./keys.ts";
import type { DataExportState, DataState, State } from "./state.ts";

const nextFolder = on("m", "the next folder", { type: "dataFolders" });
const export_ = on("e", "export", { type: "export" }, true);
const tab: Binding = {
  keys: "Tab",
  does: "to the folders and back",
  matches: (k) => k.tab === true,
  action: { type: "swapFocus" },
};

/** Whether letters are text now. */
export function isWritingData(state: State): boolean {
  if (state.screen === "data")
    return state.finding !== undefined || state.unlocking !== undefined || state.waits?.why === "locked";
  return state.screen === "dataExport" && !state.run && !state.outcome;
}

export function dataBindings(state: DataState): readonly Binding[] {
  if (state.finding)
    return [
      enter("find"),
      back("leave it"),
      { ...up, matches: (k) => k.upArrow === true },
      { ...down, matches: (k) => k.downArrow === true },
      caretLeft,
      caretRight,
      ...editing,
    ];
  if (state.waits?.why === "locked")
    return [enter("unlock"), back("back to the photos"), caretLeft, caretRight, ...editing];
  if (state.unlocking) return [enter("open it"), back("back to the note"), caretLeft, caretRight, ...editing];
  if (state.open)
    return [
      ...(isLockedNote(state) ? [on("u", "type its password", { type: "unlockNote" }, true)] : []),
      back("back to the list"),
      up,
      { ...down, does: "more", inLine: true },
      ...paging,
      on("Space", "choose", { type: "toggle" }, true),
      export_,
      { ...enter("back to the list"), inLine: false },
      nextFolder,
      help,
      quit,
    ];
  const { list } = state;
  return [
    ...(state.focus === "groups" || state.waits ? [] : [on("Space", "choose", { type: "toggle" }, true)]),
    ...(state.waits ? [] : [enter(state.focus === "groups" ? "to its list" : "open")]),
    on("/", state.kind === "messages" ? "find in all" : "find", { type: "filter" }, !state.waits),
    export_,
    back(list && list.words !== "" ? "all of them again" : "photos"),
    up,
    down,
    left,
    right,
    ...paging,
    tab,
    nextFolder,
    on("a", "choose all that were read", { type: "chooseAll" }),
    on("n", "choose none", { type: "chooseNone" }),
    help,
    quit,
  ];
}

export function dataSheetBindings(state: DataExportState): readonly Binding[] {
  if (state.run) return [on("s", "stop", { type: "stop" }, true), { ...back("stop"), inLine: false }];
  if (state.outcome)
    return [
      back("back"),
      up,
      { ...down, does: "more", inLine: true },
      ...paging.slice(0, 2),
      on("o", "open the folder", { type: "openFolder" }, state.outcome.root !== undefined),
      { ...enter("back"), inLine: false },
      quit,
    ];
  const field = sheetFields[state.field] ?? "to";
  const isWritten = field === "to" || field === "since" || field === "until";
  const across = (keys: string, by: -1 | 1): Binding => ({
    keys,
    does: isWritten ? (by < 0 ? "left" : "right") : by < 0 ? "the choice before" : "change",
    matches: (k) => (by < 0 ? k.leftArrow : k.rightArrow) === true && !isModified(k),
    action: { type: "move", by, axis: "across" },
    inLine: !isWritten && by > 0,
  });
  return [
    enter("start"),
    { ...up, keys: "↑", does: "line above", matches: (k) => k.upArrow === true },
    { ...down, keys: "↓", does: "next line", matches: (k) => k.downArrow === true, inLine: true },
    across("←", -1),
    across("→", 1),
    ...(field === "to" ? [{ ...tab, does: "complete", action: { type: "complete" }, inLine: true } as const] : []),
    ...(isWritten ? editing.map((b) => (b.keys === "Ctrl-U" ? { ...b, does: "clear", inLine: true } : b)) : []),
    back("back"),
    ...(isWritten ? [] : [{ ...quit, inLine: false, matches: char("q") }]),
  ];
}
