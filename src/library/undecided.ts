/** What files are whose names do not say it: their first bytes decide, once, and what they said is remembered. */
import { type MediaItem, type MediaSource, readRange, type UnreadableEntry } from "../device/media-source.ts";
import { decidingBytes, kindOfBytes } from "../media/index.ts";
import type { MediaKind } from "../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { AppError } from "../shared/errors.ts";
import type { FactsCache } from "./head-facts.ts";

/** `entry` where the phone did not let us look: nobody knows then whether it is a photo. */
export type Decided =
  | { readonly item: MediaItem; readonly kind: MediaKind }
  | { readonly item: MediaItem; readonly entry: UnreadableEntry };

/** Where first bytes that were looked at before are remembered. */
export interface DecideOptions extends AbortOptions {
  readonly cache?: FactsCache | undefined;
}

const parallelLooks = 32;

/** @throws {DeviceError} when the phone goes away */
export async function* readKinds(
  source: MediaSource,
  items: readonly MediaItem[],
  options: DecideOptions,
): AsyncGenerator<Decided, void, undefined> {
  const atOnce = Math.min(parallelLooks, source.capabilities.parallelReads);
  yield* mapOrdered(items, atOnce, (item) => look(source, item, options));
}

async function look(source: MediaSource, item: MediaItem, options: DecideOptions): Promise<Decided> {
  throwIfAborted(options.signal);
  const known = options.cache?.get(item)?.kind;
  if (known !== undefined) return { item, kind: known };
  if (item.sizeBytes === 0) return { item, kind: "other" };
  try {
    const length = Math.min(decidingBytes, item.sizeBytes);
    const kind = kindOfBytes(await readRange(source, item, { ...options, offset: 0, length }));
    // Of a photo more is worth remembering: see `readHeads`.
    if (kind === "other") options.cache?.set(item, { format: "unknown", kind });
    return { item, kind };
  } catch (error) {
    if (error instanceof AppError && error.scope === "item")
      return { item, entry: { unreadable: true, path: item.path, error } };
    throw error;
  }
}
