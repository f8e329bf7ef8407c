/** A plan in a sentence, before it is carried out. */

import { formatBytes, formatCount, plural } from "../shared/text.ts";
import { missingRoom, missingRoomWords, type Plan } from "../transfer/index.ts";

/** "12 photos and videos chosen: 14 files, 40 MB to copy, 3 are there already (120 GB free)." @param freeBytes Infinity where it is not known */
export function planWords(plan: Plan, freeBytes: number): string {
  const there = plan.present.items > 0 ? `, ${formatCount(plan.present.items)} are there already` : "";
  const missing = missingRoom(plan, freeBytes);
  const tooLittle = missing > 0 ? `: ${missingRoomWords(missing)}` : "";
  const free = Number.isFinite(freeBytes) ? ` (${formatBytes(freeBytes)} free${tooLittle})` : "";
  return `${plural(plan.chosenPhotos, "photo or video", "photos and videos")} chosen: ${plural(plan.toCopy.items, "file")}, ${formatBytes(plan.toCopy.bytes)} to copy${there}${free}.`;
}

/** Of a replaced phone: what need not be copied again, if it is what it seems. Undefined where nothing is. */
export function alikeWords({ alike, toCopy }: Plan): string | undefined {
  if (alike.items === 0) return undefined;
  const look = alike.items === 1 ? "looks" : "look";
  return `${plural(alike.items, "file")} to copy (${formatBytes(alike.bytes)}) ${look} the same as ${alike.items === 1 ? "a copy" : "copies"} from another device here: compared, and not stored again. The rest needs ${formatBytes(toCopy.bytes - alike.bytes)}.`;
}
