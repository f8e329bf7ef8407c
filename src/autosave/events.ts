/** What the watcher tells the machine, and what the machine asks for: both values. */
import type { ErrorCode } from "../shared/errors.ts";
import type { JobName } from "./job.ts";

/** A destination, or with `copy` its second copy. It is there when the folder is that has its id: a path alone may be another disk. */
export interface Place {
  readonly to: string;
  readonly copy?: string | undefined;
}

/** How a run ended. */
export interface RunOutcome {
  /** Files that this run brought. */
  readonly brought: number;
  /** Failures that no earlier run met with the same cause. */
  readonly newFailures: number;
  readonly knownFailures: number;
  /** What ended it early. A place that is away or in use counts so until an event says that it is back or free. */
  readonly stoppedBy?: ErrorCode | undefined;
  /** The place that `stoppedBy` speaks of, where it is not the job's own. */
  readonly stoppedAt?: Place | undefined;
}

/** `at` is ms UTC. The facts come as they change; a phone counts as trusted and unlocked until something says otherwise. */
export type AutosaveEvent = { readonly at: number } & (
  | { readonly type: "phone-attached"; readonly phone: string; readonly by: "cable" | "network" }
  | { readonly type: "phone-detached"; readonly phone: string }
  | { readonly type: "phone-lock"; readonly phone: string; readonly isLocked: boolean }
  | { readonly type: "phone-trust"; readonly phone: string; readonly isTrusted: boolean }
  | { readonly type: "disk"; readonly place: Place; readonly isThere: boolean }
  /** Whether this computer runs on a battery that should be spared. The phone's is nobody's condition: the cable charges it. */
  | { readonly type: "power"; readonly isLow: boolean }
  /** Somebody else holds the place, or no more. Whoever reports `true` owes the `false`, or the job waits for ever. */
  | { readonly type: "place-busy"; readonly place: Place; readonly isBusy: boolean }
  /** The destination got something since its copy was last complete, whoever brought it. */
  | { readonly type: "copy-behind"; readonly place: Place }
  | { readonly type: "run-ended"; readonly job: JobName; readonly outcome: RunOutcome }
  /** A person wants to go on with the phone's run themselves; the place counts as busy until `place-busy` ends that. */
  | { readonly type: "take-over"; readonly phone: string }
  /** Time went by: see `nextWake`. */
  | { readonly type: "tick" }
);

/** Of the phone as a whole: its owner has to start a backup, because it asks for its passcode; or one was made. */
export type WholeCause = "phone-backup-due" | "phone-backup-made";

/** Something that a person may have to know. Whether they are told is the notices' own decision. */
export interface Notice {
  readonly cause: "unknown-phone" | "brought" | "overdue" | "trust" | "unlock" | WholeCause | ErrorCode;
  readonly phone: string;
  readonly copy?: string | undefined;
  /** It is about the phone as a whole. */
  readonly whole?: true | undefined;
  /** Files that were brought, or whole days that nothing ran. */
  readonly count?: number;
  /** Of what was brought: the run was stopped before everything was there. */
  readonly isPart?: boolean | undefined;
}

/** To be carried out in order. Every `start-run` is answered by one `run-ended`, however the run ends. */
export type Effect =
  /** A backup of the phone, or its further copy brought up to date, begins now. */
  | { readonly type: "start-run"; readonly job: JobName }
  /** A run that is under way is asked to end in order; its `run-ended` still comes. */
  | { readonly type: "stop-run"; readonly job: JobName }
  /** A person is told, by the system's notifications where there are some. */
  | { readonly type: "tell"; readonly notice: Notice };
