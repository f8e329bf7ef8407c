/**
 * A backup of a whole phone into `DIR/<UDID>`, in Apple's layout. It grows beside the last good one and takes its place when the phone
 * says that it is complete, and it is: see work-place.ts for how.
 */
import { existsSync } from "node:fs";
import { lstat, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Trace } from "../../device/index.ts";
import { type InstalledApp, readInstalledApps } from "../../device/iphone/apps/index.ts";
import {
  type BackupPhone,
  type ReadPhoneFile,
  responseError,
  runBackupOperation,
} from "../../device/iphone/mobilebackup2/index.ts";
import { decodePlistDict, type PlistDict, plistField } from "../../device/wire/plist.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { diskError, errno } from "../../shared/disk-errors.ts";
import { DestinationError, DeviceError, toAppError } from "../../shared/errors.ts";
import { keepAwake } from "../../shared/keep-awake.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { readPlainFile } from "../../shared/plain-file.ts";
import { plural, printable } from "../../shared/text.ts";
import { type BackupFolder, inspectBackup } from "../layout.ts";
import { storedPath } from "../stored-file.ts";
import { type GrownTree, isWholeManifest, type RowProblem, rowProblems } from "./check-rows.ts";
import { completeTree, flushTree, mostGone } from "./complete-tree.ts";
import type { OnPhoneEvent } from "./events.ts";
import { HostFolder } from "./host-folder.ts";
import { makeInfoPlist } from "./info-plist.ts";
import { losesBytes } from "./lost-bytes.ts";
import { PhoneNews } from "./phone-news.ts";
import {
  abandonWork,
  carryOut,
  exists,
  type Intention,
  intend,
  isUdid,
  keptNameOf,
  lockWork,
  prepareWork,
  pruneKept,
  settleWork,
  type WorkPlace,
  workPlaceOf,
} from "./work-place.ts";

/** How a phone is backed up. */
export interface BackUpOptions extends AbortOptions {
  /** Holds the backups; made where it is not there. Absolute. */
  readonly dir: string;
  /** Everything anew, whatever there is. */
  readonly isFull: boolean;
  /** Without encryption there is no backup. */
  readonly mustEncrypt: boolean;
  /** How many older states stay, beside the newest. Where it is not said, this one adds none, and those that were kept stay. */
  readonly keep?: number | undefined;
  /** This process, for whoever finds what it was at. */
  readonly pid: number;
  readonly host: string;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  readonly onEvent: OnPhoneEvent;
}

/** How it ended. */
export interface BackUpSummary {
  readonly folder: string;
  readonly udid: string;
  readonly isFull: boolean;
  readonly isEncrypted: boolean;
  /** The phone's files that came, and what came of them; what tells of them (status, manifests) is not counted. */
  readonly files: number;
  readonly bytes: number;
  /** That its owner installed, as the phone listed them; 0 where it did not. */
  readonly apps: number;
  /** Files that the phone could not read to their end. */
  readonly suspects: number;
  /** Whether the last backup stays beside this one, until a person removes it: this one may have less of a file. */
  readonly lastStays: boolean;
  /** Names of the older states that are kept, oldest first. */
  readonly kept: readonly string[];
}

/**
 * @throws {DeviceError} what the phone says or does; {DestinationError} what the disk does. Whatever is thrown, the last good backup is
 * as it was, under its name, or the next call finishes the one step that was under way.
 */
export async function backUpPhone(phone: BackupPhone, options: BackUpOptions): Promise<BackUpSummary> {
  if (!isUdid(phone.udid)) throw new DeviceError("device-refused", `The phone calls itself ${printable(phone.udid)}.`);
  const { onEvent } = options;
  const isEncrypted = await assertEncryption(phone, options);
  const at = workPlaceOf(options.dir, phone.udid);
  await makePlace(options.dir, async () => await makeFolders(options.dir, 0o700));
  await using lock = await makePlace(options.dir, async () => await lockWork(at));
  await onDisk(options.dir, async () => {
    for (const each of await settleWork(options.dir, options.host, lock)) onEvent({ type: "settled", ...each });
  });
  const state = await onDisk(options.dir, async () => await baseStateOf(at, options.isFull));
  const folder = new HostFolder({
    id: phone.udid,
    work: at.fresh,
    base: state.isUsed ? at.place : undefined,
    root: options.dir,
  });
  const run = new BackupRun({ phone, options, at, state, folder });
  try {
    return { ...(await run.run()), isEncrypted };
  } catch (error) {
    await folder.close();
    await run.giveUp();
    throw folder.diskProblem ?? error;
  }
}

/** @throws {DestinationError} where no folder can be made, as in /proc */
async function makePlace<T>(dir: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (errno(error) !== "ENOENT") throw diskError(error, printable(dir));
    const remedy = "Choose a folder on a disk.";
    throw new DestinationError("destination-not-folder", `No folder can be made there: ${printable(dir)}`, {
      cause: error,
      remedy,
    });
  }
}

/** What there is already. */
interface BaseState {
  readonly isThere: boolean;
  /** The phone sees it, and sends what has changed. */
  readonly isUsed: boolean;
  /** Nothing can be made of it, but it may hold what nothing else does: it is kept aside. */
  readonly isBroken: boolean;
  readonly isEncrypted: boolean;
  readonly takenAt: Date | undefined;
}

interface Parts {
  readonly phone: BackupPhone;
  readonly options: BackUpOptions;
  readonly at: WorkPlace;
  readonly state: BaseState;
  readonly folder: HostFolder;
}

/** Missing files that an error names. */
const mostNamed = 3;

class BackupRun {
  readonly #parts: Parts;
  readonly #news: PhoneNews;
  /** Until then what lies there is somebody else's; from the intention on it is to be finished. */
  #stage: "waiting" | "growing" | "intended" = "waiting";
  #apps = 0;
  #lastStays = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#news = new PhoneNews(parts.options.onEvent, parts.options.clock, "receiving");
  }

  async run(): Promise<Omit<BackUpSummary, "isEncrypted">> {
    const { phone, options, at, state, folder } = this.#parts;
    const isForced = options.isFull || state.isBroken;
    using _awake = keepAwake(options.pid, "Backing up a phone");
    this.#news.onPhase = (phase) => {
      // All of it is here: it goes to the disk while the phone has it sorted in.
      if (phase === "sorting") void flushTree(at.fresh).catch(() => {});
    };
    const response = await runBackupOperation(phone, {
      ...options,
      request: {
        MessageName: "Backup",
        TargetIdentifier: phone.udid,
        SourceIdentifier: phone.udid,
        ...(isForced ? { Options: { ForceFullBackup: true } } : {}),
      },
      files: folder,
      news: this.#news,
      onPasscode: (isAsked) => this.#news.onPasscode(isAsked),
      locks: true,
      onLocked: (readFile) => this.#prepare(readFile),
    });
    if (folder.diskProblem) throw folder.diskProblem;
    if (response.code !== 0) throw responseError(response, "backup");
    this.#news.enter("saving");
    const isFull = await onDisk(options.dir, async () => await this.#takePlace());
    const kept = await onDisk(options.dir, async () => await pruneKept(at, options.keep ?? Infinity));
    const { files, bytes, suspects } = this.#news;
    return {
      folder: at.place,
      udid: at.udid,
      isFull,
      files,
      bytes,
      apps: this.#apps,
      suspects,
      lastStays: this.#lastStays,
      kept,
    };
  }

  /** The phone is ours: nobody else is at it, nor at what grows here. */
  async #prepare(readFile: ReadPhoneFile): Promise<void> {
    const { phone, options, at } = this.#parts;
    const apps = await this.#installedApps();
    const info = await makeInfoPlist(phone, { now: new Date(options.clock.now()), apps, readFile }, options);
    await onDisk(options.dir, async () => {
      await prepareWork(at);
      this.#stage = "growing";
      await writeFile(join(at.fresh, "Info.plist"), info, { mode: 0o600 });
    });
  }

  /** A phone that does not tell its apps is backed up all the same: they are what can be had again. */
  async #installedApps(): Promise<InstalledApp[]> {
    const { phone, options } = this.#parts;
    try {
      const { signal, clock, trace } = options;
      const apps = await readInstalledApps(phone, { ...(signal && { signal }), clock, trace });
      this.#apps = apps.length;
      return apps;
    } catch (error) {
      throwIfAborted(options.signal);
      const { message } = toAppError(error);
      options.onEvent({ type: "apps-unknown", why: message });
      return [];
    }
  }

  /** @returns whether the phone sent everything anew */
  async #takePlace(): Promise<boolean> {
    const { options, at, state, folder } = this.#parts;
    const found = await inspectBackup(at.fresh);
    const status = statusOf(at.fresh);
    if (found?.state !== "complete" || plistField.string(status, "SnapshotState") !== "finished")
      throw notComplete(found?.why ?? "it has no manifest");
    const isFull = plistField.boolean(status, "IsFullBackup") === true;
    const isAllHere = !state.isUsed || isFull;
    const { removed } = folder;
    const gone =
      state.isThere && !state.isBroken
        ? await mostGone(at.place, { fresh: at.fresh, removed: isAllHere ? undefined : removed })
        : undefined;
    const isUnreadLess = await this.#isUnreadLess();
    const mayCopy = gone !== undefined || isUnreadLess;
    let isWhole = isAllHere || (await completeTree(at.place, at.fresh, { removed, mayCopy }));
    const shorter = await this.#checkRows({ fresh: at.fresh, base: isWhole ? undefined : at.place, removed }, found);
    // What it sent of them is less than the last good backup has: that one stays, until a person removes it.
    const hasSuspects = isUnreadLess || (shorter > 0 && state.isThere);
    if (hasSuspects && !isWhole) isWhole = await completeTree(at.place, at.fresh, { removed, mayCopy: true });
    // Passwords, health and calls are in an encrypted backup alone: a clear one in its place would be the end of them.
    const losesSecrets = isWhole && state.isEncrypted && !found.isEncrypted;
    const mustKeep = state.isBroken || hasSuspects || losesSecrets || gone !== undefined;
    const wantsOlder = (options.keep ?? 0) > 0;
    const keepAs =
      mustKeep || (wantsOlder && isWhole) ? keptNameOf(at.udid, state.takenAt ?? new Date(options.clock.now())) : null;
    if (wantsOlder && !isWhole) options.onEvent({ type: "not-kept" });
    await flushTree(at.fresh);
    const intention: Intention = {
      kind: isWhole ? "swap" : "journal",
      udid: at.udid,
      pid: options.pid,
      host: options.host,
      keepAs,
      isPrunable: !mustKeep,
      removed: isWhole ? [] : [...removed],
    };
    await intend(at, intention);
    this.#stage = "intended";
    await carryOut(at, intention);
    this.#lastStays = hasSuspects;
    if (losesSecrets && keepAs !== null) options.onEvent({ type: "encrypted-kept", name: keepAs });
    if (gone && keepAs !== null) options.onEvent({ type: "most-gone", ...gone, name: keepAs });
    return isFull;
  }

  /** Whether the last good backup has more of a file that the phone could not read to its end now. */
  async #isUnreadLess(): Promise<boolean> {
    const { options, at, state } = this.#parts;
    if (!state.isThere) return false;
    for (const id of this.#news.suspectIds) if (await losesBytes(at.fresh, at.place, id, options)) return true;
    return false;
  }

  /**
   * Nothing takes the place of a good backup that has a file which the new one lacks. What the phone lists and has never sent, or not
   * in that size, would end each of its backups: it is told.
   * @returns how many came in another size in the place of what the last one has: that one has to stay
   */
  async #checkRows(tree: GrownTree, { isEncrypted }: BackupFolder): Promise<number> {
    const { options, at } = this.#parts;
    const missing: RowProblem[] = [];
    let [count, replacing] = [0, 0];
    if (isEncrypted && !isWholeManifest(tree.fresh)) throw notComplete("its Manifest.db is cut");
    for await (const row of rowProblems(tree, isEncrypted, options)) {
      const isLost = row.problem === "missing" && existsSync(join(at.place, storedPath(row.fileId)));
      if (!isLost) {
        this.#news.onOdd(row.fileId, `${row.domain}/${row.path}`, row.why);
        if (row.problem === "size" && (await losesBytes(tree.fresh, at.place, row.fileId, options))) replacing += 1;
      } else if (count++ < mostNamed) missing.push(row);
    }
    if (count === 0) return replacing;
    const names = missing.map(({ domain, path }) => printable(`${domain}/${path}`)).join(", ");
    throw notComplete(
      `${plural(count, "file")} of the last one did not come (${names}${count > mostNamed ? ", …" : ""})`,
    );
  }

  /** What grew goes, unless it is whole: then the next command finishes it. */
  async giveUp(): Promise<void> {
    if (this.#stage === "growing") await abandonWork(this.#parts.at).catch(() => {});
  }
}

/** What the place of this phone's backup has. @throws {DestinationError} `destination-unsafe` where it is no folder */
async function baseStateOf(at: WorkPlace, isFull: boolean): Promise<BaseState> {
  if (!(await exists(at.place)))
    return { isThere: false, isUsed: false, isBroken: false, isEncrypted: false, takenAt: undefined };
  if (!(await lstat(at.place)).isDirectory())
    throw new DestinationError(
      "destination-unsafe",
      `${at.place} is a link or no folder, which offroll does not touch.`,
    );
  const found = await inspectBackup(at.place);
  const isGood = found?.state === "complete";
  const isEmpty = (await readdir(at.place)).length === 0;
  return {
    isThere: true,
    isUsed: isGood && !isFull,
    isBroken: !isGood && !isEmpty,
    isEncrypted: isGood && found.isEncrypted,
    takenAt: found?.takenAt,
  };
}

function notComplete(why: string): DeviceError {
  return new DeviceError(
    "phone-backup-incomplete",
    `The phone says that the backup is complete, and it is not: ${why}.`,
  );
}

/** Empty where there is none. */
function statusOf(folder: string): PlistDict {
  try {
    return decodePlistDict(readPlainFile(join(folder, "Status.plist"), { followLinks: false }));
  } catch {
    return {};
  }
}

/** @returns whether the phone encrypts its backups @throws {DeviceError} `phone-backup-unencrypted` where it must and does not */
async function assertEncryption(phone: BackupPhone, options: BackUpOptions): Promise<boolean> {
  const values = await phone.values("com.apple.mobile.backup", options);
  const isEncrypted = values["WillEncrypt"] === true;
  if (options.mustEncrypt && !isEncrypted)
    throw new DeviceError("phone-backup-unencrypted", "The phone does not encrypt its backups.");
  return isEncrypted;
}

async function onDisk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, printable(dir));
  }
}
