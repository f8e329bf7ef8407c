/**
 * Property lists, in the forms phones and daemons send them. We always send XML, and accept XML and `bplist00`.
 * Three libraries stand behind this one door because each is wrong somewhere: `plist` builds XML right (64-bit integers
 * included), `@plist/xml.parse` parses it right, `bplist-parser` parses the binary form right.
 */
import { parse as parseXml } from "@plist/xml.parse";
import { parseBuffer, setMaxObjectCount } from "bplist-parser";
import { build as buildXml } from "plist";
import { ProtocolError } from "../../shared/errors.ts";

export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue | undefined };
export type PlistDict = { readonly [key: string]: PlistValue | undefined };

/** Deepest nesting accepted; real replies stay below ten. A bound keeps hostile input from exhausting the stack. */
const maxDepth = 64;
/** Most objects a binary plist may declare. A 16 MiB reply of one-byte objects stays below. */
const maxObjects = 1_000_000;

/** Builds an XML plist. Integers may be bigint; keys whose value is `undefined` are left out. */
export function encodePlist(value: PlistDict): Buffer {
  return Buffer.from(buildXml(forBuilder(value) as never), "utf8");
}

function forBuilder(value: PlistValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((v) => forBuilder(v as PlistValue));
  if (typeof value === "object") {
    const out: Record<string, unknown> = {};
    for (const [key, v] of Object.entries(value)) if (v !== undefined) out[key] = forBuilder(v);
    return out;
  }
  // Control characters are not XML; a device name may hold them.
  return typeof value === "string" ? stripControl(value) : value;
}

/**
 * Parses XML or binary. Data comes back as Uint8Array, integers beyond 2^53 as bigint.
 * @throws {ProtocolError} on anything that is not a plist
 */
export function decodePlist(bytes: Buffer): PlistValue {
  try {
    if (bytes.subarray(0, 6).toString("latin1") === "bplist") return normalise(decodeBinary(bytes), 0);
    return normalise(decodeXml(bytes), 0);
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

export function isDict(value: PlistValue | undefined): value is PlistDict {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
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

function decodeXml(bytes: Buffer): unknown {
  const text = stripControl(bytes.toString("utf8")).trim();
  if (!/<plist[\s>]/.test(text.slice(0, 1024))) throw new ProtocolError("no <plist> element");
  if (!text.endsWith("</plist>")) throw new ProtocolError("the <plist> element does not end");
  assertDepth(text);
  return parseXml(text);
}

function assertDepth(text: string): void {
  let depth = 0;
  for (const match of text.matchAll(/<(\/?)(?:dict|array)(\/?)>/g)) {
    if (match[2]) continue;
    depth += match[1] ? -1 : 1;
    if (depth > maxDepth) throw new ProtocolError(`property list nested deeper than ${maxDepth}`);
  }
}

/** Some phones put raw control bytes into strings (names, carriers): spaces, as libimobiledevice does. */
function stripControl(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ");
}

function normalise(value: unknown, depth: number): PlistValue {
  if (depth > maxDepth) throw new ProtocolError(`property list nested deeper than ${maxDepth}`);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
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
  if (typeof value === "bigint") return fitsNumber(value) ? Number(value) : value;
  throw new ProtocolError(`property list holds a ${typeof value}`);
}

function fitsNumber(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** Field access for dictionaries from outside: the value when it has the asked type, else undefined. */
export const plistField = {
  string: (dict: PlistDict, key: string) => (typeof dict[key] === "string" ? (dict[key] as string) : undefined),
  number(dict: PlistDict, key: string): number | undefined {
    const value = dict[key];
    return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
  },
  boolean: (dict: PlistDict, key: string) => (typeof dict[key] === "boolean" ? (dict[key] as boolean) : undefined),
  data: (dict: PlistDict, key: string) => (dict[key] instanceof Uint8Array ? (dict[key] as Uint8Array) : undefined),
  dict: (dict: PlistDict, key: string) => (isDict(dict[key]) ? (dict[key] as PlistDict) : undefined),
};
