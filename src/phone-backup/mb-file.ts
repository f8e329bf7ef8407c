/**
 * MBFile: what a backup's manifest says of one entry, as NSKeyedArchiver wrote it. Objects name each other by their number.
 * Source: the `file` column of a real Manifest.db of iOS 14 in mvt-project/mvt.
 */
import { decodeBinaryPlist } from "../device/wire/binary-plist.ts";
import { isDict, type PlistDict, type PlistValue, plistField } from "../device/wire/plist.ts";
import { ProtocolError } from "../shared/errors.ts";

/** Of the entry itself. Everything is hostile, and what is not there or of another kind is undefined. */
export interface MbFile {
  /** Of the plain bytes. */
  readonly sizeBytes: number | undefined;
  readonly modifiedAt: Date | undefined;
  readonly createdAt: Date | undefined;
  /** With the bits that tell its type. */
  readonly mode: number | undefined;
  /** Class and wrapped key of an encrypted file. */
  readonly encryptionKey: Uint8Array | undefined;
  /** SHA-1 of the bytes as they are stored. */
  readonly digest: Uint8Array | undefined;
  /** Of a link. */
  readonly target: string | undefined;
}

/** A real one has some thirty objects. */
const maxObjects = 2_000;
const digestBytes = 20;
/** Beyond it no Date is. */
const maxSeconds = 8_640_000_000_000;

/** @throws {ProtocolError} */
export function decodeMbFile(bytes: Uint8Array): MbFile {
  const archive = decodeBinaryPlist(Buffer.from(bytes), { maxObjects });
  const objects = isDict(archive) ? archive["$objects"] : undefined;
  const top = isDict(archive) ? plistField.dict(archive, "$top") : undefined;
  if (!Array.isArray(objects) || !top) throw new ProtocolError("not an archive of objects");
  // By its number, or in its place.
  const named = (dict: PlistDict, key: string): PlistValue | undefined => {
    const value = dict[key];
    return typeof value === "number" ? (objects[value] as PlistValue | undefined) : value;
  };
  const root = named(top, "root");
  if (!isDict(root)) throw new ProtocolError("an archive without its first object");
  const digest = dataOf(named(root, "Digest"));
  return {
    sizeBytes: sizeOf(root),
    modifiedAt: dateOf(root, "LastModified"),
    createdAt: dateOf(root, "Birth"),
    mode: plistField.number(root, "Mode"),
    encryptionKey: dataOf(named(root, "EncryptionKey")),
    digest: digest?.length === digestBytes ? digest : undefined,
    target: textOf(named(root, "Target")),
  };
}

function sizeOf(root: PlistDict): number | undefined {
  const size = plistField.number(root, "Size");
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function dateOf(root: PlistDict, key: string): Date | undefined {
  const value = root[key];
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  const seconds = plistField.number(root, key);
  return seconds === undefined || Math.abs(seconds) > maxSeconds ? undefined : new Date(seconds * 1000);
}

/** Bare, or in an NSData. */
function dataOf(value: PlistValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return isDict(value) ? plistField.data(value, "NS.data") : undefined;
}

/** Bare, or in an NSString. */
function textOf(value: PlistValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  return isDict(value) ? plistField.string(value, "NS.string") : undefined;
}
