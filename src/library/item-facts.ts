/** The facts of one item on a phone, by small range reads. */
import { type MediaItem, type MediaSource, readRange } from "../device/media-source.ts";
import { type MediaFacts, readFacts } from "../media/index.ts";
import { fileKind } from "../media/kinds.ts";
import { boundedRange } from "../media/range-reader.ts";
import type { AbortOptions } from "../shared/abort.ts";

/** @throws {ItemError} when the phone cannot read the item; {DeviceError} when it is gone */
export async function readItemFacts(
  source: MediaSource,
  item: MediaItem,
  options: AbortOptions = {},
): Promise<MediaFacts> {
  const fetch = (offset: number, length: number): Promise<Buffer> =>
    readRange(source, item, { ...options, offset, length });
  return await readFacts(boundedRange(item.sizeBytes, fetch, { isMovie: fileKind(item.name) === "video" }));
}
