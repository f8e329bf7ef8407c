/**
 * A phone described as data: identity, folders, files, trust script, link, faults. `fixtures/phones/*.json` has examples; every
 * mock serves the same descriptions. Read first: `PhoneDescription`.
 */
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { AppDescription, AppsBehaviour } from "./app-description.ts";
import type { BackupDescription } from "./backup-description.ts";
import type { LinkModel } from "./link-model.ts";

/** A phone as JSON. Everything but its name and files has a default. */
export interface PhoneDescription {
  readonly name: string;
  readonly udid: string;
  readonly serialNumber: string;
  readonly productType: string;
  readonly productVersion: string;
  readonly buildVersion: string;
  readonly wifiAddress: string;
  readonly timeZone: string;
  readonly timeZoneOffsetSeconds: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0 to 100; `null`: the phone does not tell. */
  readonly batteryPercent?: number | null;
  readonly charging?: boolean;
  /** How far the phone's clock is ahead of this computer's; `null`: the phone does not tell the time. */
  readonly clockAheadSeconds?: number | null;
  readonly files: readonly FileDescription[];
  /** Folders without files. */
  readonly emptyFolders?: readonly string[];
  readonly link?: Partial<LinkModel>;
  readonly afc?: AfcBehaviour;
  /** What the whole-phone backup of an iPhone holds, and how its service behaves. */
  readonly backup?: BackupDescription;
  /** Of an iPhone: the apps that its services list. Some usual ones where it is not given. */
  readonly apps?: readonly AppDescription[];
  readonly appService?: AppsBehaviour;
  /** What an Android phone has that an iPhone has not; the mock iPhone does not look at it. */
  readonly android?: AndroidDescription;
  /** `Network` makes the phone appear over Wi-Fi; `both` twice, with one UDID. */
  readonly connection?: "usb" | "network" | "both";
  readonly faults?: readonly Fault[];
}

/** One file: its bytes are a file on this disk, given in base64, or generated from a seed. */
export interface FileDescription {
  readonly path: string;
  /** ISO 8601, or nanoseconds since 1970 as decimal text. */
  readonly modified: string;
  readonly born?: string;
  readonly linkCount?: number;
  /** What Android's MediaStore knows of it. */
  readonly mediaStore?: {
    readonly takenMs?: number;
    readonly favourite?: boolean;
    readonly orientation?: number;
  };
  /** Path of the bytes, relative to the description. */
  readonly file?: string;
  readonly base64?: string;
  readonly generated?: { readonly bytes: number; readonly seed: number };
}

/** How the file service of this phone behaves. */
export interface AfcBehaviour {
  /** EnableServiceSSL; true on current iOS. */
  readonly tls?: boolean;
  /** The newest TLS the phone speaks: 1.2 on most, 1.3 on new ones, 1.0 before iOS 10. */
  readonly tlsVersion?: "TLSv1" | "TLSv1.2" | "TLSv1.3";
  /** FileRead answers at most so many bytes, whatever was asked. */
  readonly readCapBytes?: number;
  /** FileOpen answers "no resources" beyond so many. */
  readonly maxHandles?: number;
  /** StartService answers ServiceLimit beyond so many open connections. */
  readonly maxConnections?: number;
  /** An idle connection is closed after so long. */
  readonly idleCloseMs?: number;
}

/** What makes it an Android phone or a camera. */
export interface AndroidDescription {
  readonly manufacturer?: string;
  readonly vendorId?: number;
  readonly productId?: number;
  readonly mtp?: MtpPersonality;
  readonly adb?: AdbPersonality;
}

/** How a maker's MTP differs from Android's own. */
export interface MtpPersonality {
  /** GetObjectPropList: `truncated` leaves every tenth child out. */
  readonly propList?: "ok" | "refused" | "truncated";
  /** What GetObjectPropList is answered with, whatever is asked. */
  readonly propListAnswer?: number;
  /** Files have no DateModified among their properties: their lists are refused, or have nothing in them. */
  readonly dateProperty?: "refused" | "empty";
  /** What objects say that their persistent id is: one of their own, or what some devices say in its place. */
  readonly persistentIds?: "own" | "handle" | "same";
  /** GetObjectPropValue is announced and refused. */
  readonly refusesValues?: boolean;
  /** Eight bytes for the size in an ObjectInfo. */
  readonly wideObjectInfo?: boolean;
  /** Code and transaction of an ObjectInfo's data header are nonsense. */
  readonly junkHeader?: boolean;
  /** Which reads of parts there are; `refused-64` announces the 64-bit one and refuses it. */
  readonly partial?: "64" | "32" | "refused-64" | "none";
  /** Never answers when the reply's last packet would be exactly full. */
  readonly hangsOnFullPacket?: boolean;
  readonly dates?: "ok" | "missing" | "year-2048";
  /** A folder is its own child in GetObjectHandles. */
  readonly echoesFolder?: boolean;
  /** The first so many GetStorageIDs show none: the phone is locked. Then StoreAdded is sent. */
  readonly lockedLooks?: number;
  /** The first so many GetStorageIDs show the card alone. Then StoreAdded is sent. */
  readonly cardAloneLooks?: number;
  /** Answers 0x2009 for this folder's children. */
  readonly brokenFolder?: string;
  /** Does not answer OpenSession until the bus is reset. */
  readonly needsReset?: boolean;
  /** A vendor's own interface, which is named so; `osDescriptor` says that it is MTP. */
  readonly vendorInterface?: string;
  readonly osDescriptor?: boolean;
  /** Says nothing more after a cancelled transaction, until the interface is opened anew. */
  readonly wedgesAfterCancel?: boolean;
  /** The header of data comes as a transfer of its own. */
  readonly splitsHeader?: boolean;
  readonly forgetsEmptyPacket?: boolean;
  /** A container of a transaction long gone comes first. */
  readonly staleContainer?: boolean;
  /** Another program left its session open. */
  readonly sessionOpen?: boolean;
  readonly refusesInfoBeforeSession?: boolean;
  /** Answers DeviceBusy so many times. */
  readonly busyTimes?: number;
  /** Pictures only and no extension, as in PTP mode or a camera. */
  readonly ptp?: boolean;
  readonly packetBytes?: 64 | 512 | 1024;
}

/** How it shows itself to adb. */
export interface AdbPersonality {
  /** As `adb devices` shows it; absent: not connected by adb. */
  readonly state?: "device" | "unauthorized" | "offline";
  /** Of the device; an old one has none. */
  readonly features?: readonly string[];
  /** False for Android 4: no `exec:`, and what `shell:` prints comes from a terminal. */
  readonly exec?: boolean;
  /** What a card is called in /storage; by its volume's id otherwise. */
  readonly cardName?: string;
  /** Printed by every program before what it has to say. */
  readonly warning?: string;
  /** Of `getprop`, besides the usual ones. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Files that the index has and the phone has not, below its own storage: "DCIM/Camera/PXL_1.jpg". */
  readonly indexedOnly?: readonly string[];
  /** The shell has no `content`, or no rows. */
  readonly mediaStore?: "ok" | "missing" | "old";
}

/** When something happens, and what. `times` 0 means always; 1 by default. */
export interface Fault {
  readonly when: {
    readonly operation?: "list" | "stat" | "open" | "read" | "seek" | "close" | "startService" | "connect";
    /** Exact path on the phone. */
    readonly path?: string;
    /** From the n-th matching request on, counted from 1. */
    readonly nth?: number;
    /** Once so many file bytes left the phone in total. */
    readonly afterBytes?: number;
  };
  readonly do:
    | { readonly type: "status"; readonly status: number }
    | { readonly type: "disconnect" }
    | { readonly type: "reset" }
    | { readonly type: "stall" }
    /** From then on a byte at a time. */
    | { readonly type: "trickle"; readonly everyMs: number }
    | { readonly type: "garbage" }
    | { readonly type: "short"; readonly bytes: number }
    | { readonly type: "empty" }
    | { readonly type: "size"; readonly bytes: number }
    | { readonly type: "touch" }
    | { readonly type: "vanish" }
    | { readonly type: "lock" }
    | { readonly type: "unplug"; readonly replugMs?: number }
    | { readonly type: "daemonRestart"; readonly downMs?: number };
  readonly times?: number;
}

/** The bytes of one file. */
export interface Content {
  readonly size: number;
  read(offset: number, length: number): Buffer | Promise<Buffer>;
}

/** A file on the phone; faults change it while it is read. */
export interface FileNode {
  readonly type: "file";
  content: Content;
  /** As GetFileInfo tells it; a fault may make it lie. */
  size: number;
  modifiedNs: bigint;
  readonly bornNs: bigint;
  readonly linkCount: number;
  readonly mediaStore?: FileDescription["mediaStore"];
}
/** A folder on the phone, by names. */
export interface FolderNode {
  readonly type: "folder";
  readonly children: Map<string, FileNode | FolderNode>;
  readonly modifiedNs: bigint;
}
/** Anything that has a path. */
export type Node = FileNode | FolderNode;

/** Paths in it are relative to its own folder. */
export async function readDescription(path: string): Promise<{ description: PhoneDescription; baseFolder: string }> {
  const description = JSON.parse(await readFile(path, "utf8")) as PhoneDescription;
  return { description, baseFolder: dirname(resolve(path)) };
}

/**
 * Builds the tree that the phone serves. Folders nobody described exist where files need them.
 * @param folders that every phone of this kind has
 */
export async function buildTree(
  description: PhoneDescription,
  baseFolder: string,
  folders: readonly string[],
): Promise<FolderNode> {
  const root = folder();
  for (const path of [...folders, ...(description.emptyFolders ?? [])]) ensureFolder(root, path);
  for (const file of description.files) {
    const at = file.path.lastIndexOf("/");
    const content = await contentOf(file, baseFolder);
    const modifiedNs = parseTime(file.modified);
    ensureFolder(root, file.path.slice(0, at)).children.set(file.path.slice(at + 1), {
      type: "file",
      content,
      size: content.size,
      modifiedNs,
      bornNs: file.born ? parseTime(file.born) : modifiedNs,
      linkCount: file.linkCount ?? 1,
      ...(file.mediaStore ? { mediaStore: file.mediaStore } : {}),
    });
  }
  return root;
}

/** By path from the root, which is `/`; undefined where nothing has it. */
export function findNode(root: FolderNode, path: string): Node | undefined {
  let node: Node = root;
  for (const part of path.split("/").filter(Boolean)) {
    if (node.type !== "folder") return undefined;
    const next = node.children.get(part);
    if (!next) return undefined;
    node = next;
  }
  return node;
}

function folder(): FolderNode {
  return { type: "folder", children: new Map(), modifiedNs: 1_700_000_000_000_000_000n };
}

function ensureFolder(root: FolderNode, path: string): FolderNode {
  let node = root;
  for (const part of path.split("/").filter(Boolean)) {
    let next = node.children.get(part);
    if (!next) {
      next = folder();
      node.children.set(part, next);
    }
    if (next.type !== "folder") throw new Error(`${path}: ${part} is described as a file`);
    node = next;
  }
  return node;
}

/** ISO 8601, or nanoseconds since 1970 as decimal text. */
export function parseTime(text: string): bigint {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`"${text}" is no time`);
  return BigInt(ms) * 1_000_000n;
}

/** The bytes that a description says. @param baseFolder against which a file is named */
export async function contentOf(
  file: Pick<FileDescription, "file" | "base64" | "generated"> & { readonly path: string },
  baseFolder: string,
): Promise<Content> {
  if (file.generated) return generatedContent(file.generated.bytes, file.generated.seed);
  if (file.base64 !== undefined) return bufferContent(Buffer.from(file.base64, "base64"));
  if (file.file !== undefined) return await fileContent(resolve(baseFolder, file.file));
  throw new Error(`${file.path}: neither file, base64 nor generated`);
}

/** Content that is all in memory. */
export function bufferContent(bytes: Buffer): Content {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

async function fileContent(path: string): Promise<Content> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  await handle.close();
  return {
    size,
    async read(offset, length) {
      const reader = await open(path, "r");
      try {
        const { buffer, bytesRead } = await reader.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await reader.close();
      }
    },
  };
}

const pageBytes = 4096;
const patternBytes = 1024 * 1024;
let pattern: Buffer | undefined;

/**
 * Bytes that depend on seed and offset alone, made as they are asked for: a repeated random megabyte, each 4 KiB page of
 * which begins with its seed and page number, so that no two pages of a phone are equal and a misplaced one is noticed.
 */
export function generatedContent(size: number, seed: number): Content {
  // Made before anything is asked of the phone, not in the middle of somebody's first read.
  pattern ??= makePattern();
  const bytes = pattern;
  return {
    size,
    read(offset, length) {
      const count = Math.max(0, Math.min(length, size - offset));
      const first = Math.floor(offset / pageBytes);
      const pages = Math.ceil((offset + count) / pageBytes) - first;
      const out = Buffer.allocUnsafe(pages * pageBytes);
      for (let i = 0; i < pages; i += 1) {
        const source = ((first + i) * pageBytes) % patternBytes;
        bytes.copy(out, i * pageBytes, source, source + pageBytes);
        out.writeUInt32LE(seed >>> 0, i * pageBytes);
        out.writeUInt32LE((first + i) % 2 ** 32, i * pageBytes + 4);
      }
      const skip = offset - first * pageBytes;
      return out.subarray(skip, skip + count);
    },
  };
}

function makePattern(): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < patternBytes / 32; i += 1) parts.push(createHash("sha256").update(`offroll ${i}`).digest());
  return Buffer.concat(parts);
}
