/** The way to the page of the phone. */
import type { BrowseState } from "../state.ts";
import { type Frame, frame, type Step } from "./step.ts";

/** What is on it is found out now. */
export function phonePageOf(browse: BrowseState & Frame): Step {
  return {
    state: { screen: "phone", browse, lines: undefined, top: 0, ...frame(browse) },
    effects: [{ type: "describePhone" }],
  };
}
