/**
 * The watcher as the user's own service: installed and started, and taken away with every file. Promises: a unit that a person edited is
 * never replaced unasked, and one that the system refused is taken back. Read first: install.ts, then units/unit.ts.
 */
export { type InstallResult, install, isAnythingLeft, stateOfUnit, uninstall, unitFor } from "./install.ts";
export type { UnitState } from "./installed-unit.ts";
