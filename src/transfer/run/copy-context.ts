/** What copying one file needs: what it is, and what is around it. */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollItem, RollRole } from "../../library/roll.ts";
import { formatCaptured } from "../../media/capture-time.ts";
import type { CatalogRow, NewRow, PlanRow, ReadBack } from "../catalog/item-row.ts";
import type { ItemTable } from "../catalog/items.ts";
import type { Destination } from "../destination/destination.ts";
import type { UnknownFiles } from "../plan/known-files.ts";
import type { OtherPhones } from "../plan/other-phones.ts";
import type { ReadContext } from "./receive.ts";

/** One file that is to be copied. */
export interface CopyJob {
  readonly item: MediaItem;
  readonly photo: RollItem;
  readonly role: RollRole;
  readonly target: string;
  /** A copy from another phone that looks the same. */
  readonly alike?: PlanRow | undefined;
}

/** The same for all files of a run, but for `onWritten`. */
export interface CopyContext extends ReadContext {
  readonly destination: Destination;
  readonly items: ItemTable;
  readonly runId: string;
  /** Files that may be this item already, to be compared with the phone's bytes instead of copying: `--adopt`. */
  readonly unknownFiles?: UnknownFiles | undefined;
  /** Copies from other phones, one of which may be this item already. */
  readonly others?: OtherPhones | undefined;
  now(): number;
  /** The file is there, whole and named; what failed afterwards ends the run, and not what was done. */
  onTrouble(error: unknown): void;
  /** The phone is done with, and so is the memory; the disk may still have to be waited for. */
  onWritten(): void;
}

/** The catalog's row of this file as this run copies it. @param readBack undefined where it was not */
export function rowOf(
  { now, runId }: Pick<CopyContext, "now" | "runId">,
  { photo, role }: CopyJob,
  at: Pick<CatalogRow, "target" | "sha256" | "readBack">,
): NewRow {
  return {
    photoId: photo.id,
    uuid: photo.library?.uuid,
    role,
    captured: photo.captured && formatCaptured(photo.captured),
    copiedAt: now(),
    runId,
    ...at,
  };
}

/** It was read just now, and is what it should be. */
export function wholeNow({ now }: Pick<CopyContext, "now">): ReadBack {
  return { at: now(), found: "whole" };
}
