/** A line of text being written, with the keys that shells and forms have for it. */
import { displayWidth, graphemes } from "../shared/text.ts";

/** A line and where the next letter goes. */
export interface Line {
  readonly text: string;
  /** Where the next letter goes: an index into `text`, never within a character. */
  readonly caret: number;
  /** A proposal: the first letter replaces it, every other key takes it over. */
  readonly fresh: boolean;
}

/** What a key does to a line; the same keys as in a shell. */
export type LineEdit =
  | "left"
  | "right"
  | "wordLeft"
  | "wordRight"
  | "home"
  | "end"
  | "erase"
  | "delete"
  | "eraseWord"
  | "eraseToStart"
  | "eraseToEnd";

/**
 * A line with the caret at its end.
 * @param fresh a proposal, which the first letter replaces
 */
export function lineOf(text: string, fresh = false): Line {
  return { text, caret: text.length, fresh };
}

/** Typed or pasted text at the caret. */
export function insertText({ text, caret, fresh }: Line, added: string): Line {
  if (fresh) return lineOf(added);
  return { text: text.slice(0, caret) + added + text.slice(caret), caret: caret + added.length, fresh: false };
}

/** One edit. Moves by whole characters, as people see them. */
export function editLine({ text, caret }: Line, edit: LineEdit): Line {
  const at = (to: number): Line => ({ text, caret: to, fresh: false });
  const without = (from: number, to: number): Line => ({
    text: text.slice(0, from) + text.slice(to),
    caret: from,
    fresh: false,
  });
  switch (edit) {
    case "left":
      return at(before(text, caret));
    case "right":
      return at(after(text, caret));
    case "wordLeft":
      return at(wordBefore(text, caret));
    case "wordRight":
      return at(wordAfter(text, caret));
    case "home":
      return at(0);
    case "end":
      return at(text.length);
    case "erase":
      return without(before(text, caret), caret);
    case "delete":
      return without(caret, after(text, caret));
    case "eraseWord":
      return without(wordBefore(text, caret), caret);
    case "eraseToStart":
      return without(0, caret);
    case "eraseToEnd":
      return without(caret, text.length);
  }
}

function before(text: string, caret: number): number {
  let last = "";
  for (const { segment } of graphemes(text.slice(0, caret))) last = segment;
  return caret - last.length;
}

function after(text: string, caret: number): number {
  for (const { segment } of graphemes(text.slice(caret))) return caret + segment.length;
  return caret;
}

/** A path's parts are its words. */
function wordBefore(text: string, caret: number): number {
  return text.slice(0, caret).search(/[^\s/]*[\s/]*$/);
}

function wordAfter(text: string, caret: number): number {
  return caret + (/^[\s/]*[^\s/]*/.exec(text.slice(caret))?.[0].length ?? 0);
}

const caretMark = "▏";

/** The line with its caret in at most `room` cells; of a longer one the part around the caret. */
export function shownLine({ text, caret }: Line, room: number): string {
  const [left, right] = [text.slice(0, caret), text.slice(caret)];
  const free = Math.max(1, room) - 1;
  const behind = displayWidth(right);
  // What stands before the caret matters more: it is what is being written.
  const rightRoom = Math.min(behind, Math.max(free - displayWidth(left), Math.floor(free / 3)));
  return lastCells(left, free - rightRoom) + caretMark + firstCells(right, rightRoom);
}

function firstCells(text: string, room: number): string {
  if (displayWidth(text) <= room) return text;
  let [out, used] = ["", 0];
  for (const { segment } of graphemes(text)) {
    used += displayWidth(segment);
    if (used > room - 1) break;
    out += segment;
  }
  return room > 0 ? `${out}…` : "";
}

function lastCells(text: string, room: number): string {
  if (displayWidth(text) <= room) return text;
  let [out, used] = ["", 0];
  for (const { segment } of [...graphemes(text)].reverse()) {
    used += displayWidth(segment);
    if (used > room - 1) break;
    out = segment + out;
  }
  return room > 0 ? `…${out}` : "";
}

/**
 * A path as terminals paste it when a file is dropped on them or copied from a file manager: without quotes, `file://` and the
 * backslashes of a shell.
 */
export function pastedPath(text: string): string {
  const whole = text.trim();
  const quoted = /^'(.*)'$/s.exec(whole)?.[1] ?? /^"(.*)"$/s.exec(whole)?.[1];
  if (quoted !== undefined) return quoted;
  if (whole.startsWith("file:///")) {
    try {
      return decodeURIComponent(whole.slice("file://".length));
    } catch {
      return whole;
    }
  }
  return whole.startsWith("/") ? whole.replaceAll(/\\([ '"()&\\])/g, "$1") : text;
}
