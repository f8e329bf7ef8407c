/**
 * AFC packets. Only the reading half of the protocol has names here: what cannot be named cannot be sent.
 * Source: libimobiledevice, src/afc.h and src/afc.c; pymobiledevice3, services/afc.py.
 */

import { ProtocolError } from "../../../shared/errors.ts";
import { decodeName, encodeName } from "../../file-name.ts";
import { ascii, type StructValue, struct, u64le } from "../../wire/struct.ts";

/** Packet header, 40 bytes, little-endian. `entireLength` = header + args + data, `thisLength` = header + args. */
export const AfcHeader = struct("AfcHeader", {
  magic: ascii(8),
  entireLength: u64le,
  thisLength: u64le,
  packetNumber: u64le,
  operation: u64le,
});
export type AfcHeader = StructValue<typeof AfcHeader>;

/** What every packet begins with. */
export const afcMagic = "CFA6LPAA";

/** Operations this client sends (requests) and accepts (replies). None of them writes. */
export const afcOperation = {
  status: 0x01, // reply
  data: 0x02, // reply
  readDir: 0x03,
  getFileInfo: 0x0a,
  getDeviceInfo: 0x0b,
  fileOpen: 0x0d,
  fileOpenResult: 0x0e, // reply
  fileRead: 0x0f,
  fileSeek: 0x11,
  fileClose: 0x14,
} as const;

/** What may be asked; the rest are answers. */
export type AfcRequestOperation = Exclude<keyof typeof afcOperation, "status" | "data" | "fileOpenResult">;

/** FileOpen's mode 1: read, must exist. There is no other here. */
export const openForReading = 1n;

/** Status codes that have a name. Others survive as numbers. Source: libimobiledevice, include/libimobiledevice/afc.h. */
export const afcStatus = {
  success: 0,
  unknownError: 1,
  headerInvalid: 2,
  noResources: 3,
  readError: 4,
  writeError: 5,
  unknownPacketType: 6,
  invalidArgument: 7,
  objectNotFound: 8,
  objectIsDirectory: 9,
  permissionDenied: 10,
  serviceNotConnected: 11,
  operationTimeout: 12,
  tooMuchData: 13,
  endOfData: 14,
  notSupported: 15,
  objectExists: 16,
  objectBusy: 17,
  noSpaceLeft: 18,
  wouldBlock: 19,
  ioError: 20,
  interrupted: 21,
  inProgress: 22,
  internalError: 23,
} as const;

/** For messages: the name, or "status 42". */
export function afcStatusName(status: number): string {
  return Object.entries(afcStatus).find(([, code]) => code === status)?.[0] ?? `status ${status}`;
}

/** The longest packet that is believed. Of one that is longer than was asked for nothing is kept. */
export const maxAfcPacketBytes = 64 * 1024 * 1024;
/** Names of one folder: 5,000 have 70 kB. */
export const maxListingBytes = 8 * 1024 * 1024;
/** More than this in one FileRead risks status 13 or a stall (pymobiledevice3 PR#733). */
export const maxReadBytes = 4 * 1024 * 1024;

/** @throws {ProtocolError} when the stream is out of step or the lengths are impossible */
export function decodeAfcHeader(
  bytes: Buffer,
  offset = 0,
): { operation: number; packetNumber: number; bodyBytes: number } {
  const header = AfcHeader.decode(bytes, offset);
  if (header.magic !== afcMagic) throw new ProtocolError("AFC packet without its magic: the stream is out of step");
  if (
    header.thisLength < BigInt(AfcHeader.size) ||
    header.thisLength > header.entireLength ||
    header.entireLength > BigInt(maxAfcPacketBytes)
  )
    throw new ProtocolError(`AFC packet with lengths ${header.thisLength}/${header.entireLength}`);
  if (header.packetNumber > BigInt(Number.MAX_SAFE_INTEGER) || header.operation > 0xffffn)
    throw new ProtocolError(`AFC packet ${header.packetNumber} with operation ${header.operation}`);
  return {
    operation: Number(header.operation),
    packetNumber: Number(header.packetNumber),
    bodyBytes: Number(header.entireLength) - AfcHeader.size,
  };
}

/** A request without data: header and arguments in one buffer, so that they leave in one write. */
export function encodeAfcRequest(operation: number, packetNumber: number, args: Buffer): Buffer {
  const length = BigInt(AfcHeader.size + args.length);
  const out = Buffer.allocUnsafe(AfcHeader.size + args.length);
  AfcHeader.encodeInto(out, {
    magic: afcMagic,
    entireLength: length,
    thisLength: length,
    packetNumber: BigInt(packetNumber),
    operation: BigInt(operation),
  });
  args.copy(out, AfcHeader.size);
  return out;
}

/** Arguments as AFC has them: little-endian, eight bytes each. */
export function encodeU64s(...values: (bigint | number)[]): Buffer {
  const out = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) out.writeBigUInt64LE(BigInt(value), i * 8);
  return out;
}

/** A path as an argument: its bytes and a NUL. @throws {ProtocolError} on an embedded NUL, which would name another file */
export function encodePath(path: string): Buffer {
  if (path.includes("\0")) throw new ProtocolError("a path with a NUL byte cannot be sent");
  return Buffer.concat([encodeName(path), Buffer.alloc(1)]);
}

/** The NUL-separated strings of ReadDir, GetFileInfo and GetDeviceInfo. Empty ones are dropped from names, kept in pairs. */
export function decodeStrings(data: Buffer): string[] {
  const out: string[] = [];
  let start = 0;
  while (start < data.length) {
    const end = data.indexOf(0, start);
    const stop = end === -1 ? data.length : end;
    out.push(decodeName(data.subarray(start, stop)));
    start = stop + 1;
  }
  return out;
}

/** Key, value, key, value … A key without a value is dropped; later duplicates win. */
export function decodePairs(data: Buffer): Map<string, string> {
  const strings = decodeStrings(data);
  const out = new Map<string, string>();
  for (let i = 0; i + 1 < strings.length; i += 2) out.set(strings[i] as string, strings[i + 1] as string);
  return out;
}
