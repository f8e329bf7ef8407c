/** Keys and what they do, as every screen names them. */
import type { Action } from "./actions.ts";
import type { LineEdit } from "./line-edit.ts";

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

/** One key, what it does in words, and whether the help line shows it. */
export interface Binding {
  readonly keys: string;
  readonly does: string;
  matches(key: KeyPress): boolean;
  readonly action: Action;
  /** Shown in the one line at the bottom, not only in the help. */
  readonly inLine?: boolean;
}

export const char =
  (c: string) =>
  (key: KeyPress): boolean =>
    key.input === c && !key.ctrl && !key.meta;

export const ctrl =
  (c: string) =>
  (key: KeyPress): boolean =>
    key.ctrl === true && key.input === c;

export const isModified = (key: KeyPress): boolean => key.ctrl === true || key.meta === true;

export const edit = (keys: string, does: string, how: LineEdit, matches: Binding["matches"]): Binding => ({
  keys,
  does,
  matches,
  action: { type: "edit", edit: how },
});

export const quit: Binding = { keys: "q", does: "quit", matches: char("q"), action: { type: "leave" }, inLine: true };
export const help: Binding = { keys: "?", does: "keys", matches: char("?"), action: { type: "help" }, inLine: true };
export const up: Binding = {
  keys: "↑ k",
  does: "up",
  matches: (k) => k.upArrow === true || char("k")(k),
  action: { type: "move", by: -1 },
};
export const down: Binding = {
  keys: "↓ j",
  does: "down",
  matches: (k) => k.downArrow === true || char("j")(k),
  action: { type: "move", by: 1 },
};
export const enter = (does: string): Binding => ({
  keys: "Enter",
  does,
  matches: (k) => k.return === true,
  action: { type: "enter" },
  inLine: true,
});
export const back = (does: string): Binding => ({
  keys: "Esc",
  does,
  matches: (k) => k.escape === true,
  action: { type: "back" },
  inLine: true,
});

export const left: Binding = {
  keys: "← h",
  does: "left",
  matches: (k) => k.leftArrow === true || char("h")(k),
  action: { type: "move", by: -1, axis: "across" },
};
export const right: Binding = {
  keys: "→ l",
  does: "right",
  matches: (k) => k.rightArrow === true || char("l")(k),
  action: { type: "move", by: 1, axis: "across" },
};
export const on = (keys: string, does: string, action: Action, inLine = false): Binding => ({
  keys,
  does,
  matches: char(keys === "Space" ? " " : keys),
  action,
  inLine,
});

/** Of a line that is written, besides letters: as in a shell. */
export const editing: readonly Binding[] = [
  edit("Ctrl-A", "to its beginning", "home", (k) => k.home === true || ctrl("a")(k)),
  edit("Ctrl-E", "to its end", "end", (k) => k.end === true || ctrl("e")(k)),
  edit("Ctrl-U", "erase to the beginning", "eraseToStart", ctrl("u")),
  edit("Ctrl-K", "erase to the end", "eraseToEnd", ctrl("k")),
  edit("Ctrl-W", "erase a word", "eraseWord", (k) => ctrl("w")(k) || (k.meta === true && k.backspace === true)),
  edit("Ctrl-←", "a word to the left", "wordLeft", (k) => k.leftArrow === true && isModified(k)),
  edit("Ctrl-→", "a word to the right", "wordRight", (k) => k.rightArrow === true && isModified(k)),
  edit("Backspace", "erase", "erase", (k) => k.backspace === true || ctrl("h")(k)),
  edit("Del", "erase the next letter", "delete", (k) => k.delete === true || ctrl("d")(k)),
];

export const caretLeft = edit("←", "left", "left", (k) => k.leftArrow === true || ctrl("b")(k));
export const caretRight = edit("→", "right", "right", (k) => k.rightArrow === true || ctrl("f")(k));

/** A page up and down, and to both ends: in every list. */
export const paging: readonly Binding[] = [
  { keys: "PgUp", does: "a page up", matches: (k) => k.pageUp === true, action: { type: "page", by: -1 } },
  { keys: "PgDn", does: "a page down", matches: (k) => k.pageDown === true, action: { type: "page", by: 1 } },
  {
    keys: "Home g",
    does: "first",
    matches: (k) => k.home === true || char("g")(k),
    action: { type: "edge", to: "first" },
  },
  { keys: "End G", does: "last", matches: (k) => k.end === true || char("G")(k), action: { type: "edge", to: "last" } },
];
