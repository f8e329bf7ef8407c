/** What is in the pictures, where the phone's search index tells. Whatever is wrong with it costs the labels alone. */
import type { MediaSource } from "../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { ForeignDatabase, type ForeignOptions } from "../shared/foreign-database.ts";
import { type PullOptions, pullSearchIndex } from "./photos/photos-pull.ts";
import { type LabelsByUuid, readSearchIndex } from "./photos/search-index.ts";
import type { RollKnowledge } from "./roll.ts";

/** The labels, or in words why there are none: they follow "and". */
export interface SeenLabels {
  readonly told: NonNullable<RollKnowledge["labels"]>;
  readonly byUuid?: LabelsByUuid;
}

/** @returns undefined where no index is looked for @throws {DeviceError} when the phone goes away */
export async function seenLabels(
  source: MediaSource,
  { library, signal }: AbortOptions & { readonly library?: PullOptions | undefined },
  reading: ForeignOptions,
): Promise<SeenLabels | undefined> {
  if (!library || source.capabilities.library !== "photos-sqlite") return undefined;
  const pulled = await pullSearchIndex(source, { ...library, ...(signal ? { signal } : {}) });
  if (!("file" in pulled)) return { told: { why: pulled.why } };
  try {
    await using db = ForeignDatabase.open(pulled.file, reading);
    const byUuid = await readSearchIndex(db);
    return byUuid ? { told: "read", byUuid } : { told: { why: "its search index is none that offroll knows" } };
  } catch (error) {
    throwIfAborted(signal);
    return { told: { why: `its search index could not be read (${(error as Error).message})` } };
  }
}
