/** The `file` column of Manifest.db: an `MBFile` in an NSKeyedArchiver archive, as iOS 14 and later write it. */
import { encodeBinaryPlist, PlistUid, type WritablePlist } from "../../../wire/binary-plist-writer.ts";
import { decodePlistDict, isDict, type PlistDict, type PlistValue } from "../../../wire/plist.ts";
import type { BackupEntry } from "./backup-tree.ts";

/** What only the backup knows of an entry. */
export interface StoredAs {
  /** Class and wrapped key, of files in an encrypted backup. */
  readonly encryptionKey?: Buffer | undefined;
  /** SHA-1 of the stored bytes, for the domains that have it. */
  readonly digest?: Buffer | undefined;
}

const mobile = 501;

export function encodeMbFile(entry: BackupEntry, { encryptionKey, digest }: StoredAs): Buffer {
  const objects: WritablePlist[] = ["$null"];
  const add = (value: WritablePlist): PlistUid => new PlistUid(objects.push(value) - 1);
  const root: Record<string, WritablePlist> = {};
  objects.push(root);
  Object.assign(root, {
    LastModified: entry.modified,
    LastStatusChange: entry.modified,
    Birth: entry.born,
    Flags: 0,
    GroupID: mobile,
    UserID: mobile,
    InodeNumber: entry.inode,
    Mode: entry.mode,
    ProtectionClass: entry.protectionClass,
    Size: entry.content.size,
    RelativePath: add(entry.path),
  });
  if (entry.target !== undefined) root["Target"] = add(entry.target);
  if (digest) root["Digest"] = add(new Uint8Array(digest));
  if (entry.attributes) root["ExtendedAttributes"] = add(encodeBinaryPlist(Object.fromEntries(entry.attributes)));
  if (encryptionKey) {
    const data = add("");
    const $class = add({ $classes: ["NSMutableData", "NSData", "NSObject"], $classname: "NSMutableData" });
    objects[data.value] = { "NS.data": new Uint8Array(encryptionKey), $class };
    root["EncryptionKey"] = data;
  }
  root["$class"] = add({ $classes: ["MBFile", "NSObject"], $classname: "MBFile" });
  return encodeBinaryPlist({
    $version: 100_000,
    $archiver: "NSKeyedArchiver",
    $top: { root: new PlistUid(1) },
    $objects: objects,
  });
}

/** What a phone looks at in the manifest of its last backup. */
export interface MbFile {
  readonly size: number;
  readonly mode: number;
  readonly modified: number;
  readonly born: number;
  readonly inode: number;
  readonly protectionClass: number;
  readonly target: string | undefined;
  readonly digest: Uint8Array | undefined;
  readonly encryptionKey: Uint8Array | undefined;
  readonly attributes: ReadonlyMap<string, Buffer> | undefined;
}

/** @throws {ProtocolError} for what is no such archive */
export function decodeMbFile(blob: Buffer): MbFile {
  const archive = decodePlistDict(blob);
  const objects = archive["$objects"];
  const list: readonly PlistValue[] = Array.isArray(objects) ? objects : [];
  const found = list[1];
  const root: PlistDict = isDict(found) ? found : {};
  const number = (key: string): number => Number(root[key] ?? 0);
  const object = (key: string): PlistValue | undefined => (root[key] === undefined ? undefined : list[number(key)]);
  const data = (value: PlistValue | undefined): Uint8Array | undefined =>
    value instanceof Uint8Array ? value : isDict(value) ? data(value["NS.data"]) : undefined;
  const target = object("Target");
  const attributes = data(object("ExtendedAttributes"));
  return {
    size: number("Size"),
    mode: number("Mode"),
    modified: number("LastModified"),
    born: number("Birth"),
    inode: number("InodeNumber"),
    protectionClass: number("ProtectionClass"),
    target: typeof target === "string" ? target : undefined,
    digest: data(object("Digest")),
    encryptionKey: data(object("EncryptionKey")),
    attributes: attributes && attributesOf(Buffer.from(attributes)),
  };
}

function attributesOf(bytes: Buffer): Map<string, Buffer> {
  const pairs = Object.entries(decodePlistDict(bytes));
  return new Map(pairs.flatMap(([name, value]) => (value instanceof Uint8Array ? [[name, Buffer.from(value)]] : [])));
}
