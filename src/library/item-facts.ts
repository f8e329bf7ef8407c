/** The facts of one item on a phone, by small range reads. */
import type { MediaItem, MediaSource } from "../device/media-source.ts";
import { cachedRange, type MediaFacts, readFacts } from "../media/index.ts";
import type { AbortOptions } from "../shared/abort.ts";

/** @throws {ItemError} when the phone cannot read the item; {DeviceError} when it is gone */
export async function readItemFacts(
  source: MediaSource,
  item: MediaItem,
  options: AbortOptions = {},
): Promise<MediaFacts> {
  const fetch = async (offset: number, length: number): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.read(item, { ...options, offset, length })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return await readFacts(cachedRange(item.sizeBytes, fetch));
}
