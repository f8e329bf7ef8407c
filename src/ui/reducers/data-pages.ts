/** Pages of what is on the phone besides photos: opened one from the other, and left the same way. */
import { type Action, isWorld } from "../actions.ts";
import type { DataState } from "../state.ts";
import { onPhotosBehind } from "./photos-behind.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

export function onDataPages(state: DataState & Frame, action: Action): Step {
  if (action.type === "dataPage") return stay({ ...state, loading: false, pages: [...state.pages, action.page] });
  if (isWorld(action)) return onPhotosBehind(state, action);
  switch (action.type) {
    case "move":
    case "wheel":
      return moved(state, action.by);
    case "page":
      return moved(state, action.by * Math.max(1, state.size.rows - 3));
    case "enter":
      return opened(state);
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    case "back":
      if (state.pages.length > 1) return stay({ ...state, loading: false, pages: state.pages.slice(0, -1) });
      return stay({ ...state.browse, ...frame(state) });
    default:
      return stay(state);
  }
}

function moved(state: DataState & Frame, by: number): Step {
  const page = state.pages.at(-1);
  if (!page) return stay(state);
  const cursor = clamp(page.cursor + by, page.rows.length);
  return stay({ ...state, pages: [...state.pages.slice(0, -1), { ...page, cursor }] });
}

function opened(state: DataState & Frame): Step {
  const page = state.pages.at(-1);
  const target = page?.rows[page.cursor]?.opens;
  if (!target || state.loading) return stay(state);
  return {
    state: { ...state, loading: true },
    effects: [{ type: "readData", device: state.browse.device, target }],
  };
}
