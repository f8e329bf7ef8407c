import { render } from "ink";
import { App } from "./App.tsx";
import type { PictureStore } from "./pictures/picture-store.ts";
import type { Store } from "./store.ts";

/** Draws the UI in the terminal's other screen, which gives the first one back as it was. */
export function mount(store: Store, pictures: PictureStore, stdin: NodeJS.ReadStream) {
  return render(<App store={store} pictures={pictures} />, { alternateScreen: true, exitOnCtrlC: false, stdin });
}
