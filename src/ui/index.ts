/**
 * The terminal UI as a function: state, reducer, selectors and keymap are pure; effects.ts does the work; screens are thin views.
 * One more reader of the engine's events. Read first: state.ts, then reducer.ts.
 */
export { startUi } from "./start.ts";
