/**
 * MBFile: what a backup's manifest says of one entry, as NSKeyedArchiver wrote it. Objects name each other by their number.
 * Source: the `file` column of a real Manifest.db of iOS 14 in mvt-project/mvt.
 */
import { BinaryPlistParts } from "../device/wire/binary-plist.ts";
import { isDict, type PlistValue, plistField } from "../device/wire/plist.ts";
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

/**
 * Only what is asked for is decoded: phones have a million of these.
 * @throws {ProtocolError}
 */
export function decodeMbFile(bytes: Uint8Array): MbFile {
  const archive = new BinaryPlistParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { maxObjects });
  const parts = archive.dict();
  const [objectsAt, topAt] = [parts?.get("$objects"), parts?.get("$top")];
  const objects = objectsAt === undefined ? undefined : archive.array(objectsAt);
  const top = topAt === undefined ? undefined : archive.dict(topAt);
  if (!objects || !top) throw new ProtocolError("not an archive of objects");
  /** Where the object is that a key names by its number, or has in its place. */
  const placeOf = (dict: ReadonlyMap<string, number>, key: string): number | undefined => {
    const at = dict.get(key);
    if (at === undefined) return undefined;
    const value = archive.value(at);
    return typeof value === "number" ? objects[value] : at;
  };
  const rootAt = placeOf(top, "root");
  const root = rootAt === undefined ? undefined : archive.dict(rootAt);
  if (!root) throw new ProtocolError("an archive without its first object");
  const own = (key: string): PlistValue | undefined => {
    const at = root.get(key);
    return at === undefined ? undefined : archive.value(at);
  };
  const named = (key: string): PlistValue | undefined => {
    const at = placeOf(root, key);
    return at === undefined ? undefined : archive.value(at);
  };
  const digest = dataOf(named("Digest"));
  return {
    sizeBytes: sizeOf(numberOf(own("Size"))),
    modifiedAt: dateOf(own("LastModified")),
    createdAt: dateOf(own("Birth")),
    mode: numberOf(own("Mode")),
    encryptionKey: dataOf(named("EncryptionKey")),
    digest: digest?.length === digestBytes ? digest : undefined,
    target: textOf(named("Target")),
  };
}

function numberOf(value: PlistValue | undefined): number | undefined {
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
}

function sizeOf(size: number | undefined): number | undefined {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function dateOf(value: PlistValue | undefined): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  const seconds = numberOf(value);
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
