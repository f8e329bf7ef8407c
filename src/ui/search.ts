/** Finding photos by typing: one long text of all of them is looked through, because 50,000 short ones take several times as long. */
import type { UiItem } from "./items.ts";

interface Index {
  readonly text: string;
  /** Where each item's words begin. */
  readonly starts: Uint32Array;
  /** Of the words looked for last: a letter more changes one of them. */
  known: ReadonlyMap<string, Uint8Array>;
}

const indexes = new WeakMap<readonly UiItem[], Index>();
/* In nobody's words, and nothing that can be typed. */
const between = "\n";

/** Makes what a search needs, for the first letter to be as quick as the others. */
export function prepareSearch(items: readonly UiItem[]): void {
  indexOf(items);
}

/** Which items have every word. @returns a function of an item's index */
export function search(items: readonly UiItem[], words: readonly string[]): (index: number) => boolean {
  const index = indexOf(items);
  const found = new Map(words.map((word) => [word, index.known.get(word) ?? matches(index, word)]));
  index.known = found;
  const [first, ...more] = [...found.values()];
  if (!first) return () => true;
  return (i) => first[i] === 1 && more.every((bits) => bits[i] === 1);
}

function indexOf(items: readonly UiItem[]): Index {
  let index = indexes.get(items);
  if (!index) {
    const starts = new Uint32Array(items.length);
    let at = 0;
    for (const [i, item] of items.entries()) {
      starts[i] = at;
      at += item.search.length + between.length;
    }
    index = { text: items.map((item) => item.search).join(between), starts, known: new Map() };
    indexes.set(items, index);
  }
  return index;
}

function matches({ text, starts }: Index, word: string): Uint8Array {
  const bits = new Uint8Array(starts.length);
  let item = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, starts[item])) {
    while ((starts[item + 1] ?? Number.POSITIVE_INFINITY) <= at) item += 1;
    bits[item] = 1;
    item += 1;
    if (item >= starts.length) break;
  }
  return bits;
}
