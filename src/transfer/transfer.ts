/** One export or backup from end to end: place claimed, roll built, plan made, run told and logged. */
import type { MediaSource } from "../device/media-source.ts";
import type { CameraRoll } from "../library/roll.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { type ClaimedApart, claimApart } from "./apart-place.ts";
import { ClaimedPlace, lockOptions } from "./claimed-place.ts";
import { openPlace } from "./destination/open-place.ts";
import type { SecondPhone, TransferEvent } from "./events.ts";
import type { Plan } from "./plan/plan.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { runTransfer } from "./run-transfer.ts";
import type { TransferOptions } from "./transfer-options.ts";

/** A planned transfer, ready to run. Disposing it releases the destination. */
export interface Transfer extends AsyncDisposable {
  readonly plan: Plan;
  readonly roll: CameraRoll;
  readonly runId: string;
  /** Free bytes where it goes. */
  readonly freeBytes: number;
  /** Set where this phone's first files come among those of others. */
  readonly secondPhone?: SecondPhone;
  /** Files that are copied again because they were removed from the destination by hand. */
  readonly removedHere: number;
  /** Files whose dates and places were read again, because an earlier version of offroll read less of them. */
  readonly readAnew: number;
  run(options?: AbortOptions): AsyncIterable<TransferEvent>;
  /** Ends the transfer. One that did not begin to run leaves no trace in a new destination, however it ends. */
  discard(): Promise<void>;
}

/**
 * Prepares a transfer up to its plan.
 * @throws {DestinationError} `destination-in-use`, `catalog-corrupt` …; {DeviceError} when the phone goes away
 */
export async function openTransfer(source: MediaSource, options: TransferOptions): Promise<Transfer> {
  const stack = new AsyncDisposableStack();
  try {
    const place = stack.use(await ClaimedPlace.open(source, options));
    const apart = await apartOf(source, place, options);
    if (apart) stack.use(apart);
    const prepared = await prepare(source, place, options);
    const freeBytes = await place.destination.freeBytes().catch(() => Number.POSITIVE_INFINITY);
    return transferOf(prepared, { freeBytes, apart, close: () => stack.disposeAsync() }, options);
  } catch (error) {
    // Why it could not begin matters more than what could not be put away then.
    await stack.disposeAsync().catch(() => {});
    throw error;
  }
}

/** Before anything is listed or copied: who cannot have the copies where they shall go is told at once. */
async function apartOf(
  { device }: MediaSource,
  { id }: ClaimedPlace,
  options: TransferOptions,
): Promise<ClaimedApart | undefined> {
  const { copiesApart, dryRun } = options;
  if (!copiesApart) return undefined;
  if (device.folder !== undefined) await openPlace(copiesApart).assertApart(device.folder);
  if (dryRun || id === undefined) return undefined;
  return await claimApart(copiesApart, id, { ...lockOptions(options), dataFolder: options.dataFolder });
}

interface Around {
  readonly freeBytes: number;
  readonly apart: ClaimedApart | undefined;
  readonly close: () => Promise<void>;
}

function transferOf(prepared: Prepared, { freeBytes, apart, close }: Around, options: TransferOptions): Transfer {
  const { place, plan, roll, runId, notes, readAnew, secondPhone, source, template } = prepared;
  return {
    plan,
    roll,
    runId,
    freeBytes,
    removedHere: notes?.removed ?? 0,
    readAnew,
    ...(secondPhone ? { secondPhone } : {}),
    run(runOptions = {}) {
      place.begin();
      apart?.begin();
      // Whose lock is broken stops: two that write to one place damage it.
      const signal = AbortSignal.any([runOptions.signal, place.lost, apart?.lost].filter((s) => s !== undefined));
      if (options.keepTemplate) place.catalog?.devices.keepTemplate(source.device.id, template.source);
      return runTransfer(prepared, options, { signal, apart });
    },
    discard: close,
    [Symbol.asyncDispose]: close,
  };
}
