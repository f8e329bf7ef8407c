/** The place of a transfer, made ready: locked, its catalog open and in step with the files; or, for a dry run, only looked at. */
import type { MediaSource } from "../device/media-source.ts";
import { unlessOdd } from "../shared/disk-errors.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { openHomeCatalog, readCatalog } from "./catalog/catalog-home.ts";
import type { Destination } from "./destination/destination.ts";
import { knownDestinations, rememberedPlaces } from "./destination/known-destinations.ts";
import { openPlace } from "./destination/open-place.ts";
import type { DestinationFolder, Place } from "./destination/place.ts";
import { assertRightPlace } from "./destination/right-place.ts";
import type { LockOptions, MetadataStore } from "./destination/store.ts";
import type { TransferOptions } from "./transfer-options.ts";

/** Disposing it closes everything and gives the lock back; of a new place where no run began nothing is left. */
export class ClaimedPlace implements AsyncDisposable {
  readonly destination: Destination;
  readonly metadata: MetadataStore;
  /** None in a dry run to a place without one. */
  readonly catalog: Catalog | undefined;
  /** None in a dry run to a new place. */
  readonly id: string | undefined;
  /** Fires when another run broke the lock. */
  readonly lost: AbortSignal | undefined;
  readonly #stack: AsyncDisposableStack;
  readonly #begun: { value: boolean };

  private constructor(parts: Parts) {
    this.destination = parts.destination;
    this.metadata = parts.metadata;
    this.catalog = parts.catalog;
    this.id = parts.id;
    this.lost = parts.lost;
    this.#stack = parts.stack;
    this.#begun = parts.begun;
  }

  /** @throws {DestinationError} `destination-in-use`, `destination-not-there`, `catalog-corrupt` … */
  static async open(source: MediaSource, options: TransferOptions): Promise<ClaimedPlace> {
    const { folder } = options;
    const place = options.place ?? openPlace(folder);
    if (source.device.folder !== undefined) await place.assertApart(source.device.folder);
    if (!options.newDestination)
      await assertRightPlace(folder, rememberedPlaces(knownDestinations(options.dataFolder)));
    const stack = new AsyncDisposableStack();
    try {
      return new ClaimedPlace(await (options.dryRun ? lookAt(place, folder, stack) : claim(place, options, stack)));
    } catch (error) {
      // Why it could not begin matters more than what could not be put away then.
      await stack.disposeAsync().catch(() => {});
      throw error;
    }
  }

  /** From now on what is in the place stays. */
  begin(): void {
    this.#begun.value = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

interface Parts {
  readonly destination: Destination;
  readonly metadata: MetadataStore;
  readonly catalog: Catalog | undefined;
  readonly id: string | undefined;
  readonly lost: AbortSignal | undefined;
  readonly stack: AsyncDisposableStack;
  readonly begun: { value: boolean };
}

async function claim(place: Place, options: TransferOptions, stack: AsyncDisposableStack): Promise<Parts> {
  const { id, lock } = await place.claim(lockOptions(options));
  stack.use(lock);
  const begun = { value: false };
  // Before the lock is given back, after all files below are closed: a folder where no run began is as it was.
  stack.defer(async () => {
    if (!begun.value) await place.takeBack(id);
  });
  const { metadata } = place;
  const home = { store: metadata, id, dataFolder: options.dataFolder, onShare: options.onShare };
  const { catalog } = stack.use(await openHomeCatalog(home, options));
  const destination = stack.use(place.destination(id));
  await reconcile(catalog, destination);
  return { destination, metadata, catalog, id, lost: lock.lost, stack, begun };
}

async function lookAt(place: Place, folder: DestinationFolder, stack: AsyncDisposableStack): Promise<Parts> {
  const { metadata } = place;
  const catalog = stack.use(await readCatalog(metadata));
  const destination = stack.use(place.destination(folder.id));
  return { destination, metadata, catalog, id: folder.id, lost: undefined, stack, begun: { value: false } };
}

/** How the places of a transfer are locked. */
export function lockOptions(options: TransferOptions): LockOptions {
  return {
    clock: options.clock,
    pid: options.pid,
    wait: options.waitForLock,
    breakStale: options.breakLock,
    ...(options.onShare === undefined ? {} : { onShare: options.onShare }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onLockWait ? { onWait: options.onLockWait } : {}),
  };
}

/** A crash between naming a file and noting it: the file decides. */
async function reconcile(catalog: Catalog, destination: Destination): Promise<void> {
  await catalog.items.reconcile(async (row) => {
    const stat = await unlessOdd(destination.stat(row.target));
    if (stat?.sizeBytes !== row.sizeBytes) return false;
    return row.sha256 === undefined || (await unlessOdd(destination.hash(row.target)))?.sha256 === row.sha256;
  });
}
