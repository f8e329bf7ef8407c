/** What there is to do by itself: a phone to its destination, and that destination to its second copy. Each has a state of its own. */
import type { AutosaveSettings, PhonePlan } from "./settings.ts";

/** Everything that a job can wait for, in the order in which it is told: nobody unlocks a phone for a disk that is away. */
export const waits = ["quiet-hours", "disk", "power", "other-run", "trust", "unlock"] as const;
export type Wait = (typeof waits)[number];

/** Which job: a phone's photos, with `copy` the one from their destination to that copy, with `whole` the phone as a whole. */
export interface JobName {
  readonly phone: string;
  readonly copy?: string | undefined;
  readonly whole?: true | undefined;
}

export interface Job extends JobName {
  readonly plan: PhonePlan;
}

export type JobState =
  /** Nothing is wanted, or the phone is away. */
  | { readonly is: "idle" }
  | { readonly is: "waiting"; readonly for: Wait }
  | { readonly is: "copying" }
  /** The last run ended with everything there, and nothing came since. */
  | { readonly is: "done" }
  /** The code is one of `ErrorCode`, of the version that wrote it. */
  | { readonly is: "problem"; readonly code: string };

/** What is remembered of a job from one start of the watcher to the next. Times are ms UTC. */
export interface JobRecord extends JobName {
  readonly state: JobState;
  /** End of the last run that nothing stopped, whether or not a file failed. */
  readonly lastRun?: number | undefined;
  /** End of the last run after which everything was there. */
  readonly lastComplete?: number | undefined;
  /** The last run was stopped before everything was there. */
  readonly isUnfinished?: boolean | undefined;
  /** Of a copy: the first got something since the copy was last complete. */
  readonly isBehind?: boolean | undefined;
  /** Local day of the last daily run, as 2026-01-31. */
  readonly dailyOn?: string | undefined;
}

/** Every phone's own job, each followed by that of its copy. Two phones of one destination share its copy: one job does. */
export function jobsOf({ phones }: AutosaveSettings): Job[] {
  const copied = new Set<string>();
  return Object.entries(phones).flatMap(([phone, plan]) => {
    const own: Job = { phone, plan };
    const { copy, to } = plan;
    const place = JSON.stringify([to, copy]);
    if (copy === undefined || copied.has(place)) return [own];
    copied.add(place);
    return [own, { phone, copy, plan }];
  });
}
