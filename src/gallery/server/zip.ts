/**
 * A ZIP as a stream: files as they are (stored), so that its length is known before the first byte. Photos do not get smaller by
 * being compressed. Source: PKWARE's APPNOTE.TXT 6.3.10, 4.3 to 4.5 (ZIP64, data descriptors, UTF-8 names).
 */
import { crc32 } from "node:zlib";
import type { RangeReader } from "../../media/range-reader.ts";

/** A file that goes in. */
export interface ZipEntry {
  /** With `/` between folders; unique in its ZIP. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Local time, as far as ZIP keeps it. */
  readonly modified: Date;
  /** Called when it is its turn; undefined where it is gone. */
  readonly open: () => Promise<({ readonly reader: RangeReader } & AsyncDisposable) | undefined>;
}

const blockBytes = 256 * 1024;
const most32 = 0xffff_ffff;
/** Bit 3: hash and sizes follow the data; bit 11: the name is UTF-8. */
const flags = 0x0808;
const local = { signature: 0x04034b50, bytes: 30 } as const;
const descriptor = { signature: 0x08074b50, bytes: 16, bytes64: 24 } as const;
const central = { signature: 0x02014b50, bytes: 46 } as const;
const end64Bytes = 56 + 20;
const endBytes = 22;
const extra64 = { local: 20, central: 28 } as const;

const is64 = (sizeBytes: number): boolean => sizeBytes >= most32;

/** How long the ZIP of these will be. */
export function zipLength(entries: readonly Pick<ZipEntry, "name" | "sizeBytes">[]): number {
  let at = 0;
  let directory = 0;
  for (const { name, sizeBytes } of entries) {
    const nameBytes = Buffer.byteLength(name);
    directory += central.bytes + nameBytes + (is64(sizeBytes) || at >= most32 ? extra64.central : 0);
    at +=
      local.bytes + nameBytes + (is64(sizeBytes) ? extra64.local + descriptor.bytes64 : descriptor.bytes) + sizeBytes;
  }
  const isLarge = at >= most32 || entries.length >= 0xffff || directory >= most32;
  return at + directory + (isLarge ? end64Bytes : 0) + endBytes;
}

interface Written {
  readonly entry: ZipEntry;
  readonly at: number;
  readonly crc: number;
}

/** @throws {Error} where a file is gone or has another size than it had: a ZIP that is not whole must not look so */
export async function* zipBytes(
  entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const done: Written[] = [];
  let at = 0;
  for await (const entry of entries) {
    const head = localHeader(entry);
    yield head;
    let crc = 0;
    await using file = await entry.open();
    if (file?.reader.size !== entry.sizeBytes) throw new Error(`${entry.name} has changed`);
    for (let offset = 0; offset < entry.sizeBytes; ) {
      const bytes = await file.reader.read(offset, blockBytes);
      if (bytes.length === 0) throw new Error(`${entry.name} has changed`);
      crc = crc32(bytes, crc);
      offset += bytes.length;
      yield bytes;
    }
    const tail = descriptorOf(crc, entry.sizeBytes);
    yield tail;
    done.push({ entry, at, crc });
    at += head.length + entry.sizeBytes + tail.length;
  }
  const directory = done.map(centralHeader);
  for (const header of directory) yield header;
  yield endOf(
    done.length,
    directory.reduce((sum, d) => sum + d.length, 0),
    at,
  );
}

function localHeader({ name, sizeBytes, modified }: ZipEntry): Buffer {
  const title = Buffer.from(name);
  const extra = is64(sizeBytes) ? sizes64(0x0001, [0, 0]) : Buffer.alloc(0);
  const head = Buffer.alloc(local.bytes);
  head.writeUInt32LE(local.signature, 0);
  head.writeUInt16LE(is64(sizeBytes) ? 45 : 20, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt32LE(dosTime(modified), 10);
  const size = is64(sizeBytes) ? most32 : 0;
  head.writeUInt32LE(size, 18);
  head.writeUInt32LE(size, 22);
  head.writeUInt16LE(title.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, title, extra]);
}

function descriptorOf(crc: number, sizeBytes: number): Buffer {
  const tail = Buffer.alloc(is64(sizeBytes) ? descriptor.bytes64 : descriptor.bytes);
  tail.writeUInt32LE(descriptor.signature, 0);
  tail.writeUInt32LE(crc, 4);
  if (is64(sizeBytes)) {
    tail.writeBigUInt64LE(BigInt(sizeBytes), 8);
    tail.writeBigUInt64LE(BigInt(sizeBytes), 16);
  } else {
    tail.writeUInt32LE(sizeBytes, 8);
    tail.writeUInt32LE(sizeBytes, 12);
  }
  return tail;
}

function centralHeader({ entry: { name, sizeBytes, modified }, at, crc }: Written): Buffer {
  const title = Buffer.from(name);
  const isLarge = is64(sizeBytes) || at >= most32;
  const extra = isLarge ? sizes64(0x0001, [sizeBytes, sizeBytes, at]) : Buffer.alloc(0);
  const head = Buffer.alloc(central.bytes);
  head.writeUInt32LE(central.signature, 0);
  head.writeUInt16LE(45, 4);
  head.writeUInt16LE(isLarge ? 45 : 20, 6);
  head.writeUInt16LE(flags, 8);
  head.writeUInt32LE(dosTime(modified), 12);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(isLarge ? most32 : sizeBytes, 20);
  head.writeUInt32LE(isLarge ? most32 : sizeBytes, 24);
  head.writeUInt16LE(title.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(isLarge ? most32 : at, 42);
  return Buffer.concat([head, title, extra]);
}

/** An extra field of 64-bit numbers. */
function sizes64(id: number, numbers: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + numbers.length * 8);
  field.writeUInt16LE(id, 0);
  field.writeUInt16LE(numbers.length * 8, 2);
  for (const [i, n] of numbers.entries()) field.writeBigUInt64LE(BigInt(n), 4 + i * 8);
  return field;
}

function endOf(count: number, directoryBytes: number, at: number): Buffer {
  const isLarge = at >= most32 || count >= 0xffff || directoryBytes >= most32;
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(directoryBytes, most32), 12);
  end.writeUInt32LE(Math.min(at, most32), 16);
  if (!isLarge) return end;
  const end64 = Buffer.alloc(end64Bytes);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end64.writeBigUInt64LE(BigInt(at), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(at + directoryBytes), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

/** Time below, date above; two seconds exact, from 1980 on. */
function dosTime(date: Date): number {
  const year = Math.min(2107, Math.max(1980, date.getFullYear()));
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return ((day << 16) | time) >>> 0;
}
