/** What the phone answers in the place of success, as errors with a remedy. Source of the codes: see `phoneBackupError`. */
import { type AppError, DestinationError, DeviceError, type ErrorCode } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";
import { phoneBackupError } from "./device-link-format.ts";
import type { PhoneResponse } from "./operation.ts";

const known: Readonly<Record<number, { readonly code: ErrorCode; readonly words: string }>> = {
  3: { code: "phone-restart", words: "The phone could not begin" },
  102: { code: "phone-restart", words: "An earlier restore is not over yet on the phone" },
  [phoneBackupError.badBackup]: { code: "phone-backup-refused", words: "The phone does not accept the backup" },
  [phoneBackupError.wrongPassword]: { code: "phone-password-wrong", words: "The password is not right" },
  [phoneBackupError.locked]: { code: "phone-passcode", words: "The passcode was not entered on the phone" },
  [phoneBackupError.findMyOn]: { code: "phone-find-my", words: "Find My is on" },
  [phoneBackupError.notSetUp]: { code: "phone-not-set-up", words: "The phone is not set up yet" },
};

/** @param doing what was asked for: without room for it, it is this computer's disk or the phone that is full */
export function responseError(response: PhoneResponse, doing: "backup" | "restore" | "password"): AppError {
  const said = response.text === "" ? `code ${response.code}` : `${printable(response.text).slice(0, 500)}`;
  if (response.code === phoneBackupError.noSpace)
    return doing === "restore"
      ? new DeviceError("phone-full", `The phone has no room for the backup: ${said}.`)
      : new DestinationError("destination-full", `The disk has no room for the backup: ${said}.`);
  const entry = known[response.code] ?? { code: "phone-backup-refused" as const, words: "The phone broke off" };
  return new DeviceError(entry.code, `${entry.words}: ${said}.`);
}
