/**
 * Every way offroll can fail, as data: a stable code, how much of the work it ends, and the one thing a person can do.
 * Read first: `remedies`, which the compiler keeps complete.
 */

/** How much of the work an error ends: one item, this phone, or the whole run. */
export type ErrorScope = "item" | "device" | "run";

/** One sentence to the person at the keyboard, for every code there is. Codes are printed, searchable and in the JSON. */
export const remedies = {
  // the way to the phone
  "daemon-not-running":
    "Start the program that talks to iPhones: `sudo systemctl start usbmuxd` on Linux, or plug the phone in so that it starts by itself. On Windows install Apple Devices from the Store and open it once. Android phones do not need it: unlock the phone and choose File transfer.",
  "daemon-no-permission": "Your user may not open the usbmuxd socket. Check its permissions, or run as a user who may.",
  "daemon-timeout":
    "usbmuxd did not answer. Restart it (`sudo systemctl restart usbmuxd`) and plug the phone in again.",
  "daemon-too-old": "Update usbmuxd: this one is from before 2011.",
  "daemon-refused": "usbmuxd refused the request. Restart it and plug the phone in again.",
  "socket-address-invalid":
    "Write the address as /path/to/socket, UNIX:/path, unix:///path, host:port or tcp://host:port.",
  "device-not-found": "Plug it in with a cable that carries data, unlock it, and try `offroll doctor`.",
  "device-ambiguous": "Choose one with --device NAME or --device UDID; `offroll devices` lists them.",
  "device-indistinct":
    "Say where its photos go, with the folder behind the command. It cannot be told from another of its kind.",
  "device-network-only": "This phone is seen over Wi-Fi only. Plug its cable in: offroll copies by cable.",
  "device-disconnected": "Plug it back in. The next run continues from here.",
  "device-stalled":
    "Unplug it, plug it in again and unlock it; restart it if that does not help. The next run continues from here.",
  "device-locked": "Unlock the phone and leave it on the home screen.",
  "device-not-trusted": "Tap Trust on the phone, then enter its passcode. `offroll pair` waits for it.",
  "trust-denied": "Unplug the phone, plug it in again, and tap Trust when it asks.",
  "trust-timeout": "Nobody answered the phone's Trust question in time. Unlock the phone, run it again and tap Trust.",
  "pairing-lost": "The phone no longer knows this computer. Run `offroll pair` and tap Trust again.",
  "pairing-prohibited": "This phone does not allow pairing (a management profile forbids it). Ask whoever manages it.",
  "pairing-refused":
    "Unlock the phone, plug it straight into this computer (no hub, no virtual machine), restart it if that does not help, and run `offroll pair` again.",
  "pair-record-invalid": "The stored pairing cannot be read. Run `offroll unpair`, then `offroll pair`.",
  "wrong-device": "The phone presented another certificate than the one from pairing. Run `offroll pair` again.",
  "tls-failed":
    "The encrypted connection failed. Unplug and replug the phone; if that does not help, run `offroll pair` again.",
  "device-busy": "It is busy with another program. Close that one, or wait a moment and try again.",
  "device-owned":
    "Another program has it open: close the file manager or photo program that shows it, then try again. `offroll doctor` names it.",
  "device-no-permission":
    "Your user may not open this USB device. `offroll doctor --udev` prints the rule that allows it.",
  "device-driver":
    "Windows keeps Android phones for itself in File transfer mode. Turn on USB debugging on the phone, install adb, and offroll uses that.",
  "device-no-storage":
    "Unlock the phone, pull down its notifications, tap the one about USB and choose File transfer. offroll goes on by itself.",
  "debugging-unauthorised": 'Look at the phone and tap Allow for USB debugging (tick "Always allow").',
  "adb-not-running": "Install adb (platform-tools), or use the phone's File transfer mode: --via mtp.",
  "adb-refused": "The adb server refused the request. `adb kill-server`, then try again; or use --via mtp.",
  "device-refused": "It refused the request. Unlock it, replug it and try again; `offroll doctor` tells more.",
  "service-unavailable": "The phone does not offer this service. Restart the phone and try again.",
  "service-limit": "Too many programs use the phone's file service. Close the others and try again.",
  "protocol-error": "It sent something unexpected. Run again with --debug FILE and report it with that file.",
  // a whole-phone backup on a disk
  "phone-backup-not-found":
    "Name the folder with Manifest.db in it, or one that holds such a folder. `offroll phone list` shows those that are known.",
  "phone-backup-ambiguous": "Name one of them.",
  "phone-backup-too-old": "It needs the program that made it: offroll reads backups of iOS 10.2 and later.",
  "phone-backup-unfinished":
    "Finish it: plug the phone in and back it up again with the program that began it. Nothing in this folder was changed.",
  "phone-backup-damaged": "Copy the folder anew from where it came, or make a new backup; nothing in it was changed.",
  "phone-backup-password":
    "Give it with --password-file FILE or --password-command CMD, or run this on a terminal, which asks. It is the password of the phone's backups, not its passcode.",
  "phone-backup-password-wrong":
    "It is the password that was set for this phone's backups, not the phone's passcode. Nobody can open the backup without it.",
  "phone-file-missing": "`offroll phone verify BACKUP` names everything that is missing.",
  "phone-file-damaged": "`offroll phone verify BACKUP` names everything that is damaged.",
  // a phone's own backup and restore
  "phone-passcode":
    "Run it again, and enter the passcode on the phone as soon as it asks. Newer systems ask for every backup.",
  "phone-cancelled": "Run it again when it may go on. The last good backup is as it was.",
  "phone-sync-busy": "Close Finder, iTunes or whatever syncs the phone, wait a minute, and try again.",
  "phone-restart": "Restart the phone, unlock it, and try again.",
  "phone-find-my": "Turn off Find My on the phone (Settings > your name > Find My), restore, and turn it on again.",
  "phone-not-set-up": "Finish setting the phone up, until it shows its home screen, and try again.",
  "phone-full": "Make room on the phone, or restore to one with more storage.",
  "phone-backup-refused":
    "Unlock the phone and run it again; with --full if that does not help. The last good backup is as it was.",
  "phone-backup-incomplete": "Run it again. The last good backup is as it was.",
  "phone-backup-unencrypted":
    "Turn encryption on with `offroll phone password on`, or say `--encrypted any`. Only an encrypted backup holds passwords, health and calls.",
  "phone-backup-unsupported": "Only iPhones and iPads have this service. Photos of any phone: `offroll backup`.",
  "phone-restore-newer":
    "Update the phone to the system of the backup or a later one (Settings > General > Software Update), and try again.",
  "phone-restore-other": "If it is to become that other phone, say so with --other-phone.",
  "phone-restore-unconfirmed":
    "Nothing was changed. Type the phone's name exactly as it is shown, or give it with --confirm.",
  "phone-password-wrong":
    "It is the password that was set for the phone's backups, not its passcode. Forgotten, only Reset All Settings on the phone removes it.",
  "phone-password-on": "To change it: `offroll phone password change`.",
  "phone-password-off": "To set one: `offroll phone password on`.",
  // one item
  "item-gone": "It was deleted there, or moved to iCloud, while we worked. Run again.",
  "item-unreadable":
    "It could not be read. Unlock the device and run again; if that does not help, copy it some other way.",
  "item-refused":
    "The device refused this one. Unlock it and run again; if that does not help, copy it some other way.",
  "item-denied": "The device did not permit reading it. Unlock it and run again.",
  "item-elsewhere":
    "It lies outside of the folder that is read. If it is wanted, name the place where it lies: --via folder:PATH.",
  "item-no-permission": "Your user may not read it on this computer. Change its permissions, or run as a user who may.",
  "item-io": "The disk or card that it lies on reported an error. Check it, and run again.",
  "item-changed": "It changed while it was copied. Run again when nothing is written there.",
  "item-short": "Fewer bytes came than were announced. Run again; nothing was kept under its name.",
  "item-timeout": "The device stopped answering for this item. Run again.",
  "item-too-large": "The destination's file system cannot hold files of 4 GiB or more. Use a disk formatted as exFAT.",
  "item-not-found": "`offroll ls` lists what is there.",
  "item-ambiguous": "Give its full path or its short id; both are shown by `offroll ls`.",
  // the place it goes
  "destination-full": "Free some space or choose another folder. The next run continues from here.",
  "destination-read-only": "Choose another folder, or mount the disk writable.",
  "destination-no-permission": "Choose a folder of your own, or ask whoever owns this one.",
  "destination-not-folder": "Choose a folder.",
  "destination-not-there": "Plug the disk in that holds this backup, or choose another folder.",
  "destination-in-use": "Wait until it is done, or use --wait-for-lock.",
  "lock-stale": "If that run is over for certain, run the same command with --break-lock.",
  "destination-unsafe":
    "Something else stands where a file or folder of the destination should be, such as a symbolic link. Move it away, or choose another folder.",
  "destination-overlaps": "Choose a folder that lies outside of the one that is read, and does not hold it.",
  "destination-name-taken": "A different file already has this name and was left alone. Move it away and run again.",
  "destination-mismatch": "What is on the disk is not what was written. Check the disk; run again to copy it anew.",
  "copy-damaged":
    "Run `offroll verify DIR --repair` with the device plugged in: a good copy takes its place, and the damaged one is kept aside.",
  "destination-io": "The disk reported an error. Check the disk and its cable; the next run continues from here.",
  "copy-unknown": "`offroll copies status` lists the copies that are known; `offroll copies add NAME PLACE` names one.",
  "copy-incomplete":
    "`offroll copies run` tells each file and why. Where the first is damaged: `offroll copies verify NAME --repair`.",
  "list-unknown": "`offroll freeup list` makes one; without --list the newest is taken.",
  "list-damaged": "Delete nothing more by it. Make a new one: `offroll freeup list`.",
  "catalog-corrupt": "Run `offroll catalog rebuild DIR`; the photos themselves are not touched.",
  "catalog-newer": "This folder was written by a newer offroll. Update offroll.",
  // the end of a run that did what it could
  "items-failed": "Run it again to retry them; `offroll why ITEM` tells what happened to each.",
  "items-not-on-phone":
    "Originals that are only in iCloud come back with Settings > Photos > Download and Keep Originals. `offroll ls --missing` lists all of them.",
  // the answer of a command that looks
  "backup-stale": "Plug it in and run `offroll backup`.",
  "backup-incomplete":
    "Run `offroll backup` with the device plugged in; `offroll why ITEM` tells what happened to each.",
  "listing-incomplete": "Unlock the device and look again. What could not be read is named.",
  "library-unknown": "Only its photo library tells: unlock the device and look again.",
  "phone-backup-not-whole":
    "What is damaged is named, by domain and path. Copy it anew from where it came, or back the phone up again; everything else in it can be read.",
  "freed-unproven":
    "What is in Recently Deleted can be put back on the phone: do that first. Then plug in every disk, and run it again.",
  "problems-found": "`offroll doctor` says what to do about each.",
  // backing up by itself
  "autosave-off": "`offroll autosave on` sets it up, a phone at a time.",
  "autosave-not-running": "`offroll autosave on` starts it again; `offroll autosave run` does so in this terminal.",
  "autosave-overdue":
    "Plug the phone in and unlock it, and its disk too; `offroll autosave status` says what is waited for.",
  "autosave-running": "One is enough: `offroll autosave status` shows what it does, `offroll autosave off` ends it.",
  "autosave-not-installed":
    "Until then `offroll autosave run` does the same in a terminal; or let your system start that when you log in.",
  "unit-edited": "Run it on a terminal to be asked, or with --yes to remove it all the same.",
  // what was typed
  usage: "See `offroll --help`.",
  "config-invalid": "Correct that file, or remove it to start over. Until then it is left as it is.",
  "template-invalid": "`offroll template preview --help` lists the tokens.",
  "not-interactive": "Add --yes to go ahead without a question.",
  "nothing-here": "Run `offroll export DIR` or `offroll backup DIR` first.",
  cancelled: "Nothing is lost: the next run continues from here.",
  "system-refused": "Free some space on the disk that is named, or make sure that you may write there; then run again.",
  internal: "This is a bug in offroll. Please report it with the text above.",
} as const;

/** A stable word for each way to fail: printed, in JSON, in docs/errors.md. Never renamed. */
export type ErrorCode = keyof typeof remedies;

/** What an error may know besides its sentence. */
export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Could the same call succeed in a moment? */
  readonly retryable?: boolean;
  /** Replaces the general remedy where a better one is known. */
  readonly remedy?: string;
}

/** An error a person can act on. Anything that is not one of these is a bug of ours. */
export abstract class AppError extends Error {
  abstract readonly scope: ErrorScope;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.remedy = options.remedy ?? remedies[code];
  }
}

/** The phone is gone, locked, busy, untrusted, or the way to it is blocked. */
export class DeviceError extends AppError {
  readonly scope = "device";
}
/** Bytes against the specification. The connection they came on is dead. */
export class ProtocolError extends AppError {
  readonly scope = "device";
  constructor(message: string, options: AppErrorOptions = {}) {
    super("protocol-error", message, options);
  }
}
/** One item cannot be had; everything else can. */
export class ItemError extends AppError {
  readonly scope = "item";
}
/** The destination as a whole cannot be written. */
export class DestinationError extends AppError {
  readonly scope = "run";
}
/** The run went to its end, and something of what was asked for is not done. */
export class RunError extends AppError {
  readonly scope = "run";
}
/** What was typed cannot be done. */
export class UsageError extends AppError {
  readonly scope = "run";
}
/** The person stopped it. An outcome, not a failure. */
export class CancelledError extends AppError {
  readonly scope = "run";
  constructor(message = "Cancelled.", options: AppErrorOptions = {}) {
    super("cancelled", message, options);
  }
}

/** A bug of ours, wrapped so that every reader can treat all errors alike. */
export class InternalError extends AppError {
  readonly scope = "run";
  constructor(cause: unknown) {
    super("internal", cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
  }
}

/** What the computer itself refused, where nobody knew better what it means. */
export class SystemError extends AppError {
  readonly scope = "run";
  constructor(cause: Error) {
    super("system-refused", `The computer refused it: ${cause.message}.`, { cause });
  }
}

/** Any thrown value as an AppError: aborts become `cancelled`, the system's own `system-refused`, unknown ones `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // What failed while the failed work was cleared away says less than what failed first.
  if (error instanceof SuppressedError) return toAppError(error.suppressed);
  if (error instanceof Error && error.name === "AbortError") return new CancelledError("Cancelled.", { cause: error });
  if (error instanceof Error && "syscall" in error && "code" in error) return new SystemError(error);
  return new InternalError(error);
}

/** What stands in the JSON of a command whose answer is no: `error`, or nothing. */
export function verdictJson(code: ErrorCode | undefined, message: string): { error?: ReturnType<typeof errorToJson> } {
  return code === undefined ? {} : { error: { code, message, remedy: remedies[code], scope: "run" } };
}

/** The same error as JSON consumers see it. */
export function errorToJson(error: Pick<AppError, "code" | "message" | "remedy" | "scope">): {
  code: ErrorCode;
  message: string;
  remedy: string;
  scope: ErrorScope;
} {
  return { code: error.code, message: error.message, remedy: error.remedy, scope: error.scope };
}
