/**
 * Backing up by itself: a resident watcher, which the units of systems start, and each run a child process of our own program.
 * Promises: a phone that nobody set up is never copied; killed at any point it starts again and goes on; what another process wrote
 * into the settings stays; a person is told of trouble once a day. Read first: machine.ts (when what is copied), then watcher.ts
 * (which carries that out), watch.ts (with everything real around it), notices.ts and units/unit.ts.
 */
export { requestTakeOver } from "./asks.ts";
export type { AutosaveEvent, Effect, Notice, Place, RunOutcome } from "./events.ts";
export { type AutosaveFiles, autosaveFiles } from "./files.ts";
export { type InstallResult, install, isAnythingLeft, stateOfUnit, uninstall, unitFor } from "./install/index.ts";
export type { JobState } from "./job.ts";
export { jobWords, planWords, standingLine, stateWords, wholePlanWords, wholeWords } from "./job-words.ts";
export { type Machine, nextWake, recordsOf, startMachine, step } from "./machine.ts";
export { type Notifier, notifier } from "./notify/index.ts";
export { type RunRecord, readRuns } from "./run-log.ts";
export {
  type AutosaveSettings,
  type PhoneBackupPlan,
  type PhonePlan,
  readAutosave,
  updateAutosave,
} from "./settings.ts";
export { type JobStanding, type Standing, standingOf, troubleOf, type WholeStanding } from "./standing.ts";
export { type AutosaveState, readState, type StateRead, writeState } from "./state-file.ts";
export { type OnceJob, runOnce } from "./watch.ts";
export { watcherOf } from "./watcher-lock.ts";
