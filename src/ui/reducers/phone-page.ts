/** The page of the phone: read, scrolled, left. */
import { type Action, isWorld } from "../actions.ts";
import { phoneRows } from "../selectors.ts";
import type { PhoneState } from "../state.ts";
import { onPhotosBehind } from "./photos-behind.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

export function onPhonePage(state: PhoneState & Frame, action: Action): Step {
  if (action.type === "described") return stay({ ...state, lines: action.lines });
  if (isWorld(action)) return onPhotosBehind(state, action);
  switch (action.type) {
    case "move":
    case "wheel":
      return scrolled(state, action.by);
    case "page":
      return scrolled(state, action.by * phoneRows(state).room);
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    case "back":
    case "enter":
      return stay({ ...state.browse, ...frame(state) });
    default:
      return stay(state);
  }
}

function scrolled(state: PhoneState & Frame, by: number): Step {
  const { rows, room } = phoneRows(state);
  return stay({ ...state, top: clamp(state.top + by, rows.length - room + 1) });
}
