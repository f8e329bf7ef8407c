/** The phone's photos for a plan: listed, with as much of their heads read as the plan asks for. */
import type { MediaSource } from "../device/media-source.ts";
import { buildCameraRoll, withDerivatives } from "../library/index.ts";
import type { CameraRoll } from "../library/roll.ts";
import { throwIfAborted } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import type { CatalogFactsCache } from "./catalog/facts-cache.ts";
import type { PhoneStatCache } from "./catalog/phone-stat-cache.ts";
import { isGivenUp } from "./run/gate.ts";
import type { TransferOptions } from "./transfer-options.ts";

export async function takeRoll(
  source: MediaSource,
  cache: CatalogFactsCache | undefined,
  statCache: PhoneStatCache | undefined,
  options: TransferOptions,
): Promise<CameraRoll> {
  const signal = options.signal ? { signal: options.signal } : {};
  const needsCamera = options.selection.asksForCamera || options.template.uses("camera", "make", "model");
  // Only a look at the files' heads tells the camera where the library does not.
  const known = needsCamera ? undefined : options.roll;
  const roll =
    known ??
    (await buildCameraRoll(source, {
      now: options.clock.now(),
      cache,
      statCache,
      library: options.library,
      labels: wantsLabels(options),
      heads: needsCamera ? "cameras" : "needed",
      messengers: options.messengers ?? false,
      extraFolder: options.extraFolder,
      ...signal,
      ...(options.onListing ? { onProgress: options.onListing } : {}),
    }));
  return options.derivatives ? await withDerivatives(source, roll, signal) : roll;
}

/** A snapshot keeps them for whoever looks for a dog when the phone is gone. */
function wantsLabels({ selection, snapshot, extras }: TransferOptions): boolean {
  return snapshot === true || selection.asksForLabels || extras?.keywordsFrom?.includes("labels") === true;
}

/** Losses of the phone while it is listed that are waited for. */
const maxListingLosses = 5;

/** Lists again from the start when the phone was away meanwhile; heads that were read stay known. */
export async function whilePhoneComesBack<T>(
  source: MediaSource,
  options: TransferOptions,
  list: () => Promise<T>,
): Promise<T> {
  for (let losses = 0; ; losses += 1) {
    try {
      return await list();
    } catch (error) {
      const lost = error instanceof AppError && error.scope === "device" && losses < maxListingLosses;
      if (!lost || options.waitMs <= 0 || isGivenUp(error)) throw error;
      options.onPhoneWait?.(error);
      const enough = AbortSignal.timeout(options.waitMs);
      try {
        await source.reconnect({ signal: options.signal ? AbortSignal.any([options.signal, enough]) : enough });
      } catch {
        throwIfAborted(options.signal);
        throw error;
      }
    }
  }
}
