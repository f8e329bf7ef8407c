/** A line for each run that the watcher started: what it was, and how it ended. Of this person alone, and bounded. */
import { appendFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { makeFoldersSync } from "../shared/make-folders.ts";
import { readPlainText } from "../shared/plain-file.ts";
import type { JobName } from "./job.ts";

/** Times are ms UTC; `code` is an error's, of the version that wrote it. */
export interface RunRecord extends JobName {
  /** When it ended. */
  readonly at: number;
  readonly seconds: number;
  /** As it was started, without the program itself. */
  readonly command: string;
  /** Undefined where a signal ended it. */
  readonly exit?: number | undefined;
  readonly brought: number;
  /** Files that could not be copied. */
  readonly failed: number;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

const RecordSchema = v.object({
  phone: v.string(),
  copy: v.optional(v.string()),
  whole: v.optional(v.literal(true)),
  at: v.number(),
  seconds: v.number(),
  command: v.string(),
  exit: v.optional(v.number()),
  brought: v.number(),
  failed: v.number(),
  code: v.optional(v.string()),
  message: v.optional(v.string()),
});

/** A few thousand runs; the file before that one is kept too. */
const maxBytes = 512 * 1024;

/** That it cannot be written is no reason to stop. */
export function logRun(file: string, record: RunRecord): void {
  try {
    makeFoldersSync(dirname(file), 0o700);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(file, `${file}.1`);
    appendFileSync(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  } catch {
    // a full disk, a folder that is gone
  }
}

/** Oldest first. Lines that are not ours, or half written, are passed over. */
export function readRuns(file: string): RunRecord[] {
  return [`${file}.1`, file].flatMap((each) => linesOf(each)).flatMap((line) => parse(line) ?? []);
}

function linesOf(file: string): string[] {
  try {
    return readPlainText(file, { maxBytes: 2 * maxBytes }).split("\n");
  } catch {
    return [];
  }
}

function parse(line: string): RunRecord | undefined {
  try {
    const result = v.safeParse(RecordSchema, JSON.parse(line));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
