/**
 * The seam between phones and everything above them. Nothing above `src/device` knows a protocol.
 * Read first: `MediaSource`. Every implementation passes the conformance suite in test/conformance/media-source.ts.
 */
import type { AbortOptions } from "../shared/abort.ts";
import type { BlockPool } from "../shared/block-pool.ts";
import { type AppError, ItemError, toAppError } from "../shared/errors.ts";

/** What is known of one phone, or of a folder that stands for one. Text is as it was sent: make it `printable` before showing it. */
export interface DeviceInfo {
  /** Stable across cables and computers: the UDID of an iPhone and of its backups, the serial number of an Android phone, what tells a folder. */
  readonly id: string;
  /**
   * False where another may have the same id: a phone without a serial number and another of its maker, model and name; a folder
   * that nothing but its path tells.
   */
  readonly hasSerial?: boolean;
  /** For programs that read our JSON. What the engine goes by stands in `SourceCapabilities`, what people read in `noun`. */
  readonly platform: "ios" | "android" | "camera" | "folder";
  /** Of a folder or a backup: its path on this computer, without links in it. No destination may lie in it, nor it in one. */
  readonly folder?: string;
  /** What its owner calls it, for sentences: "on this camera". */
  readonly noun: DeviceNoun;
  /** Its system as its maker writes it, "iOS", "Android"; undefined where it has none that anybody knows, or does not say. */
  readonly system: string | undefined;
  /** Whether this computer keeps a pairing with it, which `unpair` ends. */
  readonly keepsPairing: boolean;
  /** What its owner named it. May be empty, and may hold any character. */
  readonly name: string;
  /** In words: "iPhone 14 Pro". */
  readonly model: string;
  /** In the maker's code: "iPhone15,2"; USB vendor and product of what speaks MTP: "18d1:4ee1". */
  readonly productType: string | undefined;
  /** As the phone writes it, "17.5.1"; undefined where it does not say. */
  readonly osVersion: string | undefined;
  /** Where the phone believes to be, as an Olson name: "Europe/Berlin". */
  readonly timeZone: string | undefined;
  /** Capacity of all storages together; undefined where the phone does not say. */
  readonly totalBytes: number | undefined;
  /** What is left of it; see `freeIsAtLeast`. */
  readonly freeBytes: number | undefined;
  /** `freeBytes` is the least of what the phone says, which it then shows otherwise. */
  readonly freeIsAtLeast?: boolean;
}

/** What a person calls such a device, for sentences. */
export type DeviceNoun = "phone" | "iPad" | "iPod" | "camera" | "player" | "folder" | "backup";

/** Whether it is files on a disk that stand for a device. */
export function isOnDisk(noun: DeviceNoun): boolean {
  return noun === "folder" || noun === "backup";
}

/** "on this phone", "in this folder". */
export function onThis(noun: DeviceNoun): string {
  return `${isOnDisk(noun) ? "in" : "on"} this ${noun}`;
}

/** "on the phone", "in the folder". */
export function onThe(noun: DeviceNoun): string {
  return `${isOnDisk(noun) ? "in" : "on"} the ${noun}`;
}

/** What this phone can do, as facts. The engine adapts to them and the conformance suite tests them. */
export interface SourceCapabilities {
  /** `read` accepts a non-zero offset. */
  readonly resume: boolean;
  /** Items worth reading at once; 1 where a session runs one transaction at a time. */
  readonly parallelReads: number;
  /** How folders are listed: `one-by-one` asks for each entry and is slow. */
  readonly listing: "folders" | "one-by-one";
  /**
   * What the times of files are. `utc`: instants, the same for ever. `wall`: what a clock showed, or was taken to show: the same file
   * may seem some quarter hours older or younger another time, by this route or by another to the same phone.
   */
  readonly clock: "utc" | "wall";
  /**
   * What tells more of photos than their files do. `photos-sqlite`: the database of Apple's Photos, under its path by `locate`, and
   * files laid as Photos lays them. `index`: `phoneFacts`. `none`: nothing.
   */
  readonly library: "photos-sqlite" | "index" | "none";
  /** Small pictures that the phone has made: `folder`, by `locate` where Photos keeps them; `call`, by `thumbnail`. */
  readonly thumbnails: "folder" | "call" | "none";
  /** What a listed file without bytes is: `cloud`, the stub of an original in its maker's cloud; `unfinished`, one never written to its end. */
  readonly absence: "cloud" | "unfinished";
  /** What a photo here may have besides its picture, and a person may therefore be asked about. */
  readonly parts: readonly PhotoPart[];
}

/** `edits`: edited versions beside originals; `live`: the movie of a Live Photo, a file of its own; `motion`: a movie inside the picture. */
export type PhotoPart = "edits" | "live" | "motion";

/** Where on the phone an item lies, and so what it is. */
export type MediaArea =
  | "camera-roll" // made or saved on this phone
  | "messengers" // what chat programs keep in folders of their own
  | "cloud-originals" // originals that came through iCloud Photos
  | "edits" // renders of edited photos and their recipes
  | "shared-albums" // reduced copies of what others shared
  | "derivatives" // smaller versions of originals that may be elsewhere
  | "library"; // what the phone's photo library keeps for itself

/** Ways that lead to phones. */
export const deviceRoutes = ["usbmux", "mtp", "adb", "folder", "backup"] as const;
/** Which way leads to a phone, for messages and for `--via`. The engine goes by `SourceCapabilities`. */
export type DeviceRoute = (typeof deviceRoutes)[number];
/** How `--via` writes them; what stands in capitals a person replaces. `parseVia` reads it. */
export const viaForms = ["usbmux", "mtp", "adb", "folder:PATH", "backup:PATH"] as const satisfies readonly (
  | DeviceRoute
  | `${DeviceRoute}:${string}`
)[];

/** What `list` yields when nothing else is asked for: the areas whose files are somebody's photos. */
export const photoAreas = ["camera-roll", "cloud-originals", "edits"] as const satisfies readonly MediaArea[];

/** One photo, video or sidecar. Equal path, size and times in a later run mean the same item. */
export interface MediaItem {
  /** AFC: the path. Lives as long as the connection. */
  readonly id: string;
  /** As the phone has it; see `decodeName` for names that are not UTF-8. */
  readonly path: string;
  /** The last part of `path`. */
  readonly name: string;
  /** Which part of the phone it lies in; tells a camera's photo from what a chat program keeps. */
  readonly area: MediaArea;
  /** As listed. A read that brings another number of bytes fails with `item-changed` or `item-short`. */
  readonly sizeBytes: number;
  /** When the file was last written; undefined where the phone does not tell. See `SourceCapabilities.clock`. */
  readonly modifiedAt: Date | undefined;
  /** When the file came to be on the phone: on iOS its birth time. Undefined where the phone does not tell. */
  readonly createdAt: Date | undefined;
}

/** A folder or item that the phone did not let us look at. Never skipped in silence. */
export interface UnreadableEntry {
  /** Tells it from a `MediaItem`: see `isUnreadable`. */
  readonly unreadable: true;
  /** Of the folder or file, as far as its name is known: see `isNamelessPath`. */
  readonly path: string;
  /** What the phone answered, as an error whose scope is one item. */
  readonly error: AppError;
}

/** What to list; everything that is somebody's photo by default. */
export interface ListOptions extends AbortOptions {
  /** Areas to list; `photoAreas` by default. */
  readonly areas?: readonly MediaArea[];
  /** Only what lies in this folder and below, wherever it is; its items are of the first area asked for. */
  readonly folder?: string;
  /** What is known of the file under a path, which then need not be asked of the phone. Phones without paths ignore it. */
  readonly known?: ((path: string) => KnownFile | undefined) | undefined;
}

/** What a listing tells of a file besides its name. */
export type KnownFile = Pick<MediaItem, "sizeBytes" | "modifiedAt" | "createdAt">;

/** Which bytes of an item to read; all of them by default. */
export interface ReadOptions extends AbortOptions {
  /** First byte wanted; 0 by default. */
  readonly offset?: number;
  /** How many bytes; to the end of the item as listed by default. */
  readonly length?: number;
  /** Where the slices' memory may come from. The caller may give them back there, and must not use them afterwards. */
  readonly blocks?: BlockPool;
}

/** What a phone's own index says of a file; `undefined` where it does not know. */
export interface PhoneFacts {
  /** When it was taken, as the phone's index has it. */
  readonly takenAt: Date | undefined;
  /** Whether its owner marked it in the phone's gallery. */
  readonly favourite: boolean | undefined;
  /** The folder as the phone's gallery calls it: what Android has for an album. */
  readonly album: string | undefined;
}

/** How a phone is at this moment, beside its photos; what it does not tell is undefined. */
export interface DeviceCondition {
  /** 0 to 100. */
  readonly batteryPercent: number | undefined;
  readonly charging: boolean | undefined;
  /** What its clock shows, in milliseconds since 1970. */
  readonly clockMs: number | undefined;
}

/** Photos and videos on one connected phone. Read-only: nothing here can change the phone. */
export interface MediaSource extends AsyncDisposable {
  /** The phone, as it was when the source was opened. */
  readonly device: DeviceInfo;
  /** What may be asked of it. Does not change while the source is open. */
  readonly capabilities: SourceCapabilities;
  /** Milliseconds in which nothing was asked of the phone, since it was opened; where the route can tell. */
  readonly idleMs?: number;

  /**
   * Yields every item once, in no promised order, as the phone reports it.
   * @throws {DeviceError} the phone is gone or locked
   */
  list(options?: ListOptions): AsyncIterable<MediaItem | UnreadableEntry>;

  /**
   * The file under a path, of area `library` unless the path lies in another; undefined when the phone has none, or no paths.
   * For what no listing yields: the library's database, thumbnails.
   */
  locate(path: string, options?: AbortOptions): Promise<MediaItem | undefined>;

  /** Whether a read of this item may begin there; where absent, `capabilities.resume` holds for every item. */
  canReadFrom?(item: MediaItem, offset: number): boolean;

  /** The item as it is now. @throws {ItemError} `item-gone` */
  stat(item: MediaItem, options?: AbortOptions): Promise<MediaItem>;

  /**
   * Yields the bytes of `item` from `options.offset`. Slices belong to the caller.
   * A short read throws: ending normally means every byte arrived.
   * @throws {ItemError} this item only; the source stays usable
   * @throws {DeviceError} the phone is gone, locked or busy
   */
  read(item: MediaItem, options?: ReadOptions): AsyncIterable<Uint8Array>;

  /** By path, from the phone's index; there if and only if `capabilities.library` is `index`. @throws {DeviceError} */
  phoneFacts?(options?: AbortOptions): Promise<ReadonlyMap<string, PhoneFacts>>;

  /** A small JPEG that the phone makes; there if and only if `capabilities.thumbnails` is `call`. Undefined when it has none. @throws {DeviceError} */
  thumbnail?(item: MediaItem, options?: AbortOptions): Promise<Uint8Array | undefined>;

  /**
   * The folders that these areas are on this phone, where it may hold photos outside of all areas too: Android keeps any file
   * anywhere. Absent where the areas are all there is.
   */
  foldersOf?(areas: readonly MediaArea[]): readonly string[];

  /** How the phone is now; absent where the route cannot ask. @throws {DeviceError} */
  condition?(options?: AbortOptions): Promise<DeviceCondition>;

  /** SHA-256 in hex as the phone itself computes it, where it can. @throws {ItemError}; {DeviceError} */
  hashOnPhone?(item: MediaItem, options?: AbortOptions): Promise<string>;

  /**
   * Resolves when the phone answers again after a `DeviceError`; later calls use the new connection.
   * @throws {CancelledError} when the signal fires first
   */
  reconnect(options: AbortOptions): Promise<void>;
}

/** A stretch of an item as one buffer: for heads, thumbnails and ends, never for whole files. */
export async function readRange(
  source: Pick<MediaSource, "read">,
  item: MediaItem,
  range: ReadOptions & Required<Pick<ReadOptions, "offset" | "length">>,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(item, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Whether this item can be read from there: a device may send a file of 4 GiB from its start only, and all others from anywhere. */
export function readsFrom(
  source: Pick<MediaSource, "canReadFrom" | "capabilities">,
  item: MediaItem,
  offset: number,
): boolean {
  if (offset <= 0) return true;
  return source.canReadFrom ? source.canReadFrom(item, offset) : source.capabilities.resume;
}

/** A refusal of one entry is reported; anything that concerns the phone ends the listing. */
export function unreadable(path: string, error: unknown): UnreadableEntry {
  const reason = toAppError(error);
  if (reason.scope !== "item") throw reason;
  return { unreadable: true, path, error: reason };
}

/** Folders within folders without end are not followed: what lies behind is told. @param remedy how it is read all the same */
export function tooDeep(folder: string, remedy?: string): UnreadableEntry {
  const why = `${folder}: folders lie deeper here than photos do.`;
  return unreadable(folder, new ItemError("item-unreadable", why, remedy === undefined ? {} : { remedy }));
}

/**
 * Whether an unreadable entry's path ends in a stand-in for a name that nobody knows: an object's number, a storage's, or nothing.
 * Another session may call something else by it. An id that the device promises to keep (`?id-…`) is a name.
 */
export function isNamelessPath(path: string): boolean {
  return /\/\?(?:\d+|storage-[\da-f]{8})?$/.test(path);
}

/** Tells the two things apart that `list` yields. */
export function isUnreadable(entry: MediaItem | UnreadableEntry): entry is UnreadableEntry {
  return "unreadable" in entry;
}
