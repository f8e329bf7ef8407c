/**
 * Binary property lists, as phones answer some requests. Nothing in one is trusted: every place and length is looked at before it is
 * used, and an object that is named in many places is counted in each. Source: Apple CF, CFBinaryPList.c (public).
 */
import { ProtocolError } from "../../shared/errors.ts";
import { fitting, maxPlistDepth, type PlistValue } from "./plist-value.ts";

const headerBytes = 8;
const trailerBytes = 32;
/** Most objects one may declare, and most that may come of them. A 16 MiB reply of one-byte objects stays below. */
const mostObjects = 1_000_000;

const type = {
  simple: 0x0,
  integer: 0x1,
  real: 0x2,
  date: 0x3,
  data: 0x4,
  ascii: 0x5,
  utf16: 0x6,
  uid: 0x8,
  array: 0xa,
  orderedSet: 0xb,
  set: 0xc,
  dict: 0xd,
} as const;
/** In place of a length that follows as an integer of its own. */
const lengthFollows = 0xf;
/** Seconds between 1970 and 2001, from which dates count. */
const appleEpoch = 978_307_200;

/** What may come of one. */
export interface BinaryPlistOptions {
  /** Most objects, counted in each place that names them; a million by default. */
  readonly maxObjects?: number;
}

/** @throws {ProtocolError} */
export function decodeBinaryPlist(bytes: Buffer, { maxObjects = mostObjects }: BinaryPlistOptions = {}): PlistValue {
  const value = new Reader(bytes, maxObjects).top();
  if (value === undefined) throw refused("it holds nothing");
  return value;
}

/**
 * One that is looked into: what nobody asks for is not decoded. Objects go by their number. Every call throws {ProtocolError} for what
 * the whole of it would be refused for, as far as it gets there.
 */
export class BinaryPlistParts {
  readonly #reader: Reader;

  constructor(bytes: Buffer, { maxObjects = mostObjects }: BinaryPlistOptions = {}) {
    this.#reader = new Reader(bytes, maxObjects);
  }

  /** The numbers of a dictionary's values, by their keys; of the top one when none is given. Undefined for what is none. */
  dict(index: number = this.#reader.topIndex): ReadonlyMap<string, number> | undefined {
    return this.#reader.dictRefs(index);
  }

  /** The numbers of an array's elements. Undefined for what is none. */
  array(index: number): readonly number[] | undefined {
    return this.#reader.arrayRefs(index);
  }

  /** Undefined for a null. */
  value(index: number): PlistValue | undefined {
    return this.#reader.value(index);
  }
}

class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #offsetBytes: number;
  readonly #refBytes: number;
  readonly #objects: number;
  readonly #table: number;
  readonly #top: number;
  readonly #maxObjects: number;
  /** Texts and data are made once, however many name them. */
  readonly #made = new Map<number, PlistValue>();
  #count = 0;

  constructor(bytes: Buffer, maxObjects: number) {
    this.#maxObjects = maxObjects;
    if (bytes.length < headerBytes + trailerBytes) throw refused("shorter than its trailer");
    this.#bytes = bytes;
    this.#end = bytes.length - trailerBytes;
    this.#offsetBytes = bytes.readUInt8(this.#end + 6);
    this.#refBytes = bytes.readUInt8(this.#end + 7);
    const objects = bytes.readBigUInt64BE(this.#end + 8);
    const top = bytes.readBigUInt64BE(this.#end + 16);
    const table = bytes.readBigUInt64BE(this.#end + 24);
    const sizes = [this.#offsetBytes, this.#refBytes];
    if (sizes.some((size) => size < 1 || size > 8)) throw refused("impossible integer sizes in the trailer");
    if (objects < 1n || objects > BigInt(maxObjects) || top >= objects)
      throw refused(`impossible object count ${objects}`);
    if (table < BigInt(headerBytes) || table + objects * BigInt(this.#offsetBytes) > BigInt(this.#end))
      throw refused("the offset table lies outside the message");
    [this.#objects, this.#top, this.#table] = [Number(objects), Number(top), Number(table)];
  }

  top(): PlistValue | undefined {
    return this.#object(this.#top, 0);
  }

  get topIndex(): number {
    return this.#top;
  }

  value(index: number): PlistValue | undefined {
    return this.#object(index, 0);
  }

  dictRefs(index: number): Map<string, number> | undefined {
    const at = this.#placeOf(index);
    const marker = this.#bytes[at] as number;
    if (marker >> 4 !== type.dict) return undefined;
    const { start, length } = this.#length(at, marker & 0xf);
    const keys = this.#refs(start, length);
    const values = this.#refs(start + length * this.#refBytes, length);
    const out = new Map<string, number>();
    for (let i = 0; i < length; i += 1) {
      const key = this.#object(keys[i] as number, 1);
      if (typeof key !== "string") throw refused("a key is no text");
      out.set(key, values[i] as number);
    }
    return out;
  }

  arrayRefs(index: number): number[] | undefined {
    const at = this.#placeOf(index);
    const marker = this.#bytes[at] as number;
    if (marker >> 4 !== type.array) return undefined;
    const { start, length } = this.#length(at, marker & 0xf);
    return this.#refs(start, length);
  }

  /** Undefined for a null. */
  #object(index: number, depth: number): PlistValue | undefined {
    if (depth > maxPlistDepth) throw new ProtocolError(`property list nested deeper than ${maxPlistDepth}`);
    this.#count += 1;
    if (this.#count > this.#maxObjects) throw refused(`more than ${this.#maxObjects} objects`);
    const known = this.#made.get(index);
    if (known !== undefined) return known;
    const at = this.#placeOf(index);
    const marker = this.#bytes.readUInt8(at);
    const [kind, low] = [marker >> 4, marker & 0xf];
    switch (kind) {
      case type.array:
      case type.orderedSet:
      case type.set:
        return this.#array(at, low, depth);
      case type.dict:
        return this.#dict(at, low, depth);
      default: {
        const value = this.#scalar(at, kind, low);
        if (value !== undefined) this.#made.set(index, value);
        return value;
      }
    }
  }

  #placeOf(index: number): number {
    if (!(index >= 0 && index < this.#objects)) throw refused("an object that there is not");
    const at = this.#unsigned(this.#table + index * this.#offsetBytes, this.#offsetBytes);
    if (at < headerBytes || at >= this.#table) throw refused("an object lies outside the message");
    return at;
  }

  #scalar(at: number, kind: number, low: number): PlistValue | undefined {
    switch (kind) {
      case type.simple:
        if (low === 8 || low === 9) return low === 9;
        if (low === 0) return undefined;
        break;
      case type.integer:
        return this.#integer(at + 1, low);
      case type.real:
        if (low === 2) return this.#slice(at + 1, 4).readFloatBE(0);
        if (low === 3) return this.#slice(at + 1, 8).readDoubleBE(0);
        break;
      case type.date:
        return new Date(Math.round((this.#slice(at + 1, 8).readDoubleBE(0) + appleEpoch) * 1000));
      case type.data: {
        const { start, length } = this.#length(at, low);
        return new Uint8Array(this.#slice(start, length));
      }
      case type.ascii: {
        const { start, length } = this.#length(at, low);
        return this.#slice(start, length).toString("latin1");
      }
      case type.utf16: {
        const { start, length } = this.#length(at, low);
        return Buffer.from(this.#slice(start, length * 2))
          .swap16()
          .toString("utf16le");
      }
      case type.uid:
        return low < 6
          ? this.#unsigned(at + 1, low + 1)
          : fitting(BigInt(`0x${this.#slice(at + 1, low + 1).toString("hex")}`));
    }
    throw refused(`an object of unknown kind 0x${((kind << 4) | low).toString(16)}`);
  }

  #array(at: number, low: number, depth: number): PlistValue[] {
    const { start, length } = this.#length(at, low);
    const out: PlistValue[] = [];
    for (const index of this.#refs(start, length)) {
      const value = this.#object(index, depth + 1);
      if (value !== undefined) out.push(value);
    }
    return out;
  }

  #dict(at: number, low: number, depth: number): PlistValue {
    const { start, length } = this.#length(at, low);
    const keys = this.#refs(start, length);
    const values = this.#refs(start + length * this.#refBytes, length);
    const out: Record<string, PlistValue> = {};
    for (const [i, index] of keys.entries()) {
      const key = this.#object(index, depth + 1);
      if (typeof key !== "string") throw refused("a key is no text");
      const value = this.#object(values[i] as number, depth + 1);
      if (value !== undefined && key !== "__proto__") out[key] = value;
    }
    return out;
  }

  #refs(start: number, length: number): number[] {
    this.#assertInside(start, length * this.#refBytes);
    const refs = new Array<number>(length);
    for (let i = 0; i < length; i += 1) {
      const index = this.#unsigned(start + i * this.#refBytes, this.#refBytes);
      if (index >= this.#objects) throw refused("an object that there is not");
      refs[i] = index;
    }
    return refs;
  }

  #length(at: number, low: number): { start: number; length: number } {
    if (low !== lengthFollows) return { start: at + 1, length: low };
    const marker = this.#slice(at + 1, 1).readUInt8(0);
    const power = marker & 0xf;
    if (marker >> 4 !== type.integer || power > 3) throw refused("a length is no integer");
    const length = this.#unsigned(at + 2, 2 ** power);
    return { start: at + 2 + 2 ** power, length };
  }

  /** Of 8 bytes and more with a sign, of fewer without. */
  #integer(at: number, power: number): number | bigint {
    if (power > 4) throw refused("an integer of too many bytes");
    this.#assertInside(at, 2 ** power);
    if (power < 3) return this.#bytes.readUIntBE(at, 2 ** power);
    if (power === 3) return fitting(this.#bytes.readBigInt64BE(at));
    const bytes = this.#slice(at, 2 ** power);
    return fitting(BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`)));
  }

  #unsigned(at: number, length: number): number {
    this.#assertInside(at, length);
    if (length === 1) return this.#bytes[at] as number;
    if (length <= 6) return this.#bytes.readUIntBE(at, length);
    const value = BigInt(`0x${this.#slice(at, length).toString("hex")}`);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refused("a place beyond any message");
    return Number(value);
  }

  #assertInside(at: number, length: number): void {
    if (length > this.#end - at) throw refused("an object goes beyond the message");
  }

  #slice(at: number, length: number): Buffer {
    this.#assertInside(at, length);
    return this.#bytes.subarray(at, at + length);
  }
}

function refused(why: string): ProtocolError {
  return new ProtocolError(`binary property list: ${why}`);
}
