/** What the watcher did, a line of JSON each: bounded, read by `autosave log` and `doctor`. */
import { appendOwnFile, sizeOfOwn, writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import type { Wait } from "./job.ts";

/** `at` is ms UTC. `watching` and `ended` are the watcher's own beginning and end. */
export interface LogEntry {
  readonly at: number;
  readonly what: "watching" | "ended" | "attached" | "detached" | "waiting" | "run-started" | "run-ended" | "told";
  readonly phone?: string | undefined;
  readonly copy?: string | undefined;
  readonly for?: Wait | undefined;
  readonly brought?: number | undefined;
  readonly newFailures?: number | undefined;
  readonly knownFailures?: number | undefined;
  /** What stopped the run: an `ErrorCode` of the version that wrote it. */
  readonly code?: string | undefined;
  /** Of a notice that was shown. */
  readonly cause?: string | undefined;
  readonly detail?: string | undefined;
}

/** The file is halved when it is larger. */
const mostBytes = 512 * 1024;

/** Throws as Node does: whoever watches goes on without a log. */
export function appendLog(file: string, entry: LogEntry): void {
  if (sizeOfOwn(file) > mostBytes) {
    const lines = readPlainText(file, { maxBytes: 2 * mostBytes }).split("\n");
    writeOwnFile(file, lines.slice(Math.floor(lines.length / 2)).join("\n"));
  }
  // A line begins: what a crash cut off before it stays a line of its own.
  appendOwnFile(file, `\n${JSON.stringify(entry)}`);
}

/** From the oldest. A line that was cut off when the computer went down hides no other; none where there is no file. */
export function readLog(file: string): LogEntry[] {
  let text: string;
  try {
    text = readPlainText(file, { maxBytes: 4 * mostBytes });
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const entry = parsed(line);
    return entry ? [entry] : [];
  });
}

function parsed(line: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(line) as LogEntry;
    return typeof entry.at === "number" && Number.isFinite(entry.at) && typeof entry.what === "string"
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
}
