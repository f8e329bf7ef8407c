/**
 * Fills the index of the gallery in a process of its own: what it takes of memory goes with it, and the server answers meanwhile. It
 * ends with the process that started it.
 */
import { toAppError } from "../../shared/errors.ts";
import { buildIndex } from "./build-index.ts";
import type { IndexFailure, IndexWish } from "./index-beside.ts";
import { openIndex } from "./index-file.ts";
import { openedPlaces } from "./opened-places.ts";

const ended = new AbortController();
process.on("disconnect", () => ended.abort());
// Ctrl-C on a terminal reaches every process in front of it: what becomes of this one is for its parent to say.
process.on("SIGINT", () => {});
process.once("message", (wish: IndexWish) => {
  build(wish).then(
    () => process.disconnect(),
    (error: unknown) => {
      const { code, message, remedy } = toAppError(error);
      process.send?.({ code, message, remedy } satisfies IndexFailure, () => process.exit(1));
    },
  );
});

async function build({ roots, folder, key }: IndexWish): Promise<void> {
  const places = await openedPlaces(roots);
  const { index, isNew } = openIndex(folder, key);
  if (isNew)
    await buildIndex(index, places, key, { signal: ended.signal, onProgress: (progress) => process.send?.(progress) });
  index[Symbol.dispose]();
  for (const { catalog } of places) catalog[Symbol.dispose]();
}
