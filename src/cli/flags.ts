/**
 * Flags, each declared once: the declaration gives the option, its line of help, and the type that a command reads.
 * Read first: `Flag`, then one of the groups below it.
 */
import { type Command, InvalidArgumentError, Option } from "commander";

export interface Flag {
  /** `on` is a boolean, `off` one that starts true (`--no-X`), `text` takes a value, `list` may be repeated. */
  readonly kind: "on" | "off" | "text" | "list";
  /** As it stands in help: `<date>`. */
  readonly value?: string;
  readonly about: string;
  /** One letter. */
  readonly short?: string;
  /** What holds without it, for the help only: a setting or a remembered choice may say otherwise. */
  readonly otherwise?: string;
  /** A colon in one begins what the person writes: `folder:PATH`. */
  readonly choices?: readonly string[];
  /** Understood, but not shown: another spelling. */
  readonly hidden?: true;
}

/** The keys are the flags in camelCase: `waitForLock` is `--wait-for-lock`. */
export type FlagTable = Readonly<Record<string, Flag>>;

interface Values {
  readonly on: boolean;
  readonly off: boolean;
  readonly text: string;
  readonly list: string[];
}

/** What a command is given: every flag may be absent. */
export type FlagsOf<T extends FlagTable> = { readonly [K in keyof T]?: Values[T[K]["kind"]] };

export const outputFlags = {
  json: { kind: "on", about: "machine-readable output: one JSON document, or one event a line for a run" },
  quiet: { kind: "on", short: "q", about: "print data and errors only" },
} as const satisfies FlagTable;

export const connectionFlags = {
  device: { kind: "text", value: "<name>", about: "phone by name (a part is enough), UDID or serial number" },
  via: {
    kind: "text",
    value: "<way>",
    about: "only phones reached this way; or a folder in the place of a phone: a card, a mounted phone, an old copy",
    choices: ["mtp", "adb", "usbmux", "folder:PATH"],
  },
  usbmux: { kind: "text", value: "<address>", about: "address of usbmuxd: PATH or HOST:PORT" },
  adb: { kind: "text", value: "<address>", about: "address of the adb server: HOST:PORT" },
  usbip: { kind: "text", value: "<address>", about: "read Android phones from a USB/IP server: HOST:PORT" },
  debug: { kind: "text", value: "<file>", about: "record every protocol message, without secrets" },
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
    otherwise: "both",
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
    about: "also keywords in XMP sidecars: people, albums, or people,albums",
  },
  snapshot: { kind: "off", about: "do not keep the phone's library in .offroll/runs" },
  targetFs: {
    kind: "text",
    value: "<name>",
    about: "what the disk can hold: auto, ext4, apfs, ntfs, exfat or fat32",
    otherwise: "auto",
  },
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
  ...lockFlags,
  report: { kind: "text", value: "<file>", about: "write a report: .json or .csv" },
} as const satisfies FlagTable;

/** Adds a table of flags to a command, under a heading of its own in the help. */
export function addFlags(command: Command, table: FlagTable, heading?: string): Command {
  for (const [key, flag] of Object.entries(table)) {
    const option = new Option(spelling(key, flag), aboutOf(flag));
    if (flag.choices) option.choices(flag.choices).argParser((value) => oneOf(flag.choices ?? [], value));
    if (flag.kind === "list") option.argParser((value, earlier: string[] | undefined) => [...(earlier ?? []), value]);
    if (flag.hidden) option.hideHelp();
    if (heading !== undefined) option.helpGroup(heading);
    command.addOption(option);
  }
  return command;
}

function oneOf(choices: readonly string[], value: string): string {
  const [beginning = ""] = /^[^:]*:/.exec(value) ?? [];
  if (choices.some((choice) => choice === value || (beginning !== "" && choice.startsWith(beginning)))) return value;
  throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
}

/** As it is typed: `-n, --dry-run`, `--no-snapshot`, `--to <dir>`. */
export function spelling(key: string, { kind, short, value }: Flag): string {
  const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const long = kind === "off" ? `--no-${name}` : `--${name}`;
  return `${short === undefined ? "" : `-${short}, `}${long}${value === undefined ? "" : ` ${value}`}`;
}

function aboutOf({ about, otherwise }: Flag): string {
  return otherwise === undefined ? about : `${about} (default: ${otherwise})`;
}
