/** What a run tells, as it happens. The text report, the JSON report, the run log and the UI are readers of this and nothing else. */
import type { AvailabilityCounts, RollRole } from "../library/index.ts";
import type { CaptureSource } from "../media/index.ts";
import type { ErrorCode } from "../shared/errors.ts";

export const outcomes = ["copied", "present", "skipped", "failed", "cancelled"] as const;
export type Outcome = (typeof outcomes)[number];

export const skipReasons = [
  "filtered",
  "hidden",
  "trashed",
  "shared",
  "icloud-only",
  "missing",
  "not-media",
  "pending",
  "burst-unpicked",
  "empty",
  "too-large-for-target",
  "ignored",
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** How much is asked for: a backup means everything, an export what was chosen. */
export interface SecondPhone {
  /** Names of the phones whose photos were there. */
  readonly others: readonly string[];
  /** A template that keeps phones apart. */
  readonly template: string;
}

export type TransferKind = "export" | "backup";

export type VerifyMode = "size" | "hash" | "reread";

/** The end of one listed item: every one has exactly one. */
export interface ItemOutcome {
  readonly type: "item";
  readonly path: string;
  readonly outcome: Outcome;
  /** For skipped a reason, for failed and cancelled an error code, for present how it was recognised. */
  readonly reason?: SkipReason | ErrorCode | "in-catalog" | "same-content" | "adopted" | "other-phone";
  readonly message?: string;
  readonly remedy?: string;
  readonly sizeBytes: number;
  readonly target?: string;
  readonly sha256?: string;
  readonly reread?: "disk" | "cache";
  /** Names it did not get because a link, a folder or something unreadable has them. */
  readonly passedOver?: readonly string[];
  readonly captured?: string;
  /** Whose word that is: "exif", "library", … or "file-modified", which is none on when it was taken. */
  readonly capturedFrom?: CaptureSource;
  readonly photoId?: string;
  /** The asset's in the phone's library. */
  readonly uuid?: string;
  /** Which part of its photo this file is. */
  readonly role?: RollRole;
  readonly createdMs?: number;
  readonly modifiedMs?: number;
}

export interface Tally {
  readonly items: number;
  readonly bytes: number;
}

export interface RunSummary {
  readonly type: "summary";
  readonly runId: string;
  readonly ok: boolean;
  readonly listed: Tally;
  readonly outcomes: Readonly<Record<Outcome, Tally>>;
  readonly skippedByReason: Readonly<Partial<Record<SkipReason, number>>>;
  readonly failures: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  /** How many of all failures had been met by an earlier run, with the same cause. */
  readonly knownFailures: number;
  /** The first of the names in the destination that links or other odd entries have: the files got other names. */
  readonly passedOver?: readonly string[];
  /** Files that a copy from another phone stands for: it was proven to be the same, and is whole. */
  readonly fromOtherPhones: number;
  /** This phone's first run in a destination that holds photos of others among which its own are now. */
  readonly secondPhone?: SecondPhone;
  /** Files that had been removed from the destination by hand since they were copied. */
  readonly removedHere: number;
  /** Failures beyond those listed above. */
  readonly moreFailures: number;
  /** The first of the files that are no photo, by their paths on the phone; `skippedByReason` has how many there are. */
  readonly notMedia: readonly string[];
  /** Chosen photos and videos of which something is in iCloud only, and neither here nor on the phone. */
  readonly iCloudOnly: number;
  /** As `iCloudOnly`, of which something is nowhere that the phone's library knows of. */
  readonly missing: number;
  /** Of the items that Photos shows, before anything was chosen. */
  readonly availability: AvailabilityCounts;
  /** How the phone's contents came to be known; `why` where it was not its current library. */
  readonly library: {
    readonly source: "library" | "library-stale" | "tree";
    readonly why?: string;
    readonly unknown: readonly string[];
    /** Folders of a phone that may hold photos elsewhere too. */
    readonly lookedInto?: readonly string[];
  };
  /** What was written beside the photos. */
  readonly extras: ExtrasSummary;
  readonly undated: number;
  /** Live Photos of which the phone has only the still. */
  readonly halfPairs: number;
  readonly seconds: number;
  readonly bytesPerSecond: number;
  readonly verify: VerifyMode;
  readonly reread?: "disk" | "cache" | "mixed";
  readonly destination: string;
  /** What ended the run before its plan was done. */
  readonly stoppedBy?: { readonly code: ErrorCode; readonly message: string; readonly remedy: string };
}

/** Sidecars, album folders and replaced previews of one run. */
export interface ExtrasSummary {
  readonly sidecarsWritten?: number;
  /** Left alone because another program changed them since. */
  readonly sidecarsKept?: number;
  readonly albumEntries?: number;
  /** Entries of ours that no longer hold, taken away: a photo left its album, an album has another name. */
  readonly albumEntriesRemoved?: number;
  /** Photos that are hidden on the phone now and whose copies were moved into Hidden/. */
  readonly hiddenMoved?: number;
  /** Copies of photos that are hidden on the phone now and lie where everybody looks. */
  readonly hiddenOpen?: number;
  /** As `hiddenOpen`, which no backup moves by itself: they are another phone's too. */
  readonly hiddenShared?: number;
  /** Album entries that could not be made, and why the first could not. */
  readonly albumEntriesFailed?: number;
  readonly albumProblem?: string;
  /** Movies of Motion Photos written beside them. */
  readonly motionVideosWritten?: number;
  /** Not written because another file has the name. */
  readonly motionVideosKept?: number;
  /** Previews taken away because the original came. */
  readonly previewsReplaced?: number;
}

export type TransferEvent =
  | { readonly type: "started"; readonly runId: string; readonly listed: Tally; readonly toCopy: Tally }
  | {
      readonly type: "progress";
      readonly done: Tally;
      readonly toCopy: Tally;
      readonly bytesPerSecond: number;
      readonly active: readonly string[];
    }
  | ItemOutcome
  | { readonly type: "retrying"; readonly path: string; readonly attempt: number; readonly message: string }
  | {
      readonly type: "waiting";
      readonly code: ErrorCode;
      readonly message: string;
      readonly remedy: string;
      readonly remainingSeconds: number;
    }
  | { readonly type: "resumed" }
  | RunSummary;

/** What became of a file in the destination besides being copied: all of it together makes a lost catalog whole again. */
export type FileNote =
  /** Made beside the photos; `mark` as in the catalog's `extra`. */
  | { readonly type: "made"; readonly target: string; readonly mark: string }
  /** Taken away by us. */
  | { readonly type: "gone"; readonly target: string }
  | { readonly type: "moved"; readonly from: string; readonly target: string };
