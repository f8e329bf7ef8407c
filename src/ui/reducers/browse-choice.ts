/** What is chosen: by hand, by day, as a range, as a whole view. */
import type { Action } from "../actions.ts";
import { choose, invert, noneChosen } from "../chosen.ts";
import type { UiItem } from "../items.ts";
import { visibleItems } from "../selectors.ts";
import type { BrowseState } from "../state.ts";
import { withoutView, withView } from "./chosen-views.ts";
import { clamp, type Frame } from "./step.ts";

/** Undefined for an action that chooses nothing. */
export function chosenBy(state: BrowseState & Frame, action: Action): (BrowseState & Frame) | undefined {
  const items = visibleItems(state);
  switch (action.type) {
    case "toggle":
      return toggle(state);
    case "range":
      return chooseRange(state);
    case "chooseDay": {
      const day = items[state.cursor]?.day;
      return chosenHere(
        state,
        items.filter((i) => i.day === day),
      );
    }
    case "chooseAll":
      return withView(chosenHere(state, items));
    case "chooseNone":
      return { ...state, chosen: noneChosen, chosenViews: [], anchor: undefined };
    case "invert":
      return { ...withoutView(state), chosen: invert(state.chosen, items) };
    default:
      return undefined;
  }
}

function toggle(state: BrowseState & Frame): BrowseState & Frame {
  const items = visibleItems(state);
  const item = items[state.cursor];
  if (!item || state.focus === "groups") return state;
  const chosen = invert(state.chosen, [item]);
  return { ...state, chosen, anchor: state.cursor, cursor: clamp(state.cursor + 1, items.length) };
}

function chooseRange(state: BrowseState & Frame): BrowseState & Frame {
  const anchor = state.anchor ?? state.cursor;
  const [from, to] = [Math.min(anchor, state.cursor), Math.max(anchor, state.cursor)];
  return chosenHere(state, visibleItems(state).slice(from, to + 1));
}

function chosenHere(state: BrowseState & Frame, items: readonly UiItem[]): BrowseState & Frame {
  return { ...state, chosen: choose(state.chosen, items), anchor: state.cursor };
}
