/** Keys to actions, per screen; the help line is made from the same table, so that the two cannot drift apart. */
import type { Action } from "./actions.ts";
import type { BrowseState, State } from "./state.ts";

/** A key press as the terminal tells it. */
export interface KeyPress {
  readonly input: string;
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly tab?: boolean;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

export interface Binding {
  readonly keys: string;
  readonly does: string;
  matches(key: KeyPress): boolean;
  readonly action: Action;
  /** Shown in the one line at the bottom, not only in the help. */
  readonly inLine?: boolean;
}

const char =
  (c: string) =>
  (key: KeyPress): boolean =>
    key.input === c && !key.ctrl && !key.meta;

const quit: Binding = { keys: "q", does: "quit", matches: char("q"), action: { type: "leave" }, inLine: true };
const help: Binding = { keys: "?", does: "keys", matches: char("?"), action: { type: "help" }, inLine: true };
const up: Binding = {
  keys: "↑ k",
  does: "up",
  matches: (k) => k.upArrow === true || char("k")(k),
  action: { type: "move", by: -1 },
};
const down: Binding = {
  keys: "↓ j",
  does: "down",
  matches: (k) => k.downArrow === true || char("j")(k),
  action: { type: "move", by: 1 },
};
const enter = (does: string): Binding => ({
  keys: "Enter",
  does,
  matches: (k) => k.return === true,
  action: { type: "enter" },
  inLine: true,
});
const back = (does: string): Binding => ({
  keys: "Esc",
  does,
  matches: (k) => k.escape === true,
  action: { type: "back" },
  inLine: true,
});

const left: Binding = {
  keys: "← h",
  does: "left",
  matches: (k) => k.leftArrow === true || char("h")(k),
  action: { type: "move", by: -1, axis: "across" },
};
const right: Binding = {
  keys: "→ l",
  does: "right",
  matches: (k) => k.rightArrow === true || char("l")(k),
  action: { type: "move", by: 1, axis: "across" },
};
const on = (keys: string, does: string, action: Action, inLine = false): Binding => ({
  keys,
  does,
  matches: char(keys === "Space" ? " " : keys),
  action,
  inLine,
});

const exportWords = ({ run }: BrowseState): string =>
  run === undefined ? "export" : run.outcome === undefined ? "the export that goes on" : "what came of the export";

const browse = (state: BrowseState): readonly Binding[] => [
  on("Space", "choose", { type: "toggle" }, true),
  enter(exportWords(state)),
  up,
  down,
  left,
  right,
  { keys: "PgUp", does: "a page up", matches: (k) => k.pageUp === true, action: { type: "page", by: -1 } },
  { keys: "PgDn", does: "a page down", matches: (k) => k.pageDown === true, action: { type: "page", by: 1 } },
  {
    keys: "Home g",
    does: "first",
    matches: (k) => k.home === true || char("g")(k),
    action: { type: "edge", to: "first" },
  },
  { keys: "End G", does: "last", matches: (k) => k.end === true || char("G")(k), action: { type: "edge", to: "last" } },
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
  on("/", "filter", { type: "filter" }, true),
  on("v", state.view === "grid" ? "list" : "grid", { type: "view" }, true),
  on("p", "large", { type: "large" }, true),
  on("e", exportWords(state), { type: "export" }),
  help,
  quit,
  { ...back("back"), inLine: false },
];

const sheet: readonly Binding[] = [
  enter("start"),
  { keys: "↑", does: "line above", matches: (k) => k.upArrow === true, action: { type: "move", by: -1 } },
  { keys: "↓", does: "next line", matches: (k) => k.downArrow === true, action: { type: "move", by: 1 }, inLine: true },
  {
    keys: "←",
    does: "earlier choice",
    matches: (k) => k.leftArrow === true,
    action: { type: "move", by: -1, axis: "across" },
  },
  {
    keys: "→",
    does: "change",
    matches: (k) => k.rightArrow === true,
    action: { type: "move", by: 1, axis: "across" },
    inLine: true,
  },
  {
    keys: "Tab",
    does: "complete the path",
    matches: (k) => k.tab === true,
    action: { type: "complete" },
    inLine: true,
  },
  back("back to the photos"),
];

export function bindings(state: State): readonly Binding[] {
  if (state.help) return [back("close"), { ...help, does: "close" }];
  switch (state.screen) {
    case "connect":
      return state.opening
        ? [back("stop"), quit]
        : [enter("open"), up, down, on("d", "try the demo phone", { type: "demo" }, true), help, quit];
    case "browse":
      return state.filtering ? [enter("keep the filter"), back("drop it")] : browse(state);
    case "export":
      return sheet;
    case "progress":
      return [
        on("p", state.browse.run.paused ? "go on" : "pause", { type: "pause" }, true),
        on("b", "look at photos meanwhile", { type: "meanwhile" }, true),
        back("stop; what is copied stays"),
      ];
    case "summary":
      return [
        back("back to the photos"),
        on("o", "open the folder", { type: "openFolder" }, true),
        { ...enter("back to the photos"), inLine: false },
        quit,
      ];
  }
}

function isWriting(state: State): boolean {
  return !state.help && (state.screen === "export" || (state.screen === "browse" && state.filtering));
}

/** Keys that are no letters, where they come in the middle of others. */
const controls: Readonly<Record<string, KeyPress>> = {
  "\t": { input: "", tab: true },
  "\r": { input: "", return: true },
  "\n": { input: "", return: true },
  "\u007f": { input: "", backspace: true },
  "\b": { input: "", backspace: true },
};

/** Keys typed in a hurry arrive together: one press each; text being written stays together up to its Enter. */
export function keyPresses(state: State, key: KeyPress): readonly KeyPress[] {
  if (key.input.length <= 1 || key.ctrl || key.meta) return [key];
  const parts = isWriting(state)
    ? key.input
        .replace(/\r\n/g, "\r")
        .split(/([\t\r\n\u007f\b])/)
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
  if (key.backspace || key.delete) return { type: "erase" };
  const text = key.input.replace(/[\u0000-\u001f\u007f]/g, "");
  return text === "" ? undefined : { type: "text", text };
}

/** "Space choose · a all · …" */
export function helpLine(state: State): string {
  return bindings(state)
    .filter((b) => b.inLine)
    .map((b) => `${b.keys} ${b.does}`)
    .join(" · ");
}
