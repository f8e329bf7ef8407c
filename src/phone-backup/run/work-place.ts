/**
 * Where a backup grows, and how it takes its place. Beside the backups of a folder lies `.offroll-work`, with a folder for each phone:
 *
 *     DIR/<UDID>                          the last good backup
 *     DIR/.offroll-work/<UDID>/new        what is growing
 *     DIR/.offroll-work/<UDID>/old        the last good one, from the first rename on
 *     DIR/.offroll-work/<UDID>/intention.json
 *     DIR/.offroll-work/<UDID>/lock.sqlite    whoever works there has it locked
 *
 * The intention is on the disk before the first rename, and taken away after the last step: whoever finds it finishes what it says.
 */
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DestinationError } from "../../shared/errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { type OsLock, tryOsLock } from "../../shared/os-lock.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import { isProcessGone } from "../../shared/process.ts";
import { isKeptName } from "../layout.ts";
import { isBackupFile } from "./host-path.ts";

/** Everything of ours beside the backups. */
export const workFolderName = ".offroll-work";
const intentionName = "intention.json";
const keptName = "kept.json";
const maxIntentionBytes = 256 * 1024 * 1024;

/** Folders of one phone's backup. */
export interface WorkPlace {
  readonly dir: string;
  readonly udid: string;
  readonly place: string;
  readonly work: string;
  readonly fresh: string;
  readonly old: string;
}

/** What is about to happen. Read again, it is a stranger's. */
export interface Intention {
  /** `swap`: the new folder is whole. `journal`: it has what changed, and is sorted into the old one file by file. */
  readonly kind: "swap" | "journal";
  readonly udid: string;
  readonly pid: number;
  readonly host: string;
  /** The name that the old one is kept under; null: it goes. */
  readonly keepAs: string | null;
  /** Whether it may go again, when there are more of them than are to be kept. */
  readonly isPrunable: boolean;
  /** Of a journal: what the phone has no more. */
  readonly removed: readonly string[];
}

/** What was found half done. */
export interface Settled {
  readonly udid: string;
  readonly outcome: "finished" | "undone";
}

export function workPlaceOf(dir: string, udid: string): WorkPlace {
  const work = join(dir, workFolderName, udid);
  return { dir, udid, place: join(dir, udid), work, fresh: join(work, "new"), old: join(work, "old") };
}

/** As phones have them: 40 hex digits, or 8 and 16. */
export function isUdid(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{16})$/.test(text);
}

/** As Finder names the states that it keeps: by the clock on the wall. */
export function keptNameOf(udid: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${udid}-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** Gives the place free; the folders of ours go where they are empty. */
export interface WorkLock extends AsyncDisposable {
  readonly udid: string;
}

/**
 * One run at a time in one place. The phone's own lock is not enough: it is given back when the phone is done, and only then does what
 * grew take its place.
 * @throws {DestinationError} `destination-in-use`
 */
export async function lockWork(at: WorkPlace): Promise<WorkLock> {
  await makeWork(at);
  const lock = tryOsLock(at.work);
  if (lock === "held") throw inUse(at);
  return lockOn(at, lock);
}

function lockOn(at: WorkPlace, lock: OsLock | "none"): WorkLock {
  return {
    udid: at.udid,
    async [Symbol.asyncDispose]() {
      if (lock !== "none") lock.release();
      await removeEmpty(at);
    },
  };
}

function inUse(at: WorkPlace): DestinationError {
  return new DestinationError("destination-in-use", `Another run is making a backup of this phone in ${at.dir}.`, {
    remedy: "Wait until it is done.",
  });
}

async function makeWork(at: WorkPlace): Promise<void> {
  for (const folder of [dirname(at.work), at.work]) {
    if (!(await exists(folder))) await makeFolders(folder, 0o700);
    await assertFolder(folder);
  }
}

/**
 * Makes room for a new one: what a run that was broken off left is of no use to anybody.
 * @throws {DestinationError} `destination-in-use` where one is whole, and about to take its place
 */
export async function prepareWork(at: WorkPlace): Promise<void> {
  await makeWork(at);
  if (readIntention(at)) throw inUse(at);
  await rm(at.fresh, { recursive: true, force: true });
  await mkdir(at.fresh, { mode: 0o700 });
}

/** Takes away what grew, and the folders of ours where they are empty. */
export async function abandonWork(at: WorkPlace): Promise<void> {
  await rm(at.fresh, { recursive: true, force: true });
  await removeEmpty(at);
}

/** Writes the intention down, so that it outlives a power cut. */
export async function intend(at: WorkPlace, intention: Intention): Promise<void> {
  const file = join(at.work, intentionName);
  await writeDurably(file, JSON.stringify({ v: 1, ...intention }));
}

/** Carries an intention out, from wherever it stopped. */
export async function carryOut(at: WorkPlace, intention: Intention): Promise<Settled["outcome"]> {
  const outcome = intention.kind === "swap" ? await swap(at) : await sortIn(at, intention.removed);
  await syncFolder(at.dir);
  if (outcome === "finished") await putOldAway(at, intention);
  await rm(join(at.work, intentionName), { force: true });
  await syncFolder(at.work);
  await rm(at.fresh, { recursive: true, force: true });
  await removeEmpty(at);
  return outcome;
}

/** Old aside, new in. */
async function swap(at: WorkPlace): Promise<Settled["outcome"]> {
  if (await exists(at.fresh)) {
    if (await exists(at.place)) {
      if (await exists(at.old)) await setAside(at);
      else await rename(at.place, at.old);
      await syncFolder(at.dir);
    }
    try {
      await rename(at.fresh, at.place);
    } catch (error) {
      if (!(await exists(at.place))) throw error;
      await setAside(at);
      await rename(at.fresh, at.place);
    }
    return "finished";
  }
  if (await exists(at.place)) return "finished";
  await rename(at.old, at.place);
  return "undone";
}

/** Between the two renames another program began a backup of its own there: that one stays, under its date. */
async function setAside(at: WorkPlace): Promise<void> {
  const { mtime } = await lstat(at.place);
  for (let second = 0; ; second += 1) {
    const name = join(at.dir, keptNameOf(at.udid, new Date(mtime.getTime() + second * 1000)));
    if (await exists(name)) continue;
    await rename(at.place, name);
    return;
  }
}

/** On disks without links: each file's old version aside, the new one in; the manifests, and the status that says so, at the end. */
async function sortIn(at: WorkPlace, removed: readonly string[]): Promise<Settled["outcome"]> {
  await makeFolders(at.old, 0o700);
  const files = (await exists(at.fresh)) ? await filesIn(at.fresh) : [];
  const isLate = (rel: string): boolean => !rel.includes("/");
  for (const rel of removed) await aside(at, rel);
  for (const rel of files.filter((each) => !isLate(each))) await replace(at, rel);
  for (const rel of files.filter(isLate)) await replace(at, rel);
  return "finished";
}

async function replace(at: WorkPlace, rel: string): Promise<void> {
  await aside(at, rel);
  await makeFolders(dirname(join(at.place, rel)), 0o700);
  await rename(join(at.fresh, rel), join(at.place, rel));
}

async function aside(at: WorkPlace, rel: string): Promise<void> {
  const [from, to] = [join(at.place, rel), join(at.old, rel)];
  if (!(await exists(from)) || (await exists(to))) return;
  await makeFolders(dirname(to), 0o700);
  await rename(from, to);
}

async function putOldAway(at: WorkPlace, { keepAs, isPrunable }: Intention): Promise<void> {
  if (!(await exists(at.old))) return;
  if (keepAs !== null) {
    const kept = join(at.dir, keepAs);
    if (!(await exists(kept))) {
      if (isPrunable) await noteKept(at, keepAs);
      await rename(at.old, kept);
      return;
    }
  }
  await carryOver(at);
  await rm(at.old, { recursive: true, force: true });
}

/** What somebody else put into the folder of a backup stays in it. SQLite's own belong to the manifest that goes. */
async function carryOver(at: WorkPlace): Promise<void> {
  for (const name of await readdir(at.old)) {
    if (isOurs(name) || (await exists(join(at.place, name)))) continue;
    await rename(join(at.old, name), join(at.place, name));
  }
}

function isOurs(name: string): boolean {
  return isBackupFile(name) || /^(?:[0-9a-f]{2}|Snapshot|Manifest\.db-(?:wal|shm))$/.test(name);
}

/** Names of older states that were left here by us: nobody else's are ever removed. */
export function keptStates(at: WorkPlace): string[] {
  try {
    const names: unknown = JSON.parse(readPlainText(join(at.work, keptName), { followLinks: false }));
    if (!Array.isArray(names)) return [];
    return names.filter((name): name is string => typeof name === "string" && isKeptName(name, at.udid));
  } catch {
    return [];
  }
}

async function noteKept(at: WorkPlace, name: string): Promise<void> {
  await writeDurably(join(at.work, keptName), JSON.stringify([...new Set([...keptStates(at), name])].sort()));
}

/** Keeps so many of the older states, the newest. @returns the names of those that are left */
export async function pruneKept(at: WorkPlace, keep: number): Promise<string[]> {
  const there: string[] = [];
  for (const name of keptStates(at).sort()) if (await exists(join(at.dir, name))) there.push(name);
  const gone = there.slice(0, Math.max(0, there.length - keep));
  for (const name of gone) await rm(join(at.dir, name), { recursive: true, force: true });
  const left = there.slice(gone.length);
  if (left.length > 0) await writeDurably(join(at.work, keptName), JSON.stringify(left));
  else {
    await rm(join(at.work, keptName), { force: true });
    await removeEmpty(at);
  }
  return left;
}

/**
 * Finishes or undoes what a run left half done in a folder of backups. Every command that looks at such a folder calls it first.
 * @param host this computer's name: where the disk keeps no locks, its processes tell whether one is at it still
 * @param mine is held already
 * @throws {DestinationError} `destination-read-only` and others, where something has to be done and the disk refuses it
 */
export async function settleWork(dir: string, host: string, mine?: WorkLock): Promise<Settled[]> {
  const settled: Settled[] = [];
  const names = await readdir(join(dir, workFolderName)).catch(() => [] as string[]);
  for (const udid of names.filter(isUdid)) {
    const at = workPlaceOf(dir, udid);
    if (!readIntention(at)) continue;
    await assertFolder(dirname(at.work));
    await assertFolder(at.work);
    const lock = mine?.udid === udid ? undefined : tryOsLock(at.work);
    if (lock === "held") continue;
    await using _ = lock && lockOn(at, lock);
    // Between the look and the lock another may have finished it.
    const intention = readIntention(at);
    if (!intention || (lock === "none" && isAtWork(intention, host))) continue;
    settled.push({ udid, outcome: await carryOut(at, intention) });
  }
  return settled;
}

function isAtWork({ pid, host }: Intention, thisHost: string): boolean {
  return host === thisHost && pid > 0 && !isProcessGone(pid);
}

function readIntention(at: WorkPlace): Intention | undefined {
  let value: Partial<Record<keyof Intention, unknown>>;
  try {
    const text = readPlainText(join(at.work, intentionName), { maxBytes: maxIntentionBytes, followLinks: false });
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined; // none, or half of one: then nothing was begun
  }
  const { kind, udid, pid, host, keepAs, isPrunable, removed } = value;
  if ((kind !== "swap" && kind !== "journal") || udid !== at.udid || typeof pid !== "number") return undefined;
  const isSafe = (rel: unknown): rel is string => typeof rel === "string" && isBackupFile(rel);
  return {
    kind,
    udid: at.udid,
    pid,
    host: typeof host === "string" ? host : "",
    keepAs: typeof keepAs === "string" && isKeptName(keepAs, at.udid) ? keepAs : null,
    isPrunable: isPrunable === true,
    removed: Array.isArray(removed) ? removed.filter(isSafe) : [],
  };
}

/** Below a folder, with `/`, in no order. Links and the like are not among them. */
export async function filesIn(folder: string): Promise<string[]> {
  const out: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) out.push(entry.name);
    else if (entry.isDirectory())
      out.push(...(await filesIn(join(folder, entry.name))).map((name) => `${entry.name}/${name}`));
  }
  return out;
}

async function removeEmpty(at: WorkPlace): Promise<void> {
  for (const folder of [at.work, dirname(at.work)]) {
    const names = await readdir(folder).catch(() => [""]);
    if (names.length === 0) await rm(folder, { recursive: true, force: true });
  }
}

async function assertFolder(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) return;
  throw new DestinationError("destination-unsafe", `${path} is a link or no folder, which offroll does not touch.`);
}

async function writeDurably(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  await rm(part, { force: true });
  await writeFile(part, text, { flag: "wx", mode: 0o600, flush: true });
  await rename(part, file);
  await syncFolder(dirname(file));
}

/** Names survive a power cut. Windows has no such thing for folders. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (!handle) return;
  try {
    await handle.sync();
  } catch {
    // A file system that cannot has no better.
  } finally {
    await handle.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
