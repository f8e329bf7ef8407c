/**
 * Property lists, in the forms phones and daemons send them. We always send XML, and accept XML and `bplist00`.
 */
import { parseBuffer, setMaxObjectCount } from "bplist-parser";
import { ProtocolError } from "../../shared/errors.ts";
import { fitting, isDict, maxPlistDepth, type PlistDict, type PlistValue } from "./plist-value.ts";
import { parseXmlPlist, writeXmlPlist } from "./xml-plist.ts";

export { isDict, type PlistDict, type PlistValue, plistField } from "./plist-value.ts";

/** Most objects a binary plist may declare. A 16 MiB reply of one-byte objects stays below. */
const maxObjects = 1_000_000;

/** Builds an XML plist. Integers may be bigint; keys whose value is `undefined` are left out. */
export function encodePlist(value: PlistDict): Buffer {
  return Buffer.from(writeXmlPlist(value), "utf8");
}

/**
 * Parses XML or binary. Data comes back as Uint8Array, integers beyond 2^53 as bigint.
 * @throws {ProtocolError} on anything that is not a plist
 */
export function decodePlist(bytes: Buffer): PlistValue {
  try {
    if (bytes.subarray(0, 6).toString("latin1") === "bplist") return normalise(decodeBinary(bytes), 0);
    return parseXmlPlist(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(`not a property list: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** @throws {ProtocolError} when the plist is not a dictionary */
export function decodePlistDict(bytes: Buffer): PlistDict {
  const value = decodePlist(bytes);
  if (!isDict(value)) throw new ProtocolError("the property list is not a dictionary");
  return value;
}

function decodeBinary(bytes: Buffer): unknown {
  assertBinaryTrailer(bytes);
  setMaxObjectCount(maxObjects);
  return (parseBuffer(bytes) as unknown[])[0];
}

/** The trailer's counts, checked before the library trusts them. Source: Apple CF, CFBinaryPList.c (public). */
function assertBinaryTrailer(bytes: Buffer): void {
  if (bytes.length < 40) throw new ProtocolError("binary property list is shorter than its trailer");
  const trailer = bytes.length - 32;
  const offsetSize = bytes.readUInt8(trailer + 6);
  const refSize = bytes.readUInt8(trailer + 7);
  const objects = bytes.readBigUInt64BE(trailer + 8);
  const top = bytes.readBigUInt64BE(trailer + 16);
  const table = bytes.readBigUInt64BE(trailer + 24);
  if (offsetSize < 1 || offsetSize > 8 || refSize < 1 || refSize > 8)
    throw new ProtocolError("binary property list: impossible integer sizes in the trailer");
  if (objects < 1n || objects > BigInt(maxObjects) || top >= objects)
    throw new ProtocolError(`binary property list: impossible object count ${objects}`);
  if (table < 8n || table + objects * BigInt(offsetSize) > BigInt(trailer))
    throw new ProtocolError("binary property list: the offset table lies outside the message");
}

/** What the library gives, in our types. */
function normalise(value: unknown, depth: number): PlistValue {
  if (depth > maxPlistDepth) throw new ProtocolError(`property list nested deeper than ${maxPlistDepth}`);
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((v) => normalise(v, depth + 1));
  if (typeof value === "object" && value !== null) {
    if ("UID" in value && Object.keys(value).length === 1) return Number((value as { UID: number }).UID);
    const out: Record<string, PlistValue> = {};
    for (const [key, v] of Object.entries(value)) {
      if (key === "__proto__") continue;
      if (v !== null && v !== undefined) out[key] = normalise(v, depth + 1);
    }
    return out;
  }
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return fitting(value);
  throw new ProtocolError(`property list holds a ${typeof value}`);
}
