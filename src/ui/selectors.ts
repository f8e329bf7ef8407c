/** What is computed from the state: visible items, totals, the pictures that are on the screen. */
import { toAppError } from "../shared/errors.ts";
import { wrap } from "../shared/text.ts";
import { PathTemplate, targetName } from "../transfer/plan/index.ts";
import { type Totals, totalsOf } from "./chosen.ts";
import { isInGroup } from "./groups.ts";
import type { UiItem } from "./items.ts";
import { layoutOf, rowsOf, visibleRows } from "./layout.ts";
import { prepareSearch, search } from "./search.ts";
import type { Size } from "./size.ts";
import type { BrowseState, ExportState, PhoneState, State, SummaryState } from "./state.ts";

const shown = new WeakMap<
  readonly UiItem[],
  { key: string; exported: ReadonlySet<string>; items: readonly UiItem[] }
>();

/** Items of the chosen group that match the filter. Kept until one of them changes. */
export function visibleItems(state: BrowseState): readonly UiItem[] {
  const { items, exported, onlyNew } = state;
  if (state.filtering) prepareSearch(items);
  const key = `${state.group}\0${onlyNew}\0${state.filter}`;
  const known = shown.get(items);
  if (known?.key === key && (known.exported === exported || !onlyNew)) return known.items;
  const match = state.groups[state.group]?.match;
  const words = searchWords(state.filter);
  const all = words.length === 0 && !onlyNew && (match === undefined || match.type === "all");
  const has = all ? () => true : search(items, words);
  const visible = all
    ? items
    : items.filter((item, i) => has(i) && isInGroup(item, match) && !(onlyNew && exported.has(item.id)));
  shown.set(items, { key, exported, items: visible });
  return visible;
}

/** The words to find: all of them must occur. */
export function searchWords(filter: string): readonly string[] {
  return filter.toLowerCase().split(/\s+/).filter(Boolean);
}

const counted = new WeakMap<readonly UiItem[], { readonly key: string; readonly count: number }>();

/** How many match the filter outside the group that is shown; 0 where all are shown. */
export function countInAll({ items, groups, group, filter, onlyNew, exported }: BrowseState): number {
  const match = groups[group]?.match;
  const words = searchWords(filter);
  if (words.length === 0 || match === undefined || match.type === "all") return 0;
  const key = `${group}\0${onlyNew ? exported.size : ""}\0${filter}`;
  const known = counted.get(items);
  if (known?.key === key) return known.count;
  const has = search(items, words);
  let count = 0;
  for (let i = 0; i < items.length; i += 1)
    if (has(i) && !(onlyNew && exported.has((items[i] as UiItem).id))) count += 1;
  counted.set(items, { key, count });
  return count;
}

/** What is chosen; everything that is shown where nothing is. */
export function exportIds(browse: BrowseState): readonly string[] {
  return browse.chosen.size > 0 ? [...browse.chosen] : visibleItems(browse).map((i) => i.id);
}

const summed = new WeakMap<readonly UiItem[], Totals>();

/** What an export would take. */
export function exportTotals(browse: BrowseState): Totals {
  if (browse.chosen.size > 0) return totalsOf(browse.chosen);
  const items = visibleItems(browse);
  const known = summed.get(items);
  if (known) return known;
  const totals = {
    items: items.length,
    files: items.reduce((sum, i) => sum + i.files, 0),
    bytes: items.reduce((sum, i) => sum + i.bytes, 0),
  };
  summed.set(items, totals);
  return totals;
}

const examples = 3;

/** The template that names the files: the usual one gives way to the one that was kept for this phone at that place. */
function templateOf({ browse, settings }: ExportState): string {
  const { kept, usualTemplate } = browse;
  const isKept = settings.template === usualTemplate && settings.destination.trim() === kept?.destination;
  return isKept ? kept.template : settings.template;
}

/** Where the first few of what would be exported go. */
export function exampleNames(state: ExportState): string[] {
  const { browse } = state;
  const photos = firstOf(browse, examples).flatMap((i) => (i.photo ? [i.photo] : []));
  try {
    const template = new PathTemplate(templateOf(state));
    return photos.map((photo) => targetName(template.render(photo, browse.phone), photo.parts[0], photo));
  } catch {
    return [];
  }
}

/** The first few of what would be exported. */
function firstOf(browse: BrowseState, count: number): readonly UiItem[] {
  const { chosen, items } = browse;
  if (chosen.size === 0) return visibleItems(browse).slice(0, count);
  const found: UiItem[] = [];
  for (const item of items) {
    if (found.length === Math.min(count, chosen.size)) break;
    if (chosen.has(item.id)) found.push(item);
  }
  return found;
}

/** Why photos cannot be named so; undefined where they can. */
export function templateProblem(template: string): string | undefined {
  try {
    new PathTemplate(template);
    return undefined;
  } catch (error) {
    const { message, remedy } = toAppError(error);
    return `${message} ${remedy}`.trim();
  }
}

/** A picture that the screen has room for. */
export interface WantedPicture {
  readonly item: UiItem;
  readonly size: Size;
}

/** Pictures that the screen has room for now, nearest to the cursor first. */
export function wantedPictures(state: State): readonly WantedPicture[] {
  if (state.screen !== "browse" || state.help) return [];
  const items = visibleItems(state);
  const layout = layoutOf(state.size, state.view);
  const here = items[state.cursor];
  const wanted: WantedPicture[] = [];
  if (state.large) {
    if (here) wanted.push({ item: here, size: largePicture(state.size) });
    return wanted;
  }
  const rows = visibleRows(rowsOf(items, layout.perRow), state.cursor, layout.height, itemRows(state));
  if (state.view === "grid")
    for (const row of rows)
      if (row.type === "items")
        for (let i = row.start; i < row.start + row.count; i += 1)
          wanted.push({ item: items[i] as UiItem, size: layout.picture });
  const at = new Map(wanted.map((w, i) => [w.item, i]));
  const mine = here === undefined ? 0 : (at.get(here) ?? 0);
  wanted.sort((a, b) => Math.abs((at.get(a.item) ?? 0) - mine) - Math.abs((at.get(b.item) ?? 0) - mine));
  if (here && layout.paneWidth > 0) wanted.splice(1, 0, { item: here, size: layout.panePicture });
  return wanted;
}

/** Lines an item takes in the list of rows. */
export function itemRows(state: BrowseState & Pick<State, "size">): number {
  return state.view === "grid" ? layoutOf(state.size, "grid").cell.rows : 1;
}

/** The summary in lines of the screen's width, and how many of them there is room for. */
export function summaryRows({ lines, size }: SummaryState & Pick<State, "size">): { rows: string[]; room: number } {
  return { rows: lines.flatMap((line) => wrap(line, Math.max(10, size.columns - 2))), room: size.rows - 1 };
}

/** As `summaryRows`, of the page of a phone. */
export function phoneRows({ lines, size }: PhoneState & Pick<State, "size">): { rows: string[]; room: number } {
  return { rows: (lines ?? []).flatMap((line) => wrap(line, Math.max(10, size.columns - 2))), room: size.rows - 1 };
}

/** The picture of one photo alone, with room for what is known of it beside or below. */
export function largePicture(size: Size): Size {
  const beside = size.columns >= 90;
  return beside
    ? { columns: size.columns - 46, rows: size.rows - 4 }
    : { columns: size.columns - 4, rows: Math.max(4, Math.floor(size.rows * 0.48)) };
}

/** First row of a window of `height` rows over `count` rows that keeps the cursor in its middle. */
export function windowStart(cursor: number, count: number, height: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(height / 2), count - height));
}
