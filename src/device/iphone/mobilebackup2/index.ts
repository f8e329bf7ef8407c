/**
 * The whole-phone backup service of an iPhone: what may change a phone besides pairing. It climbs device-link-format -> inbox ->
 * device-link -> file-streams -> operation; sync-files is an AFC client of its own for the two places that a backup or a restore
 * touches. Read first: host-files.ts (what a phone may ask of us), then backup-service.ts.
 */
export { type BackupPhone, type ReadPhoneFile, runBackupOperation } from "./backup-service.ts";
export { linkStatus } from "./device-link-format.ts";
export { type HostFiles, HostRefusal, type ListedEntry, PathRefusal, type Receiving } from "./host-files.ts";
export type { OperationNews, PhoneResponse } from "./operation.ts";
export { responseError } from "./response-errors.ts";
