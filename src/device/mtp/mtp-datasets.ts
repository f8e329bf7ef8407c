/** The datasets of MTP as values: what each consists of, both ways. Source: Media Transfer Protocol 1.1, chapter 5 and appendix B. */
import { ProtocolError } from "../../shared/errors.ts";
import { DatasetReader, DatasetWriter, dataType, folderAssociation, objectFormat } from "./mtp-format.ts";

export interface MtpDeviceInfo {
  readonly vendorExtensionId: number;
  readonly vendorExtension: string;
  readonly operations: readonly number[];
  readonly events: readonly number[];
  readonly deviceProperties: readonly number[];
  readonly manufacturer: string;
  readonly model: string;
  readonly deviceVersion: string;
  readonly serialNumber: string;
}

export function decodeDeviceInfo(bytes: Buffer): MtpDeviceInfo {
  const r = new DatasetReader("DeviceInfo", bytes);
  r.u16(); // standard version
  const vendorExtensionId = r.u32();
  r.u16(); // extension version
  const vendorExtension = r.string();
  r.u16(); // functional mode
  const operations = r.array16();
  const events = r.array16();
  const deviceProperties = r.array16();
  r.array16(); // capture formats
  r.array16(); // playback formats
  // Some cameras end here: what is not told is empty.
  const text = (): string => (r.left > 0 ? r.string() : "");
  const [manufacturer, model, deviceVersion, serialNumber] = [text(), text(), text(), text()];
  return {
    vendorExtensionId,
    vendorExtension,
    operations,
    events,
    deviceProperties,
    manufacturer: manufacturer as string,
    model: model as string,
    deviceVersion: deviceVersion as string,
    serialNumber: serialNumber as string,
  };
}

export function encodeDeviceInfo(info: MtpDeviceInfo): Buffer {
  return new DatasetWriter()
    .u16(100)
    .u32(info.vendorExtensionId)
    .u16(100)
    .string(info.vendorExtension)
    .u16(0)
    .array16(info.operations)
    .array16(info.events)
    .array16(info.deviceProperties)
    .array16([])
    .array16(Object.values(objectFormat))
    .string(info.manufacturer)
    .string(info.model)
    .string(info.deviceVersion)
    .string(info.serialNumber)
    .bytes();
}

export interface MtpStorageInfo {
  /** 1 and 3 are built in, 2 and 4 can be taken out; ROM and RAM. */
  readonly storageType: number;
  readonly filesystemType: number;
  readonly access: number;
  readonly capacity: bigint;
  readonly free: bigint;
  readonly description: string;
  readonly volumeIdentifier: string;
}

export const removableStorages = [2, 4];

export function decodeStorageInfo(bytes: Buffer): MtpStorageInfo {
  const r = new DatasetReader("StorageInfo", bytes);
  const [storageType, filesystemType, access] = [r.u16(), r.u16(), r.u16()] as [number, number, number];
  const [capacity, free] = [r.u64(), r.u64()] as [bigint, bigint];
  r.u32(); // free space in objects
  const description = r.string();
  const volumeIdentifier = r.left > 0 ? r.string() : "";
  return { storageType, filesystemType, access, capacity, free, description, volumeIdentifier };
}

export function encodeStorageInfo(info: MtpStorageInfo): Buffer {
  return new DatasetWriter()
    .u16(info.storageType)
    .u16(info.filesystemType)
    .u16(info.access)
    .u64(info.capacity)
    .u64(info.free)
    .u32(0x40000000)
    .string(info.description)
    .string(info.volumeIdentifier)
    .bytes();
}

export interface MtpObjectInfo {
  readonly storageId: number;
  readonly format: number;
  /** `sizeElsewhere` for 4 GiB and more, where it has 32 bits. */
  readonly size: number;
  readonly thumbBytes: number;
  readonly parent: number;
  readonly name: string;
  readonly dateCreated: string;
  readonly dateModified: string;
}

/** Bytes before the name; four more where Samsung's old stack packs the size as 64 bits. Source: libgphoto2, ptp-pack.c. */
const nameOffset = 52;
const wideNameOffset = 56;

export function decodeObjectInfo(bytes: Buffer): MtpObjectInfo {
  const wide = !isNameAt(bytes, nameOffset) && isNameAt(bytes, wideNameOffset);
  const r = new DatasetReader("ObjectInfo", bytes);
  const storageId = r.u32();
  const format = r.u16();
  r.u16(); // protection
  const lower = r.u32();
  const size = wide ? lower + r.u32() * 2 ** 32 : lower;
  r.u16(); // thumb format
  const thumbBytes = r.u32();
  r.skip(5 * 4); // thumb and image dimensions, depth
  const parent = r.u32();
  const association = r.u16();
  r.skip(2 * 4); // association description, sequence number
  const [name, dateCreated, dateModified] = [r.string(), r.string(), r.string()] as [string, string, string];
  const isFolder =
    format === objectFormat.folder || (format === objectFormat.undefined && association === folderAssociation);
  return {
    storageId,
    format: isFolder ? objectFormat.folder : format,
    size,
    thumbBytes,
    parent,
    name,
    dateCreated,
    dateModified,
  };
}

/** Whether a string with its NUL in the right place stands there. */
function isNameAt(bytes: Buffer, at: number): boolean {
  const units = bytes[at];
  if (units === undefined || units === 0 || at + 1 + units * 2 > bytes.length) return false;
  return bytes.readUInt16LE(at + 1 + (units - 1) * 2) === 0 && bytes.readUInt16LE(at + 1) !== 0;
}

/** @param wide as Samsung's old stack packs it: eight bytes for the size */
export function encodeObjectInfo(info: MtpObjectInfo, wide = false): Buffer {
  const w = new DatasetWriter().u32(info.storageId).u16(info.format).u16(0);
  if (wide) w.u64(BigInt(info.size));
  else w.u32(info.size);
  return w
    .u16(info.thumbBytes > 0 ? objectFormat.jpeg : 0)
    .u32(info.thumbBytes)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(info.parent)
    .u16(0)
    .u32(0)
    .u32(0)
    .string(info.name)
    .string(info.dateCreated)
    .string(info.dateModified)
    .string("")
    .bytes();
}

export interface MtpProperty {
  readonly handle: number;
  readonly property: number;
  readonly value: string | number | bigint | undefined;
}

/** Handle, code and type: no element is shorter. */
const leastElementBytes = 8;

/** @throws {ProtocolError} when the reply is not what it announces: then nothing of it is to be believed */
export function decodePropList(bytes: Buffer): MtpProperty[] {
  const r = new DatasetReader("ObjectPropList", bytes);
  const count = r.u32();
  if (count * leastElementBytes > r.left)
    throw new ProtocolError(`ObjectPropList: announces ${count} elements in ${r.left} bytes`);
  return Array.from({ length: count }, () => {
    const [handle, property, type] = [r.u32(), r.u16(), r.u16()] as [number, number, number];
    return { handle, property, value: r.value(type) };
  });
}

export function encodePropList(list: readonly (MtpProperty & { readonly type: number })[]): Buffer {
  const w = new DatasetWriter().u32(list.length);
  for (const { handle, property, type, value } of list) {
    w.u32(handle).u16(property).u16(type);
    if (type === dataType.string) w.string(value as string);
    else if (type === dataType.uint64) w.u64(value as bigint);
    else if (type === dataType.uint32) w.u32(value as number);
    else w.u16(value as number);
  }
  return w.bytes();
}

/**
 * "20240131T235959", with tenths and a zone on some devices. Without a zone it is the phone's local time, and the phone is taken to
 * be where this computer is. Undefined for anything else: a bad date is no reason to lose a photo (vdavid/mtp-rs#12).
 */
export function parseMtpDate(text: string): Date | undefined {
  // Some write it as ISO 8601 has it, or leave the seconds out.
  const plain = text.trim().replaceAll(/(?<=\d)-(?=\d\d(?:-|T))|:/g, "");
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})?$/.exec(plain);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60 || year >= 2048) return undefined;
  const zone = m[7];
  if (zone === undefined) {
    const date = new Date(year, month - 1, day, hour, minute, second);
    return date.getMonth() === month - 1 && date.getDate() === day ? date : undefined;
  }
  const offset =
    zone === "Z" ? 0 : (zone[0] === "-" ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  const ms = Date.UTC(year, month - 1, day, hour, minute - offset, second);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

/** The phone's wall clock, as Android writes it: without a zone. */
export function formatMtpDate(date: Date): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}${pad(date.getMonth() + 1)}${pad(date.getDate())}T${pad(date.getHours())}${pad(date.getMinutes())}${pad(date.getSeconds())}`;
}
