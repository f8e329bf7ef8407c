/** How backing up by itself stands, from its files alone: for whoever shows it, whether a watcher runs or not. */
import type { Host } from "../app/host.ts";
import { type ErrorCode, remedies } from "../shared/errors.ts";
import { autosaveFiles } from "./files.ts";
import { stateOfUnit, type UnitState } from "./install/index.ts";
import { type JobName, type JobRecord, type JobState, jobsOf } from "./job.ts";
import { overdueDays } from "./overdue.ts";
import { type AutosaveSettings, type PhoneBackupPlan, type PhonePlan, readAutosave } from "./settings.ts";
import { readState } from "./state-file.ts";
import { type RunningWatcher, watcherOf } from "./watcher-lock.ts";
import { isWholeDue, type WholeRecord, wholeOverdueDays } from "./whole/duty.ts";

/** One job: a phone's own, or with `copy` that of its second copy. Times are ms UTC. */
export interface JobStanding extends JobName {
  readonly plan: PhonePlan;
  readonly state: JobState;
  readonly lastRun: number | undefined;
  readonly lastComplete: number | undefined;
  /** The last run was stopped before everything was there. */
  readonly isUnfinished: boolean;
  /** Of a copy: it lacks something that the first has. */
  readonly isBehind: boolean;
  /** Whole days without a run, where there are too many of them. */
  readonly overdueDays: number | undefined;
}

/** A phone as a whole. Times are ms UTC. */
export interface WholeStanding extends Pick<WholeRecord, "phone" | "state" | "takenAt"> {
  readonly plan: PhonePlan & { readonly phoneBackup: PhoneBackupPlan };
  /** Undefined as long as nobody knows. */
  readonly asksPasscode: boolean | undefined;
  readonly isDue: boolean;
  readonly overdueDays: number | undefined;
}

export interface Standing {
  readonly jobs: readonly JobStanding[];
  readonly whole: readonly WholeStanding[];
  readonly watcher: RunningWatcher | undefined;
  /** What starts the watcher at log-on. */
  readonly unit: UnitState;
  /** Why what the watcher remembered cannot be read, in words. */
  readonly problem: string | undefined;
}

/** @throws {UsageError} `config-invalid` for settings or a state that cannot be read, or of a newer version */
export function standingOf(host: Host): Standing {
  const files = autosaveFiles(host);
  const { state, problem } = readState(files.state);
  const now = host.clock.now();
  const watcher = watcherOf(host);
  const settings = readAutosave(files.settings);
  const whole = wholeOf(settings, state.whole ?? [], { isWatched: watcher !== undefined, now });
  const jobs = jobsOf(settings).map(({ phone, copy, plan }): JobStanding => {
    const record = state.jobs.find((job) => job.phone === phone && job.copy === copy);
    return {
      ...{ phone, copy, plan, state: stateNow(record, watcher !== undefined) },
      ...{ lastRun: record?.lastRun, lastComplete: record?.lastComplete, isBehind: record?.isBehind === true },
      isUnfinished: record?.isUnfinished === true || (watcher === undefined && record?.state.is === "copying"),
      overdueDays: overdueDays({ copy, plan, lastRun: record?.lastRun, isBehind: record?.isBehind === true }, now),
    };
  });
  return { jobs, whole, watcher, unit: stateOfUnit(host), problem };
}

/** Nothing is waited for, and nothing copied, by a watcher that is gone. */
function stateNow(record: Pick<JobRecord, "state"> | undefined, isWatched: boolean): JobState {
  const { state = { is: "idle" } } = record ?? {};
  return isWatched || state.is === "done" || state.is === "problem" ? state : { is: "idle" };
}

function wholeOf(
  { phones }: AutosaveSettings,
  records: readonly WholeRecord[],
  { isWatched, now }: { readonly isWatched: boolean; readonly now: number },
): WholeStanding[] {
  return Object.entries(phones).flatMap(([phone, plan]): WholeStanding[] => {
    const { phoneBackup } = plan;
    if (!phoneBackup) return [];
    const record = records.find((each) => each.phone === phone) ?? { phone, state: { is: "idle" } };
    return [
      {
        phone,
        plan: { ...plan, phoneBackup },
        state: stateNow(record, isWatched),
        takenAt: record.takenAt,
        asksPasscode: record.passcode?.isAsked,
        isDue: isWholeDue(plan, record, now),
        overdueDays: wholeOverdueDays(plan, record, now),
      },
    ];
  });
}

/** The worst that is wrong, for a monitor; undefined where all is well. */
export function troubleOf({ jobs, whole, watcher }: Standing): ErrorCode | undefined {
  if (jobs.length === 0) return "autosave-off";
  if (!watcher) return "autosave-not-running";
  const all = [...jobs, ...whole];
  if (all.some((job) => job.overdueDays !== undefined)) return "autosave-overdue";
  const problem = all.map(({ state }) => state).find((state) => state.is === "problem");
  if (!problem) return undefined;
  return Object.hasOwn(remedies, problem.code) ? (problem.code as ErrorCode) : "problems-found";
}
