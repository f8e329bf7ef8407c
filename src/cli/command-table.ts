/**
 * Every command, a row each: its arguments, its line of help, its own flags, examples, and the module that does the work, which is
 * loaded when it runs. A new command is a row here, its own flags in command-flags.ts, and one file.
 */
import type { Host } from "../app/host.ts";
import {
  autosaveLogFlags,
  autosaveOffFlags,
  autosaveOnFlags,
  autosaveRunFlags,
  breakLockFlags,
  choosingFlags,
  connectionFlags,
  convertFlags,
  copiesFlags,
  copiesRunFlags,
  copiesStatusFlags,
  copiesVerifyFlags,
  dataChoosingFlags,
  dataExportFlags,
  dataFlags,
  dataFormFlags,
  dataLsFlags,
  dataShowFlags,
  demoFlags,
  devicesFlags,
  doctorFlags,
  exportFlags,
  formFlags,
  freeupCheckFlags,
  freeupListFlags,
  freeupPlanFlags,
  galleryExportFlags,
  galleryFlags,
  ignoreFlags,
  infoFlags,
  lsFlags,
  mockAndroidFlags,
  mockIphoneFlags,
  noFormFlags,
  partFlags,
  phoneBackupFlags,
  phoneExtractFlags,
  phonePasswordFlags,
  phoneReadFlags,
  phoneRestoreFlags,
  placeFlags,
  runFlags,
  statusFlags,
  unpairFlags,
  verifyFlags,
  whyFlags,
} from "./command-flags.ts";
import type { FlagTable } from "./flags.ts";

type Words = readonly (string | undefined)[];
/** As the command's own tables in command-flags.ts declare them. */
// biome-ignore lint/complexity/noBannedTypes: what stands in it is each command's own business
type Flags = {};

/** Flags below one heading of the help. */
export interface FlagGroup {
  readonly heading: string;
  readonly flags: FlagTable;
}

/** One command. */
export interface CommandRow {
  /** With its parent: `catalog rebuild <dir>`. */
  readonly spec: string;
  readonly about: string;
  /** Heading in `offroll --help`. */
  readonly group: string;
  /** What the command itself understands, in the order of the help. */
  readonly flags?: readonly FlagGroup[];
  /** Whether it reaches for a phone, and takes the flags for that. */
  readonly phone?: true;
  readonly examples: readonly string[];
  /** @returns the exit code */
  readonly run: (context: Host, words: Words, flags: Flags) => Promise<number>;
}

const own = (flags: FlagTable): readonly FlagGroup[] => [{ heading: "Options:", flags }];
const choosing: FlagGroup = { heading: "Choose photos:", flags: choosingFlags };

const copying = (flags: FlagTable = {}): readonly FlagGroup[] => [
  { heading: "Options:", flags: { ...flags, ...runFlags } },
  choosing,
  { heading: "Files of each photo:", flags: partFlags },
  { heading: "Names and places:", flags: placeFlags },
  { heading: "Copies for other devices (never instead of an original):", flags: { ...formFlags, ...noFormFlags } },
];

const copy = "Copy photos:";
const look = "Look at a phone:";
const see = "Look at what was copied:";
const check = "Check what was copied:";
const asAWhole = "The phone as a whole:";
const free = "Free space on a phone:";
const setUp = "Set up:";
const tryOut = "Try without a phone:";

/** What a group of commands is for. */
export const parents: Readonly<Record<string, { readonly about: string; readonly group: string }>> = {
  autosave: { about: "back up by itself, as soon as a phone is plugged in", group: copy },
  catalog: { about: "the record of what was copied", group: check },
  copies: { about: "further copies on other disks, made from the first without the phone", group: copy },
  freeup: {
    about: "what of a phone lies safely elsewhere: proven, listed, and checked; offroll deletes nothing",
    group: free,
  },
  template: { about: "folders and names of copied photos", group: setUp },
  mock: { about: "simulate a phone", group: tryOut },
  phone: { about: "backups of a whole phone, as Finder, iTunes and idevicebackup2 make them", group: asAWhole },
};

export const commandTable: readonly CommandRow[] = [
  {
    spec: "export [dir]",
    about: "copy photos and videos to a folder",
    group: copy,
    flags: copying(exportFlags),
    phone: true,
    examples: [
      "offroll export ~/Photos",
      "offroll export /mnt/disk --since 2024-05 --kind photo,live",
      'offroll export ~/Photos --album "Trips/Lisbon" --sidecar xmp',
      "offroll export ~/Photos --favourites --place 46.95,7.45,20",
      "offroll export ~/Photos --dry-run",
      "offroll export ~/Photos --yes --json > run.ndjson",
    ],
    run: async (context, [dir], flags) =>
      (await import("./commands/transfer.ts")).transferCommand(context, "export", flags, dir),
  },
  {
    spec: "backup [dir]",
    about: "copy everything new, hidden photos and all burst frames too; every file is read back and compared",
    group: copy,
    flags: copying(),
    phone: true,
    examples: [
      "offroll backup /mnt/disk/Phone",
      "offroll backup                 # the same folder again: it is remembered for each phone",
      "offroll backup --quiet --json  # for a timer",
    ],
    run: async (context, [dir], flags) =>
      (await import("./commands/transfer.ts")).transferCommand(context, "backup", flags, dir),
  },
  {
    spec: "copies add <name> <place>",
    about: "name a folder on another disk that shall hold the same",
    group: copy,
    flags: own(copiesFlags),
    examples: ["offroll copies add usb /media/usb/Phone", "offroll copies add attic /mnt/attic --from /mnt/disk/Phone"],
    run: async (context, [name, place], flags) =>
      (await import("./commands/copies-add.ts")).copiesAdd(context, name as string, place as string, flags),
  },
  {
    spec: "copies test <name>",
    about: "try what a copy's disk can promise: a file of ours goes in and out again",
    group: copy,
    flags: own(copiesFlags),
    examples: ["offroll copies test usb", "offroll copies test /media/usb/Phone"],
    run: async (context, [name], flags) =>
      (await import("./commands/copies-test.ts")).copiesTest(context, name as string, flags),
  },
  {
    spec: "copies run [name]",
    about: "bring one copy, or all, up to date",
    group: copy,
    flags: own(copiesRunFlags),
    examples: [
      "offroll copies run",
      "offroll copies run usb",
      "offroll copies run --json | jq -c 'select(.type == \"summary\")'",
    ],
    run: async (context, [name], flags) => (await import("./commands/copies-run.ts")).copiesRun(context, name, flags),
  },
  {
    spec: "copies verify <name>",
    about: "read every file of both disks, and mend each from the other",
    group: copy,
    flags: own(copiesVerifyFlags),
    examples: ["offroll copies verify usb", "offroll copies verify usb --repair"],
    run: async (context, [name], flags) =>
      (await import("./commands/copies-verify.ts")).copiesVerify(context, name as string, flags),
  },
  {
    spec: "copies status",
    about: "three copies, two disks, one elsewhere: how far that is so",
    group: copy,
    flags: own(copiesStatusFlags),
    examples: ["offroll copies status", "offroll copies status --json"],
    run: async (context, _, flags) => (await import("./commands/copies-status.ts")).copiesStatusCommand(context, flags),
  },
  {
    spec: "copies remove <name>",
    about: "forget a copy; nothing on its disk is changed",
    group: copy,
    flags: own(copiesFlags),
    examples: ["offroll copies remove usb"],
    run: async (context, [name], flags) =>
      (await import("./commands/copies-remove.ts")).copiesRemove(context, name as string, flags),
  },
  {
    spec: "autosave on",
    about: "set a phone up, and install what watches for it; asks",
    group: copy,
    flags: own(autosaveOnFlags),
    phone: true,
    examples: [
      "offroll autosave on",
      "offroll autosave on --to /mnt/disk/Phone --copy usb",
      'offroll autosave on --device "Ann\'s iPhone" --no-videos --daily 12:30',
      "offroll autosave on --dry-run    # what would be installed, and where",
    ],
    run: async (context, _, flags) => (await import("./commands/autosave-on.ts")).autosaveOn(context, flags),
  },
  {
    spec: "autosave off",
    about: "end it, and take every file of it away; what was copied stays",
    group: copy,
    flags: own(autosaveOffFlags),
    examples: ["offroll autosave off", "offroll autosave off --device Ann"],
    run: async (context, _, flags) => (await import("./commands/autosave-off.ts")).autosaveOff(context, flags),
  },
  {
    spec: "autosave status",
    about: "what it does or waits for; exit 3 where somebody is needed",
    group: copy,
    examples: ["offroll autosave status", "offroll autosave status --json | jq .ok"],
    run: async (context, _, flags) => (await import("./commands/autosave-status.ts")).autosaveStatus(context, flags),
  },
  {
    spec: "autosave log",
    about: "what it did, the latest last",
    group: copy,
    flags: own(autosaveLogFlags),
    examples: ["offroll autosave log", "offroll autosave log --limit 200"],
    run: async (context, _, flags) => (await import("./commands/autosave-log.ts")).autosaveLog(context, flags),
  },
  {
    spec: "autosave run",
    about: "watch for phones until it is ended: what the service runs",
    group: copy,
    flags: own(autosaveRunFlags),
    examples: ["offroll autosave run", "offroll autosave run --once    # what is due now, and end"],
    run: async (context, _, flags) => (await import("./commands/autosave-run.ts")).autosaveRun(context, flags),
  },
  {
    spec: "devices",
    about: "list connected phones and their state",
    group: look,
    flags: own(devicesFlags),
    phone: true,
    examples: ["offroll devices", "offroll devices --watch", "offroll devices --json | jq -r '.devices[].name'"],
    run: async (context, _, flags) => (await import("./commands/devices.ts")).devices(context, flags),
  },
  {
    spec: "ls [folder]",
    about: "list folders on the phone, or photos",
    group: look,
    flags: [
      {
        heading: "Options:",
        flags: lsFlags,
      },
      choosing,
    ],
    phone: true,
    examples: [
      "offroll ls",
      "offroll ls 100APPLE",
      "offroll ls --albums",
      "offroll ls --album Lisbon --since 2024",
      "offroll ls --missing            # what is only in iCloud",
      "offroll ls --json > roll.json",
    ],
    run: async (context, [folder], flags) => (await import("./commands/ls.ts")).ls(context, folder, flags),
  },
  {
    spec: "info <item>",
    about: "show everything known about one photo",
    group: look,
    flags: own(infoFlags),
    phone: true,
    examples: [
      "offroll info IMG_0001.HEIC",
      "offroll info 3f9a1c70 --preview small.jpg",
      "offroll info ~/Photos/2024/05/IMG_0001.HEIC",
    ],
    run: async (context, [item], flags) => (await import("./commands/info.ts")).info(context, item as string, flags),
  },
  {
    spec: "library",
    about: "statistics: kinds, years, albums, cameras, places, space, duplicates",
    group: look,
    flags: [choosing],
    phone: true,
    examples: ["offroll library", "offroll library --since 2024", "offroll library --json"],
    run: async (context, _, flags) => (await import("./commands/library.ts")).library(context, flags),
  },
  {
    spec: "convert <dir>",
    about: "make JPEG copies of the HEIC photos that are there, for other devices",
    group: copy,
    flags: own(convertFlags),
    examples: [
      "offroll convert ~/Photos",
      "offroll convert ~/Photos --max-size 2048 --jpeg-to JPEG",
      "offroll convert ~/Photos --jpeg-to /media/usb/television",
      "offroll convert ~/Photos --mp4",
    ],
    run: async (context, [dir], flags) =>
      (await import("./commands/convert.ts")).convert(context, dir as string, flags),
  },
  {
    spec: "gallery [dirs...]",
    about: "look at what was copied, and find it: a page in the browser, on this computer alone",
    group: see,
    flags: own(galleryFlags),
    examples: [
      "offroll gallery                       # every backup that is known and plugged in",
      "offroll gallery /mnt/disk/Phone",
      "offroll gallery ~/Photos --no-open    # print the address only",
    ],
    run: async (context, dirs, flags) =>
      (await import("./commands/gallery.ts")).gallery(context, dirs as readonly string[], flags),
  },
  {
    spec: "gallery export <dir>",
    about: "an album as a folder that opens by a double click, without originals and without what they tell",
    group: see,
    flags: own(galleryExportFlags),
    examples: [
      "offroll gallery export ~/Photos --album Trips/Lisbon --to ~/Desktop/Lisbon",
      "offroll gallery export /mnt/disk/Phone --to /media/usb/Photos --with place,caption",
    ],
    run: async (context, [dir], flags) =>
      (await import("./commands/gallery-export.ts")).galleryExport(context, dir as string, flags),
  },
  {
    spec: "verify <dir>",
    about: "check that every copied file is still whole",
    group: check,
    flags: own(verifyFlags),
    phone: true,
    examples: [
      "offroll verify ~/Photos",
      "offroll verify ~/Photos --against-phone",
      "offroll verify ~/Photos --repair --from /mnt/second/Photos",
    ],
    run: async (context, [dir], flags) => (await import("./commands/verify.ts")).verify(context, dir as string, flags),
  },
  {
    spec: "status [dir]",
    about: "show each phone's last complete backup",
    group: check,
    flags: own(statusFlags),
    phone: true,
    examples: [
      "offroll status",
      "offroll status --stale-after 14d || notify-send 'Backup is old'",
      "offroll status /mnt/old/Phone --forget",
    ],
    run: async (context, [dir], flags) => (await import("./commands/status.ts")).status(context, dir, flags),
  },
  {
    spec: "history [dir]",
    about: "list earlier runs",
    group: check,
    examples: ["offroll history ~/Photos"],
    run: async (context, [dir], flags) => (await import("./commands/history.ts")).history(context, dir, flags),
  },
  {
    spec: "why <item>",
    about: "show what happened to one photo, run by run",
    group: check,
    flags: own(whyFlags),
    examples: ["offroll why IMG_0001.HEIC --in ~/Photos"],
    run: async (context, [item], flags) => (await import("./commands/why.ts")).why(context, item as string, flags),
  },
  {
    spec: "ignore [item]",
    about: "leave a file out from now on: one that cannot be copied, or that you do not want",
    group: check,
    flags: own(ignoreFlags),
    examples: [
      "offroll ignore IMG_0001.HEIC",
      "offroll ignore /DCIM/100APPLE/IMG_0001.HEIC --in /mnt/disk/Phone",
      "offroll ignore --removed",
      "offroll ignore --list",
      "offroll ignore --remove IMG_0001.HEIC",
    ],
    run: async (context, [item], flags) => (await import("./commands/ignore.ts")).ignore(context, item, flags),
  },
  {
    spec: "catalog rebuild <dir>",
    about: "make the catalog anew from the run logs and the files",
    group: check,
    flags: own(breakLockFlags),
    examples: ["offroll catalog rebuild ~/Photos"],
    run: async (context, [dir], flags) =>
      (await import("./commands/catalog-rebuild.ts")).catalogRebuild(context, dir as string, flags),
  },
  {
    spec: "phone backup [dir]",
    about:
      "back the whole phone up, in the layout of Finder and iTunes; the last good backup stays until this one is whole",
    group: asAWhole,
    flags: own(phoneBackupFlags),
    phone: true,
    examples: [
      "offroll phone backup /mnt/disk/phones",
      "offroll phone backup                      # the same folder again",
      "offroll phone backup --encrypted required --keep 3",
      "offroll phone backup --json | jq -c 'select(.type == \"summary\")'",
    ],
    run: async (context, [dir], flags) => (await import("./commands/phone-backup.ts")).phoneBackup(context, dir, flags),
  },
  {
    spec: "phone restore <backup>",
    about: "replace what a phone has by a backup: verified first, and confirmed with the phone's name",
    group: asAWhole,
    flags: own(phoneRestoreFlags),
    phone: true,
    examples: [
      "offroll phone restore /mnt/disk/phones",
      "offroll phone restore /mnt/disk/phones --other-phone --settings --system    # onto a new phone",
      'offroll phone restore ~/backups/00008101-000A1B2C3D4E001E --confirm "Ann\'s iPhone" --password-file secret.txt',
    ],
    run: async (context, [backup], flags) =>
      (await import("./commands/phone-restore.ts")).phoneRestore(context, backup as string, flags),
  },
  {
    spec: "phone password <on|off|change>",
    about: "encrypt the phone's backups, stop that, or change their password; it lies on the phone",
    group: asAWhole,
    flags: own(phonePasswordFlags),
    phone: true,
    examples: [
      "offroll phone password on",
      "offroll phone password change",
      "offroll phone password on --new-password-command 'pass show phone'",
    ],
    run: async (context, [action], flags) =>
      (await import("./commands/phone-password.ts")).phonePassword(context, action as string, flags),
  },
  {
    spec: "phone list [dirs...]",
    about: "list backups of whole phones: in the places of Finder and iTunes, in those named before, and in DIRS",
    group: asAWhole,
    examples: ["offroll phone list", "offroll phone list /mnt/disk/phones", "offroll phone list --json"],
    run: async (context, dirs, flags) =>
      (await import("./commands/phone-list.ts")).phoneList(context, dirs as readonly string[], flags),
  },
  {
    spec: "phone verify <backup>",
    about: "read every file of a phone's backup, and say what is damaged, missing or not part of it",
    group: asAWhole,
    flags: own(phoneReadFlags),
    examples: [
      "offroll phone verify /mnt/disk/phones",
      "offroll phone verify ~/backups/00008101-000A1B2C3D4E001E --password-command 'pass show phone'",
    ],
    run: async (context, [backup], flags) =>
      (await import("./commands/phone-verify.ts")).phoneVerify(context, backup as string, flags),
  },
  {
    spec: "phone browse <backup> [name]",
    about: "list what a phone's backup holds: its domains, or what is in DOMAIN/PATH",
    group: asAWhole,
    flags: own(phoneReadFlags),
    examples: [
      "offroll phone browse /mnt/disk/phones",
      "offroll phone browse /mnt/disk/phones HomeDomain/Library/SMS",
      "offroll phone browse /mnt/disk/phones CameraRollDomain/Media/DCIM --json",
    ],
    run: async (context, [backup, name], flags) =>
      (await import("./commands/phone-browse.ts")).phoneBrowse(context, backup as string, name ?? "", flags),
  },
  {
    spec: "phone extract <backup> <pattern>",
    about: "copy files out of a phone's backup, decrypted: DOMAIN/PATH, where * and ** stand for anything",
    group: asAWhole,
    flags: own(phoneExtractFlags),
    examples: [
      "offroll phone extract /mnt/disk/phones HomeDomain/Library/SMS --to ~/messages",
      "offroll phone extract /mnt/disk/phones 'AppDomain-*/Documents/**' --to ~/documents --dry-run",
      "offroll phone extract /mnt/disk/phones 'MediaDomain/Media/Recordings/*.m4a' --to ~/memos",
    ],
    run: async (context, [backup, pattern], flags) =>
      (await import("./commands/phone-extract.ts")).phoneExtract(context, backup as string, pattern as string, flags),
  },
  {
    spec: "freeup plan [dir]",
    about: "what of the phone is proven to be on two disks, and why the rest stays",
    group: free,
    flags: own(freeupPlanFlags),
    phone: true,
    examples: [
      "offroll freeup plan",
      "offroll freeup plan --reread                 # prove it now",
      "offroll freeup plan --older-than 1y --except favourites,album=Lisbon",
      "offroll freeup plan /mnt/nas/Phone --own-disk nas",
    ],
    run: async (context, [dir], flags) => (await import("./commands/freeup-plan.ts")).freeupPlan(context, dir, flags),
  },
  {
    spec: "freeup list [dir]",
    about: "a page or text of what may be deleted on the phone, by day; kept to be checked afterwards",
    group: free,
    flags: own(freeupListFlags),
    phone: true,
    examples: ["offroll freeup list --html ~/delete.html", "offroll freeup list --text --reread"],
    run: async (context, [dir], flags) => (await import("./commands/freeup-list.ts")).freeupList(context, dir, flags),
  },
  {
    spec: "freeup check [dir]",
    about: "after you deleted: what is gone, until when it can be put back, and whether its copies are whole",
    group: free,
    flags: own(freeupCheckFlags),
    phone: true,
    examples: ["offroll freeup check", "offroll freeup check --list 20261128-1a2b3c --json"],
    run: async (context, [dir], flags) => (await import("./commands/freeup-check.ts")).freeupCheck(context, dir, flags),
  },
  {
    spec: "data",
    about: "messages, contacts, notes, calls and voice memos on a phone: how many, how new, what is missing",
    group: asAWhole,
    flags: own(dataFlags),
    examples: ["offroll data", "offroll data --from /mnt/disk/phones", "offroll data --json"],
    run: async (context, _, flags) => (await import("./commands/data.ts")).data(context, flags),
  },
  {
    spec: "data ls <kind>",
    about: "list messages (by conversation), contacts, notes, calls or voice-memos",
    group: asAWhole,
    flags: own(dataLsFlags),
    examples: [
      "offroll data ls messages",
      "offroll data ls messages --text 'train tickets'",
      "offroll data ls contacts --text ann",
      "offroll data ls calls --limit 20 --json",
    ],
    run: async (context, [kind], flags) =>
      (await import("./commands/data-ls.ts")).dataLs(context, kind as string, flags),
  },
  {
    spec: "data show <kind> <id>",
    about: "show one of them whole: a conversation, a contact, a note",
    group: asAWhole,
    flags: own(dataShowFlags),
    examples: ["offroll data show messages 'Ann Example' --limit 50", "offroll data show notes 3F2A --json"],
    run: async (context, [kind, id], flags) =>
      (await import("./commands/data-show.ts")).dataShow(context, { kind: kind as string, id: id as string }, flags),
  },
  {
    spec: "data export [kinds...]",
    about: "write them to files that open anywhere: all kinds, or those that are named",
    group: asAWhole,
    flags: [
      { heading: "Options:", flags: dataExportFlags },
      { heading: "Choose:", flags: dataChoosingFlags },
      { heading: "Forms:", flags: dataFormFlags },
    ],
    examples: [
      "offroll data export --to ~/phone-data",
      "offroll data export messages --to ~/messages --format html,txt --chat 'Ann Example'",
      "offroll data export contacts calls --to ~/phone-data --format vcard,csv",
      "offroll data export notes --to ~/notes --format md --from /mnt/disk/phones",
    ],
    run: async (context, kinds, flags) =>
      (await import("./commands/data-export.ts")).dataExport(context, kinds as readonly string[], flags),
  },
  {
    spec: "pair",
    about: "make a phone trust this computer",
    group: setUp,
    phone: true,
    examples: ["offroll pair", 'offroll pair --device "Ann\'s iPhone"'],
    run: async (context, _, flags) => (await import("./commands/pair.ts")).pair(context, flags),
  },
  {
    spec: "unpair",
    about: "remove the pairing of phone and computer",
    group: setUp,
    flags: own(unpairFlags),
    phone: true,
    examples: ["offroll unpair"],
    run: async (context, _, flags) => (await import("./commands/pair.ts")).unpair(context, flags),
  },
  {
    spec: "doctor",
    about: "find out why a phone is not seen or not backed up",
    group: setUp,
    flags: own(doctorFlags),
    phone: true,
    examples: ["offroll doctor", "offroll doctor --udev | sudo tee /etc/udev/rules.d/70-offroll.rules"],
    run: async (context, _, flags) => (await import("./commands/doctor/doctor.ts")).doctor(context, flags),
  },
  {
    spec: "config",
    about: "show settings and file locations",
    group: setUp,
    phone: true,
    examples: ["offroll config"],
    run: async (context, _, flags) => (await import("./commands/config.ts")).configCommand(context, flags),
  },
  {
    spec: "template preview [template]",
    about: "try a template on three photos",
    group: setUp,
    examples: [
      "offroll template preview '{year}/{date} {camera|no camera}/{name}'",
      `
Tokens (fallback after a bar, as in {camera|no camera}):
  {year} {month} {day} {date} {hour} {minute} {second} {time}   local capture time
  {name} {folder} {album}    file name, folder on the phone, first album
  {make} {model} {camera} {kind} {type} {phone} {id}`,
    ],
    run: async (context, [template], flags) =>
      (await import("./commands/template.ts")).templatePreview(context, template, flags),
  },
  {
    spec: "demo",
    about: "copy the photos of a simulated iPhone to ./demo-photos",
    group: tryOut,
    flags: own(demoFlags),
    examples: ["offroll demo"],
    run: async (context, _, flags) => (await import("./commands/demo.ts")).demo(context, flags),
  },
  {
    spec: "mock iphone",
    about: "simulate an iPhone on a socket of its own",
    group: tryOut,
    flags: own(mockIphoneFlags),
    examples: ["offroll mock iphone", "offroll mock iphone --trust pending:5 --latency 1 --rate 35"],
    run: async (context, _, flags) => (await import("./commands/mock.ts")).mockIphone(context, flags),
  },
  {
    spec: "mock android",
    about: "simulate an Android phone: on a USB cable (USB/IP), and at an adb server of its own",
    group: tryOut,
    flags: own(mockAndroidFlags),
    examples: [
      "offroll mock android",
      "offroll mock android --quirk lockedLooks=3 --quirk propList=refused",
      "offroll mock android --port 3240      # then, as root: usbip attach -r localhost -b 1-1",
    ],
    run: async (context, _, flags) => (await import("./commands/mock-android.ts")).mockAndroid(context, flags),
  },
];

/** Flags of a command that reaches for a phone, after its own. */
export const connection: FlagGroup = { heading: "Connection:", flags: connectionFlags };
