/** One watcher at a time for one person: a file that names the process, and holds as long as that process lives. */
import { linkSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import type { Host } from "../app/host.ts";
import { RunError } from "../shared/errors.ts";
import { makeFoldersSync } from "../shared/make-folders.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { isProcessGone } from "../shared/process.ts";
import { autosaveFiles } from "./files.ts";

/** A watcher that is running. `startedAt` is ms UTC. */
export interface RunningWatcher {
  readonly pid: number;
  readonly startedAt: number;
}

const LockSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startedAt: v.number(),
  /** When the process was born, in the kernel's own count: another one may have its number by now. */
  born: v.optional(v.string()),
  mark: v.string(),
});
type Lock = v.InferOutput<typeof LockSchema>;

/** The watcher of this person that lives; undefined where none does. */
export function watcherOf(host: Pick<Host, "env" | "home" | "platform">): RunningWatcher | undefined {
  const lock = readLock(autosaveFiles(host).lock);
  return lock && isAlive(lock) ? { pid: lock.pid, startedAt: lock.startedAt } : undefined;
}

/** Disposing it lets the next one watch. @throws {RunError} `autosave-running` */
export function lockWatcher(host: Host): Disposable & { readonly isMine: () => boolean } {
  const { lock: file } = autosaveFiles(host);
  makeFoldersSync(dirname(file), 0o700);
  const mine: Lock = {
    pid: host.pid,
    startedAt: host.clock.now(),
    born: bornOf(host.pid),
    mark: `${host.pid}-${Math.random().toString(36).slice(2, 14)}`,
  };
  const isMine = (): boolean => readLock(file)?.mark === mine.mark;
  for (let tries = 0; !isMine(); tries += 1) {
    const theirs = readLock(file);
    if (tries > 2 || (theirs && isAlive(theirs))) throw running(theirs);
    take(file, mine, theirs);
  }
  return {
    isMine,
    [Symbol.dispose]() {
      if (isMine()) rmSync(file, { force: true });
    },
  };
}

/** Whole under its name at once: whoever reads it finds all of it. Of two that try, one has it. */
function take(file: string, mine: Lock, dead: Lock | undefined): void {
  const next = `${file}.${mine.mark}`;
  writeFileSync(next, `${JSON.stringify({ ...mine, born: mine.born })}\n`, { mode: 0o600, flag: "wx" });
  try {
    // What is not of anybody alive, or says nothing.
    if (readLock(file)?.mark === dead?.mark) rmSync(file, { force: true });
    linkSync(next, file);
  } catch {
    // another was quicker: it is looked at again
  } finally {
    rmSync(next, { force: true });
  }
}

function running(theirs: Lock | undefined): RunError {
  const who = theirs ? `process ${theirs.pid}` : "another process";
  return new RunError("autosave-running", `Auto-save is running already: ${who} watches for phones.`);
}

function readLock(file: string): Lock | undefined {
  try {
    const result = v.safeParse(LockSchema, JSON.parse(readPlainText(file, { maxBytes: 4096 })));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, born }: Lock): boolean {
  if (isProcessGone(pid)) return false;
  const now = bornOf(pid);
  return born === undefined || now === undefined || born === now;
}

/** Field 22 of proc(5)'s stat, with the start of the system that it counts from; undefined where there is no such file. */
function bornOf(pid: number): string | undefined {
  try {
    const stat = readPlainText(`/proc/${pid}/stat`, { maxBytes: 4096 });
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readPlainText("/proc/sys/kernel/random/boot_id", { maxBytes: 64 }).trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}
