/** The runs that a folder's `.offroll` keeps. */
import { LocalStore } from "../../src/transfer/destination/local/local-store.ts";
import type { RunFiles } from "../../src/transfer/destination/store.ts";
import { type RunLogLine, readRunLogs } from "../../src/transfer/logs/run-log.ts";

export function runsOf(metadata: string): RunFiles {
  return new LocalStore(metadata).runs;
}

export async function logLines(metadata: string): Promise<{ runId: string; line: RunLogLine }[]> {
  return await Array.fromAsync(readRunLogs(runsOf(metadata)));
}
