/** What the screens' reducers share. */
import type { Effect } from "../actions.ts";
import type { State } from "../state.ts";

/** The next state, and the work that it asks for. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What every state carries besides its screen. */
export type Frame = Pick<State, "help" | "size">;

/** The next state, and no work. */
export const stay = (state: State): Step => ({ state, effects: [] });

/** For the next screen: its size is the same, help is closed. */
export function frame({ size }: Frame): Frame {
  return { help: false, size };
}

/** An index into so many; 0 where there are none. */
export function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
