/**
 * Property lists, in the forms phones and daemons send them. We always send XML, and accept XML and `bplist00`.
 */
import { ProtocolError } from "../../shared/errors.ts";
import { decodeBinaryPlist } from "./binary-plist.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist-value.ts";
import { parseXmlPlist, writeXmlPlist } from "./xml-plist.ts";

export { isDict, type PlistDict, type PlistValue, plistField } from "./plist-value.ts";

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
    if (bytes.subarray(0, 6).toString("latin1") === "bplist") return decodeBinaryPlist(bytes);
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
