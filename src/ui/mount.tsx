import { render } from "ink";
import { App } from "./App.tsx";
import type { PictureStore } from "./pictures/picture-store.ts";
import type { Store } from "./store.ts";

/** @param stdout where each write is a whole frame */
export function mount(store: Store, pictures: PictureStore, stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream) {
  return render(<App store={store} pictures={pictures} />, {
    debug: true, // whole frames, at once: what of them is written is the painter's
    patchConsole: false,
    exitOnCtrlC: false,
    stdin,
    stdout,
  });
}
