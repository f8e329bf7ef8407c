/** A page that stands before the photos: they go on being read behind it, and an export goes on. */
import type { World } from "../actions.ts";
import type { DataState, PhoneState } from "../state.ts";
import { onBrowse } from "./browse.ts";
import { type Frame, frame, type Step } from "./step.ts";

/** Where what happened takes the photos to another screen, the page goes with them. */
export function onPhotosBehind(state: (DataState | PhoneState) & Frame, action: World): Step {
  const { state: behind, effects } = onBrowse({ ...state.browse, ...frame(state) }, action);
  if (behind.screen !== "browse") return { state: behind, effects };
  const { help, size, ...browse } = behind;
  if (state.screen !== "data") return { state: { ...state, browse }, effects };
  // The panel may have other groups now: the folder stays the one it is.
  const group = browse.groups.findIndex(({ match }) => match?.type === "data" && match.kind === state.kind);
  return { state: group < 0 ? { ...browse, ...frame(state) } : { ...state, browse, group }, effects };
}
