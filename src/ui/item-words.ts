/** One photo in a few cells: signs, and the columns of a list. */
import { displayWidth, formatBytes } from "../shared/text.ts";
import { badges, exportedWords, type UiItem } from "./items.ts";

/** What a photo is besides: the first of these that fits. What is exported already is never left out. */
export function signWords(item: UiItem, exported: boolean, width: number): string {
  const signs = signsOf(item);
  const words = exported ? `${exportedWords} ${signs}`.trim() : signs;
  return displayWidth(words) <= width ? words : `${exported ? "✓" : ""}${signs}`;
}

function signsOf(item: UiItem): string {
  return `${item.favourite ? "♥" : ""}${item.video ? "▶" : ""}${item.elsewhere ? "☁" : ""}${item.missing ? "?" : ""}`;
}

export const kindWidth = 11;
export const sizeWidth = 8;
export const timeWidth = 5;
/** An iPhone's names have so many characters: they always fit. */
const leastName = 13;
const mostName = 28;

/** Columns of a list as wide as there is room for: name, mark and "exported" first, then time, size, kind, and the rest in words. */
export function listColumns(width: number) {
  const fixed = 4 + 2;
  const time = width >= fixed + leastName + timeWidth + 2;
  const size = width >= fixed + leastName + timeWidth + 2 + 1 + sizeWidth;
  const used = fixed + (time ? timeWidth + 2 : 0) + (size ? sizeWidth + 1 : 0);
  const kind = width >= used + leastName + kindWidth + 1 + 4;
  const rest = width - used - (kind ? kindWidth + 1 : 0);
  // Names grow when the words beside them have room: "✓ exported ♥ edited".
  const name = Math.max(Math.min(leastName, rest), Math.min(mostName, rest - 22));
  return { time, size, kind, name, words: Math.max(0, rest - name - 2) };
}

/** Of what is on the phone; where nothing is, why. */
export function sizeWords(item: UiItem): string {
  if (item.bytes > 0) return formatBytes(item.bytes);
  return item.elsewhere ? "iCloud" : item.missing ? "missing" : formatBytes(0);
}

/** The sign of what is exported stands at the beginning of the row; the word where there is room for it. */
export function listWords(item: UiItem, exported: boolean, { kind, words }: ReturnType<typeof listColumns>): string {
  const rest = badges(item.bytes > 0 ? item : { ...item, elsewhere: false, missing: false }, false);
  const kinds = kind || item.kind === "photo" ? rest : `${item.kind} ${rest}`.trim();
  const all = exported ? `exported ${kinds}`.trim() : kinds;
  return [all, kinds, signsOf(item)].find((text) => displayWidth(text) <= words) ?? "";
}
