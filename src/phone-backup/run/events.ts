/** What a backup or a restore of a whole phone tells while it runs. Printed as JSON lines as they are; words for people are elsewhere. */

/** What is going on, as truthfully as the phone lets us know. */
export type PhonePhase =
  /** Locks, services, what the phone is. */
  | "connecting"
  /** The passcode is to be entered on the phone. */
  | "passcode"
  /** The phone looks at itself and at the last backup; it may say nothing for minutes. */
  | "preparing"
  /** Files come, or go. */
  | "receiving"
  | "sending"
  /** The phone has what came sorted in. */
  | "sorting"
  /** The phone looks whether everything is there. */
  | "checking"
  /** The new backup is made whole, flushed, and takes its place. */
  | "saving";

/** One thing that happened. */
export type PhoneEvent =
  | { readonly type: "phase"; readonly phase: PhonePhase }
  /** `files` are the phone's own; `bytes` all that passed. `percent` is the phone's own count of the whole operation, absent as long as it is not known; never 100 before the end. */
  | {
      readonly type: "progress";
      readonly phase: PhonePhase;
      readonly files: number;
      readonly bytes: number;
      readonly percent: number | undefined;
    }
  /** The phone could not read one of its files. Text is as the phone sent it. */
  | { readonly type: "suspect"; readonly file: string; readonly why: string }
  /** A file has not the size that the phone's manifest tells of it. Text is as the phone sent it. */
  | { readonly type: "odd-size"; readonly file: string; readonly why: string }
  /** The phone asked for a place that a backup has not, and was refused. */
  | { readonly type: "refused"; readonly why: string }
  /** The phone did not list its apps: a restore of this backup cannot have them installed again. */
  | { readonly type: "apps-unknown"; readonly why: string }
  /** The phone wants so many bytes more than the disk has. */
  | { readonly type: "space"; readonly missingBytes: number }
  /** The disk has neither links nor reflinks: older states cannot be kept on it. */
  | { readonly type: "not-kept" }
  /** The phone no longer encrypts its backups: the last encrypted state stays beside the new one, under this name. */
  | { readonly type: "encrypted-kept"; readonly name: string }
  /** Most files of the last backup are no longer on the phone, as after it was erased: that one stays beside the new one. */
  | { readonly type: "most-gone"; readonly files: number; readonly ofFiles: number; readonly name: string }
  /** A run before this one was broken off; what it left half done is settled. */
  | { readonly type: "settled"; readonly udid: string; readonly outcome: "finished" | "undone" };

/** Whoever listens. */
export type OnPhoneEvent = (event: PhoneEvent) => void;
