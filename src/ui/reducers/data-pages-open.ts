/** The way to what is on the phone besides photos. */
import type { BrowseState } from "../state.ts";
import { type Frame, frame, type Step } from "./step.ts";

/** Its kinds are read now. */
export function dataPagesOf(browse: BrowseState & Frame): Step {
  return {
    state: { screen: "data", browse, pages: [], loading: true, ...frame(browse) },
    effects: [{ type: "readData", device: browse.device, target: { of: "kinds" } }],
  };
}
