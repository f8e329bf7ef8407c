/** What a run of a copy tells, as it happens. The text and the JSON are two readers of it. */
import type { ErrorCode } from "../../shared/errors.ts";

/** What became of one file. What was there already is counted only. */
export type CopyOutcome =
  /** Read from the first, written, and read back: its hash is the recorded one. */
  | "copied"
  /** It lay in the copy under the name that it had before. */
  | "moved"
  /** A sidecar of ours that says something new. */
  | "replaced"
  /** An album's entry: another name of a file that is there. */
  | "linked"
  | "failed";

export interface CopyFileEvent {
  readonly type: "file";
  readonly path: string;
  readonly outcome: CopyOutcome;
  readonly sizeBytes: number;
  readonly code?: ErrorCode;
  readonly message?: string;
}

export interface CopyStartEvent {
  readonly type: "start";
  readonly name: string;
  /** The destination that is copied, and the copy, as a person would name them. */
  readonly first: string;
  readonly place: string;
  /** Whether both lie on one disk; undefined where nobody tells. */
  readonly sameDisk: boolean | undefined;
  /** What is to be copied, as far as it is known before. */
  readonly files: number;
  readonly bytes: number;
}

export interface CopyProgressEvent {
  readonly type: "progress";
  readonly files: number;
  readonly bytes: number;
  readonly totalFiles: number;
  readonly totalBytes: number;
}

/** A file that could not be copied, and why. */
export interface CopyFailure {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Some paths, and how many there are. */
export interface NamedFiles {
  readonly count: number;
  readonly paths: readonly string[];
}

export interface CopySummary {
  readonly type: "summary";
  readonly name: string;
  readonly id: string;
  readonly first: string;
  readonly place: string;
  readonly sameDisk: boolean | undefined;
  /** Everything that the first has whole is in the copy. */
  readonly ok: boolean;
  /** What the copy holds of the first's photos and videos. */
  readonly files: number;
  readonly bytes: number;
  /** Of those, what this run copied. */
  readonly copied: { readonly files: number; readonly bytes: number };
  readonly present: number;
  readonly moved: number;
  /** Sidecars, album entries and movies that were made. */
  readonly extras: number;
  /** Logs and libraries of runs. */
  readonly logs: number;
  readonly failures: readonly CopyFailure[];
  readonly moreFailures: number;
  /** Files that the first should have, and has not. */
  readonly missingInFirst: NamedFiles;
  /** Files in the copy that the first has no more. They stay. */
  readonly gone: NamedFiles;
  /** Sidecars and album entries whose name something else has: it was left. */
  readonly kept: NamedFiles;
  /** Album entries that the copy's disk has no links for. */
  readonly linksLeftOut: number;
  /** Files whose hash was never recorded: only their size could be compared. */
  readonly sizeOnly: number;
  /** Files that came to the copy by runs of its own, which the first has not. */
  readonly ownFiles: number;
  readonly seconds: number;
  /** What ended the run early. */
  readonly stoppedBy?: { readonly code: ErrorCode; readonly message: string; readonly remedy: string };
}

export type CopyEvent = CopyStartEvent | CopyFileEvent | CopyProgressEvent | CopySummary;
