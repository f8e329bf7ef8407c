/**
 * Rows of a foreign database on their way out of its child: a batch is one stretch of bytes, written into memory that is used again
 * for the next. As arrays of values each batch was thousands of small objects on both sides, and each blob memory of its own, which the
 * child gave back late.
 */
import type { createHash } from "node:crypto";

/** As SQLite has it; integers beyond 2^53 come as null. */
export type ForeignValue = number | string | Uint8Array | null;
/** In the order of the columns that were asked for. */
export type ForeignRow = readonly ForeignValue[];

/** What stands before a value; lengths and numbers are little-endian. */
const tags = {
  nothing: 0,
  /** 64 bits. */
  integer: 1,
  /** A double. */
  real: 2,
  /** Its length in 32 bits, and UTF-8. */
  text: 3,
  /** The same where every byte is a letter. */
  ascii: 4,
  /** Its length in 32 bits, and its bytes. */
  blob: 5,
  /** Longer than wanted: its length alone, in 32 bits. */
  left: 6,
} as const;

const firstBytes = 640 * 1024;
/** A batch that had more gives its memory back. */
const keptBytes = 1024 * 1024;
/** Of a value besides what is in it. */
const headBytes = 16;

/** Writes one batch after the other. */
export class RowsWriter {
  readonly #most: number;
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #at = 0;
  #hashedTo = 0;
  #hash: ReturnType<typeof createHash> | undefined;

  /** @param maxValueBytes texts and blobs that are longer come out as null */
  constructor(maxValueBytes: number) {
    this.#most = maxValueBytes;
  }

  /** @param hash takes in what is written: of each value its type and all of its bytes, also of one that is too long */
  begin(hash?: ReturnType<typeof createHash>): void {
    [this.#at, this.#hashedTo, this.#hash] = [0, 0, hash];
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
  }

  get length(): number {
    return this.#at;
  }

  row(values: readonly unknown[]): void {
    if (this.#at === 0) {
      this.#at = this.#bytes.writeUInt32LE(values.length, 0);
      this.#hashedTo = this.#at;
    }
    for (const value of values) this.#value(value);
  }

  #value(value: unknown): void {
    const size = typeof value === "string" ? value.length * 3 : value instanceof Uint8Array ? value.length : 0;
    this.#grow(size + headBytes);
    if (typeof value === "bigint") this.#at = this.#bytes.writeBigInt64LE(value, this.#tag(tags.integer));
    else if (typeof value === "number") this.#at = this.#bytes.writeDoubleLE(value, this.#tag(tags.real));
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#blob(value);
    else this.#at = this.#tag(tags.nothing);
  }

  #tag(tag: number): number {
    return this.#bytes.writeUInt8(tag, this.#at);
  }

  #grow(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#at + more, this.#bytes.length * 2));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
  }

  #text(text: string): void {
    if (text.length > this.#most) return this.#left(Buffer.from(text));
    const from = this.#at + 5;
    const length = this.#bytes.write(text, from);
    this.#tag(length === text.length ? tags.ascii : tags.text);
    this.#bytes.writeUInt32LE(length, from - 4);
    this.#at = from + length;
  }

  #blob(blob: Uint8Array): void {
    if (blob.length > this.#most) return this.#left(blob);
    const from = this.#bytes.writeUInt32LE(blob.length, this.#tag(tags.blob));
    this.#bytes.set(blob, from);
    this.#at = from + blob.length;
  }

  #left(bytes: Uint8Array): void {
    this.#at = this.#bytes.writeUInt32LE(bytes.length, this.#tag(tags.left));
    this.#hashed();
    this.#hash?.update(bytes);
  }

  #hashed(): void {
    if (this.#at > this.#hashedTo) this.#hash?.update(this.#bytes.subarray(this.#hashedTo, this.#at));
    this.#hashedTo = this.#at;
  }

  /** The batch, for `rowsIn`. Good until the next is begun. */
  end(): Uint8Array {
    this.#hashed();
    return this.#bytes.subarray(0, this.#at);
  }
}

/** The rows of a batch. Blobs lie in its bytes. Integers beyond the safe ones are null. */
export function rowsIn(batch: Uint8Array): ForeignRow[] {
  if (batch.length === 0) return [];
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.length);
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  const columns = view.getUint32(0, true);
  const rows: ForeignRow[] = [];
  const cursor = { at: 4 };
  while (cursor.at < batch.length) {
    const row: ForeignValue[] = [];
    for (let i = 0; i < columns; i += 1) row.push(valueAt(bytes, view, cursor));
    rows.push(row);
  }
  return rows;
}

function valueAt(bytes: Buffer, view: DataView, cursor: { at: number }): ForeignValue {
  const from = cursor.at + 1;
  const tag = view.getUint8(cursor.at);
  cursor.at = from;
  if (tag === tags.nothing) return null;
  if (tag === tags.integer || tag === tags.real) {
    cursor.at = from + 8;
    if (tag === tags.real) return view.getFloat64(from, true);
    const number = view.getInt32(from + 4, true) * 2 ** 32 + view.getUint32(from, true);
    return Number.isSafeInteger(number) ? number : null;
  }
  const length = view.getUint32(from, true);
  if (tag === tags.left) {
    cursor.at = from + 4;
    return null;
  }
  const [start, end] = [from + 4, from + 4 + length];
  cursor.at = end;
  if (tag === tags.ascii) return bytes.toString("latin1", start, end);
  if (tag === tags.text) return bytes.toString("utf8", start, end);
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}
