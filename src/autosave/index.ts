/**
 * Backing up by itself. So far the decisions, the files and the units' texts, and nothing that runs: no command starts any of it.
 * Promises: a phone that nobody set up is never copied; what another process wrote into the settings stays; a person is told of
 * trouble once a day. Read first: machine.ts, then notices.ts and units/unit.ts.
 */
export type { AutosaveEvent, Effect, Notice, Place, RunOutcome } from "./events.ts";
export { type AutosaveFiles, autosaveFiles } from "./files.ts";
export { appendLog, type LogEntry, readLog } from "./log.ts";
export { type Machine, nextWake, recordsOf, startMachine, step } from "./machine.ts";
export { type Notifier, notifier } from "./notify/index.ts";
export { type AutosaveSettings, type PhonePlan, readAutosave, updateAutosave } from "./settings.ts";
export { type AutosaveState, readState, type StateRead, writeState } from "./state-file.ts";
