/** Puts a backup on a phone. What the phone has is replaced: the caller has verified the backup and asked its owner. */
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Trace } from "../../device/index.ts";
import { type BackupPhone, responseError, runBackupOperation } from "../../device/iphone/mobilebackup2/index.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../device/wire/plist.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { DeviceError, UsageError } from "../../shared/errors.ts";
import { keepAwake } from "../../shared/keep-awake.ts";
import { readPlainFile } from "../../shared/plain-file.ts";
import { printable } from "../../shared/text.ts";
import { assertReadable, type BackupFolder } from "../layout.ts";
import type { OnPhoneEvent } from "../run/events.ts";
import { HostFolder } from "../run/host-folder.ts";
import { PhoneNews } from "../run/phone-news.ts";

/** How a phone is restored. */
export interface RestoreOptions extends AbortOptions {
  /** Of an encrypted backup. */
  readonly password: string | undefined;
  /** System files too. */
  readonly withSystem: boolean;
  /** The settings of the backup in the place of the phone's. */
  readonly withSettings: boolean;
  readonly reboots: boolean;
  /** This process. */
  readonly pid: number;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  readonly onEvent: OnPhoneEvent;
}

/** What went to the phone. */
export interface RestoreSummary {
  /** The phone's files; what tells of them (status, manifests, Info.plist) is not counted. */
  readonly files: number;
  readonly bytes: number;
  /** That the phone was asked to install again: as many as the computer that made the backup noted with it. */
  readonly apps: number;
}

const maxInfoBytes = 64 * 1024 * 1024;

/**
 * Whether the phone can take it at all, before anything is read or asked.
 * @throws {DeviceError} `phone-find-my`, `phone-restore-newer`, `phone-backup-unfinished` …; {UsageError} `phone-restore-other`
 */
export async function assertRestorable(
  phone: BackupPhone,
  backup: BackupFolder,
  { isOtherPhone, ...options }: AbortOptions & { readonly isOtherPhone: boolean },
): Promise<void> {
  assertReadable(backup);
  if (backup.state !== "complete") {
    const why = backup.why ?? "its run was broken off";
    throw new DeviceError(
      "phone-backup-unfinished",
      `The backup in ${printable(backup.folder)} is not finished: ${why}.`,
    );
  }
  if (backup.udid?.toLowerCase() !== phone.udid.toLowerCase() && !isOtherPhone)
    throw new UsageError("phone-restore-other", `The backup is of another phone, ${printable(backup.name)}.`);
  const values = await phone.values(undefined, options);
  const version = plistField.string(values, "ProductVersion") ?? "";
  if (isNewer(backup.osVersion ?? "", version)) {
    const [has, needs] = [printable(version), printable(backup.osVersion ?? "")];
    throw new DeviceError("phone-restore-newer", `The backup is of iOS ${needs}, and the phone has iOS ${has}.`);
  }
  if ((await phone.values("com.apple.fmip", options))["IsAssociated"] === true)
    throw new DeviceError("phone-find-my", "Find My is on, and a phone is not restored while it is.");
}

/**
 * @throws {DeviceError} what the phone says; it has then, in all likelihood, what it had: the message says what is known
 */
export async function restorePhone(
  phone: BackupPhone,
  backup: BackupFolder,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const folder = await realpath(backup.folder);
  const id = backup.udid ?? phone.udid;
  const news = new PhoneNews(options.onEvent, options.clock, "sending");
  const apps = appsOf(folder);
  const files = new HostFolder({ id, work: undefined, base: folder, root: dirname(folder) });
  using _awake = keepAwake(options.pid, "Restoring a phone");
  const response = await runBackupOperation(phone, {
    ...options,
    request: {
      MessageName: "Restore",
      TargetIdentifier: phone.udid,
      SourceIdentifier: id,
      Options: {
        RestoreSystemFiles: options.withSystem,
        RestoreShouldReboot: options.reboots,
        RestoreDontCopyBackup: true,
        RestorePreserveSettings: !options.withSettings,
        RemoveItemsNotRestored: true,
        ...(options.password === undefined ? {} : { Password: options.password }),
      },
    },
    files,
    news,
    onPasscode: (isAsked) => news.onPasscode(isAsked),
    locks: true,
    restoreApps: apps && encodePlist(apps),
  });
  if (response.code !== 0) throw responseError(response, "restore");
  return { files: news.files, bytes: news.bytes, apps: Object.keys(apps ?? {}).length };
}

/** What the phone installs again, as the computer noted it with the backup; undefined where there is nothing. */
function appsOf(folder: string): PlistDict | undefined {
  try {
    const info = decodePlistDict(
      readPlainFile(join(folder, "Info.plist"), { maxBytes: maxInfoBytes, followLinks: false }),
    );
    const apps = plistField.dict(info, "Applications");
    return apps && Object.keys(apps).length > 0 ? apps : undefined;
  } catch {
    return undefined;
  }
}

/** Whether "17.5.1" comes after "17.5". What is no version comes after none. */
function isNewer(version: string, other: string): boolean {
  const parts = (text: string): number[] => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(version), parts(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i += 1)
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}
