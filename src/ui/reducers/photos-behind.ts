/** A page that stands before the photos: they go on being read behind it, and an export goes on. */
import type { World } from "../actions.ts";
import type { DataState, PhoneState } from "../state.ts";
import { onBrowse } from "./browse.ts";
import { type Frame, frame, type Step } from "./step.ts";

/** Where what happened takes the photos to another screen, the page goes with them. */
export function onPhotosBehind(state: (DataState | PhoneState) & Frame, action: World): Step {
  const { state: behind, effects } = onBrowse({ ...state.browse, ...frame(state) }, action);
  if (behind.screen !== "browse") return { state: behind, effects };
  return { state: { ...state, browse: behind }, effects };
}
