/**
 * Choices that were made while only the first files were known. All that was shown is chosen as a rule, not as a list: photos that
 * are found later and fit belong to it.
 */
import { type Chosen, choose, noneChosen } from "../chosen.ts";
import { isInGroup } from "../groups.ts";
import type { UiItem } from "../items.ts";
import { search } from "../search.ts";
import { searchWords } from "../selectors.ts";
import type { BrowseState, ChosenView } from "../state.ts";
import type { Frame } from "./step.ts";

type Browse = BrowseState & Frame;

function viewOf({ groups, group, filter }: BrowseState): ChosenView {
  return { match: groups[group]?.match, filter };
}

function isSame(a: ChosenView, b: ChosenView): boolean {
  return a.filter === b.filter && JSON.stringify(a.match) === JSON.stringify(b.match);
}

/** What is shown now was chosen as a whole. */
export function withView(state: Browse): Browse {
  if (!state.loading) return state;
  const view = viewOf(state);
  return { ...state, chosenViews: [...state.chosenViews.filter((v) => !isSame(v, view)), view] };
}

/** What is shown now was turned round: what is found later is chosen where it was not, and the other way about. */
export function withoutView(state: Browse): Browse {
  if (!state.loading) return state;
  const view = viewOf(state);
  const others = state.chosenViews.filter((v) => !isSame(v, view));
  return { ...state, chosenViews: others.length < state.chosenViews.length ? others : [...others, view] };
}

/** Of the whole roll: what was chosen by its file, and what fits a choice of a whole view and was not dropped from it. */
export function chosenInWhole(before: BrowseState, items: readonly UiItem[]): Chosen {
  const fitted = fitting(before.chosenViews, before.items);
  const chosen = new Set<string>();
  const dropped = new Set<string>();
  for (const [i, item] of before.items.entries())
    if (before.chosen.has(item.id)) chosen.add(item.path);
    else if (fitted(item, i)) dropped.add(item.path);
  const fits = fitting(before.chosenViews, items);
  return choose(
    noneChosen,
    items.filter((item, i) => chosen.has(item.path) || (!dropped.has(item.path) && fits(item, i))),
  );
}

function fitting(views: readonly ChosenView[], items: readonly UiItem[]): (item: UiItem, index: number) => boolean {
  const rules = views.map(({ match, filter }) => ({ match, has: search(items, searchWords(filter)) }));
  return (item, index) => rules.some(({ match, has }) => has(index) && isInGroup(item, match));
}
