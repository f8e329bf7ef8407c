/**
 * Binary formats as declarations: one value that encodes and decodes, so that the two cannot disagree.
 * Read first: `struct`. A decode error names the struct, the field and the offset.
 */
import { ProtocolError } from "../../shared/errors.ts";

export interface Field<T> {
  readonly size: number;
  write(view: Buffer, offset: number, value: T): void;
  read(view: Buffer, offset: number): T;
}

export const u16be: Field<number> = {
  size: 2,
  write: (b, o, v) => void b.writeUInt16BE(v, o),
  read: (b, o) => b.readUInt16BE(o),
};
export const u32be: Field<number> = {
  size: 4,
  write: (b, o, v) => void b.writeUInt32BE(v, o),
  read: (b, o) => b.readUInt32BE(o),
};
export const i32be: Field<number> = {
  size: 4,
  write: (b, o, v) => void b.writeInt32BE(v, o),
  read: (b, o) => b.readInt32BE(o),
};
export const u16le: Field<number> = {
  size: 2,
  write: (b, o, v) => void b.writeUInt16LE(v, o),
  read: (b, o) => b.readUInt16LE(o),
};
export const u32le: Field<number> = {
  size: 4,
  write: (b, o, v) => void b.writeUInt32LE(v, o),
  read: (b, o) => b.readUInt32LE(o),
};
export const u64le: Field<bigint> = {
  size: 8,
  write: (b, o, v) => void b.writeBigUInt64LE(v, o),
  read: (b, o) => b.readBigUInt64LE(o),
};
export const i64le: Field<bigint> = {
  size: 8,
  write: (b, o, v) => void b.writeBigInt64LE(v, o),
  read: (b, o) => b.readBigInt64LE(o),
};

/** Exactly `size` ASCII characters. */
export function ascii(size: number): Field<string> {
  return {
    size,
    write(b, o, v) {
      if (v.length !== size) throw new RangeError(`expected ${size} characters, got ${v.length}`);
      b.write(v, o, "latin1");
    },
    read: (b, o) => b.toString("latin1", o, o + size),
  };
}

type Fields = Record<string, Field<never> | Field<number> | Field<bigint> | Field<string>>;
type FieldValue<F> = F extends Field<infer T> ? T : never;

export interface Struct<T> {
  readonly name: string;
  readonly size: number;
  encode(value: T): Buffer;
  /** Writes into `target` at `offset`; for headers that precede other bytes in one buffer. */
  encodeInto(target: Buffer, value: T, offset?: number): void;
  /** @throws {ProtocolError} when `bytes` is too short */
  decode(bytes: Buffer, offset?: number): T;
}

export type StructValue<S> = S extends Struct<infer T> ? T : never;

/** Declares a fixed-size structure; fields lie one after the other, in declaration order. */
export function struct<F extends Fields>(name: string, fields: F): Struct<{ [K in keyof F]: FieldValue<F[K]> }> {
  type Value = { [K in keyof F]: FieldValue<F[K]> };
  let size = 0;
  const layout = Object.entries(fields).map(([key, field]) => {
    const entry = { key, field: field as Field<unknown>, offset: size };
    size += field.size;
    return entry;
  });
  const encodeInto = (target: Buffer, value: Value, at = 0): void => {
    for (const { key, field, offset } of layout) field.write(target, at + offset, value[key]);
  };
  return {
    name,
    size,
    encodeInto,
    encode(value) {
      const out = Buffer.alloc(size);
      encodeInto(out, value);
      return out;
    },
    decode(bytes, at = 0) {
      const out: Record<string, unknown> = {};
      for (const { key, field, offset } of layout) {
        if (at + offset + field.size > bytes.length)
          throw new ProtocolError(`${name}.${key}: needs ${field.size} bytes at offset ${offset}, message ends first`);
        out[key] = field.read(bytes, at + offset);
      }
      return out as Value;
    },
  };
}
