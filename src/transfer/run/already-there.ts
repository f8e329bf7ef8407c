/** Files that are this item already, proven by their bytes: another phone's copy, one unknown to the catalog, one under its name. */
import type { AbortOptions } from "../../shared/abort.ts";
import { unlessOdd } from "../../shared/disk-errors.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import type { ItemOutcome } from "../events.ts";
import { type CopyContext, type CopyJob, rowOf, wholeNow } from "./copy-context.ts";
import { outcome } from "./outcome.ts";
import { hashOnce } from "./receive.ts";

/**
 * Compares the phone's bytes with files that may be this one already: one that looks the same, with `--adopt` all of equal size.
 * Nothing is written where one is the same.
 */
export async function findThere(
  context: CopyContext,
  job: CopyJob,
  options: AbortOptions,
): Promise<ItemOutcome | undefined> {
  const { destination, unknownFiles, others } = context;
  const { item, alike } = job;
  const unknown = unknownFiles?.ofSize(item.sizeBytes) ?? [];
  const ofOthers = unknownFiles && others ? others.ofSize(item) : others && alike ? [alike] : [];
  if (unknown.length + ofOthers.length === 0) return undefined;
  const sha256 = await hashOnce(context, item, options);
  for (const target of unknown) {
    if (!(await holds(destination, target, sha256, options))) continue;
    unknownFiles?.take(target, item.sizeBytes);
    context.onBytes(item.sizeBytes);
    return await present(context, job, { target, sha256, reason: "adopted" });
  }
  const target = await copyOfOther(context, ofOthers, sha256, options);
  if (target === undefined) return undefined;
  context.onBytes(item.sizeBytes);
  return await present(context, job, { target, sha256, reason: "other-phone" });
}

/** The one of another phone's copies that is this very file, and whole on the disk; it stands for this phone's from now on. */
export async function copyOfOther(
  { destination, others }: Pick<CopyContext, "destination" | "others">,
  among: readonly PlanRow[],
  sha256: string,
  options: AbortOptions,
): Promise<string | undefined> {
  for (const row of among) {
    if (row.sha256 !== undefined && row.sha256 !== sha256) continue;
    // Two equal files of this phone may come here at once: each has a copy of its own.
    if (!others?.take(row.target)) continue;
    try {
      if (await holds(destination, row.target, sha256, options)) return row.target;
    } catch (error) {
      others.release(row.target);
      throw error;
    }
    others.release(row.target);
  }
  return undefined;
}

/** Registers a file that is there already and was read just now. */
export async function present(
  context: CopyContext,
  job: CopyJob,
  found: {
    readonly target: string;
    readonly sha256: string;
    readonly reason: "adopted" | "other-phone" | "same-content";
  },
): Promise<ItemOutcome> {
  const { target, sha256 } = found;
  const row = rowOf(context, job, { target, sha256, readBack: wholeNow(context) });
  await context.items.noteDone(context.source.device.id, job.item, row);
  return outcome(job, "present", found);
}

/** Whether a file has these bytes. What is no plain file has none. */
export async function holds(
  destination: Destination,
  target: string,
  sha256: string,
  options: AbortOptions,
): Promise<boolean> {
  return (await unlessOdd(destination.hash(target, options)))?.sha256 === sha256;
}
