/** What is wrong with a backup, as errors a person can act on. */
import { DeviceError, ItemError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";

/** What tells the files, or their keys, cannot be used. @param why continues "The backup in FOLDER is damaged: " */
export function damagedBackup(folder: string, why: string, cause?: unknown): DeviceError {
  return new DeviceError("phone-backup-damaged", `The backup in ${printable(folder)} is damaged: ${why}.`, { cause });
}

/** One file of a phone, in words: by its domain and path, which text from a phone may make long. */
export function nameOf(domain: string, path: string): string {
  return printable(path === "" ? domain : `${domain}/${path}`);
}

/** The manifest names it, and it is not there. */
export function missingFile(domain: string, path: string, cause?: unknown): ItemError {
  return new ItemError("phone-file-missing", `${nameOf(domain, path)} is missing from the backup.`, { cause });
}

/** @param why continues "DOMAIN/PATH is damaged: " */
export function damagedFile(domain: string, path: string, why: string, cause?: unknown): ItemError {
  return new ItemError("phone-file-damaged", `${nameOf(domain, path)} is damaged: ${why}.`, { cause });
}
