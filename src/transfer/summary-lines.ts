/** The end of a run in words, for the command line and the UI. */
import type { Style } from "../shared/style.ts";
import { formatBytes, formatCount, formatDuration, plural, printable } from "../shared/text.ts";
import type { RunSummary, SkipReason } from "./events.ts";

const skipWords: Record<SkipReason, string> = {
  filtered: "not chosen",
  hidden: "hidden on the phone",
  trashed: "recently deleted",
  "icloud-only": "in iCloud only",
  "not-media": "no photo or video",
  pending: "still being written by the phone",
  "burst-unpicked": "burst frames that were not picked",
  "too-large-for-target": "too large for this disk's file system (FAT32 holds 4 GiB at most)",
};

/** The end of a run in one screen: what was copied, what was there, what was not and why, what to do next. */
export function summaryLines(s: RunSummary, style: Style): string[] {
  const { copied, present, skipped, failed, cancelled } = s.outcomes;
  const lines: string[] = [""];
  const row = (label: string, text: string): void => void lines.push(`  ${label.padEnd(14)}${text}`);
  const copiedText = `${plural(copied.items, "file")}, ${formatBytes(copied.bytes)}`;
  if (copied.items > 0)
    row("Copied", `${style.bold(copiedText)} in ${formatDuration(s.seconds)} (${formatBytes(s.bytesPerSecond)}/s)`);
  else row("Copied", "nothing new");
  if (present.items > 0) row("Already there", `${plural(present.items, "file")}, ${formatBytes(present.bytes)}`);
  for (const [reason, count] of Object.entries(s.skippedByReason))
    row("Left out", `${plural(count, "file")}: ${skipWords[reason as SkipReason]}`);
  if (skipped.items > 0 && s.undated > 0) row("", `${plural(s.undated, "photo")} among them without a date`);
  if (failed.items > 0) row("Failed", style.bad(plural(failed.items, "file")));
  for (const failure of s.failures)
    lines.push(`    ${printable(failure.path)}`, `      ${printable(failure.message)} (${failure.code})`);
  if (s.moreFailures > 0) lines.push(`    and ${formatCount(s.moreFailures)} more, all in the run log`);
  if (cancelled.items > 0)
    row(
      "Not done",
      `${plural(cancelled.items, "file")}, ${formatBytes(cancelled.bytes)}: the next run continues with them`,
    );
  if (s.editsNotTaken > 0)
    row("Edits", `${plural(s.editsNotTaken, "edited version")} on the phone not taken; the originals were`);
  if (s.halfPairs > 0) row("Half pairs", `${plural(s.halfPairs, "Live Photo")} whose movie is not on the phone`);
  row("Verified", verifyWords(s));
  row("Where", printable(s.destination));
  lines.push("");
  if (s.stoppedBy) lines.push(`${style.bad("Stopped.")} ${printable(s.stoppedBy.message)}`, `  ${s.stoppedBy.remedy}`);
  else if (failed.items > 0)
    lines.push(style.warn("Finished, but not everything could be copied. Run it again to retry the rest."));
  else if (copied.items === 0 && present.items === 0)
    lines.push(style.warn("Nothing on the phone matched what was chosen."));
  else if (copied.items === 0) lines.push(style.good("Everything chosen was there already. Nothing was copied."));
  else lines.push(style.good("Everything chosen is on this disk."));
  return lines;
}

function verifyWords(s: RunSummary): string {
  if (s.outcomes.copied.items === 0) return "nothing was written";
  if (s.verify === "size") return "sizes against the phone";
  if (s.verify === "hash") return "sizes against the phone; SHA-256 recorded";
  const where = s.reread === "disk" ? "from disk" : s.reread === "cache" ? "through the cache" : "";
  return `sizes against the phone; read back ${where}, compared`.replace("  ", " ");
}
