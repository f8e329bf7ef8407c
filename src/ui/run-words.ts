/** How far an export is, in words. */
import { formatBytes, formatCount, formatDuration, plural } from "../shared/text.ts";
import type { RunningExport } from "./state.ts";

/** 0 to 1, by bytes. */
export function shareDone({ done, toCopy }: RunningExport): number {
  return toCopy.bytes > 0 ? Math.min(1, done.bytes / toCopy.bytes) : 0;
}

/** "95 of 194 files, 1.2 MB of 1.9 MB, 30 MB/s, 2 min left" */
export function numbers({ done, toCopy, bytesPerSecond, paused }: RunningExport): string {
  if (toCopy.items === 0) return "Working out what is there already, and what is to be copied …";
  const files = `${formatCount(done.items)} of ${plural(toCopy.items, "file")}, ${formatBytes(done.bytes)} of ${formatBytes(toCopy.bytes)}`;
  if (paused) return files;
  const left = bytesPerSecond > 0 ? formatDuration((toCopy.bytes - done.bytes) / bytesPerSecond) : "…";
  return `${files}, ${formatBytes(bytesPerSecond)}/s, ${left} left`;
}

/** "61 of 197 files" */
export function stoppedCount({ done, toCopy }: Pick<RunningExport, "done" | "toCopy">): string {
  return `${formatCount(done.items)} of ${plural(toCopy.items, "file")}`;
}

export const stoppedEarly = "Stopped before anything was copied.";

/** What came of it first: the end of the lines, behind the last empty one. A small screen shows the beginning. */
export function verdictFirst(lines: readonly string[]): string[] {
  const at = lines.lastIndexOf("") + 1;
  return at === 0 ? [...lines] : ["", ...lines.slice(at), ...lines.slice(0, at - 1)];
}

/** One line for those who look at photos meanwhile. */
export function runLine(run: RunningExport): string {
  if (run.outcome !== undefined) return `The export has ended: ${run.outcome.find((l) => l.trim() !== "") ?? ""}`;
  const far = `Copying, ${Math.floor(shareDone(run) * 100)} %`;
  if (run.waiting) return `${far}. ${run.waiting.message} ${run.waiting.remedy}`;
  if (run.cancelling) return `${far}: stopping`;
  return `${far}${run.paused ? ", paused" : ""}: ${numbers(run)}`;
}
