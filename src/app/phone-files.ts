/** A phone's files for whoever reads contacts, messages or photos out of them: found, asked for their password, opened. */
import { join } from "node:path";
import type { BackupOpener } from "../device/index.ts";
import type { PhoneFiles } from "../device/phone-files.ts";
import { type BackupFiles, type BackupFolder, findBackup, type Keyring, openBackup } from "../phone-backup/index.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { DeviceError } from "../shared/errors.ts";
import { formatDuration, printable } from "../shared/text.ts";
import { type PasswordWishes, saidPassword } from "./backup-password.ts";
import type { Host } from "./host.ts";
import { newestBackup, rememberBackups } from "./known-backups.ts";
import type { Paths } from "./settings/index.ts";
import { settleAround } from "./settled-backups.ts";
import type { Voice } from "./voice.ts";

/** A `Session`, as far as it is needed here: it opens backups itself, as phones. */
interface Opening {
  readonly context: Host;
  readonly paths: Paths;
  readonly voice: Voice;
}

/** A command may open a backup more than once: its password is asked for once, and its keys are derived once. */
const keyrings = new WeakMap<Opening, Keyring>();

/** Which backup, and how its password is said. */
export interface PhoneFilesWishes extends PasswordWishes {
  /** The backup's folder, or one that holds it. */
  readonly from?: string | undefined;
  /** Where no folder is named: whose newest backup. */
  readonly device?: string | undefined;
}

/**
 * The caller disposes them.
 * @throws {DeviceError} `phone-backup-not-found`, `phone-backup-password` … ; {UsageError} `phone-backup-ambiguous`
 */
export async function openPhoneFiles(session: Opening, wishes: PhoneFilesWishes): Promise<PhoneFiles> {
  return await openedBackup(session, await chosenBackup(session, wishes), wishes);
}

/** The backup that is meant; the folder that was named is remembered. */
export async function chosenBackup(session: Opening, { from, device }: PhoneFilesWishes): Promise<BackupFolder> {
  const { context, paths } = session;
  if (from !== undefined) {
    await settleAround(session, from);
    const backup = await findBackup(from, context.cwd, context);
    rememberBackups(paths.dataFolder, backup.folder);
    return backup;
  }
  const backup = await newestBackup(session, device);
  if (backup) return backup;
  const whose = device === undefined ? "a phone" : `"${printable(device)}"`;
  throw new DeviceError("phone-backup-not-found", `No backup of ${whose} is known on this computer.`, {
    remedy:
      "`offroll phone backup DIR` makes one by cable. One of Finder, iTunes or another program is named by its folder, and known from then on.",
  });
}

/** Opens it, with words about what takes seconds. The caller disposes it. @param password where it was said already */
export async function openedBackup(
  session: Opening,
  backup: BackupFolder,
  wishes: PasswordWishes,
  password?: Uint8Array,
): Promise<BackupFiles> {
  const { context, paths, voice } = session;
  let isTold = false;
  const keyring: Keyring = keyrings.get(session) ?? new Map();
  keyrings.set(session, keyring);
  if (backup.state === "unfinished")
    voice.complain(`This backup is not finished: ${backup.why}. What is whole in it can be read.`);
  return await openBackup(backup, {
    signal: context.signal,
    clock: context.clock,
    keyring,
    privately: { folder: join(paths.cacheFolder, "phone-backup"), pid: context.pid },
    password: async ({ name }) => {
      if (password) return password;
      const said = await saidPassword(
        session,
        wishes,
        `Password of the backups of ${printable(name) || "this phone"}: `,
      );
      // Who only presses Enter says none: no backup has an empty one.
      return said?.length === 0 ? undefined : said;
    },
    onUnlocking: (share, leftMs) => {
      if (voice.progress) voice.progress(share === 1 ? "" : unlockingWords(share, leftMs));
      else if (!isTold)
        voice.say(`Unlocking the backup takes about ${formatDuration(leftMs / 1000)} on this computer.`);
      isTold = true;
    },
  });
}

/** What it takes is estimated: a derivation does not say how far it is. */
function unlockingWords(share: number, leftMs: number): string {
  const left =
    leftMs > 0 ? `about ${formatDuration(Math.max(1, leftMs / 1000))} left` : "a moment longer than expected";
  return `Unlocking the backup: ${Math.floor(share * 100)} %, ${left}`;
}

/** How `--via backup:PATH` reads them. One key derivation for each opening. */
export function backupsFor(session: Opening, wishes: PasswordWishes): BackupOpener {
  const find = async (folder: string, options: AbortOptions): Promise<BackupFolder> => {
    await settleAround(session, folder);
    return await findBackup(folder, session.context.cwd, options);
  };
  return {
    look: async (named, options) => {
      const { udid: id, name, productType, osVersion, folder, stateId } = await find(named, options);
      return { device: { id, name, productType, osVersion }, folder, stateId };
    },
    open: async (folder, options) => await openedBackup(session, await find(folder, options), wishes),
  };
}
