/**
 * A phone's backup as a folder, in Apple's layout: Info.plist, Status.plist, Manifest.plist, Manifest.db, and the files under the two
 * first digits of their name. Looked at without its password, and without reading what it holds.
 */
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { decodePlistDict, type PlistDict, plistField } from "../device/wire/plist.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { DeviceError, UsageError } from "../shared/errors.ts";
import { readPlainFile } from "../shared/plain-file.ts";
import { realPathOf } from "../shared/real-path.ts";
import { printable } from "../shared/text.ts";
import { damagedBackup } from "./errors.ts";

/**
 * How far a backup is. `complete`: in its own words. `unfinished`: a run that was broken off, or is under way. `partial`: what it
 * needs is missing, or cannot be read. `too-old`: of a system before iOS 10.2, laid out otherwise.
 */
export type BackupState = "complete" | "unfinished" | "partial" | "too-old";

/** What a backup's folder tells by itself. Text is as it was stored: make it `printable` before showing it. */
export interface BackupFolder {
  /** Absolute. */
  readonly folder: string;
  readonly state: BackupState;
  /** Why it is `partial` or `unfinished`, in words that follow a colon. */
  readonly why: string | undefined;
  /** Whether what names its files is there. */
  readonly hasManifest: boolean;
  /** UDID of its phone. */
  readonly udid: string | undefined;
  readonly name: string;
  readonly productType: string | undefined;
  readonly osVersion: string | undefined;
  readonly takenAt: Date | undefined;
  /** Tells this state of the backup from the one before and the next. */
  readonly stateId: string | undefined;
  readonly isEncrypted: boolean;
  /** Whether the phone had a passcode then; undefined where the backup does not say. */
  readonly hadPasscode: boolean | undefined;
  /** For whoever opens it. */
  readonly keybag: Uint8Array | undefined;
  readonly manifestKey: Uint8Array | undefined;
}

/** Files that tell of the others. */
export const backupFiles = {
  info: "Info.plist",
  status: "Status.plist",
  manifest: "Manifest.plist",
  database: "Manifest.db",
  /** Of iOS 9 and before. */
  oldDatabase: "Manifest.mbdb",
} as const;

/** SQLite's own, which a program that opened the manifest left behind. */
export const besideDatabase = [`${backupFiles.database}-shm`, `${backupFiles.database}-wal`] as const;

/** One of a phone with 500 apps has less than 2 MiB; Info.plist, with its pictures, 12. */
const maxManifestBytes = 32 * 1024 * 1024;
const maxStatusBytes = 1024 * 1024;
const maxInfoBytes = 64 * 1024 * 1024;
/** Looked into below a folder that is said to hold backups. */
const mostFolders = 10_000;
/** The first two digits of what lies in it. */
const folderOfFiles = /^[0-9a-f]{2}$/;
/** From here on the manifest is a database, and its keys are locked by two derivations. */
const firstVersion = [10, 2] as const;

/** Whether a folder is one, whatever its state; undefined where it is none. @throws what the disk refuses */
export async function inspectBackup(folder: string, options: AbortOptions = {}): Promise<BackupFolder | undefined> {
  throwIfAborted(options.signal);
  const names = new Set(await readdir(folder));
  return looksLikeOne(names) ? await describe(folder, names) : undefined;
}

/** What names the files, and something else that every backup has: a single file of such a name is anybody's. */
function looksLikeOne(names: ReadonlySet<string>): boolean {
  const { info, status, manifest, database, oldDatabase } = backupFiles;
  const hasPlists = names.has(info) || names.has(status);
  if (names.has(manifest) && hasPlists) return true;
  const hasFiles = [...names].some((name) => folderOfFiles.test(name));
  return (names.has(database) || names.has(oldDatabase)) && (names.has(manifest) || hasPlists || hasFiles);
}

/** Whether a folder has the name of an older state of that phone's backup. */
export function isKeptName(name: string, udid: string): boolean {
  return name.startsWith(`${udid}-`) && /^-\d{8}-\d{6}$/.test(name.slice(udid.length));
}

/**
 * The backup that a person named: its folder, or a folder that holds one, older states of it not counted.
 * @throws {DeviceError} `phone-backup-not-found`; {UsageError} `phone-backup-ambiguous`
 */
export async function findBackup(typed: string, cwd: string, options: AbortOptions = {}): Promise<BackupFolder> {
  if (typed.trim() === "") throw new UsageError("usage", "The backup has no name: what was given is empty.");
  const folder = resolve(cwd, typed);
  const found = await ask(folder, () => inspectBackup(folder, options));
  if (found) return found;
  const inside = await ask(folder, () => backupsBelow(folder, options));
  const names = inside.map((b) => basename(b.folder));
  const newest = inside.filter((_, i) => !names.some((name) => isKeptName(names[i]!, name)));
  const [first, ...more] = newest;
  if (!first) throw new DeviceError("phone-backup-not-found", `There is no backup of a phone in ${printable(folder)}.`);
  if (more.length === 0) return first;
  const each = newest.map((b) => printable(b.folder)).join(", ");
  throw new UsageError("phone-backup-ambiguous", `${printable(folder)} holds ${newest.length} backups: ${each}.`);
}

/**
 * The backup that a folder is or lies in, by its name and by where that leads; undefined where it lies in none. What cannot be looked
 * into counts as none.
 */
export async function backupAround(folder: string): Promise<{ around: string; isItself: boolean } | undefined> {
  for (const start of new Set([folder, await realPathOf(folder)]))
    for (let at = start; ; at = dirname(at)) {
      if (await inspectBackup(at).catch(() => undefined)) return { around: at, isItself: at === start };
      if (dirname(at) === at) break;
    }
  return undefined;
}

/** The folder itself where it is one, or those in it. @throws what the disk refuses */
export async function backupsAt(folder: string, options: AbortOptions = {}): Promise<BackupFolder[]> {
  const itself = await inspectBackup(folder, options);
  return itself ? [itself] : await backupsBelow(folder, options);
}

/** Those in a folder, itself not among them; sorted by name. Links are not followed. @throws what the disk refuses */
async function backupsBelow(folder: string, options: AbortOptions = {}): Promise<BackupFolder[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).slice(0, mostFolders);
  const found: BackupFolder[] = [];
  // What is under way beside the backups is not one yet, or not any more.
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const backup = await inspectBackup(join(folder, entry.name), options).catch(unlessDenied);
    if (backup) found.push(backup);
  }
  return found;
}

/**
 * One that is unfinished can be read where its last manifest is there: what that names and is not there fails file by file.
 * @throws {DeviceError} unless it can be read: `phone-backup-too-old`, `phone-backup-unfinished`, `phone-backup-damaged`
 */
export function assertReadable({ folder, state, why, hasManifest }: BackupFolder): void {
  const where = printable(folder);
  if (state === "too-old")
    throw new DeviceError("phone-backup-too-old", `The backup in ${where} is of a system before iOS 10.2.`);
  if (state === "unfinished" && !hasManifest)
    throw new DeviceError("phone-backup-unfinished", `The backup in ${where} is not finished: ${why}.`);
  if (state === "partial") throw damagedBackup(folder, why ?? "something of it is missing");
}

async function describe(folder: string, names: ReadonlySet<string>): Promise<BackupFolder> {
  const manifest = plistAt(folder, backupFiles.manifest, maxManifestBytes);
  const status = plistAt(folder, backupFiles.status, maxStatusBytes);
  const lockdown = (manifest && plistField.dict(manifest, "Lockdown")) ?? {};
  const info = lockdown["UniqueDeviceID"] === undefined ? (plistAt(folder, backupFiles.info, maxInfoBytes) ?? {}) : {};
  const text = (inManifest: string, inInfo: string): string | undefined =>
    plistField.string(lockdown, inManifest) ?? plistField.string(info, inInfo);
  const osVersion = text("ProductVersion", "Product Version");
  const isEncrypted = manifest ? plistField.boolean(manifest, "IsEncrypted") === true : false;
  return {
    folder,
    ...(await stateOf({ folder, names, manifest, status, osVersion, isEncrypted })),
    hasManifest: manifest !== undefined && names.has(backupFiles.database),
    udid: text("UniqueDeviceID", "Target Identifier"),
    name: text("DeviceName", "Device Name") ?? "",
    productType: text("ProductType", "Product Type"),
    osVersion,
    takenAt: dateIn(status, "Date") ?? dateIn(manifest, "Date") ?? dateIn(info, "Last Backup Date"),
    stateId: status && plistField.string(status, "UUID"),
    isEncrypted,
    hadPasscode: manifest && plistField.boolean(manifest, "WasPasscodeSet"),
    keybag: manifest && plistField.data(manifest, "BackupKeyBag"),
    manifestKey: manifest && plistField.data(manifest, "ManifestKey"),
  };
}

interface Seen {
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  readonly manifest: PlistDict | undefined;
  readonly status: PlistDict | undefined;
  readonly osVersion: string | undefined;
  readonly isEncrypted: boolean;
}

async function stateOf(seen: Seen): Promise<Pick<BackupFolder, "state" | "why">> {
  const { folder, names, manifest, status, osVersion, isEncrypted } = seen;
  const partial = (why: string) => ({ state: "partial", why }) as const;
  if (isBefore(osVersion) || (names.has(backupFiles.oldDatabase) && !names.has(backupFiles.database)))
    return { state: "too-old", why: undefined };
  const snapshot = status && plistField.string(status, "SnapshotState");
  if (snapshot !== undefined && snapshot !== "finished") {
    const why = `its Status.plist says "${printable(snapshot).slice(0, 40)}", so a run was broken off or is under way`;
    return { state: "unfinished", why };
  }
  if (!manifest) return partial(missing(names, backupFiles.manifest));
  if (!status) return partial(missing(names, backupFiles.status));
  if (!names.has(backupFiles.database)) return partial("its Manifest.db is missing");
  const { size } = await lstat(join(folder, backupFiles.database));
  if (size === 0) return partial("its Manifest.db is empty");
  if (isEncrypted && !plistField.data(manifest, "BackupKeyBag")) return partial("it is encrypted and has no keybag");
  return { state: "complete", why: undefined };
}

function missing(names: ReadonlySet<string>, name: string): string {
  return names.has(name) ? `its ${name} cannot be read` : `its ${name} is missing`;
}

/** "10.1.1" is before 10.2; what does not look like a version is not. */
function isBefore(version: string | undefined): boolean {
  const [, major, minor = "0"] = /^(\d+)(?:\.(\d+))?/.exec(version ?? "") ?? [];
  if (major === undefined) return false;
  const [firstMajor, firstMinor] = firstVersion;
  return Number(major) < firstMajor || (Number(major) === firstMajor && Number(minor) < firstMinor);
}

/** Undefined where it is missing, no plain file, too large, or no property list. */
function plistAt(folder: string, name: string, maxBytes: number): PlistDict | undefined {
  try {
    return decodePlistDict(readPlainFile(join(folder, name), { maxBytes, followLinks: false }));
  } catch {
    return undefined;
  }
}

function dateIn(dict: PlistDict | undefined, key: string): Date | undefined {
  const value = dict?.[key];
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined;
}

function unlessDenied(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM" || code === "ENOENT") return undefined;
  throw error;
}

async function ask<T>(folder: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const words = { ENOENT: "There is no folder", ENOTDIR: "This is no folder:" }[code ?? ""];
    if (words !== undefined)
      throw new DeviceError("phone-backup-not-found", `${words} ${printable(folder)}.`, { cause: error });
    if (code === "EACCES" || code === "EPERM")
      throw new DeviceError("phone-backup-not-found", `Your user may not read ${printable(folder)}.`, {
        cause: error,
        remedy: macHint,
      });
    throw error;
  }
}

const macHint =
  "Change its permissions, or run as a user who may read it. On a Mac, Finder's backups can be read only by a terminal that has Full Disk Access (System Settings > Privacy & Security).";
