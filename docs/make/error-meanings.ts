/** What each error code means, for docs/errors.md. The compiler asks for a row for each new code. */
import type { ErrorCode } from "../../src/shared/errors.ts";

/** Heading of the page, and which exit code a command ends with when it ends for this. */
export interface Meaning {
  readonly part: "The way to the phone" | "One item" | "The place it goes" | "The end of a run" | "What was typed";
  readonly meaning: string;
  /** 3 where a run goes on without the item. */
  readonly exit: 1 | 2 | 3 | 130;
}

const phone = (meaning: string, exit: 1 | 2 = 1): Meaning => ({ part: "The way to the phone", meaning, exit });
const item = (meaning: string, exit: 2 | 3 = 3): Meaning => ({ part: "One item", meaning, exit });
const place = (meaning: string, exit: 1 | 3 = 1): Meaning => ({ part: "The place it goes", meaning, exit });
const end = (meaning: string): Meaning => ({ part: "The end of a run", meaning, exit: 3 });
const typed = (meaning: string, exit: 1 | 2 | 130 = 2): Meaning => ({ part: "What was typed", meaning, exit });

export const meanings: Readonly<Record<ErrorCode, Meaning>> = {
  "daemon-not-running": phone("Nothing answers where usbmuxd, the program that talks to iPhones, should be."),
  "daemon-no-permission": phone("usbmuxd's socket may not be opened by this user."),
  "daemon-timeout": phone("usbmuxd took the connection and does not answer."),
  "daemon-too-old": phone("usbmuxd is so old that it speaks another protocol."),
  "daemon-refused": phone("usbmuxd refused a request."),
  "socket-address-invalid": phone("An address of usbmuxd, adb or a USB/IP server cannot be understood.", 2),
  "device-not-found": phone("No phone is plugged in, or none has the name that was given."),
  "device-ambiguous": phone("Several phones are plugged in, and it was not said which is meant.", 2),
  "device-indistinct": phone("The phone tells nothing that sets it apart from others of its kind."),
  "device-network-only": phone("The phone is seen over Wi-Fi only."),
  "device-disconnected": phone("The phone was unplugged, or left the bus."),
  "device-stalled": phone("The phone answers so slowly that nothing can come of it."),
  "device-locked": phone("The phone is locked."),
  "device-not-trusted": phone("The phone does not trust this computer yet."),
  "trust-denied": phone("Don't Trust was tapped on the phone."),
  "trust-timeout": phone("The phone's Trust question was not answered in time."),
  "pairing-lost": phone("The phone has forgotten this computer."),
  "pairing-prohibited": phone("A management profile on the phone forbids pairing."),
  "pairing-refused": phone("The phone refused to pair, for a reason of its own."),
  "pair-record-invalid": phone("The stored pairing cannot be read, or the phone rejects it."),
  "wrong-device": phone("The phone's certificate is not the one from pairing."),
  "tls-failed": phone("The encrypted connection to the phone could not be made."),
  "device-busy": phone("The phone is busy with another program or another session."),
  "device-owned": phone("Another program has the phone open on USB."),
  "device-no-permission": phone("This user may not open the USB device."),
  "device-driver": phone("Windows' own driver has the phone."),
  "device-no-storage": phone("An Android phone shows no storage: it is locked, or not in File transfer mode."),
  "debugging-unauthorised": phone("The phone does not allow this computer to debug it."),
  "adb-not-running": phone("adb is not installed, or its server cannot be started."),
  "adb-refused": phone("The adb server refused a request."),
  "device-refused": phone("The phone refused a request."),
  "service-unavailable": phone("The phone does not offer the service that is needed."),
  "service-limit": phone("The phone has no room for another connection."),
  "protocol-error": phone("The phone sent something that its protocol does not allow."),
  "item-gone": item("The file was deleted on the phone, or moved to iCloud, meanwhile."),
  "item-unreadable": item("The phone could not read the file."),
  "item-refused": item("The phone refused to give the file out."),
  "item-denied": item("The phone did not permit reading the file."),
  "item-elsewhere": item(
    "A symbolic link, or the mount of another disk, stands in a folder that is read in the place of a phone.",
  ),
  "item-no-permission": item("This user may not read the file or folder on this computer."),
  "item-io": item("A folder of this computer could not be read: its disk or card reported an error."),
  "item-changed": item("The file changed on the phone while it was copied."),
  "item-short": item("Fewer bytes came than the phone had announced."),
  "item-timeout": item("The phone stopped answering for this file."),
  "item-too-large": item("The file is too large for the file system of the destination."),
  "item-not-found": item("Nothing on the phone or in the backup has this name.", 2),
  "item-ambiguous": item("More than one photo has this name.", 2),
  "destination-full": place("The disk is full, or too full for what is to come."),
  "destination-read-only": place("The disk is mounted read-only."),
  "destination-no-permission": place("This user may not write there."),
  "destination-not-folder": place("A file has the name of the folder."),
  "destination-not-there": place(
    "The disk of this backup is away, another one is in its place, or a folder above is missing.",
  ),
  "destination-in-use": place("Another run is writing there."),
  "lock-stale": place("A run that seems to be over left its lock, and that cannot be told for certain."),
  "destination-unsafe": place("A symbolic link, or something else that is no folder, stands where a folder should be."),
  "destination-overlaps": place("The destination lies in the folder that is read, or that folder in it."),
  "destination-name-taken": place("A file that offroll did not write has the name.", 3),
  "destination-mismatch": place("What was read back from the disk is not what was written.", 3),
  "copy-damaged": place("A copied file is no longer what it was.", 3),
  "destination-io": place("The disk reported an error."),
  "copy-unknown": typed("The destination has no copy of that name."),
  "copy-incomplete": end("Something that the first destination has is not in its copy."),
  "catalog-corrupt": place("The catalog, the record of what was copied, is damaged."),
  "catalog-newer": place("The catalog was written by a newer version."),
  "items-failed": end("Some files could not be copied; everything else was."),
  "items-not-on-phone": end("With --require-complete: something that was chosen is not on the phone."),
  "backup-stale": end("With --stale-after: a last complete backup is older, or there is none."),
  "backup-incomplete": end("Something on the phone is not in this backup, or differs from its copy."),
  "listing-incomplete": end("`ls` or `library` met folders or files that it was not let look at."),
  "library-unknown": typed("`ls --missing` was asked where nothing tells what is elsewhere.", 1),
  "problems-found": typed("`doctor` found something that is not as it should be.", 1),
  "autosave-off": end("Nothing backs up by itself: no phone is set up for it."),
  "autosave-not-running": end("Phones are set up to be backed up by themselves, and no watcher runs."),
  "autosave-overdue": end("A phone was not backed up by itself for 14 days, or a copy was not brought up to date."),
  "autosave-running": typed("A second watcher was started.", 1),
  "autosave-not-installed": typed("The system did not take or start what backs up by itself.", 1),
  "unit-edited": typed("What starts the watcher at log-on was changed by hand, and would be replaced."),
  usage: typed("A flag, a value or a word makes no sense."),
  "config-invalid": typed("The config file cannot be read."),
  "template-invalid": typed("The template for names cannot be understood."),
  "not-interactive": typed("A question would have to be asked, and nobody is there to answer."),
  "nothing-here": typed("The folder holds nothing that offroll copied.", 1),
  cancelled: typed("It was stopped by a person, or by a signal.", 130),
  "system-refused": typed("This computer refused something that the program needs.", 1),
  internal: typed("A bug in offroll.", 1),
};
