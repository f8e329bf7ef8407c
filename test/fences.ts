/**
 * Who may import whom, in one table. A room names the rooms that it knows; everything else of ours is fenced off from it, and
 * `why` is what a person reads who runs into the fence. `architecture.test.ts` holds it; there are no exceptions.
 */

export interface Room {
  /** Rooms whose files it may import; files of its own it may always. */
  readonly knows: readonly string[];
  readonly why: string;
}

const seam = "device/media-source";
/** What every room of the engine stands on. */
const ground = ["shared", "media", "library", seam, "transfer/events"];

/** By folder, or file without its ending, of `src`; the longest that fits a file is its room. From below to above. */
export const rooms: Readonly<Record<string, Room>> = {
  shared: { knows: [], why: "shared is below everything: it imports nothing of ours" },
  media: { knows: ["shared"], why: "media takes bytes and gives facts; it knows no phone and no disk" },
  [seam]: { knows: ["shared"], why: "the seam between phones and the program knows neither" },
  device: { knows: ["shared", seam], why: "a phone must not know what its bytes are used for" },
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
  transfer: {
    knows: [
      ...ground,
      "transfer/destination",
      "transfer/catalog",
      "transfer/plan",
      "transfer/run",
      "transfer/logs",
      "transfer/extras",
      "transfer/check",
    ],
    why: "transfer must not know protocols, or a new phone kind means editing the pipeline; nor words for people",
  },
  present: {
    knows: ["shared", "media", "library", "device", seam, "transfer", "transfer/events"],
    why: "words and numbers for people: they know what they tell of, and nobody who prints them",
  },
  app: {
    knows: ["shared", "media", "library", "device", seam, "transfer", "transfer/events", "present"],
    why: "what cli and ui share knows neither of them",
  },
  ui: {
    knows: ["shared", "media", "library", "device", seam, "transfer", "transfer/events", "present", "app"],
    why: "cli and ui do not import each other: what both need sinks into app or present",
  },
  cli: {
    knows: ["shared", "media", "library", "device", seam, "transfer", "transfer/events", "present", "app"],
    why: "cli and ui do not import each other: what both need sinks into app or present",
  },
};

/** What files that match `from` must not import, besides: packages, Node's modules, single files. */
export interface Fence {
  readonly from: RegExp;
  readonly mayNot: RegExp;
  readonly why: string;
}

export const fences: readonly Fence[] = [
  { from: /^shared\//, mayNot: /^(?!shared\/|node:)/, why: "shared is below everything: it imports no package" },
  {
    from: /^device\/wire\//,
    mayNot: /^device\/(?!wire\/)/,
    why: "wire is structs, streams and property lists; a protocol's format lies with its protocol",
  },
  {
    from: /^device\/iphone\//,
    mayNot: /^device\/(mock|mtp|adb|folder|index)/,
    why: "protocols do not import each other, nor their mocks",
  },
  {
    from: /^device\/mtp\//,
    mayNot: /^device\/(mock|iphone|adb|folder|index|device-hub)/,
    why: "protocols do not import each other, nor their mocks",
  },
  {
    from: /^device\/adb\//,
    mayNot: /^device\/(mock|iphone|mtp|usb|folder|index|device-hub)/,
    why: "protocols do not import each other, nor their mocks",
  },
  {
    from: /^device\/folder\//,
    mayNot: /^device\/(mock|iphone|mtp|adb|usb|wire\/|index|device-hub)/,
    why: "a folder is read by the file system alone",
  },
  {
    from: /^device\/folder\//,
    mayNot: /^node:(fs|child_process)$/,
    why: "a folder is read through node:fs/promises: nothing holds the thread while a share answers",
  },
  {
    from: /^device\/usb\//,
    mayNot: /^device\/(mock|iphone|adb|mtp|index|device-hub)/,
    why: "a bus knows no protocol above it",
  },
  {
    from: /^device\/mock\//,
    mayNot:
      /^device\/(mtp\/(?!mtp-format|mtp-datasets)|adb\/(?!adb-format)|usb\/(?!usb-descriptors|usbip-format)|iphone\/(?!afc\/afc-format|usbmux\/daemon\/usbmux-format))/,
    why: "a mock shares declared structs with a client and nothing else",
  },
  {
    from: /^(app|cli|ui|present)\/(?!commands\/mock)/,
    mayNot: /^device\/(?!index|media-source)/,
    why: "phones are found through device/index.ts, or a new kind of phone means editing more than its route",
  },
  {
    from: /^(app|cli|ui|present)\//,
    mayNot: /^transfer\/(?!index|events)/,
    why: "what the engine offers stands in its index.ts, and in events.ts",
  },
  { from: /^(?!device\/adb\/)/, mayNot: /^@yume-chan\//, why: "the adb library stays behind the adb client" },
  { from: /^(?!ui\/)/, mayNot: /^(react|ink)(\/|$)/, why: "react and ink only in the UI" },
  {
    from: /^(?!cli\/commands\/doctor|device\/usb\/libusb)/,
    mayNot: /^usb$/,
    why: "the USB binding only where the bus is looked at",
  },
  {
    from: /^(?!transfer\/catalog\/|transfer\/destination\/local\/os-lock|shared\/foreign-database-child)/,
    mayNot: /^node:sqlite$/,
    why: "a database that is not ours is read through shared/foreign-database.ts, in a child that can be ended",
  },
  { from: /^(?!device\/)/, mayNot: /^node:(net|tls)$/, why: "sockets only in the protocols' transport" },
];
