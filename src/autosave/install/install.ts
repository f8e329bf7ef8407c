/** Installs the watcher as the user's own service, and takes it away again. */
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { Host } from "../../app/host.ts";
import { pathsFor } from "../../app/settings/index.ts";
import { RunError, UsageError } from "../../shared/errors.ts";
import {
  isFolderThere,
  isThereOwn,
  moveAsideOwn,
  removeEmptyFolder,
  removeOwnFile,
  removeOwnFolder,
  writeOwnFile,
} from "../../shared/own-files.ts";
import { type AutosaveFiles, autosaveFiles } from "../files.ts";
import { launchdUnit, systemdUnit, taskSchedulerUnit, type Unit } from "../units/index.ts";
import { bytesOf, readRecord, type UnitState, unitState, writeRecord } from "./installed-unit.ts";
import { runCommand } from "./system.ts";

/** @throws {UsageError} where the system cannot be told what it would have to start */
export function unitFor(host: Host): Unit {
  const { env, home, platform, self } = host;
  const { uid, username } = userInfo();
  const options = {
    ...{ env, home, command: [self[0] as string, ...self.slice(1), "autosave", "run"] as const },
    ...{ dataFolder: autosaveFiles(host).folder, user: { id: uid, name: username } },
  };
  if (platform === "darwin") return launchdUnit(options);
  return platform === "win32" ? taskSchedulerUnit(options) : systemdUnit(options);
}

/** How what starts the watcher stands. */
export function stateOfUnit(host: Host): UnitState {
  return unitState(unitFor(host).file, autosaveFiles(host).installed);
}

export interface InstallOptions {
  /** What to do with one that was edited by hand. */
  readonly edited: "keep" | "replace";
  /** Whether a watcher runs already. */
  readonly isRunning: boolean;
}

export interface InstallResult {
  /** What became of the unit. */
  readonly unit: "installed" | "updated" | "unchanged" | "kept";
  /** Where the edited one lies now. */
  readonly aside?: string;
}

/**
 * Idempotent: nothing happens where all is as it should be. @throws {RunError} `autosave-not-installed`, with what the system said; the
 * unit is taken back then
 */
export async function install(host: Host, { edited, isRunning }: InstallOptions): Promise<InstallResult> {
  const unit = unitFor(host);
  const files = autosaveFiles(host);
  const state = unitState(unit.file, files.installed);
  const isKept = state === "same" || (state === "edited" && edited === "keep");
  if (isKept && isRunning) return { unit: state === "same" ? "unchanged" : "kept" };
  if (isKept) {
    // Where the system believes that it runs, it has to be told twice.
    for (const command of unit.off) await runCommand(command, host);
    await start(host, unit);
    return { unit: state === "same" ? "unchanged" : "kept" };
  }
  if (state !== "none") for (const command of unit.off) await runCommand(command, host);
  const aside = state === "edited" ? moveAsideOwn(unit.file.path) : undefined;
  const folders = [...(readRecord(files.installed)?.folders ?? []), ...missingAbove(unit.file.path)];
  writeOwnFile(unit.file.path, bytesOf(unit.file));
  writeRecord(files.installed, unit.file, folders);
  try {
    await start(host, unit);
  } catch (error) {
    await removeUnit(host, unit, files);
    throw error;
  }
  return { unit: state === "none" ? "installed" : "updated", ...(aside === undefined ? {} : { aside }) };
}

async function start(host: Host, unit: Unit): Promise<void> {
  for (const command of unit.on) {
    const { code, problem } = await runCommand(command, host);
    if (code === 0) continue;
    throw new RunError("autosave-not-installed", `The system did not start it: ${command.join(" ")}: ${problem}`);
  }
}

/** Folders that will have to be made, from above. */
function missingAbove(path: string): string[] {
  const missing: string[] = [];
  for (let folder = dirname(path); !isFolderThere(folder) && folder !== dirname(folder); folder = dirname(folder))
    missing.unshift(folder);
  return missing;
}

/** Whether there is anything that `off` would take away. */
export function isAnythingLeft(host: Host): boolean {
  const { settings, folder } = autosaveFiles(host);
  return unitFor(host).removes.some(isThereOwn) || isThereOwn(settings) || isThereOwn(folder);
}

/**
 * Ends the watcher and takes away every file of it, settings included. A unit that was edited goes too where `edited` is "replace".
 * @throws {UsageError} `unit-edited`; nothing was changed then
 */
export async function uninstall(host: Host, edited: InstallOptions["edited"]): Promise<{ readonly removed: string[] }> {
  const files = autosaveFiles(host);
  const unit = unitFor(host);
  const state = unitState(unit.file, files.installed);
  if (state === "edited" && edited === "keep")
    throw new UsageError("unit-edited", `${unit.file.path} was changed by hand, and would be removed.`);
  const removed = [unit.file.path, files.settings, files.folder].filter(isThereOwn);
  await removeUnit(host, unit, files);
  removeOwnFile(files.settings);
  removeOwnFolder(files.folder);
  // Empty since the last of ours went: on a computer without other files of offroll's nothing is left.
  const { configFile, dataFolder } = pathsFor(host);
  for (const folder of [dirname(configFile), dataFolder]) removeEmptyFolder(folder);
  return { removed };
}

async function removeUnit(host: Host, unit: Unit, files: AutosaveFiles): Promise<void> {
  const folders = readRecord(files.installed)?.folders ?? [];
  for (const command of unit.off) await runCommand(command, host);
  for (const path of unit.removes) removeOwnFile(path);
  removeOwnFile(files.installed);
  for (const path of unit.removes)
    if (folders.some((folder) => path.startsWith(folder))) removeEmptyFolder(dirname(path));
  for (const folder of folders.toReversed()) removeEmptyFolder(folder);
  for (const command of unit.afterRemoval) await runCommand(command, host);
}
