/**
 * Backups of whole phones that this computer knows: those in the places of Finder and iTunes, and those that a person named before.
 * When each was verified is noted here and not beside the backup, where nothing lies but what its phone and Apple's programs put there.
 */
import { basename, dirname, join, win32 } from "node:path";
import { type BackupFolder, backupsAt, inspectBackup, isKeptName } from "../phone-backup/index.ts";
import { UsageError } from "../shared/errors.ts";
import { removeOwnFile, writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { printable } from "../shared/text.ts";
import type { Host } from "./host.ts";
import type { Paths } from "./settings/index.ts";
import { settleAround } from "./settled-backups.ts";
import type { Voice } from "./voice.ts";

/** Who looks, and where ours is kept. */
interface Looking {
  readonly context: Host;
  readonly paths: Paths;
  readonly voice: Voice;
}

/** What a check came to. */
export interface VerifiedBackup {
  readonly at: Date;
  readonly ok: boolean;
}

interface Kept {
  readonly v: 1;
  /** Absolute; the last one that was named is the last. */
  readonly folders: readonly string[];
  /** By `keyOf`. */
  readonly verified: Readonly<Record<string, { readonly at: string; readonly ok: boolean }>>;
}

/** A place that was looked into. */
export interface BackupPlace {
  readonly folder: string;
  readonly backups: readonly BackupFolder[];
  /** Why it could not be read. */
  readonly problem?: unknown;
}

const mostFolders = 100;
const mostVerified = 1_000;

/** Where Apple's programs keep backups. Sources: Apple's support article 108809; both places of iTunes on Windows. */
export function standardPlaces({ platform, env, home }: Pick<Host, "platform" | "env" | "home">): string[] {
  if (platform === "darwin") return [join(home, "Library", "Application Support", "MobileSync", "Backup")];
  if (platform !== "win32") return [];
  const roaming = env["APPDATA"] ?? win32.join(home, "AppData", "Roaming");
  return [
    win32.join(roaming, "Apple Computer", "MobileSync", "Backup"),
    win32.join(home, "Apple", "MobileSync", "Backup"),
  ];
}

/** Every backup that is known and there, each once. What cannot be read is told as the place's problem. */
export async function knownBackups(session: Looking): Promise<BackupPlace[]> {
  const { context, paths } = session;
  const places: BackupPlace[] = [];
  const seen = new Set<string>();
  for (const folder of new Set([...standardPlaces(context), ...kept(paths.dataFolder).folders])) {
    await settleAround(session, folder);
    const found = await lookAt(folder, context.signal);
    if (!found) continue;
    const backups = found.backups.filter((b) => !seen.has(b.folder));
    for (const { folder: at } of backups) seen.add(at);
    places.push({ ...found, backups });
  }
  return places;
}

/** What a folder that was named holds, or why it cannot be read. */
export async function backupPlace(folder: string, signal: AbortSignal): Promise<BackupPlace> {
  try {
    return { folder, backups: await backupsAt(folder, { signal }) };
  } catch (problem) {
    return { folder, backups: [], problem };
  }
}

/** The place; undefined where there is none now. */
async function lookAt(folder: string, signal: AbortSignal): Promise<BackupPlace | undefined> {
  const place = await backupPlace(folder, signal);
  const { code } = (place.problem ?? {}) as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" ? undefined : place;
}

/**
 * The newest backup that is known of one phone.
 * @param device a part of its name, or its UDID; where it is not said, the only phone that has a backup
 */
export async function newestBackup(session: Looking, device: string | undefined): Promise<BackupFolder | undefined> {
  const all = (await knownBackups(session)).flatMap((p) => p.backups).filter((b) => b.state !== "too-old");
  const wanted = device?.toLowerCase();
  const mine = all.filter(
    (b) => wanted === undefined || b.udid?.toLowerCase() === wanted || b.name.toLowerCase().includes(wanted),
  );
  const phones = new Map(mine.map((b) => [b.udid ?? b.folder, b.name]));
  if (phones.size > 1) {
    const names = [...phones.values()].map((name) => `"${printable(name)}"`).join(", ");
    throw new UsageError("phone-backup-ambiguous", `There are backups of several phones: ${names}.`, {
      remedy: "Name one with --device NAME, or the backup's folder.",
    });
  }
  const age = ({ state, takenAt }: BackupFolder): number =>
    (state === "complete" ? 1e15 : 0) + (takenAt?.getTime() ?? 0);
  return mine.sort((a, b) => age(b) - age(a))[0];
}

/** A folder that a person named is looked into from now on. */
export function rememberBackups(dataFolder: string, folder: string): void {
  const now = kept(dataFolder);
  if (now.folders.at(-1) === folder) return;
  keep(dataFolder, { ...now, folders: [...now.folders.filter((f) => f !== folder), folder].slice(-mostFolders) });
}

/** Of this very state of the backup, also where it was moved to the name of an older state since. */
export async function verifiedWhen(dataFolder: string, backup: BackupFolder): Promise<VerifiedBackup | undefined> {
  const { verified } = kept(dataFolder);
  for (const key of [keyOf(backup), keyOf(await beforeItWasMoved(backup))]) {
    const found = key === undefined ? undefined : verified[key];
    if (found) return { at: new Date(found.at), ok: found.ok };
  }
  return undefined;
}

/** An older state was under its phone's number once. What is there with the same state is itself, and this one a copy. */
async function beforeItWasMoved(backup: BackupFolder): Promise<BackupFolder | undefined> {
  const { udid, folder, stateId } = backup;
  if (udid === undefined || !isKeptName(basename(folder), udid)) return undefined;
  const place = join(dirname(folder), udid);
  const now = await inspectBackup(place).catch(() => undefined);
  return now?.stateId === stateId ? undefined : { ...backup, folder: place };
}

export function noteVerified(dataFolder: string, backup: BackupFolder, { at, ok }: VerifiedBackup): void {
  const key = keyOf(backup);
  if (key === undefined) return;
  const now = kept(dataFolder);
  const { [key]: _, ...others } = now.verified;
  const verified = [...Object.entries(others), [key, { at: at.toISOString(), ok }] as const].slice(-mostVerified);
  keep(dataFolder, { ...now, verified: Object.fromEntries(verified) });
}

/** A copy of a backup on another disk is checked by itself. */
function keyOf(backup: BackupFolder | undefined): string | undefined {
  return backup?.stateId === undefined ? undefined : `${backup.stateId} ${backup.folder}`;
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, "phone-backups.json");
}

/** What is no file of ours is as none. */
function kept(dataFolder: string): Kept {
  try {
    const { folders, verified } = JSON.parse(readPlainText(fileIn(dataFolder))) as Partial<Kept>;
    const isText = (value: unknown): value is string => typeof value === "string";
    const times = Object.entries(verified ?? {}).filter(([, v]) => isText(v?.at) && !Number.isNaN(Date.parse(v.at)));
    return { v: 1, folders: (folders ?? []).filter(isText), verified: Object.fromEntries(times) };
  } catch {
    return { v: 1, folders: [], verified: {} };
  }
}

/** Nothing hangs on it: a folder that cannot be written costs the memory and no command. */
function keep(dataFolder: string, value: Kept): void {
  try {
    writeOwnFile(fileIn(dataFolder), `${JSON.stringify(value)}\n`);
  } catch {
    removeOwnFile(fileIn(dataFolder));
  }
}
