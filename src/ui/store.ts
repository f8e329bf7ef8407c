/** Holds the state, runs the reducer, hands effects on. */
import type { Action, Effect } from "./actions.ts";
import { reduce } from "./reducer.ts";
import { initialState, type State } from "./state.ts";

export interface Store {
  getState(): State;
  dispatch(action: Action): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(run: (effect: Effect) => void, start: State = initialState): Store {
  let state = start;
  const listeners = new Set<() => void>();
  return {
    getState: () => state,
    dispatch(action) {
      const step = reduce(state, action);
      const changed = step.state !== state;
      state = step.state;
      if (changed) for (const listener of listeners) listener();
      for (const effect of step.effects) run(effect);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
