/** The catalog of a destination changed outside a run: by `verify`, and by what a person settles. */

import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { openHomeCatalog } from "../catalog/catalog-home.ts";
import { openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";

/** What a change of a catalog needs around it: the lock's holder, the time, where it lies. */
export interface ChangeOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** The person's data folder: catalogs of shares are kept there. */
  readonly dataFolder: string;
  /** Found out when not given. */
  readonly onShare?: boolean;
  /** See `LockOptions.breakStale`. */
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
}

/**
 * Locks the destination while `change` runs, as a run does.
 * @throws {DestinationError} `destination-in-use`, `lock-stale`, or why the catalog cannot be written
 */
export async function changeCatalog<T>(
  folder: DestinationFolder,
  options: ChangeOptions,
  change: (catalog: Catalog) => T | Promise<T>,
): Promise<T> {
  const { clock, pid, signal } = options;
  const { metadata } = openPlace(folder);
  using _lock = await metadata.lock({
    clock,
    pid,
    wait: false,
    breakStale: options.breakLock,
    ...(options.onShare === undefined ? {} : { onShare: options.onShare }),
    ...(signal ? { signal } : {}),
  });
  const id = folder.id ?? (await metadata.ensureId());
  const { dataFolder, onShare } = options;
  await using home = await openHomeCatalog({ store: metadata, id, dataFolder, onShare }, options);
  return await change(home.catalog);
}
