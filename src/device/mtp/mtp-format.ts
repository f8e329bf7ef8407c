/**
 * MTP on the wire: containers, codes and the two primitives of its datasets. Little-endian throughout.
 * Source: USB Still Image Capture Device Definition 1.0 (containers); Media Transfer Protocol 1.1 (codes, strings);
 * AOSP, frameworks/av/media/mtp/mtp.h (Android's own codes).
 */
import { ProtocolError } from "../../shared/errors.ts";
import { struct, u16le, u32le } from "../wire/struct.ts";

export const containerType = { command: 1, data: 2, response: 3, event: 4 } as const;

/** `length` counts this header too; 0xFFFFFFFF says that it does not fit. */
export const containerHeader = struct("MTP container", {
  length: u32le,
  type: u16le,
  code: u16le,
  transaction: u32le,
});
export type ContainerHeader = ReturnType<typeof containerHeader.decode>;

export const unknownLength = 0xffffffff;
export const maxParameters = 5;

/** What a client of ours may ask. Nothing that changes a device has a name here, so nothing can be sent by mistake. */
export const operation = {
  getDeviceInfo: 0x1001,
  openSession: 0x1002,
  closeSession: 0x1003,
  getStorageIds: 0x1004,
  getStorageInfo: 0x1005,
  getObjectHandles: 0x1007,
  getObjectInfo: 0x1008,
  getObject: 0x1009,
  getThumb: 0x100a,
  getDevicePropValue: 0x1015,
  getPartialObject: 0x101b,
  getObjectPropsSupported: 0x9801,
  getObjectPropValue: 0x9803,
  getObjectPropList: 0x9805,
  getPartialObject64: 0x95c1,
} as const;
export type Operation = (typeof operation)[keyof typeof operation];

export const responseCode = {
  ok: 0x2001,
  generalError: 0x2002,
  sessionNotOpen: 0x2003,
  invalidTransactionId: 0x2004,
  operationNotSupported: 0x2005,
  parameterNotSupported: 0x2006,
  incompleteTransfer: 0x2007,
  invalidStorageId: 0x2008,
  invalidObjectHandle: 0x2009,
  devicePropNotSupported: 0x200a,
  storeFull: 0x200c,
  objectWriteProtected: 0x200d,
  storeReadOnly: 0x200e,
  accessDenied: 0x200f,
  noThumbnail: 0x2010,
  storeNotAvailable: 0x2013,
  deviceBusy: 0x2019,
  invalidParentObject: 0x201a,
  invalidParameter: 0x201d,
  sessionAlreadyOpen: 0x201e,
  transactionCancelled: 0x201f,
  invalidObjectPropCode: 0xa801,
  specificationByGroupUnsupported: 0xa807,
  specificationByDepthUnsupported: 0xa808,
  objectPropNotSupported: 0xa80a,
} as const;

export const eventCode = {
  cancelTransaction: 0x4001,
  objectAdded: 0x4002,
  objectRemoved: 0x4003,
  storeAdded: 0x4004,
  storeRemoved: 0x4005,
  devicePropChanged: 0x4006,
  objectInfoChanged: 0x4007,
} as const;

/** Class requests on the control endpoint. Source: USB Still Image Capture Device Definition 1.0, chapter 5. */
export const classRequest = { cancel: 0x64, getStatus: 0x67 } as const;

export const objectFormat = {
  undefined: 0x3000,
  folder: 0x3001,
  avi: 0x300a,
  mpeg: 0x300b,
  quicktime: 0x300d,
  jpeg: 0x3801,
  bmp: 0x3804,
  gif: 0x3807,
  png: 0x380b,
  tiff: 0x380d,
  dng: 0x3811,
  heif: 0x3812,
  mp4: 0xb982,
  threeGp: 0xb984,
} as const;

export const objectProperty = {
  storageId: 0xdc01,
  objectFormat: 0xdc02,
  objectSize: 0xdc04,
  fileName: 0xdc07,
  dateModified: 0xdc09,
  parent: 0xdc0b,
  persistentId: 0xdc41,
} as const;

export const deviceProperty = { battery: 0x5001, friendlyName: 0xd402 } as const;

/** Children of a storage's root; 0 would mean everything, recursively. */
export const rootParent = 0xffffffff;
/** ObjectInfo's size when the true one does not fit: ask for the property. */
export const sizeElsewhere = 0xffffffff;
export const folderAssociation = 1;
/** What an extension id and text look like on a phone in File transfer mode; PTP mode has neither. */
export const microsoftExtension = 6;

export function encodeCommand(code: number, transaction: number, parameters: readonly number[]): Buffer {
  return encodeContainer(containerType.command, code, transaction, parametersOf(parameters));
}

export function encodeContainer(type: number, code: number, transaction: number, payload: Buffer): Buffer {
  const out = Buffer.alloc(containerHeader.size + payload.length);
  containerHeader.encodeInto(out, { length: out.length, type, code, transaction });
  payload.copy(out, containerHeader.size);
  return out;
}

export function parametersOf(parameters: readonly number[]): Buffer {
  const out = Buffer.alloc(parameters.length * 4);
  for (const [i, p] of parameters.entries()) out.writeUInt32LE(p >>> 0, i * 4);
  return out;
}

/** The whole words behind a header; five at most. */
export function decodeParameters(payload: Buffer): number[] {
  const count = Math.min(maxParameters, Math.floor(payload.length / 4));
  return Array.from({ length: count }, (_, i) => payload.readUInt32LE(i * 4));
}

/** Reads a dataset field by field. Every count is checked against the bytes that are there before anything is allocated. */
export class DatasetReader {
  readonly #bytes: Buffer;
  readonly #name: string;
  #at: number;

  constructor(name: string, bytes: Buffer, at = 0) {
    this.#name = name;
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(size: number): number {
    if (size > this.left)
      throw new ProtocolError(`${this.#name}: needs ${size} bytes at offset ${this.#at}, the dataset ends first`);
    const at = this.#at;
    this.#at += size;
    return at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }
  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }
  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }
  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }
  skip(size: number): void {
    this.#take(size);
  }

  array16(): number[] {
    return this.#array(2, () => this.u16());
  }
  array32(): number[] {
    return this.#array(4, () => this.u32());
  }

  #array(size: number, read: () => number): number[] {
    const count = this.u32();
    if (count * size > this.left)
      throw new ProtocolError(`${this.#name}: announces ${count} elements in ${this.left} bytes`);
    return Array.from({ length: count }, read);
  }

  /** A count of UTF-16 units with the NUL in it; what follows an earlier NUL is padding. */
  string(): string {
    const units = this.u8();
    const at = this.#take(units * 2);
    const text = this.#bytes.toString("utf16le", at, at + units * 2);
    const end = text.indexOf("\0");
    return end === -1 ? text : text.slice(0, end);
  }

  /**
   * A value of one of the protocol's types. Arrays and 128-bit numbers are passed over.
   * Some devices mark what they do not support with type 0 and send nothing: there is no telling where the next value begins.
   */
  value(type: number): string | number | bigint | undefined {
    if (type === dataType.string) return this.string();
    const size = sizes[type & 0xff];
    if (size === undefined || (type & ~0x4000) > dataType.uint128)
      throw new ProtocolError(`${this.#name}: a value of type 0x${type.toString(16)}`);
    if (type & 0x4000) {
      const count = this.u32();
      this.skip(count * size);
      return undefined;
    }
    if (size === 16) return void this.skip(16);
    if (size === 8) return this.u64();
    return size === 4 ? this.u32() : size === 2 ? this.u16() : this.u8();
  }
}

export const dataType = { uint8: 2, uint16: 4, uint32: 6, uint64: 8, uint128: 10, string: 0xffff } as const;
const sizes: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 8, 8: 8, 9: 16, 10: 16 };

/** Writes a dataset field by field. */
export class DatasetWriter {
  readonly #parts: Buffer[] = [];

  u8(value: number): this {
    this.#parts.push(Buffer.of(value));
    return this;
  }
  u16(value: number): this {
    const b = Buffer.alloc(2);
    b.writeUInt16LE(value);
    this.#parts.push(b);
    return this;
  }
  u32(value: number): this {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(value >>> 0);
    this.#parts.push(b);
    return this;
  }
  u64(value: bigint): this {
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(value);
    this.#parts.push(b);
    return this;
  }
  array16(values: readonly number[]): this {
    this.u32(values.length);
    for (const v of values) this.u16(v);
    return this;
  }
  array32(values: readonly number[]): this {
    this.u32(values.length);
    for (const v of values) this.u32(v);
    return this;
  }
  /** At most 254 units and the NUL: longer names are cut, as phones do. */
  string(text: string): this {
    if (text === "") return this.u8(0);
    const cut = text.slice(0, 254);
    this.u8(cut.length + 1);
    this.#parts.push(Buffer.from(`${cut}\0`, "utf16le"));
    return this;
  }
  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
