/** The password of a phone's backups, which belongs to the phone: set once, every computer gets encrypted backups of it. */

import type { Trace } from "../../device/index.ts";
import { type BackupPhone, responseError, runBackupOperation } from "../../device/iphone/mobilebackup2/index.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { UsageError } from "../../shared/errors.ts";
import type { OnPhoneEvent } from "./events.ts";
import { noFiles } from "./no-files.ts";
import { PhoneNews } from "./phone-news.ts";

/** From none to one, from one to none, or from one to another. */
export interface PasswordChange {
  readonly old: string | undefined;
  readonly next: string | undefined;
}

/** Whether the phone encrypts its backups now. @throws {DeviceError} the phone is gone */
export async function isEncrypting(phone: BackupPhone, options: AbortOptions = {}): Promise<boolean> {
  return (await phone.values("com.apple.mobile.backup", options))["WillEncrypt"] === true;
}

/**
 * Newer phones ask for their passcode.
 * @throws {DeviceError} `phone-password-wrong`, `phone-passcode` …; the password is then what it was
 */
export async function changeBackupPassword(
  phone: BackupPhone,
  { old, next }: PasswordChange,
  options: AbortOptions & { readonly clock: Clock; readonly trace?: Trace | undefined; readonly onEvent: OnPhoneEvent },
): Promise<void> {
  if (old === undefined && next === undefined) throw new UsageError("usage", "There is no password to set or remove.");
  const news = new PhoneNews(options.onEvent, options.clock, "sending");
  const response = await runBackupOperation(phone, {
    ...options,
    request: { MessageName: "ChangePassword", TargetIdentifier: phone.udid, OldPassword: old, NewPassword: next },
    files: noFiles,
    news,
    onPasscode: (isAsked) => news.onPasscode(isAsked),
    locks: false,
  });
  if (response.code !== 0) throw responseError(response, "password");
}
