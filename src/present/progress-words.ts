/** How far a run is, in words and numbers. */
import { formatBytes, formatCount, formatDuration, plural } from "../shared/text.ts";

interface Amount {
  readonly items: number;
  readonly bytes: number;
}

export interface Progress {
  readonly done: Amount;
  readonly toCopy: Amount;
  readonly bytesPerSecond: number;
  readonly paused?: boolean;
}

/** 0 to 1, by bytes. */
export function shareDone({ done, toCopy }: Pick<Progress, "done" | "toCopy">): number {
  return toCopy.bytes > 0 ? Math.min(1, done.bytes / toCopy.bytes) : 0;
}

/** "95 of 194 files, 1.2 MB of 1.9 MB, 30 MB/s, 2 min left" */
export function numbers({ done, toCopy, bytesPerSecond, paused }: Progress): string {
  if (toCopy.items === 0) return "Working out what is there already, and what is to be copied …";
  const files = `${formatCount(done.items)} of ${plural(toCopy.items, "file")}, ${formatBytes(done.bytes)} of ${formatBytes(toCopy.bytes)}`;
  if (paused) return files;
  const left = bytesPerSecond > 0 ? formatDuration((toCopy.bytes - done.bytes) / bytesPerSecond) : "…";
  return `${files}, ${formatBytes(bytesPerSecond)}/s, ${left} left`;
}

/** "61 of 197 files" */
export function stoppedCount({ done, toCopy }: Pick<Progress, "done" | "toCopy">): string {
  return `${formatCount(done.items)} of ${plural(toCopy.items, "file")}`;
}

export const stoppedEarly = "Stopped before anything was copied.";
