/**
 * What each system is given so that it starts the watcher at log-on, and all that has to be gone after `off`. Promises: a path is one
 * argument, whatever is in it; what a unit cannot hold is refused. Read first: unit.ts.
 */
export { launchdUnit } from "./launchd.ts";
export { systemdUnit } from "./systemd.ts";
export { taskSchedulerUnit, windowsWord } from "./task-scheduler.ts";
export type { Unit, UnitFile, UnitOptions } from "./unit.ts";
