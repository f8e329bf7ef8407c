/** The camera roll in a backup of a whole iPhone, as a phone: `PhoneFiles` -> `BackupSource`. Read first: backup-source.ts. */
export { type BackupOpener, BackupRoute, type FoundBackup } from "./backup-route.ts";
