/** Facts from the heads of many files: several at once, known ones not again. */
import type { MediaItem, MediaSource } from "../device/media-source.ts";
import type { MediaFacts } from "../media/index.ts";
import { fileKind, type MediaKind } from "../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { Collector } from "../shared/collect-garbage.ts";
import { AppError } from "../shared/errors.ts";
import { readItemFacts } from "./item-facts.ts";
import { isNamed } from "./tree.ts";

/** Facts known from earlier runs, so that an unchanged phone is listed without opening a file. */
export interface FactsCache {
  get(item: MediaItem): MediaFacts | undefined;
  set(item: MediaItem, facts: MediaFacts): void;
}

/** What the head of one file said; `error` says why nothing is known. */
export interface KnownFacts {
  readonly facts: MediaFacts | undefined;
  readonly error?: AppError;
}

/** What to spare reading, and who is told of the progress. */
export interface HeadOptions extends AbortOptions {
  readonly cache?: FactsCache | undefined;
  readonly onRead?: (read: number, toRead: number) => void;
  /** By its name, where this is not given. */
  readonly kindOf?: (item: MediaItem) => MediaKind;
}

/** Heads of items on the way at once; each is a chain of open and read, so it is overlapped with others. */
const parallelHeads = 32;

/** @throws {DeviceError} when the phone goes away; a single unreadable item only has its error noted */
export async function readHeads(
  source: MediaSource,
  items: Iterable<MediaItem>,
  options: HeadOptions,
): Promise<Map<MediaItem, KnownFacts>> {
  const kindOf = options.kindOf ?? ((item: MediaItem) => fileKind(item.name));
  const known = new Map<MediaItem, KnownFacts>();
  const unknown: MediaItem[] = [];
  for (const item of items) {
    const cached = options.cache?.get(item);
    if (cached) known.set(item, { facts: cached });
    else if (["sidecar", "other"].includes(kindOf(item))) known.set(item, { facts: undefined });
    else unknown.push(item);
  }
  let read = 0;
  const collector = new Collector();
  const atOnce = Math.min(parallelHeads, source.capabilities.parallelReads);
  for await (const [item, result] of mapOrdered(unknown, atOnce, (item) => readOne(source, item, options))) {
    known.set(item, result);
    if (result.facts) options.cache?.set(item, result.facts);
    read += 1;
    collector.made();
    options.onRead?.(read, unknown.length);
  }
  return known;
}

async function readOne(source: MediaSource, item: MediaItem, options: HeadOptions): Promise<[MediaItem, KnownFacts]> {
  throwIfAborted(options.signal);
  const kind = options.kindOf?.(item) ?? fileKind(item.name);
  try {
    const facts = await readItemFacts(source, item, options);
    // With its facts it is remembered what it is: nobody looks at its first bytes again.
    return [item, { facts: isNamed(item) ? facts : { ...facts, kind } }];
  } catch (error) {
    // The copy will meet the same refusal and report it; for the model the item is simply undated.
    if (error instanceof AppError && error.scope === "item") return [item, { facts: undefined, error }];
    throw error;
  }
}
