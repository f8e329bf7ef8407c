/** What is computed from the state: visible items, totals, the slice that fits the screen. */
import type { BrowseState, UiGroup, UiItem } from "./state.ts";

const shown = new WeakMap<readonly UiItem[], { key: string; items: readonly UiItem[] }>();

/** Items of the chosen group that match the filter. Kept until one of the three changes. */
export function visibleItems(state: BrowseState): readonly UiItem[] {
  const key = `${state.group}\0${state.filter}`;
  const known = shown.get(state.items);
  if (known?.key === key) return known.items;
  const match: UiGroup["match"] = state.groups[state.group]?.match ?? {};
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const items = state.items.filter(
    (item) =>
      (match.kind === undefined || item.kind === match.kind) &&
      (match.folder === undefined || item.folder === match.folder) &&
      words.every((word) => searchText(item).includes(word)),
  );
  shown.set(state.items, { key, items });
  return items;
}

function searchText(item: UiItem): string {
  const camera = item.details.find(([label]) => label === "Camera")?.[1] ?? "";
  return `${item.name} ${item.date} ${item.kind} ${camera}`.toLowerCase();
}

/** All, each kind, each folder; with counts. */
export function groupsOf(items: readonly UiItem[]): UiGroup[] {
  const count = (pick: (item: UiItem) => string): [string, number][] => {
    const counts = new Map<string, number>();
    for (const item of items) counts.set(pick(item), (counts.get(pick(item)) ?? 0) + 1);
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const title = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
  return [
    { label: "All", count: items.length, match: {} },
    ...count((i) => i.kind).map(([kind, n]) => ({ label: title(kind), count: n, match: { kind } })),
    ...count((i) => i.folder).map(([folder, n]) => ({ label: folder, count: n, match: { folder } })),
  ];
}

export function chosenTotals(state: BrowseState): { items: number; files: number; bytes: number } {
  const ids = new Set(state.chosen);
  const items = state.items.filter((i) => ids.has(i.id));
  return {
    items: items.length,
    files: items.reduce((sum, i) => sum + i.files, 0),
    bytes: items.reduce((sum, i) => sum + i.bytes, 0),
  };
}

/** First row of a window of `height` rows over `count` rows that keeps the cursor in its middle. */
export function windowStart(cursor: number, count: number, height: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(height / 2), count - height));
}
