/** The event that ends an item, and the words of why. */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollItem, RollRole } from "../../library/roll.ts";
import { formatCaptured } from "../../media/capture-time.ts";
import type { AppError } from "../../shared/errors.ts";
import type { ItemOutcome } from "../events.ts";
import { damagedCopy, type PlanEntry } from "../plan/plan.ts";

/** Which file of which photo an outcome is of. Without a photo for what is no media. */
export interface Part {
  readonly item: MediaItem;
  readonly photo?: RollItem | undefined;
  readonly role?: RollRole | undefined;
}

/** The event that ends one file. */
export function outcome(
  { item, photo, role }: Part,
  kind: ItemOutcome["outcome"],
  rest: Partial<ItemOutcome> = {},
): ItemOutcome {
  return {
    type: "item",
    path: item.path,
    outcome: kind,
    sizeBytes: item.sizeBytes,
    ...(photo ? { photoId: photo.id } : {}),
    ...(photo?.library?.uuid ? { uuid: photo.library.uuid } : {}),
    ...(role ? { role } : {}),
    ...(photo?.captured ? { captured: formatCaptured(photo.captured), capturedFrom: photo.captured.source } : {}),
    ...(item.createdAt ? { createdMs: item.createdAt.getTime() } : {}),
    ...(item.modifiedAt ? { modifiedMs: item.modifiedAt.getTime() } : {}),
    ...rest,
  };
}

/** Of what is not to be copied: settled before anything was asked of the phone. Undefined for what is. */
export function plannedOutcome(entry: PlanEntry): ItemOutcome | undefined {
  const { action } = entry;
  if (action.type === "copy") return undefined;
  if (action.type === "skip") return outcome(entry, "skipped", { reason: action.reason });
  const { target, sha256, isDamaged } = action;
  if (isDamaged) return outcome(entry, "failed", { target, ...reasonOf(damagedCopy(target)) });
  return outcome(entry, "present", { reason: "in-catalog", target, ...(sha256 ? { sha256 } : {}) });
}

export function reasonOf(error: AppError): Pick<ItemOutcome, "reason" | "message" | "remedy"> {
  return { reason: error.code, message: error.message, remedy: error.remedy };
}
