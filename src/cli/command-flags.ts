/** The flags of every command, each declared once: those that several share, then each command's own. */
import type { viaForms } from "../device/media-source.ts";
import type { FlagsOf, FlagTable } from "./flags.ts";

export const outputFlags = {
  json: { kind: "on", about: "machine-readable output: one JSON document, or one event a line for a run" },
  quiet: { kind: "on", short: "q", about: "print data and errors only" },
} as const satisfies FlagTable;

/** Of every command that may read an encrypted backup of a whole phone. Never the password itself: other users of a computer see argv. */
export const backupPasswordFlags = {
  passwordFile: {
    kind: "text",
    value: "<file>",
    about: "read the password of an encrypted phone backup from this file",
  },
  passwordCommand: { kind: "text", value: "<command>", about: "run this, and take what it prints for that password" },
} as const satisfies FlagTable;

export const connectionFlags = {
  device: { kind: "text", value: "<name>", about: "phone by name (a part is enough), UDID or serial number" },
  via: {
    kind: "text",
    value: "<way>",
    about:
      "only phones reached this way; or in the place of a phone a folder (a card, a mounted phone, an old copy) or the backup of a whole iPhone",
    // Named again: the seam would be one more file that `offroll --help` loads.
    choices: ["usbmux", "mtp", "adb", "folder:PATH", "backup:PATH"] satisfies readonly (typeof viaForms)[number][],
  },
  usbmux: { kind: "text", value: "<address>", about: "address of usbmuxd: PATH or HOST:PORT" },
  adb: { kind: "text", value: "<address>", about: "address of the adb server: HOST:PORT" },
  usbip: { kind: "text", value: "<address>", about: "read Android phones from a USB/IP server: HOST:PORT" },
  runningAdb: { kind: "on", about: "ask an adb server that runs already, and start none", hidden: true },
  debug: { kind: "text", value: "<file>", about: "record every protocol message, without secrets" },
  ...backupPasswordFlags,
} as const satisfies FlagTable;

/** Which photos. `export`, `backup`, `ls` and `library` take them alike. */
export const choosingFlags = {
  since: { kind: "text", value: "<date>", about: "taken on this day or later: 2024, 2024-05, 2024-05-01, 30d" },
  until: { kind: "text", value: "<date>", about: "taken on this day or earlier" },
  kind: {
    kind: "text",
    value: "<kinds>",
    about: "photo, video, raw, live, portrait, panorama, screenshot, …; several with commas",
  },
  album: { kind: "list", value: "<name>", about: "in this album: Lisbon, or Trips/Lisbon; may be repeated" },
  favourites: { kind: "on", about: "only favourites" },
  favorites: { kind: "on", about: "only favourites", hidden: true },
  person: { kind: "list", value: "<name>", about: "showing this person; may be repeated" },
  label: { kind: "list", value: "<word>", about: "with this in it, as the phone sees it: dog, beach; may be repeated" },
  camera: { kind: "text", value: "<name>", about: "taken with this camera: 'iPhone 14'" },
  text: { kind: "text", value: "<words>", about: "in caption, title, keywords or names" },
  place: { kind: "text", value: "<where>", about: "taken at LAT,LON,KM or in SOUTH,WEST,NORTH,EAST" },
  folder: { kind: "text", value: "<folder>", about: "on the phone: 100APPLE; on Android any, such as /Download" },
  limit: { kind: "text", value: "<n>", about: "at most this many photos" },
  hidden: { kind: "on", about: "hidden ones too; copied into a folder Hidden (a backup always takes them)" },
  recentlyDeleted: { kind: "on", about: "recently deleted ones too; copied into a folder Recently Deleted" },
  bursts: { kind: "text", value: "<which>", about: "all frames, or picks", otherwise: "picks, backup: all" },
  messengers: { kind: "on", about: "on Android also media saved by WhatsApp, Telegram and similar apps" },
} as const satisfies FlagTable;

/** Which files of each photo. */
export const partFlags = {
  edits: {
    kind: "text",
    value: "<which>",
    about: "both, original, edited, or all: the edit instructions (.AAE) too",
    otherwise: "both, backup: all",
  },
  live: { kind: "text", value: "<which>", about: "Live Photos: both, still or video", otherwise: "both" },
  raw: { kind: "text", value: "<which>", about: "RAW+JPEG pairs: both, raw or jpeg", otherwise: "both" },
  motion: {
    kind: "text",
    value: "<what>",
    about: "Motion Photos: keep, or extract the movie beside the photo",
    otherwise: "keep",
  },
  derivatives: {
    kind: "on",
    about: "for photos only in iCloud, the small version on the phone until the original comes",
  },
} as const satisfies FlagTable;

/** Where files go, and what is written beside them. */
export const placeFlags = {
  template: { kind: "text", value: "<template>", about: "folders and names; see `offroll template preview --help`" },
  albumsAs: {
    kind: "text",
    value: "<how>",
    about: "a folder in Albums/ for each album: none, links or copies",
    otherwise: "none",
  },
  sidecar: {
    kind: "text",
    value: "<format>",
    about: "a file beside each photo with its dates, place, people, albums: xmp or json",
  },
  keywordsFrom: {
    kind: "text",
    value: "<what>",
    about: "also keywords in XMP sidecars: people, albums, labels; several with commas",
  },
  snapshot: { kind: "off", about: "do not keep the phone's library in .offroll/runs" },
  targetFs: {
    kind: "text",
    value: "<name>",
    about: "what the disk can hold: auto, ext4, apfs, ntfs, exfat or fat32",
    otherwise: "auto",
  },
} as const satisfies FlagTable;

/** Copies in forms that other devices open. */
export const formFlags = {
  jpeg: { kind: "on", about: "a JPEG beside each HEIC and AVIF, for devices that do not open those" },
  jpegRaw: { kind: "on", about: "of RAW photos too, where they carry a JPEG of the whole picture" },
  jpegTo: {
    kind: "text",
    value: "<folder>",
    about: "into a tree of their own in the destination, such as JPEG; or into any folder, by its whole path",
  },
  maxSize: { kind: "text", value: "<px>", about: "JPEGs of at most so many pixels on the longer side" },
  quality: { kind: "text", value: "<1-100>", about: "of the JPEGs", otherwise: "90" },
  srgb: { kind: "on", about: "JPEGs in sRGB, for programs that know no colour profiles" },
  mp4: { kind: "on", about: "an MP4 beside each QuickTime movie; ffmpeg must be installed" },
} as const satisfies FlagTable;

/** Of a run that the settings give copies: not this time. */
export const noFormFlags = {
  noJpeg: { kind: "on", about: "no JPEG copies this time, whatever the settings say" },
  noMp4: { kind: "on", about: "no MP4 copies this time, whatever the settings say" },
} as const satisfies FlagTable;

/** Of every command that locks a destination. */
const lockFlags = {
  breakLock: { kind: "on", about: "break the lock of a run that gave no sign of life for long; asks" },
} as const satisfies FlagTable;

/** Of those among them that ask nothing else. */
export const breakLockFlags = {
  ...lockFlags,
  yes: { kind: "on", short: "y", about: "with --break-lock: do not ask" },
} as const satisfies FlagTable;

/** How sure, how patient, and what is said of it. */
export const runFlags = {
  dryRun: { kind: "on", short: "n", about: "say what would happen; write nothing" },
  verbose: { kind: "on", short: "v", about: "with --dry-run: a line for each file" },
  yes: { kind: "on", short: "y", about: "do not ask" },
  verify: {
    kind: "text",
    value: "<how>",
    about: "size, hash, or reread: read every file back from the disk",
    otherwise: "export: hash, backup: reread",
  },
  newDestination: {
    kind: "on",
    about: "begin anew where a disk that was used before is away, or another is in its place",
  },
  allPhones: { kind: "on", about: "every phone that is plugged in, one after the other" },
  adopt: { kind: "on", about: "compare existing files with the phone and register equal ones instead of copying" },
  requireComplete: { kind: "on", about: "exit 3 when something chosen is not on the phone" },
  wait: {
    kind: "text",
    value: "<time>",
    about: "how long to wait for a disconnected or locked phone",
    otherwise: "2m",
  },
  waitForLock: { kind: "on", about: "wait for another run in the same folder instead of exit 1" },
  network: { kind: "on", about: "also an iPhone that the system sees over Wi-Fi alone", hidden: true },
  ...lockFlags,
  report: { kind: "text", value: "<file>", about: "write a report: .json or .csv" },
} as const satisfies FlagTable;

/** Of both simulated phones. */
const linkFlags = {
  latency: { kind: "text", value: "<ms>", about: "each request waits this long" },
  rate: { kind: "text", value: "<mbps>", about: "megabytes per second over the cable" },
} as const satisfies FlagTable;

/** `offroll export`. */
export const exportFlags = {
  to: { kind: "text", value: "<dir>", about: "destination folder; its parent must exist" },
} as const satisfies FlagTable;

/** `offroll devices`. */
export const devicesFlags = {
  watch: { kind: "on", about: "keep running and print each change" },
} as const satisfies FlagTable;

/** `offroll ls`. */
export const lsFlags = {
  albums: { kind: "on", about: "list albums instead of folders" },
  missing: { kind: "on", about: "only what is in the library and not on this phone" },
  all: { kind: "on", about: "hidden, deleted, shared and unpicked ones too" },
} as const satisfies FlagTable;

/** `offroll info`. */
export const infoFlags = {
  preview: { kind: "text", value: "<file>", about: "write a small picture of it as a JPEG" },
} as const satisfies FlagTable;

/** `offroll verify`. */
export const verifyFlags = {
  againstPhone: { kind: "on", about: "also check that everything on this phone is in this backup" },
  repair: { kind: "on", about: "put good files in the place of damaged ones, from the phone or another copy" },
  from: { kind: "text", value: "<dir>", about: "with --repair: another copy, besides those that are remembered" },
  ...breakLockFlags,
} as const satisfies FlagTable;

/** `offroll convert`. */
export const convertFlags = { ...formFlags, ...breakLockFlags } as const satisfies FlagTable;

/** `offroll status`. */
export const statusFlags = {
  staleAfter: {
    kind: "text",
    value: "<age>",
    about: "exit 3 when the last complete backup is older, wherever its disk is: 14d, 36h",
  },
  requireDisk: { kind: "on", about: "exit 3 when the disk of a backup is not there" },
  forget: { kind: "on", about: "stop listing the destination DIR; nothing on it is changed" },
} as const satisfies FlagTable;

/** `offroll why`. */
export const whyFlags = {
  in: { kind: "text", value: "<dir>", about: "the destination", otherwise: "every remembered one" },
} as const satisfies FlagTable;

/** `offroll ignore`. */
export const ignoreFlags = {
  in: { kind: "text", value: "<dir>", about: "the destination", otherwise: "every remembered one" },
  removed: { kind: "on", about: "ignore all files that you removed from the destination" },
  list: { kind: "on", about: "list what is ignored" },
  remove: { kind: "text", value: "<item>", about: "no longer ignore this one: the next run copies it" },
  ...breakLockFlags,
} as const satisfies FlagTable;

/** `offroll copies add`, `test` and `remove`. */
export const copiesFlags = {
  from: { kind: "text", value: "<dir>", about: "the backup that is copied", otherwise: "the only one that is known" },
  ...breakLockFlags,
} as const satisfies FlagTable;

/** `offroll copies run`. */
export const copiesRunFlags = {
  from: copiesFlags.from,
  waitForLock: { kind: "on", about: "wait for another run in either folder instead of exit 1" },
  ...breakLockFlags,
} as const satisfies FlagTable;

/** `offroll copies verify`. */
export const copiesVerifyFlags = {
  from: copiesFlags.from,
  repair: { kind: "on", about: "put good files in the place of damaged and missing ones, on both disks; asks" },
  ...breakLockFlags,
  yes: { kind: "on", short: "y", about: "with --repair or --break-lock: do not ask" },
} as const satisfies FlagTable;

/** `offroll copies status`. */
export const copiesStatusFlags = { from: copiesFlags.from } as const satisfies FlagTable;

/** `offroll autosave on`. */
export const autosaveOnFlags = {
  to: { kind: "text", value: "<dir>", about: "where its photos go", otherwise: "where its backup went before" },
  // Both ways, the positive one first: what was set up stays until a flag names it.
  photos: { kind: "on", about: "its photos, after --no-photos" },
  noPhotos: { kind: "on", about: "videos only" },
  videos: { kind: "on", about: "its videos, after --no-videos" },
  noVideos: { kind: "on", about: "photos only" },
  copy: { kind: "text", value: "<name>", about: "a second copy that is brought up to date after it; '' for none" },
  network: { kind: "on", about: "also over Wi-Fi, where the system lists the phone; never for the first time" },
  noNetwork: { kind: "on", about: "by cable only, after --network" },
  daily: {
    kind: "text",
    value: "<hh:mm>",
    about: "also once a day at this time, while it stays plugged in; '' for never",
  },
  quietHours: {
    kind: "text",
    value: "<hours>",
    about: "begin nothing between these times: 22:00-07:00; '' for none",
  },
  phoneBackup: {
    kind: "text",
    value: "<dir>",
    about: "also the iPhone as a whole, to this folder, where it asks for no passcode; 'off' for never",
  },
  phoneBackupEvery: { kind: "text", value: "<days>", about: "how often that is due", otherwise: "7" },
  dryRun: { kind: "on", short: "n", about: "print what would be installed; write nothing" },
  yes: { kind: "on", short: "y", about: "do not ask" },
} as const satisfies FlagTable;

/** `offroll autosave off`. */
export const autosaveOffFlags = {
  device: { kind: "text", value: "<name>", about: "only this phone; the others go on" },
  yes: { kind: "on", short: "y", about: "remove it also where it was changed by hand" },
} as const satisfies FlagTable;

/** `offroll autosave run`. */
export const autosaveRunFlags = {
  once: { kind: "on", about: "do what is due now, and end" },
} as const satisfies FlagTable;

/** `offroll autosave log`. */
export const autosaveLogFlags = {
  limit: { kind: "text", value: "<n>", about: "at most this many lines, the latest", otherwise: "40" },
} as const satisfies FlagTable;

/** `offroll phone verify` and `phone browse`. */
export const phoneReadFlags = { ...backupPasswordFlags } as const satisfies FlagTable;

/** `offroll phone extract`. */
export const phoneExtractFlags = {
  to: { kind: "text", value: "<dir>", about: "folder that the files go to; its parent must exist" },
  dryRun: { kind: "on", short: "n", about: "list what would be written; write nothing" },
  ...backupPasswordFlags,
} as const satisfies FlagTable;

const ownDisk = {
  ownDisk: {
    kind: "list",
    value: "<name>",
    about:
      "your word that this copy, or this backup by its path, is on a disk that holds none of the other places; counts where the system cannot tell; may be repeated",
  },
} as const satisfies FlagTable;

/** `offroll freeup plan`. */
export const freeupPlanFlags = {
  copies: { kind: "text", value: "<n>", about: "on so many different disks", otherwise: "2" },
  olderThan: { kind: "text", value: "<age>", about: "taken longer ago than this: 30d, 1y", otherwise: "30d" },
  except: {
    kind: "list",
    value: "<what>",
    about: "keep these: favourites, album=NAME, person=NAME; several with commas, or the flag again",
  },
  reread: { kind: "on", about: "read every copy from its disk now, and keep what was found" },
  againstPhone: { kind: "on", about: "read the phone's files too, and compare them with the copies" },
  ...ownDisk,
} as const satisfies FlagTable;

/** `offroll freeup list`. */
export const freeupListFlags = {
  html: {
    kind: "text",
    value: "<file>",
    about: "write a page with small pictures, to print or to look at beside the phone",
  },
  text: { kind: "on", about: "print the list as text, by day" },
  ...freeupPlanFlags,
} as const satisfies FlagTable;

/** `offroll freeup check`. */
export const freeupCheckFlags = {
  list: { kind: "text", value: "<id>", about: "which list", otherwise: "the newest of this phone" },
  ...ownDisk,
} as const satisfies FlagTable;

/** `offroll gallery`. */
export const galleryFlags = {
  open: { kind: "off", about: "print the address only; do not start the browser" },
  port: { kind: "text", value: "<port>", about: "port to listen on", otherwise: "a free one" },
  lan: { kind: "on", about: "let other computers of this network open it too, unencrypted: see the warning" },
} as const satisfies FlagTable;

/** Which phone's data, and how they are opened. */
const dataSourceFlags = {
  from: { kind: "text", value: "<backup>", about: "backup of a whole phone", otherwise: "the newest that is known" },
  device: { kind: "text", value: "<name>", about: "phone by name or UDID, where no backup is named" },
  ...backupPasswordFlags,
} as const satisfies FlagTable;

/** `offroll data`. */
export const dataFlags = { ...dataSourceFlags } as const satisfies FlagTable;

/** `offroll data ls`. */
export const dataLsFlags = {
  text: { kind: "text", value: "<words>", about: "only those with all these words; of messages also what they say" },
  limit: { kind: "text", value: "<n>", about: "at most this many" },
  ...dataSourceFlags,
} as const satisfies FlagTable;

/** `offroll data show`. */
export const dataShowFlags = {
  limit: { kind: "text", value: "<n>", about: "of a conversation the newest so many messages", otherwise: "all" },
  notesPasswordFile: { kind: "text", value: "<file>", about: "passwords of locked notes, one a line" },
  ...dataSourceFlags,
} as const satisfies FlagTable;

/** `offroll data export`. */
export const dataExportFlags = {
  to: { kind: "text", value: "<dir>", about: "folder that the files go to; its parent must exist" },
  format: {
    kind: "text",
    value: "<list>",
    about: "besides JSON, with commas: html, csv, txt, vcard, md",
    otherwise: "html for messages and notes, vcard for contacts, csv for calls",
  },
  ...dataSourceFlags,
} as const satisfies FlagTable;

/** What of them. */
export const dataChoosingFlags = {
  since: { kind: "text", value: "<date>", about: "on this day or later: 2024, 2024-05, 2024-05-01, 30d" },
  until: { kind: "text", value: "<date>", about: "on this day or earlier" },
  chat: { kind: "text", value: "<name>", about: "only conversations with this in their name or members" },
  contact: { kind: "text", value: "<name>", about: "only with this person: a name, a number, an address" },
  text: { kind: "text", value: "<words>", about: "only messages, notes and memos with these words" },
} as const satisfies FlagTable;

/** How some kinds are written, and opened. */
export const dataFormFlags = {
  vcard: { kind: "text", value: "<version>", about: "version of vCards: 3 or 4", otherwise: "3" },
  perContact: { kind: "on", about: "also a file for each contact" },
  unify: { kind: "off", about: "cards of one person in several accounts stay apart" },
  notesPasswordFile: {
    kind: "text",
    value: "<file>",
    about: "passwords of locked notes, one a line; each is tried on each note",
  },
} as const satisfies FlagTable;

/** `offroll phone backup`. */
export const phoneBackupFlags = {
  full: { kind: "on", about: "everything anew, instead of what has changed" },
  encrypted: {
    kind: "text",
    value: "<how>",
    about: "required: no backup unless the phone encrypts it; any: either",
    choices: ["required", "any"],
    otherwise: "any",
  },
  keep: {
    kind: "text",
    value: "<n>",
    about: "leave so many older states beside the newest, and remove those before; without it none is added or removed",
  },
  folderId: { kind: "text", value: "<id>", about: "only where DIR is the folder with this id", hidden: true },
  passcode: { kind: "off", about: "end at once where the phone asks for its passcode: nobody is there to enter it" },
} as const satisfies FlagTable;

/** `offroll phone restore`. */
export const phoneRestoreFlags = {
  confirm: { kind: "text", value: "<name>", about: "the phone's name, where nobody can be asked to type it" },
  otherPhone: { kind: "on", about: "the backup is of another phone, and that is meant" },
  system: { kind: "on", about: "system files too" },
  settings: { kind: "on", about: "the backup's settings in the place of the phone's" },
  reboot: { kind: "off", about: "do not restart the phone at the end; it takes what came only when it is" },
} as const satisfies FlagTable;

/** `offroll phone password`. */
export const phonePasswordFlags = {
  newPasswordFile: { kind: "text", value: "<file>", about: "read the new password from this file" },
  newPasswordCommand: { kind: "text", value: "<command>", about: "run this, and take what it prints for the new one" },
  yes: { kind: "on", short: "y", about: "do not ask" },
} as const satisfies FlagTable;

/** `offroll gallery export`. */
export const galleryExportFlags = {
  to: { kind: "text", value: "<folder>", about: "a new folder for the album" },
  album: {
    kind: "list",
    value: "<name>",
    about: "this album: Lisbon, or Trips/Lisbon; may be repeated",
    otherwise: "everything",
  },
  with: { kind: "text", value: "<what>", about: "also told: place, camera, person, caption; several with commas" },
} as const satisfies FlagTable;

/** `offroll unpair`. */
export const unpairFlags = { yes: { kind: "on", short: "y", about: "do not ask" } } as const satisfies FlagTable;

/** `offroll doctor`. */
export const doctorFlags = {
  udev: { kind: "on", about: "print the rule that lets you open phones on Linux" },
} as const satisfies FlagTable;

/** `offroll demo`. */
export const demoFlags = {
  to: { kind: "text", value: "<dir>", about: "where its photos go", otherwise: "./demo-photos" },
} as const satisfies FlagTable;

/** `offroll mock iphone`. */
export const mockIphoneFlags = {
  phone: {
    kind: "list",
    value: "<file...>",
    about: "descriptions of phones (JSON)",
    otherwise: "the demo phone",
  },
  socket: {
    kind: "text",
    value: "<address>",
    about: "PATH or HOST:PORT to listen on",
    otherwise: "a temporary one",
  },
  trust: {
    kind: "text",
    value: "<script>",
    about: "immediate, pending:N, locked:N (N questions), denied",
    otherwise: "immediate",
  },
  state: { kind: "text", value: "<dir>", about: "remember pairings here" },
  untilClosed: { kind: "on", about: "end when standard input does", hidden: true },
  tcpPorts: {
    kind: "text",
    value: "<base>",
    about: "also serve lockdown on this TCP port, and services behind it",
  },
  ...linkFlags,
} as const satisfies FlagTable;

/** `offroll mock android`. */
export const mockAndroidFlags = {
  phone: { kind: "text", value: "<file>", about: "description of the phone (JSON)", otherwise: "the demo phone" },
  port: { kind: "text", value: "<port>", about: "port of the USB/IP server", otherwise: "a free one" },
  adbPort: { kind: "text", value: "<port>", about: "port of the adb server", otherwise: "a free one" },
  adbState: {
    kind: "text",
    value: "<state>",
    about: "as adb shows it: device, unauthorized, offline, or none",
    otherwise: "device",
  },
  quirk: { kind: "list", value: "<name=value>", about: "a maker's peculiarity of MTP; may be repeated" },
  ...linkFlags,
} as const satisfies FlagTable;

/** What the terminal UI understands, which has no command. */
export const uiFlags = {
  plain: { kind: "on", about: "the terminal UI as plain questions and answers" },
  graphics: {
    kind: "text",
    value: "<mode>",
    about: "pictures in the terminal UI",
    choices: ["auto", "kitty", "iterm2", "sixel", "blocks", "none"],
  },
  device: { kind: "text", value: "<name>", about: "open the terminal UI for this phone" },
} as const satisfies FlagTable;

/** Flags that every command about a phone has. */
export type CommonFlags = FlagsOf<typeof outputFlags> & FlagsOf<typeof connectionFlags>;

/** What a command is given: its own flags, and those that all have. */
export type CommandFlags<Own extends FlagTable> = CommonFlags & FlagsOf<Own>;
