/** A folder outside of the photos' destination that copies in other forms go to: a place of ours by itself, with its own catalog. */
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { openHomeCatalog } from "./catalog/catalog-home.ts";
import { openPlace } from "./destination/open-place.ts";
import type { DestinationFolder } from "./destination/place.ts";
import type { LockOptions } from "./destination/store.ts";
import type { ApartPlace } from "./extras/maker.ts";

/** Such a folder, locked. Disposing it gives the lock back; of a new folder in which nothing began nothing is left. */
export interface ClaimedApart extends ApartPlace, AsyncDisposable {
  /** Fires when another run broke the lock. */
  readonly lost: AbortSignal;
  /** From now on what is in it stays. */
  begin(): void;
}

/**
 * @param of id of the photos' destination
 * @throws {DestinationError} `destination-in-use`, `destination-not-there` …; {UsageError} where photos were copied to: copies would
 * lie among them
 */
export async function claimApart(
  folder: DestinationFolder,
  of: string,
  options: LockOptions & { readonly dataFolder: string },
): Promise<ClaimedApart> {
  const place = openPlace(folder);
  await using stack = new AsyncDisposableStack();
  const { id, lock } = await place.claim(options);
  stack.use(lock);
  const begun = { value: false };
  stack.defer(async () => {
    if (!begun.value) await place.takeBack(id);
  });
  const home = { store: place.metadata, id, dataFolder: options.dataFolder, onShare: options.onShare };
  const { catalog } = stack.use(await openHomeCatalog(home, options));
  if (!catalog.items.eachRow({ state: "done" })[Symbol.iterator]().next().done) throw holdsPhotos(folder.root);
  const destination = stack.use(place.destination(id));
  const claimed = stack.move();
  return {
    destination,
    catalog,
    of,
    root: folder.root,
    lost: lock.lost,
    begin: () => {
      begun.value = true;
    },
    [Symbol.asyncDispose]: () => claimed.disposeAsync(),
  };
}

function holdsPhotos(root: string): UsageError {
  const message = `${printable(root)} holds photos that offroll copied; their copies would lie among them.`;
  return new UsageError("usage", message, { remedy: "Name another folder after --jpeg-to." });
}
