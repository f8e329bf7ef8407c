/** Writes binary property lists, for tests: from Apple's description of the format, CFBinaryPList.c. */
import type { PlistValue } from "../../src/device/wire/plist.ts";

/** Where an archive of NSKeyedArchiver names another of its objects. */
export class Uid {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}
type Value = PlistValue | Uid | readonly Value[] | { readonly [key: string]: Value | undefined };

export function binaryPlist(value: Value): Buffer {
  const objects: Buffer[] = [];
  const refBytes = 4;
  const add = (v: Value): number => {
    const index = objects.length;
    objects.push(Buffer.alloc(0));
    objects[index] = encode(v);
    return index;
  };
  const ref = (index: number): Buffer => {
    const out = Buffer.alloc(refBytes);
    out.writeUInt32BE(index);
    return out;
  };
  const marked = (kind: number, length: number, rest: Buffer): Buffer => {
    if (length < 15) return Buffer.concat([Buffer.from([(kind << 4) | length]), rest]);
    const count = Buffer.alloc(6);
    count.writeUInt8((kind << 4) | 15, 0);
    count.writeUInt8(0x12, 1);
    count.writeUInt32BE(length, 2);
    return Buffer.concat([count, rest]);
  };
  const encode = (v: Value): Buffer => {
    if (v instanceof Uid) return Buffer.from([0x81, v.index >> 8, v.index & 0xff]);
    if (typeof v === "boolean") return Buffer.from([v ? 9 : 8]);
    if (typeof v === "bigint" || (typeof v === "number" && Number.isInteger(v))) {
      const out = Buffer.alloc(9, 0x13);
      out.writeBigInt64BE(BigInt(v), 1);
      return out;
    }
    if (typeof v === "number" || v instanceof Date) {
      const out = Buffer.alloc(9, v instanceof Date ? 0x33 : 0x23);
      out.writeDoubleBE(v instanceof Date ? v.getTime() / 1000 - 978_307_200 : v, 1);
      return out;
    }
    if (typeof v === "string") {
      if (/^[\x00-\x7f]*$/.test(v)) return marked(5, v.length, Buffer.from(v, "latin1"));
      return marked(6, v.length, Buffer.from(v, "utf16le").swap16());
    }
    if (v instanceof Uint8Array) return marked(4, v.length, Buffer.from(v));
    if (Array.isArray(v)) return marked(0xa, v.length, Buffer.concat(v.map((x) => ref(add(x)))));
    const entries = Object.entries(v).filter(([, x]) => x !== undefined) as [string, Value][];
    const refs = [...entries.map(([k]) => ref(add(k))), ...entries.map(([, x]) => ref(add(x)))];
    return marked(0xd, entries.length, Buffer.concat(refs));
  };
  add(value);
  return assemble(objects, refBytes);
}

/** The file of these encoded objects, the first at the top. */
export function assemble(objects: readonly Buffer[], refBytes: number): Buffer {
  const offsets = Buffer.alloc(objects.length * 4);
  let at = 8;
  for (const [i, object] of objects.entries()) {
    offsets.writeUInt32BE(at, i * 4);
    at += object.length;
  }
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(4, 6);
  trailer.writeUInt8(refBytes, 7);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return Buffer.concat([Buffer.from("bplist00"), ...objects, offsets, trailer]);
}
