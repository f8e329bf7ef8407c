/** A plan in a sentence, before it is carried out. */

import { formatBytes, formatCount, formatRoom, plural } from "../shared/text.ts";
import { elsewhereOf } from "../transfer/index.ts";
import { missingRoom, type Plan } from "../transfer/plan/index.ts";

/** "12 photos and videos chosen: 14 files, 40 MB to copy, 3 are there already (120 GB free)." @param freeBytes Infinity where it is not known */
export function planWords(plan: Plan, freeBytes: number): string {
  const { present } = plan;
  const there =
    present.items > 0 ? `, ${formatCount(present.items)} ${present.items === 1 ? "is" : "are"} there already` : "";
  const missing = missingRoom(plan, freeBytes);
  const tooLittle = missing > 0 ? `: ${formatRoom(missing)} more is needed` : "";
  const free = Number.isFinite(freeBytes) ? ` (${formatBytes(freeBytes)} free${tooLittle})` : "";
  return `${plural(plan.chosenPhotos, "photo or video", "photos and videos")} chosen${elsewhereWords(plan)}: ${plural(plan.toCopy.items, "file")}, ${formatBytes(plan.toCopy.bytes)} to copy${there}${free}.`;
}

/** What is chosen and cannot come over this cable. Where only a movie or an edit is elsewhere, its photo counts. */
function elsewhereWords(plan: Plan): string {
  const { iCloudOnly, missing } = elsewhereOf(plan);
  const words = [
    iCloudOnly > 0 ? `${formatCount(iCloudOnly)} of them, or a part, in iCloud only` : "",
    missing > 0 ? `${formatCount(missing)} missing` : "",
  ].filter((part) => part !== "");
  return words.length === 0 ? "" : ` (${words.join("; ")})`;
}

/** Of a replaced phone: what need not be copied again, if it is what it seems. Undefined where nothing is. */
export function alikeWords({ alike, toCopy }: Plan): string | undefined {
  if (alike.items === 0) return undefined;
  const look = alike.items === 1 ? "looks" : "look";
  return `${plural(alike.items, "file")} to copy (${formatBytes(alike.bytes)}) ${look} the same as ${alike.items === 1 ? "a copy" : "copies"} from another device here: compared, and stored again only where the content differs. The rest needs ${formatBytes(toCopy.bytes - alike.bytes)}.`;
}
