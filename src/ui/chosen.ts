/**
 * What is chosen, with its sum. Adding up 50,000 photos at every key would be felt: each choice is made from the one before it,
 * and so is its sum.
 */
import type { UiItem } from "./items.ts";

/** What a selection amounts to. */
export interface Totals {
  readonly items: number;
  readonly files: number;
  readonly bytes: number;
}

/** Ids of items. */
export type Chosen = ReadonlySet<string>;

/** Nothing is selected. */
export const noneChosen: Chosen = new Set();
const nothing: Totals = { items: 0, files: 0, bytes: 0 };
const sums = new WeakMap<Chosen, Totals>([[noneChosen, nothing]]);

/** A new selection with these as well. The old one stays as it is. */
export function choose(chosen: Chosen, items: Iterable<UiItem>): Chosen {
  const next = new Set(chosen);
  let { files, bytes } = totalsOf(chosen);
  for (const item of items) {
    if (next.has(item.id)) continue;
    next.add(item.id);
    files += item.files;
    bytes += item.bytes;
  }
  return summed(next, files, bytes);
}

/** What was chosen among these is not any more, the others are. */
export function invert(chosen: Chosen, items: readonly UiItem[]): Chosen {
  const dropped = items.filter((item) => chosen.has(item.id));
  if (dropped.length === 0) return choose(chosen, items);
  const added = dropped.length === items.length ? [] : items.filter((item) => !chosen.has(item.id));
  return choose(without(chosen, dropped), added);
}

function without(chosen: Chosen, dropped: readonly UiItem[]): Chosen {
  if (dropped.length === chosen.size) return noneChosen;
  const next = new Set(chosen);
  let { files, bytes } = totalsOf(chosen);
  for (const item of dropped) {
    next.delete(item.id);
    files -= item.files;
    bytes -= item.bytes;
  }
  return summed(next, files, bytes);
}

function summed(chosen: ReadonlySet<string>, files: number, bytes: number): Chosen {
  sums.set(chosen, { items: chosen.size, files, bytes });
  return chosen;
}

/** @param chosen as this module made it */
export function totalsOf(chosen: Chosen): Totals {
  return sums.get(chosen) ?? nothing;
}
