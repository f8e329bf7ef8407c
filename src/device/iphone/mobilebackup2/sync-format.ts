/**
 * What a backup and a restore may do to a phone's file system: lock one file, and write one folder. Nothing else can be named here.
 * Source: libimobiledevice, src/afc.h; ios backup tools lock `/com.apple.itunes.lock_sync` for as long as they work.
 */

/** Operations that the AFC client of photos does not know. */
export const syncOperation = {
  removePath: 0x08,
  makeDir: 0x09,
  fileWrite: 0x10,
  fileLock: 0x1b,
} as const;

/** Both programs that would sync lock it. */
export const syncLockFile = "/com.apple.itunes.lock_sync";
/** Where a restore leaves the list of apps that the phone is to install. */
export const restoreFolder = "/iTunesRestore";
export const restoreAppsFile = `${restoreFolder}/RestoreApplications.plist`;

/** FileOpen: read and write, made where it is not there; and write from the beginning. */
export const openForLocking = 2n;
export const openForWriting = 3n;

/** flock(2): exclusive and at once; release. */
export const lockNow = 6n;
export const unlock = 12n;

/** Services of the phone that a backup uses. */
export const backupServices = {
  backup: "com.apple.mobilebackup2",
  files: "com.apple.afc",
  notifications: "com.apple.mobile.notification_proxy",
} as const;

/** Posted to the phone around the lock, in this order. */
export const syncPosts = {
  willStart: "com.apple.itunes-mobdev.syncWillStart",
  lockRequest: "com.apple.itunes-mobdev.syncLockRequest",
  didStart: "com.apple.itunes-mobdev.syncDidStart",
  didFinish: "com.apple.itunes-mobdev.syncDidFinish",
} as const;

/** Told by the phone. */
export const phoneNotices = {
  cancel: "com.apple.itunes-client.syncCancelRequest",
  suspend: "com.apple.itunes-client.syncSuspendRequest",
  resume: "com.apple.itunes-client.syncResumeRequest",
  backupChanged: "com.apple.mobile.backup.domain_changed",
  passcodeAsked: "com.apple.LocalAuthentication.ui.presented",
  passcodeDone: "com.apple.LocalAuthentication.ui.dismissed",
} as const;
