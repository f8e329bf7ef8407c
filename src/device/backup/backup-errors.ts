/** What ends a run from a backup, or costs a file of it, besides what its files say themselves. */
import { DeviceError, ItemError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";

/** The disk that it lies on was taken away, or the phone was backed up anew meanwhile. */
export function backupGone(folder: string, cause?: unknown): DeviceError {
  const words = `The backup in ${printable(folder)} is not there any more, or was made anew.`;
  return new DeviceError("device-disconnected", words, {
    cause,
    retryable: true,
    remedy: "Plug in what it lies on, and run it again. The next run continues from here.",
  });
}

export function gone(path: string): ItemError {
  return new ItemError("item-gone", `${printable(path)} is not in the backup.`);
}

export function changed(path: string): ItemError {
  return new ItemError("item-changed", `${printable(path)} is another one in the backup now.`, { retryable: true });
}
