/** Where every file of autosave lies on this computer: `autosave off` leaves none of them. */
import { dirname, join } from "node:path";
import type { Host } from "../app/host.ts";
import { pathsFor } from "../app/settings/index.ts";

export interface AutosaveFiles {
  /** What a person decided about each phone. */
  readonly settings: string;
  /** Holds all that the watcher writes. */
  readonly folder: string;
  /** What the watcher knew when it was last asked. */
  readonly state: string;
  /** Who watches: one process at a time. */
  readonly lock: string;
  /** A line for each run. */
  readonly log: string;
  /** What the system was given, so that a change by hand is noticed. */
  readonly installed: string;
}

export function autosaveFiles(host: Pick<Host, "env" | "home" | "platform">): AutosaveFiles {
  const { configFile, dataFolder } = pathsFor(host);
  const folder = join(dataFolder, "autosave");
  return {
    settings: join(dirname(configFile), "autosave.json"),
    folder,
    state: join(folder, "state.json"),
    lock: join(folder, "lock.json"),
    log: join(folder, "log.jsonl"),
    installed: join(folder, "installed.json"),
  };
}
