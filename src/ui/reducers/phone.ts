/** What happens to the open phone and to where its photos go, on every screen that has the photos behind it. */
import type { Effect, World } from "../actions.ts";
import type { BrowseState } from "../state.ts";

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
      return { state: { ...state, exported: action.exported, freeBytes: action.freeBytes }, effects: [] };
    default:
      return { state, effects: [] };
  }
}
