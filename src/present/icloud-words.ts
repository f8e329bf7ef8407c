/**
 * How a phone's photos stand with iCloud Photos, in words that claim no more than its rows say. Public libraries show masters in the
 * states 3 (68 of them) and 1 (one); those were read on Macs. Whatever else is met is said as what it is: a number.
 */
import type { CloudYear, ICloudReport } from "../library/icloud-report.ts";
import { formatBytes, formatCount, plural } from "../shared/text.ts";

const photosAndVideos = (count: number): string => plural(count, "photo or video", "photos and videos");

/** The state that one public library shows besides 3. */
const seenState = 1;

/** Whether it is on, in a sentence. */
export function iCloudUseWords({ on, by }: Pick<ICloudReport, "on" | "by">): string {
  if (on === undefined) return "Whether iCloud Photos is on could not be told.";
  if (!on) return "iCloud Photos is off, as far as the phone's library tells.";
  return by === "mark" ? "iCloud Photos is on." : "iCloud Photos is on, or was: some photos are known to iCloud.";
}

/** "68 photos and videos are in iCloud (12 of them only there), 1 is not yet." Empty where nothing can be told. */
export function iCloudCounts(report: ICloudReport): string[] {
  const { on, synced, notYet, onlyThere, neither, deletedThere } = report;
  if (on === undefined || synced === undefined) {
    if (onlyThere > 0) return [`${photosAndVideos(onlyThere)} ${onlyThere === 1 ? "is" : "are"} only in iCloud.`];
    return on === undefined ? [] : ["This library does not tell which photos are in iCloud."];
  }
  if (!on) return [];
  const only = onlyThere > 0 ? ` (${formatCount(onlyThere)} only there)` : "";
  const lines = [
    `By its library, which nobody checked with iCloud: ${photosAndVideos(synced)} in iCloud${only}, ${formatCount(countOf(report))} not yet.`,
    ...notYetLines(report),
  ];
  if (neither > 0)
    lines.push(
      `${photosAndVideos(neither)} neither on the phone nor in iCloud, by these rows: look for them in Photos.`,
    );
  if (deletedThere > 0)
    lines.push(
      `${photosAndVideos(deletedThere)} marked as deleted in iCloud. No public library shows this mark: it may mean less.`,
    );
  return notYet ? lines : lines.slice(0, 1);
}

function countOf({ notYet }: Pick<ICloudReport, "notYet">): number {
  return notYet ? notYet.photos + notYet.videos : 0;
}

function notYetLines(report: ICloudReport): string[] {
  const { notYet, notBegun, states, oldestNotYet } = report;
  if (!notYet || countOf(report) === 0) return [];
  const oldest = oldestNotYet === undefined ? "" : `; the oldest was taken on ${oldestNotYet}`;
  const lines = [
    `Not yet: ${plural(notYet.photos, "photo")} and ${plural(notYet.videos, "video")}, ${formatBytes(notYet.bytes)}${oldest}.`,
  ];
  if (notBegun > 0) lines.push(`  iCloud does not know ${formatCount(notBegun)} of them: it seems not to have begun.`);
  for (const { state, count } of states) {
    if (state === seenState)
      lines.push(`  ${formatCount(count)} known to iCloud and not finished: waiting or failing.`);
    else if (state === "none") lines.push(`  ${formatCount(count)} named for iCloud, without a word how far.`);
    else
      lines.push(
        `  ${formatCount(count)} in a state (${state}) that no library known to offroll shows: counted as not yet.`,
      );
  }
  return lines;
}

/** As programs get it. @returns null for a phone that has no iCloud */
export function iCloudJson(report: ICloudReport | undefined): object | null {
  if (!report) return null;
  return {
    on: report.on ?? null,
    synced: report.synced ?? null,
    notYet: report.notYet ? countOf(report) : null,
    onlyThere: report.onlyThere,
    oldestNotYet: report.oldestNotYet ?? null,
  };
}

/** What else the rows tell. */
export function iCloudDetailsJson(report: ICloudReport | undefined): object | null {
  if (!report) return null;
  const { by, notYet, notBegun, states, neither, deletedThere, years } = report;
  const counts = notYet ?? null;
  return { by, notYet: counts, notBegun, states, neither, deletedThere, years };
}

/** A year as a row of a table. */
export function cloudYearRow({ name, synced, notYet, onlyThere }: CloudYear): string[] {
  return [name, ...[synced, notYet, onlyThere].map(formatCount)];
}
