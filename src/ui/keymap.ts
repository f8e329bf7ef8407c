/** Keys to actions, per screen; the help line is made from the same table, so that the two cannot drift apart. */

import { fieldsFor } from "../app/export-choices.ts";
import { formatCount } from "../shared/text.ts";
import type { Action } from "./actions.ts";
import { dataBindings, dataSheetBindings, isWritingData } from "./keymap-data.ts";
import {
  type Binding,
  back,
  caretLeft,
  caretRight,
  down,
  editing,
  enter,
  help,
  isModified,
  type KeyPress,
  left,
  on,
  paging,
  quit,
  right,
  up,
} from "./keys.ts";
import { countInAll, phoneRows, summaryRows, visibleItems } from "./selectors.ts";
import type { BrowseState, ExportState, State } from "./state.ts";

const exportWords = ({ run }: BrowseState): string =>
  run === undefined ? "export" : run.outcome === undefined ? "the export that goes on" : "what came of the export";

/** What Enter does depends on where the keys are. */
const enterWords = (state: BrowseState): string => {
  if (state.focus === "groups") return "to its photos";
  const elsewhere = visibleItems(state).length === 0 ? countInAll(state) : 0;
  return elsewhere > 0 ? `show the ${formatCount(elsewhere)} in All` : exportWords(state);
};

const backWords = (state: BrowseState): string => {
  if (state.large) return "back to the photos";
  if (state.filter !== "") return "all of them again";
  return state.run ? exportWords(state) : `leave this ${state.noun}`;
};

const browse = (state: BrowseState): readonly Binding[] => [
  ...(state.focus === "groups" ? [] : [on("Space", "choose", { type: "toggle" }, true)]),
  ...(state.large ? [back(backWords(state))] : []),
  enter(enterWords(state)),
  up,
  down,
  left,
  right,
  ...paging,
  {
    keys: "Tab",
    does: "to the groups and back",
    matches: (k) => k.tab === true,
    action: { type: "swapFocus" },
  },
  on("x", "choose from the last chosen one to here", { type: "range" }),
  on("d", "choose the whole day", { type: "chooseDay" }),
  on("a", "all", { type: "chooseAll" }),
  on("n", "none", { type: "chooseNone" }),
  on("i", "invert", { type: "invert" }),
  on("u", "only what is not exported yet", { type: "onlyNew" }),
  on("/", "find", { type: "filter" }, !state.large),
  on("v", state.view === "grid" ? "list" : "grid", { type: "view" }, !state.large),
  on("p", state.large ? "small again" : "large", { type: "large" }, !state.large),
  on("e", exportWords(state), { type: "export" }),
  on("s", `this ${state.noun}: storage, cloud, backup`, { type: "phonePage" }),
  ...(state.data ? [on("m", "messages, contacts, notes, calls", { type: "dataFolders" })] : []),
  help,
  quit,
  ...(state.large ? [] : [{ ...back(backWords(state)), inLine: state.filter !== "" }]),
];

const sheet = ({ browse: { parts }, field }: ExportState): readonly Binding[] => {
  const name = fieldsFor(parts)[field];
  const isPath = name === "destination";
  const isWritten = isPath || name === "template";
  const acrossKeys: readonly Binding[] = [
    {
      keys: "←",
      does: isPath ? "left" : "the choice before",
      matches: (k) => k.leftArrow === true && !isModified(k),
      action: { type: "move", by: -1, axis: "across" },
    },
    {
      keys: "→",
      does: isPath ? "right" : "change",
      matches: (k) => k.rightArrow === true && !isModified(k),
      action: { type: "move", by: 1, axis: "across" },
      inLine: !isPath,
    },
  ];
  return [
    enter("start"),
    { keys: "↑", does: "line above", matches: (k) => k.upArrow === true, action: { type: "move", by: -1 } },
    {
      keys: "↓",
      does: "next line",
      matches: (k) => k.downArrow === true,
      action: { type: "move", by: 1 },
      inLine: true,
    },
    ...acrossKeys,
    ...(isPath
      ? [
          {
            keys: "Tab",
            does: "complete",
            matches: (k: KeyPress) => k.tab === true,
            action: { type: "complete" } as const,
            inLine: true,
          },
        ]
      : []),
    ...(isWritten ? editing.map((b) => (b.keys === "Ctrl-U" ? { ...b, does: "clear", inLine: true } : b)) : []),
    back("back to the photos"),
  ];
};

const finding = (state: BrowseState): readonly Binding[] => [
  enter("keep what is found"),
  ...(countInAll(state) > visibleItems(state).length
    ? [
        {
          keys: "Tab",
          does: `the ${formatCount(countInAll(state))} in All`,
          matches: (k: KeyPress) => k.tab === true,
          action: { type: "everywhere" } as const,
          inLine: true,
        },
      ]
    : []),
  back("show all again"),
  caretLeft,
  caretRight,
  ...editing,
];

/** The keys of this moment, most important first: the help line shows as many as fit. */
export function bindings(state: State): readonly Binding[] {
  if (state.help) return [back("close"), { ...help, does: "close" }];
  switch (state.screen) {
    case "connect":
      return state.opening
        ? [back("stop"), { ...on("e", "export, when it is open", { type: "export" }), inLine: false }, quit]
        : [enter("open"), up, down, on("d", "try the demo phone", { type: "demo" }, true), help, quit];
    case "browse":
      return state.filtering ? finding(state) : browse(state);
    case "export":
      return sheet(state);
    case "progress":
      if (state.asking) return [on("s", "stop", { type: "stop" }, true), back("go on copying")];
      return [
        on("p", state.browse.run.paused ? "go on" : "pause", { type: "pause" }, true),
        ...(state.browse.run.cancelling ? [] : [on("s", "stop", { type: "stop" }, true)]),
        back("look at photos meanwhile"),
        on("b", "look at photos meanwhile", { type: "meanwhile" }),
      ];
    case "data":
      return dataBindings(state);
    case "dataExport":
      return dataSheetBindings(state);
    case "phone": {
      const { rows, room } = phoneRows(state);
      return [
        back("back to the photos"),
        up,
        { ...down, does: "more", inLine: rows.length > room },
        { keys: "PgUp", does: "a page up", matches: (k) => k.pageUp === true, action: { type: "page", by: -1 } },
        { keys: "PgDn", does: "a page down", matches: (k) => k.pageDown === true, action: { type: "page", by: 1 } },
        { ...enter("back to the photos"), inLine: false },
        quit,
      ];
    }
    case "summary": {
      const { rows, room } = summaryRows(state);
      return [
        ...(state.offer === "asked" ? [on("b", "back it up by itself", { type: "autosave" }, true)] : []),
        back("back to the photos"),
        up,
        { ...down, does: "more", inLine: rows.length > room },
        on("o", "open the folder", { type: "openFolder" }, true),
        { ...enter("back to the photos"), inLine: false },
        quit,
      ];
    }
  }
}

function isWriting(state: State): boolean {
  if (state.help) return false;
  return state.screen === "export" || (state.screen === "browse" && state.filtering) || isWritingData(state);
}

/** Keys that are no letters, where they come in the middle of others. */
const controls: Readonly<Record<string, KeyPress>> = {
  "\t": { input: "", tab: true },
  "\r": { input: "", return: true },
  "\n": { input: "", return: true },
  "\u007f": { input: "", backspace: true },
  "\b": { input: "", backspace: true },
  ...Object.fromEntries(
    [..."abdefkuw"].map((c) => [String.fromCharCode(c.charCodeAt(0) - 96), { input: c, ctrl: true }]),
  ),
};

/** Keys typed in a hurry arrive together: one press each; text being written stays together up to its Enter. */
export function keyPresses(state: State, key: KeyPress): readonly KeyPress[] {
  if (key.input.length <= 1 || key.ctrl || key.meta) return [key];
  const parts = isWriting(state)
    ? key.input
        .replace(/\r\n/g, "\r")
        .split(/([\u0001-\u001a\u007f])/)
        .filter((part) => part !== "")
    : [...key.input];
  return parts.map((part) => controls[part] ?? { ...key, input: part });
}

/** What a key does now. Text goes where text is written. */
export function actionFor(state: State, key: KeyPress): Action | undefined {
  if (key.ctrl && key.input === "c") return { type: "quit" };
  const bound = bindings(state).find((b) => b.matches(key));
  if (bound) return bound.action;
  if (!isWriting(state) || key.ctrl || key.meta) return undefined;
  const text = key.input.replace(/[\u0000-\u001f\u007f]/g, "");
  return text === "" ? undefined : { type: "text", text };
}

/** What is pasted is text, its line ends too: none of it is a key. */
export function pasted(state: State, text: string): Action | undefined {
  const line = text.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return isWriting(state) && line !== "" ? { type: "text", text: line } : undefined;
}

/** "Space choose · a all · …" */
export function helpLine(state: State): string {
  return bindings(state)
    .filter((b) => b.inLine)
    .map((b) => `${b.keys} ${b.does}`)
    .join(" · ");
}
