/**
 * A whole phone's backup on a disk, in Apple's layout, as Finder, iTunes and idevicebackup2 make it: found, opened with its password,
 * its files decrypted one by one. Nothing in it is changed, nothing in it is trusted. Read first: layout.ts, open-backup.ts,
 * backup-files.ts (`PhoneFiles`), then manifest.ts and keybag.ts.
 */
export type { BackupFiles } from "./backup-files.ts";
export { type Browsed, type BrowsedEntry, browse, splitName } from "./browse.ts";
export { claimFolder, idOfFolder } from "./known-folder.ts";
export {
  type BackupFolder,
  type BackupState,
  backupAround,
  backupsAt,
  findBackup,
  inspectBackup,
  isKeptName,
} from "./layout.ts";
export { type Keyring, type OpenBackupOptions, openBackup } from "./open-backup.ts";
export { matching } from "./pattern.ts";
export { assertRestorable, type RestoreOptions, type RestoreSummary, restorePhone } from "./restore/restore-phone.ts";
export { type BackUpOptions, type BackUpSummary, backUpPhone } from "./run/back-up.ts";
export { changeBackupPassword, isEncrypting, type PasswordChange } from "./run/change-password.ts";
export type { PhoneEvent, PhonePhase } from "./run/events.ts";
export { isUdid, type Settled, settleWork } from "./run/work-place.ts";
export { storedBytes } from "./size.ts";
export { type BackupFinding, type BackupProblem, type VerifiedFiles, verifyBackup } from "./verify.ts";
