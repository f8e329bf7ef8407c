/** What a run tells, as it happens. The text report, the JSON report, the run log and the UI are readers of this and nothing else. */
import type { AvailabilityCounts, RollRole } from "../library/roll.ts";
import type { CaptureSource } from "../media/capture-time.ts";
import type { ErrorCode } from "../shared/errors.ts";

/** How a listed file can end. Every one ends in exactly one. */
export const outcomes = ["copied", "present", "skipped", "failed", "cancelled"] as const;
/** One of `outcomes`. `present`: a whole copy was there already. */
export type Outcome = (typeof outcomes)[number];

/** Why a file was not copied although nothing failed. Stable: printed, in JSON, in logs. */
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
/** One of `skipReasons`; docs/format.md lists them. */
export type SkipReason = (typeof skipReasons)[number];

/** A phone whose photos would mix with those of others: told once, with a way to keep them apart. */
export interface SecondPhone {
  /** Names of the phones whose photos were there. */
  readonly others: readonly string[];
  /** A template that keeps phones apart. */
  readonly template: string;
}

/** How much is asked for: `backup` means everything, `export` what was chosen. */
export type TransferKind = "export" | "backup";

/** How a copy is proven: by its size, by a hash of what came over the cable, or by reading it back from the disk too. */
export type VerifyMode = "size" | "hash" | "reread";

/** The end of one listed item: every one has exactly one. */
export interface ItemOutcome {
  /** Tells it from other events. */
  readonly type: "item";
  /** Of the file on the phone. */
  readonly path: string;
  /** How the file ended; `present` means that a whole copy was there already. */
  readonly outcome: Outcome;
  /** For skipped a reason, for failed and cancelled an error code, for present how it was recognised. */
  readonly reason?: SkipReason | ErrorCode | "in-catalog" | "same-content" | "adopted" | "other-phone";
  /** Of failed and cancelled ones: what went wrong, in a sentence. */
  readonly message?: string;
  /** What a person can do about it. */
  readonly remedy?: string;
  /** As the phone listed it, copied or not. */
  readonly sizeBytes: number;
  /** Path in the destination; absent where nothing is there for this file. */
  readonly target?: string;
  /** Of the bytes received, lower-case hex; absent where only the size was verified. */
  readonly sha256?: string;
  /** Read back before it got its name: from the disk, or perhaps from the system's cache. */
  readonly reread?: "disk" | "cache";
  /** Names it did not get because a link, a folder or something unreadable has them. */
  readonly passedOver?: readonly string[];
  /** Local time with offset, or the day alone: as `formatCaptured` writes it. */
  readonly captured?: string;
  /** Whose word that is: "exif", "library", … or "file-modified", which is none on when it was taken. */
  readonly capturedFrom?: CaptureSource;
  /** Short id of its photo: files of one photo have the same. */
  readonly photoId?: string;
  /** The asset's in the phone's library. */
  readonly uuid?: string;
  /** Which part of its photo this file is. */
  readonly role?: RollRole;
  /** Milliseconds since 1970, as the phone told them; absent where it did not. */
  readonly createdMs?: number;
  /** As `createdMs`: when the file was last written. */
  readonly modifiedMs?: number;
}

/** A number of files and what they weigh. */
export interface Tally {
  readonly items: number;
  readonly bytes: number;
}

/** An item that failed, in a summary. */
export interface Failure {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  /** Where there is a better one than the code's own. */
  readonly remedy?: string;
}

/**
 * The last event of every run, however it ended. The same object is the last line of `--json`, of the run's log, and in the
 * catalog.
 */
export interface RunSummary {
  /** Tells it from other events. */
  readonly type: "summary";
  /** Start in UTC and a random end; sorts by time. */
  readonly runId: string;
  /** Every chosen file is in the destination, whole: nothing failed, and nothing stopped the run. */
  readonly ok: boolean;
  /** All files that the phone listed, chosen or not. */
  readonly listed: Tally;
  /** They add up to `listed`. */
  readonly outcomes: Readonly<Record<Outcome, Tally>>;
  /** Files, by why they were left out; reasons without any are absent. */
  readonly skippedByReason: Readonly<Partial<Record<SkipReason, number>>>;
  /** The first ones; see `moreFailures`. */
  readonly failures: readonly Failure[];
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
  /** Photos that went without a date of capture. */
  readonly undated: number;
  /** Live Photos of which the phone has only the still. */
  readonly halfPairs: number;
  /** Of the run itself: waiting for a lock and planning are not in it, pauses are. */
  readonly seconds: number;
  /** Bytes received by `seconds`; 0 where nothing was copied. */
  readonly bytesPerSecond: number;
  /** How copies of this run were proven. */
  readonly verify: VerifyMode;
  /** Where copies were read back from, with `reread`; `mixed` where the system bypassed its cache for some only. */
  readonly reread?: "disk" | "cache" | "mixed";
  /** The folder, as a person would name it. */
  readonly destination: string;
  /** What ended the run before its plan was done. */
  readonly stoppedBy?: { readonly code: ErrorCode; readonly message: string; readonly remedy: string };
}

/** Copies in another form of one run. */
export interface CopiesMade {
  readonly written: number;
  /** Of those written. */
  readonly bytes: number;
  /** Made before, and still what would be made. */
  readonly there: number;
  /** Not written because somebody changed the one that is there, or another file has the name. */
  readonly kept: number;
  /** Taken away because their photo is gone. */
  readonly removed: number;
  /** Photos and movies of which none could be made, by the reason. */
  readonly notMade: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly failures: readonly { readonly path: string; readonly reason: string; readonly message: string }[];
  /** Of how many that were written something is not in the copy: `hdr`, `depth`, … */
  readonly lost: Readonly<Record<string, number>>;
  /** The folder that they lie in, if that is not in the destination. */
  readonly folder?: string;
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
  readonly jpegCopies?: CopiesMade;
  readonly movieCopies?: CopiesMade;
  /** Previews taken away because the original came. */
  readonly previewsReplaced?: number;
}

/** What a run tells, in order: `started` once, any number of others, one `ItemOutcome` for each listed file, `RunSummary` last. */
export type TransferEvent =
  /** The plan stands; nothing was copied yet. */
  | { readonly type: "started"; readonly runId: string; readonly listed: Tally; readonly toCopy: Tally }
  /** A few times a second while bytes come; `active` are paths on the phone. */
  | {
      readonly type: "progress";
      readonly done: Tally;
      readonly toCopy: Tally;
      readonly bytesPerSecond: number;
      readonly active: readonly string[];
    }
  | ItemOutcome
  /** A read failed and is tried again; the file has no outcome yet. */
  | { readonly type: "retrying"; readonly path: string; readonly attempt: number; readonly message: string }
  /** The phone is lost or locked: the run goes on by itself if it comes back in time. */
  | {
      readonly type: "waiting";
      readonly code: ErrorCode;
      readonly message: string;
      readonly remedy: string;
      readonly remainingSeconds: number;
    }
  /** It came back. */
  | { readonly type: "resumed" }
  /** Copies in another form are made, now that the photos are there: the phone is needed no more. `what` is the ending of their names. */
  | { readonly type: "making"; readonly what: string; readonly done: number; readonly total: number }
  | RunSummary;

/** What became of a file in the destination besides being copied: all of it together makes a lost catalog whole again. */
export type FileNote =
  /** Made beside the photos; `mark` tells by what and of what: see `catalog/made-mark.ts`. */
  | { readonly type: "made"; readonly target: string; readonly mark: string }
  /** Taken away by us. */
  | { readonly type: "gone"; readonly target: string }
  | { readonly type: "moved"; readonly from: string; readonly target: string };
