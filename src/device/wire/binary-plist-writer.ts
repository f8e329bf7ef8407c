/**
 * Binary property lists as Apple's phones and computers write them. An object that is equal to another one, text or number, is
 * written once. Source: Apple CF, CFBinaryPList.c (public).
 */

/** A reference to an object of an archive, as `NSKeyedArchiver` has them. */
export class PlistUid {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A number that is to be a real, whole or not: DeviceLink's versions and percentages are. */
export class PlistReal {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** What can be written. A whole `number` becomes an integer, any other a real; a field that is undefined is left out. */
export type WritablePlist =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | PlistUid
  | PlistReal
  | readonly WritablePlist[]
  | { readonly [key: string]: WritablePlist | undefined };

/** Seconds between 1970 and 2001, from which dates count. */
const appleEpoch = 978_307_200;

/** `bplist00` with one top object. Negative integers take eight bytes, as signed ones do. */
export function encodeBinaryPlist(value: WritablePlist): Buffer {
  const writer = new Writer();
  const top = writer.add(value);
  return writer.finish(top);
}

type Object = { readonly marker: Buffer; readonly refs: readonly number[] };

class Writer {
  readonly #objects: Object[] = [];
  readonly #known = new Map<string, number>();

  /** @returns the object's number */
  add(value: WritablePlist): number {
    const key = sharedKey(value);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#objects.length;
    this.#objects.push({ marker: Buffer.alloc(0), refs: [] });
    if (key !== undefined) this.#known.set(key, index);
    this.#objects[index] = this.#object(value);
    return index;
  }

  #object(value: WritablePlist): Object {
    const scalar = encodeScalar(value);
    if (scalar) return { marker: scalar, refs: [] };
    if (Array.isArray(value)) {
      const items = value as readonly WritablePlist[];
      return { marker: lengthMarker(0xa0, items.length), refs: items.map((item) => this.add(item)) };
    }
    const fields = Object.entries(value as Record<string, WritablePlist | undefined>).filter(
      ([, v]) => v !== undefined,
    );
    const keys = fields.map(([key]) => this.add(key));
    const values = fields.map(([, item]) => this.add(item as WritablePlist));
    return { marker: lengthMarker(0xd0, fields.length), refs: [...keys, ...values] };
  }

  finish(top: number): Buffer {
    const refBytes = bytesFor(this.#objects.length);
    const parts: Buffer[] = [Buffer.from("bplist00", "latin1")];
    const offsets: number[] = [];
    let at = 8;
    for (const { marker, refs } of this.#objects) {
      offsets.push(at);
      const packed = packNumbers(refs, refBytes);
      parts.push(marker, packed);
      at += marker.length + packed.length;
    }
    const offsetBytes = bytesFor(at);
    const trailer = Buffer.alloc(32);
    trailer.writeUInt8(offsetBytes, 6);
    trailer.writeUInt8(refBytes, 7);
    trailer.writeBigUInt64BE(BigInt(this.#objects.length), 8);
    trailer.writeBigUInt64BE(BigInt(top), 16);
    trailer.writeBigUInt64BE(BigInt(at), 24);
    return Buffer.concat([...parts, packNumbers(offsets, offsetBytes), trailer]);
  }
}

/** Equal texts and numbers share an object; anything else has its own. */
function sharedKey(value: WritablePlist): string | undefined {
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "number" || typeof value === "bigint") return `n${value}`;
  if (typeof value === "boolean") return `b${value}`;
  return undefined;
}

/** Undefined for what holds others. */
function encodeScalar(value: WritablePlist): Buffer | undefined {
  if (typeof value === "string") return encodeText(value);
  if (typeof value === "boolean") return Buffer.from([value ? 9 : 8]);
  if (typeof value === "bigint") return encodeInteger(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? encodeInteger(BigInt(value)) : real(0x23, value);
  if (value instanceof PlistReal) return real(0x23, value.value);
  if (value instanceof Date) return real(0x33, value.getTime() / 1000 - appleEpoch);
  if (value instanceof PlistUid) {
    const bytes = bytesFor(value.value);
    return Buffer.concat([Buffer.from([0x80 | (bytes - 1)]), packNumbers([value.value], bytes)]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([lengthMarker(0x40, value.length), value]);
  return undefined;
}

function encodeText(text: string): Buffer {
  if (/^[\x00-\x7f]*$/.test(text)) return Buffer.concat([lengthMarker(0x50, text.length), Buffer.from(text, "latin1")]);
  return Buffer.concat([lengthMarker(0x60, text.length), Buffer.from(text, "utf16le").swap16()]);
}

function encodeInteger(value: bigint): Buffer {
  if (value < 0n || value > 0xffff_ffffn) {
    const isWide = value > 0x7fff_ffff_ffff_ffffn;
    const hex = BigInt.asUintN(isWide ? 128 : 64, value).toString(16);
    return Buffer.from((isWide ? "14" : "13") + hex.padStart(isWide ? 32 : 16, "0"), "hex");
  }
  const power = value > 0xffffn ? 2 : value > 0xffn ? 1 : 0;
  return Buffer.from(`1${power}${value.toString(16).padStart(2 ** power * 2, "0")}`, "hex");
}

function real(marker: number, value: number): Buffer {
  const out = Buffer.alloc(9);
  out.writeUInt8(marker, 0);
  out.writeDoubleBE(value, 1);
  return out;
}

function lengthMarker(kind: number, length: number): Buffer {
  return length < 15
    ? Buffer.from([kind | length])
    : Buffer.concat([Buffer.from([kind | 0xf]), encodeInteger(BigInt(length))]);
}

function bytesFor(most: number): number {
  return most > 0xffff_ffff ? 8 : most > 0xffff ? 4 : most > 0xff ? 2 : 1;
}

function packNumbers(values: readonly number[], bytes: number): Buffer {
  const out = Buffer.alloc(values.length * bytes);
  for (const [i, value] of values.entries()) {
    if (bytes === 8) out.writeBigUInt64BE(BigInt(value), i * 8);
    else out.writeUIntBE(value, i * bytes, bytes);
  }
  return out;
}
