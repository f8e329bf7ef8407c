import { render } from "ink";
import { App } from "./App.tsx";
import type { Store } from "./store.ts";

/** Draws the UI in the terminal's other screen, which gives the first one back as it was. */
export function mount(store: Store) {
  return render(<App store={store} />, { alternateScreen: true, exitOnCtrlC: false });
}
