/**
 * Who may import whom, in one table. A room names the rooms that it knows; everything else of ours is fenced off from it, and `why` is
 * what a person reads who runs into the fence. `architecture.test.ts` holds all of it; what can be said of folders is in biome.json
 * as well, made from here by `npm run docs`, so that an editor shows it. There are no exceptions.
 */

export interface Room {
  /** Where its files are in `src`: a folder, or a file without its ending; `*` stands for one name. By default its own name. */
  readonly at?: readonly string[];
  /** Rooms whose files it may import; files of its own it may always. */
  readonly knows: readonly string[];
  /** Modules that no file of its may import, with the reason. */
  readonly without?: { readonly modules: readonly string[]; readonly why: string };
  /** Its folder comes later; that nobody else knows it holds already. */
  readonly isReserved?: true;
  readonly why: string;
}

const seam = "device/media-source";
/** The other seam: what is on a phone besides photos. */
const files = "device/phone-files";
/** What every room of the engine stands on. */
const ground = ["shared", "media", "library", seam, "transfer/events"];
const engine = ["destination", "catalog", "plan", "run", "logs", "extras", "check", "copies", "freeup"].map(
  (name) => `transfer/${name}`,
);
/** What the faces of the program see of it: the engine and the phones through their front doors. */
const fronts = ["destination", "catalog", "plan", "logs", "extras", "check", "copies", "freeup"].map(
  (name) => `transfer/${name}/index`,
);
const house = [
  ...["shared", "media", "library", seam, "device/index"],
  ...["transfer/events", "transfer/index", "transfer/fronts", "present"],
];

/** What is on a phone besides its photos, and the backups that hold it. */
const phoneAsAWhole = [files, "phone-backup/index", "phone-data/index"];

const oneProtocol = "protocols do not import each other, nor their mocks: what two of them need sinks into device";
const oneFace = "cli and ui do not import each other: what both need sinks into app or present";

/** From below to above. A file belongs to the room whose place is the most exact. */
export const rooms: Readonly<Record<string, Room>> = {
  shared: { knows: [], why: "shared is below everything: it imports nothing of ours" },
  media: { knows: ["shared"], why: "media takes bytes and gives facts; it knows no phone and no disk" },
  [seam]: { knows: ["shared"], why: "the seam between phones and the program knows neither" },

  [files]: { knows: ["shared"], why: "the seam between a phone's files and what reads them knows neither" },

  "device/wire": { knows: ["shared"], why: "wire is structs, streams and property lists; it knows no protocol" },
  "device/file-name": { knows: ["shared"], why: "names as bytes, on whatever phone" },
  "device/formats": {
    at: [
      "device/*/*-format",
      "device/*/*/*-format",
      "device/*/*/*/*-format",
      "device/mtp/mtp-datasets",
      "device/usb/usb-descriptors",
    ],
    knows: ["shared", "device/wire", "device/file-name"],
    why: "a format is declared structs and codes: no I/O",
  },
  "device/apple": { knows: ["shared", seam], why: "what Apple's phones have in common, however they are reached" },
  "device/android": { knows: ["shared", seam], why: "what Android phones have in common, however they are reached" },
  device: {
    knows: ["shared", seam, "device/android"],
    why: "what every route shares knows none of them; nor what a phone's bytes are used for",
  },
  "device/usb": { knows: ["shared", "device/wire", "device/formats"], why: "a bus knows no protocol above it" },
  "device/iphone": {
    knows: ["shared", seam, "device/wire", "device/file-name", "device/formats", "device/apple", "device"],
    why: oneProtocol,
  },
  "device/iphone/mobilebackup2": {
    knows: ["shared", "device/wire", "device/formats", "device", "device/iphone"],
    why: "what changes a phone is out of reach of whatever reads one: no MediaSource may come to write by accident",
  },
  "device/iphone/apps": {
    knows: ["shared", "device/wire", "device/formats", "device"],
    why: "a list of apps is asked for over a stream that somebody else opened",
  },
  "device/mtp": {
    knows: ["shared", seam, "device/wire", "device/formats", "device/android", "device", "device/usb"],
    why: oneProtocol,
  },
  "device/adb": {
    knows: ["shared", seam, "device/wire", "device/formats", "device/android", "device"],
    why: oneProtocol,
  },
  "device/folder": {
    knows: ["shared", seam, "device/file-name", "device/apple", "device/android", "device"],
    why: "a folder is read by the file system alone",
  },
  "device/backup": {
    knows: ["shared", seam, files, "device/apple", "device"],
    why: "photos in a phone's backup are read through its files, whatever a backup looks like",
  },
  "device/android-report": {
    knows: ["shared", seam, "device", "device/usb", "device/mtp", "device/adb"],
    why: "what doctor tells of Android phones, by every way to them",
  },
  "device/attachments": {
    knows: ["shared", "device/usb", "device/iphone", "device/adb"],
    why: "what tells that phones come and go is loaded all day: it opens no phone, and knows of each route what tells",
  },
  "device/index": {
    knows: [
      ...["shared", seam, "device/apple", "device/android", "device", "device/usb"],
      ...["device/iphone", "device/mtp", "device/adb", "device/folder", "device/backup", "device/android-report"],
    ],
    why: "the one place that knows which routes there are",
  },
  "device/mock": {
    knows: ["shared", "device/wire", "device/formats"],
    why: "a mock shares declared structs with a client and nothing else",
  },

  library: { knows: ["shared", "media", seam], why: "the roll knows phones only as a MediaSource" },

  "transfer/events": {
    knows: ["shared", "media", "library", seam],
    why: "events are what every room of the engine tells in",
  },
  "transfer/destination": {
    knows: ["shared", "transfer/events"],
    why: "a place holds bytes under names: it knows no photo, no catalog and no plan",
  },
  "transfer/catalog": {
    knows: [...ground, "transfer/destination"],
    why: "the catalog tells what was copied; it does not know what is done with that",
  },
  "transfer/plan": {
    knows: [...ground, "transfer/destination", "transfer/catalog"],
    why: "a plan says what goes where; it carries nothing out",
  },
  "transfer/run": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/plan"],
    why: "a run carries a plan out, and tells it as events: what is made of them is not its business",
  },
  "transfer/logs": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/plan"],
    why: "logs are written from events, not from inside a run",
  },
  "transfer/extras": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/plan"],
    why: "extras are made beside photos that are there already",
  },
  "transfer/check": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/plan", "transfer/logs", "transfer/extras"],
    why: "a check looks at what is there; it starts no run",
  },
  "transfer/copies": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/run", "transfer/logs", "transfer/check"],
    why: "a copy is made from a disk by recorded hashes: it knows no phone, and no plan",
  },
  "transfer/freeup": {
    knows: [...ground, "transfer/destination", "transfer/catalog", "transfer/check", "transfer/copies"],
    why: "what may be let go is judged by what was copied and proven: it copies nothing, and deletes nothing",
  },
  transfer: {
    knows: [...ground, ...engine],
    why: "transfer must not know protocols, or a new phone kind means editing the pipeline; nor words for people",
  },
  "transfer/index": { knows: [...ground, ...engine, "transfer"], why: "what the engine offers" },
  "transfer/fronts": { at: fronts, knows: [...ground, ...engine], why: "what a room of the engine offers outside it" },

  "phone-backup": {
    knows: ["shared", files, "device/wire", "device/index", "device/iphone/mobilebackup2", "device/iphone/apps"],
    why: "a backup of a phone is files on a disk and a service on a cable: it knows no photo, and nothing of what is read from it",
  },
  "phone-backup/index": { knows: ["phone-backup"], why: "what backups of whole phones offer outside their room" },
  "phone-data": {
    knows: ["shared", files, "device/wire"],
    why: "messages and contacts are read from a phone's files, whatever brings those: a backup or a cable",
  },
  "phone-data/index": { knows: ["phone-data"], why: "what a phone's data offer outside their room" },

  present: {
    knows: house.slice(0, -1),
    why: "words and numbers for people: they know what they tell of, and nobody who prints them",
  },
  app: {
    knows: [...house, ...phoneAsAWhole, "device/attachments"],
    why: "what cli and ui share knows neither of them",
  },
  autosave: {
    knows: ["shared", "transfer/events", "present", "app"],
    why: "what backs up by itself decides when; each run goes through app, as a person's does",
  },
  "gallery/wire": { knows: [], why: "what page and server say to each other knows neither a browser nor Node" },
  "gallery/page": {
    knows: ["gallery/wire"],
    why: "what runs in the browser has nothing of the program in it: all it knows it is told by the server",
  },
  gallery: {
    knows: [...house.filter((room) => room !== "device/index"), "app", "gallery/wire"],
    why: "the page shows what is on a disk: it reads through app and the engine, and knows no phone",
  },
  ui: { knows: [...house, "phone-data/index", "app"], why: oneFace },
  "cli/flags": {
    at: ["cli/flags", "cli/command-flags"],
    knows: ["shared", seam],
    why: "flags are declared, with their types and their help; what is done by them is the commands' business",
  },
  "cli/output": { knows: ["shared", "app"], why: "lines on stdout and stderr, whatever they say and whoever says it" },
  "cli/mock": {
    at: ["cli/commands/mock", "cli/commands/mock-android"],
    knows: [...house, "app", "device/mock", "cli/flags", "cli/output"],
    why: "the commands that play a phone, and nothing else, know the mocks",
  },
  cli: {
    knows: [...house, ...phoneAsAWhole, "app", "autosave", "gallery", "cli/flags", "cli/output", "cli/mock"],
    why: `${oneFace}; what backs up by itself is set up and shown by commands, and the gallery is started by one`,
  },
  main: {
    at: ["main", "watch-main", "places-main", "process-host", "signal-guard", "signal-guard-worker"],
    knows: ["shared", "app", "cli", "ui", "autosave"],
    why: "the process edge starts a face, and knows nothing behind it",
  },
};

/** A module, or a global of the process, that only some places may use. */
export interface Guarded {
  /** Modules, and those below them (`react` is `react/jsx-runtime` too); or globals. */
  readonly modules?: readonly string[];
  readonly globals?: readonly string[];
  /** Folders of `src`, or files without their ending. */
  readonly by: readonly string[];
  readonly why: string;
}

export const guarded: readonly Guarded[] = [
  { modules: ["react", "ink"], by: ["ui"], why: "react and ink only in the UI" },
  { modules: ["@yume-chan/*"], by: ["device/adb"], why: "the adb library stays behind the adb client" },
  { modules: ["usb"], by: ["device/usb"], why: "the USB binding only where the bus is looked at" },
  { modules: ["node:net", "node:tls"], by: ["device"], why: "sockets only in the protocols' transport" },
  {
    modules: ["node:fs"],
    by: [
      "shared",
      "device",
      "library",
      // A backup that is read is a folder of Apple's, and no place where photos go.
      "phone-backup",
      "transfer/catalog",
      "transfer/destination/local",
      "app/settings",
      "app/output-file",
      "app/debug-trace",
      // Its own log and lock, the battery in sysfs, and folders of this computer that tell when something appears in them.
      ...["autosave/run-log", "autosave/watcher-lock", "autosave/sources"],
      "cli/commands/doctor",
      "cli/commands/mock",
      "ui/places",
      "signal-guard-worker",
    ],
    why: "what lies where photos go is reached through Destination and MetadataStore alone, or a new kind of place means editing the engine",
  },
  {
    modules: ["node:sqlite"],
    by: [
      "gallery/server/index-file",
      "transfer/catalog",
      "shared/foreign-database-child",
      "shared/os-lock",
      "device/mock/iphone/backup",
    ],
    why: "a database that is not ours is read through shared/foreign-database.ts, in a child that can be ended; the index of the gallery is made by it; its lock on a file is the system's",
  },
  {
    modules: ["node:process"],
    by: ["signal-guard", "signal-guard-worker", "shared/process", "shared/program", "transfer/destination"],
    why: "asked alone: whether another process lives, where a program is, what the umask is, how busy this one is",
  },
  {
    globals: ["process"],
    by: [
      "main",
      "watch-main",
      "process-host",
      "shared/foreign-database-child",
      "gallery/server/index-child",
      "gallery/server/pictures-beside",
      "gallery/server/pictures-child",
    ],
    why: "the process is a value (app/host.ts), or nothing could be tested without one",
  },
  { globals: ["globalThis"], by: [], why: "a global goes by its own name, which a fence can hold" },
  {
    modules: ["node:http"],
    by: ["gallery/server"],
    why: "the gallery answers this computer's browser while it runs, and asks nobody: what it may import of it is a server",
  },
  {
    modules: ["node:https", "node:http2", "node:dgram", "node:dns"],
    globals: ["WebSocket", "XMLHttpRequest"],
    by: [],
    why: "nothing goes to a network: offroll talks to usbmuxd and to adb's server, and nobody else",
  },
  {
    globals: ["EventSource"],
    by: ["gallery/page/waiting", "gallery/page/watch-index"],
    why: "the page hears from its own server how far the index is, which its policy holds it to; nothing goes to a network",
  },
  { globals: ["Date.now"], by: ["shared/clock"], why: "time is an argument: shared/clock.ts" },
];

const patterns = new Map<string, RegExp>();

/** Whether a path in `src` is that folder or file, or lies in it. */
export function isAt(path: string, place: string): boolean {
  const pattern = patterns.get(place) ?? new RegExp(`^${place.replaceAll("*", "[^/]+")}(?:/|\\.tsx?$)`);
  patterns.set(place, pattern);
  return pattern.test(path);
}

const places = Object.entries(rooms)
  .flatMap(([name, { at = [name] }]) => at.map((place) => ({ name, place, depth: place.split("/").length })))
  .sort((a, b) => b.depth - a.depth || b.place.length - a.place.length);

/** The room of a file in `src`: the one whose place is the most exact. Undefined for what is in none. */
export function roomOf(path: string): string | undefined {
  return places.find(({ place }) => isAt(path, place))?.name;
}

/** What files that match `in` must not say. */
export interface Taboo {
  readonly in: RegExp;
  readonly mayNotSay: RegExp;
  readonly why: string;
}

const abovePhones = /^(app|autosave|cli|ui|present|library|transfer)\//;
const phonesApart =
  "phones differ by capabilities, not by name, or a new kind of phone means editing the engine: see SourceCapabilities";

export const taboos: readonly Taboo[] = [
  {
    in: /^gallery\//,
    mayNotSay: /\b(?:request|get|Agent)\b[^;\n]*\} from "node:http"|\bhttps?:\/\/(?!\$\{|127\.|www\.w3\.org|")/,
    why: "the gallery answers and asks nobody: nothing of it may begin a connection, or name another site",
  },
  {
    in: /^device\/iphone\/mobilebackup2\//,
    mayNotSay: /\bMediaSource\b|afc-(?:client|connection|pool)|iphone-(?:source|route)/,
    why: "what changes a phone has clients of its own: the AFC client of photos must not learn to write for its sake",
  },
  {
    // A flag's own choices, and settings' keys, are named.
    in: abovePhones,
    mayNotSay:
      /(?<!\b(?:via|key|text)) [!=]== "(?:usbmux|mtp|adb|ios|android)"|\b[rR]oute [!=]==|case "(?:usbmux|mtp|adb|ios|android)"/,
    why: phonesApart,
  },
  {
    // Printed for programs that read our JSON, and nothing else.
    in: abovePhones,
    mayNotSay:
      /(?<!platform: info|\b(?:context|host|options))\.platform\b|\["platform"\]|\bplatform\b[^;\n]*\} = [\w.]*(?:device|info)\b|DeviceInfo[^;\n]*"platform"/,
    why: phonesApart,
  },
];
