/** What the screens' reducers share. */
import type { Effect } from "../actions.ts";
import type { State } from "../state.ts";

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What every state carries besides its screen. */
export type Frame = Pick<State, "help" | "size">;

export const stay = (state: State): Step => ({ state, effects: [] });

/** For the next screen: its size is the same, help is closed. */
export function frame({ size }: Frame): Frame {
  return { help: false, size };
}

export function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
