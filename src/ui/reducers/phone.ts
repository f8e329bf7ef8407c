/** What happens to the open phone and to where its photos go, on every screen that has the photos behind it. */
import type { Effect, World } from "../actions.ts";
import { visibleItems } from "../selectors.ts";
import type { BrowseState } from "../state.ts";

/** What happens to the phone of these photos, whichever screen is shown. */
export function onPhone<T extends BrowseState>(state: T, action: World): { state: T; effects: readonly Effect[] } {
  switch (action.type) {
    case "devices": {
      const isThere = action.devices.some((d) => d.info.id === state.device && d.state !== "network-only");
      const several = action.devices.length > (isThere ? 1 : 0);
      if (!isThere) return { state: { ...state, several, away: true }, effects: [] };
      // While an export waits for the phone it is the one that calls it.
      const isWaited = state.run !== undefined && state.run.outcome === undefined;
      if (!state.away || isWaited) return { state: { ...state, several, away: false }, effects: [] };
      return { state: { ...state, several }, effects: [{ type: "reconnect" }] };
    }
    case "problem":
      return { state: { ...state, away: true }, effects: [] };
    case "reconnected":
    case "resumed":
      return {
        state: { ...state, away: false, note: state.note === "unplugged" ? undefined : state.note },
        effects: [],
      };
    case "destination":
      return { state: { ...withExported(state, action.exported, action.freeBytes), kept: action.kept }, effects: [] };
    default:
      return { state, effects: [] };
  }
}

/** Where only what is new is shown, photos go from under the cursor: it stays with its own, or in the list. */
function withExported<T extends BrowseState>(
  state: T,
  exported: ReadonlySet<string>,
  freeBytes: number | undefined,
): T {
  const next = { ...state, exported, freeBytes };
  if (!state.onlyNew) return next;
  const here = visibleItems(state)[state.cursor];
  const items = visibleItems(next);
  const at = here === undefined ? -1 : items.indexOf(here);
  return { ...next, cursor: at >= 0 ? at : Math.max(0, Math.min(state.cursor, items.length - 1)) };
}
