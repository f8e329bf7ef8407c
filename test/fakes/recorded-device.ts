/**
 * A device that answers as a real one said of itself: its operations, storages, names, and which property which format has. What lies
 * on it is made up, the same on each. Written from the protocol (PIMA 15740; MTP 1.1), not from our client or our mock.
 * The facts are in fixtures/devices/mtp.json, gathered from public logs of other programs, mostly of 2007 to 2020.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  configurationDescriptor,
  type SetupPacket,
  type UsbFunction,
  type UsbHost,
} from "../../src/device/mock/usb/usb-function.ts";
import { encodeDeviceInfo, encodeStorageInfo } from "../../src/device/mtp/mtp-datasets.ts";

/** Letters for the properties that formats have. */
const letters: Record<string, number> = { s: 0xdc01, f: 0xdc02, z: 0xdc04, n: 0xdc07, c: 0xdc08, m: 0xdc09, p: 0xdc0b };

interface Entry {
  /** A name for the device. */
  readonly n: string;
  /** USB vendor and product; those of logs that do not say are Google's. */
  readonly u: string;
  /** Manufacturer, model, version. */
  readonly d: readonly [string, string, string];
  /** Serial number: 0 for none; absent for one of its own. */
  readonly s?: 0 | string;
  /** Vendor extension: its number, and which of `extensions`. */
  readonly x: readonly [number, number];
  /** Which of `operations`, `events`, `deviceProperties`, `formats`. */
  readonly o: number;
  readonly e: number;
  readonly p: number;
  readonly f?: number;
  /** Storages: id in hex, type, file system, capacity, free, description. */
  readonly t?: readonly (readonly [string, number, number, string, string, string])[];
  /** ObjectSize has 32 bits. */
  readonly z?: 32;
  /** Friendly name. */
  readonly w?: string;
}

interface Facts {
  readonly extensions: readonly string[];
  readonly operations: readonly string[];
  readonly events: readonly string[];
  readonly deviceProperties: readonly string[];
  /** "nmz: 3801 b982": these formats have these properties. */
  readonly formats: readonly string[];
  readonly devices: readonly Entry[];
}

export interface RecordedFacts {
  readonly name: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly maker: string;
  readonly model: string;
  readonly version: string;
  readonly serial: string;
  readonly extensionId: number;
  readonly extension: string;
  readonly operations: readonly number[];
  readonly events: readonly number[];
  readonly deviceProperties: readonly number[];
  /** By format; empty where the log broke off before any. */
  readonly properties: ReadonlyMap<number, ReadonlySet<number>>;
  readonly storages: readonly Storage[];
  readonly sizeBits: 32 | 64;
  readonly friendlyName: string | undefined;
}

interface Storage {
  readonly id: number;
  readonly type: number;
  readonly filesystem: number;
  readonly capacity: bigint;
  readonly free: bigint;
  readonly description: string;
}

const file = join(import.meta.dirname, "../../fixtures/devices/mtp.json");
const anyStorage: Storage = {
  id: 0x10001,
  type: 3,
  filesystem: 2,
  capacity: 64_000_000_000n,
  free: 1_000_000_000n,
  description: "Internal storage",
};

export function recordedFacts(): RecordedFacts[] {
  const facts = JSON.parse(readFileSync(file, "utf8")) as Facts;
  const codes = (text: string): number[] =>
    text
      .split(" ")
      .filter(Boolean)
      .map((code) => Number.parseInt(code, 16));
  return facts.devices.map((entry, i) => ({
    name: entry.n,
    vendorId: Number.parseInt(entry.u.slice(0, 4), 16),
    productId: Number.parseInt(entry.u.slice(5), 16),
    maker: entry.d[0],
    model: entry.d[1],
    version: entry.d[2],
    serial: entry.s === 0 ? "" : (entry.s ?? `SN${String(i).padStart(6, "0")}`),
    extensionId: entry.x[0],
    extension: facts.extensions[entry.x[1]] as string,
    operations: codes(facts.operations[entry.o] as string),
    events: codes(facts.events[entry.e] as string),
    deviceProperties: codes(facts.deviceProperties[entry.p] as string),
    properties: propertiesOf(entry.f === undefined ? "" : (facts.formats[entry.f] as string)),
    storages: (entry.t ?? []).map(([id, type, filesystem, capacity, free, description]) => ({
      id: Number.parseInt(id, 16),
      type,
      filesystem,
      capacity: BigInt(capacity),
      free: BigInt(free),
      description,
    })),
    sizeBits: entry.z ?? 64,
    friendlyName: entry.w,
  }));
}

function propertiesOf(text: string): Map<number, Set<number>> {
  const properties = new Map<number, Set<number>>();
  for (const part of text.split("; ").filter(Boolean)) {
    const [has = "", formats = ""] = part.split(": ");
    const set = new Set([...has].flatMap((letter) => letters[letter] ?? []));
    for (const format of formats.split(" ")) properties.set(Number.parseInt(format, 16), set);
  }
  return properties;
}

export interface RecordedBehaviour {
  /** No log tells how a property that a format has not is answered. */
  readonly missingProperty: "error" | "empty";
  /** A video of so many bytes among the others. */
  readonly largeBytes?: number;
}

export interface RecordedObject {
  readonly handle: number;
  readonly storage: number;
  readonly parent: number;
  readonly name: string;
  readonly format: number;
  readonly size: number;
}

const folder = 0x3001;
const endpoints = { in: 0x81, out: 0x02, event: 0x83 };
/** What a host asks for at once: first 64 KiB with the header, then this much. Pieces that fit are passed on without copying. */
const pieceBytes = 256 * 1024;
const firstBytes = 64 * 1024;
export const recordedDate = "20240131T235959";

const pageBytes = 4096;
const pattern = Buffer.alloc(8 * 1024 * 1024);
for (let at = 0; at < pattern.length; at += 4) pattern.writeUInt32LE(((at / pageBytes) * 2_654_435_761 + at) >>> 0, at);

/** The bytes of an object; of no two handles the same. */
export function recordedBytes(handle: number, offset: number, length: number): Buffer {
  const start = (handle * pageBytes + offset) % pattern.length;
  const there = pattern.subarray(start, start + length);
  return there.length === length
    ? there
    : Buffer.concat([there, recordedBytes(handle, offset + there.length, length - there.length)]);
}

export class RecordedDevice implements UsbFunction {
  readonly vendorId: number;
  readonly productId: number;
  readonly speed = 3;
  readonly packetBytes = 512;
  readonly strings: readonly string[];
  readonly configuration: Buffer;
  readonly facts: RecordedFacts;
  readonly objects: RecordedObject[] = [];
  readonly asked = new Map<number, number>();
  readonly #behaviour: RecordedBehaviour;
  readonly #storages: readonly Storage[];
  #host: UsbHost | undefined;

  constructor(facts: RecordedFacts, behaviour: RecordedBehaviour) {
    this.facts = facts;
    this.#behaviour = behaviour;
    this.vendorId = facts.vendorId;
    this.productId = facts.productId;
    this.strings = [facts.maker, facts.model, facts.serial, "MTP"];
    this.configuration = configurationDescriptor([
      {
        class: 6,
        subclass: 1,
        protocol: 1,
        name: 4,
        endpoints: [
          { address: endpoints.in, type: 2, packetBytes: 512 },
          { address: endpoints.out, type: 2, packetBytes: 512 },
          { address: endpoints.event, type: 3, packetBytes: 28 },
        ],
      },
    ]);
    this.#storages = facts.storages.length > 0 ? facts.storages : [anyStorage];
    for (const [i, { id }] of this.#storages.entries()) this.#fill(id, i);
  }

  #fill(storage: number, i: number): void {
    const add = (parent: number, name: string, format: number, size: number): number => {
      const handle = this.objects.length + 1;
      this.objects.push({ handle, storage, parent, name, format, size });
      return handle;
    };
    const known = (format: number): number => (this.facts.properties.has(format) ? format : 0x3000);
    const camera = add(add(0, "DCIM", folder, 0), "100TEST", folder, 0);
    add(camera, `A_${i}001.JPG`, 0x3801, 5 * 1024 * 1024 + 3);
    add(camera, `B_${i}002.JPG`, 0x3801, 120_000);
    add(camera, `C_${i}003.MOV`, known(0x300d), 5 * 1024 * 1024 + 7);
    add(camera, `D_${i}004.MP4`, known(0xb982), 200_001);
    add(camera, `E_${i}005.DNG`, known(0x3811), 5 * 1024 * 1024 + 11);
    const { largeBytes } = this.#behaviour;
    if (largeBytes !== undefined && i === 0) add(camera, "L_LARGE.MP4", known(0xb982), largeBytes);
    add(camera, `Z_${i}006.JPG`, 0x3801, 90_000);
  }

  attached(host: UsbHost): void {
    this.#host = host;
  }

  detached(): void {
    this.#host = undefined;
  }

  control(setup: SetupPacket): Buffer | undefined {
    return setup.requestType === 0x21 ? Buffer.alloc(0) : undefined;
  }

  received(_: number, bytes: Buffer): void {
    const code = bytes.readUInt16LE(6);
    const transaction = bytes.readUInt32LE(8);
    const count = Math.min(5, Math.floor((bytes.length - 12) / 4));
    const parameters = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(12 + i * 4));
    this.asked.set(code, (this.asked.get(code) ?? 0) + 1);
    const answer = this.#answer(code, parameters);
    void this.#send(code, transaction, answer);
  }

  async #send(code: number, transaction: number, answer: Answer): Promise<void> {
    const host = this.#host;
    if (!host) return;
    if ("data" in answer)
      host.send(endpoints.in, Buffer.concat([header(2, code, transaction, answer.data.length), answer.data]));
    else if ("object" in answer) await this.#sendObject(host, code, transaction, answer);
    const response = "refused" in answer ? answer.refused : 0x2001;
    if (host === this.#host) host.send(endpoints.in, header(3, response, transaction, 0));
  }

  async #sendObject(
    host: UsbHost,
    code: number,
    transaction: number,
    { object, offset, bytes }: ObjectAnswer,
  ): Promise<void> {
    const first = recordedBytes(object.handle, offset, Math.min(bytes, firstBytes - 12));
    host.send(endpoints.in, Buffer.concat([header(2, code, transaction, bytes), first]), first.length === bytes);
    for (let at = first.length; at < bytes && host === this.#host; ) {
      const piece = recordedBytes(object.handle, offset + at, Math.min(bytes - at, pieceBytes));
      at += piece.length;
      await host.drained(endpoints.in);
      host.send(endpoints.in, piece, at === bytes);
    }
  }

  #answer(code: number, p: readonly number[]): Answer {
    if (code === 0x1002 || code === 0x1003) return { done: true };
    if (!this.facts.operations.includes(code)) return { refused: 0x2005 };
    const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0] = p;
    const object = this.objects[p0 - 1];
    switch (code) {
      case 0x1001:
        return { data: this.#deviceInfo() };
      case 0x1004:
        return { data: words(this.#storages.map((s) => s.id)) };
      case 0x1005:
        return this.#storageInfo(p0);
      case 0x1007:
        return { data: words(this.#handles(p0, p2)) };
      case 0x1008:
        return object ? { data: objectInfo(object) } : { refused: 0x2009 };
      case 0x1009:
        return read(object, 0, Number.POSITIVE_INFINITY);
      case 0x100a:
        return { refused: 0x2010 };
      case 0x1015:
        return this.#deviceProperty(p0);
      case 0x101b:
        return read(object, p1, p2);
      case 0x95c1:
        return read(object, p1 + p2 * 2 ** 32, p3);
      case 0x9803:
        return this.#value(object, p1);
      case 0x9805:
        return this.#list(object, p2, p4);
      default:
        return { refused: 0x2005 };
    }
  }

  #deviceInfo(): Buffer {
    const { extensionId, extension, operations, events, deviceProperties } = this.facts;
    const { maker: manufacturer, model, version: deviceVersion, serial: serialNumber } = this.facts;
    const codes = { operations, events, deviceProperties };
    return encodeDeviceInfo({
      vendorExtensionId: extensionId,
      vendorExtension: extension,
      ...codes,
      manufacturer,
      model,
      deviceVersion,
      serialNumber,
    });
  }

  #storageInfo(id: number): Answer {
    const storage = this.#storages.find((s) => s.id === id);
    if (!storage) return { refused: 0x2008 };
    const { type: storageType, filesystem: filesystemType, ...rest } = storage;
    return { data: encodeStorageInfo({ storageType, filesystemType, access: 0, volumeIdentifier: "", ...rest }) };
  }

  #handles(storage: number, parent: number): number[] {
    const wanted = parent === 0xffffffff ? 0 : parent;
    return this.objects
      .filter((o) => storage === 0xffffffff || o.storage === storage)
      .filter((o) => parent === 0 || o.parent === wanted)
      .map((o) => o.handle);
  }

  #deviceProperty(code: number): Answer {
    if (code !== 0xd402 || !this.facts.deviceProperties.includes(code)) return { refused: 0x200a };
    return { data: string(this.facts.friendlyName ?? "") };
  }

  #value(object: RecordedObject | undefined, property: number): Answer {
    if (!object) return { refused: 0x2009 };
    const value = this.#property(object, property);
    return value ? { data: value.bytes } : { refused: 0xa80a };
  }

  #list(object: RecordedObject | undefined, property: number, depth: number): Answer {
    if (property === 0) return { refused: 0x2006 };
    if (!object) return { refused: 0x2009 };
    const objects = depth === 0 ? [object] : [...this.objects.filter((o) => o.parent === object.handle), object];
    const found = objects.flatMap((o) => {
      const value = this.#property(o, property);
      if (!value) return [];
      const head = Buffer.alloc(8);
      head.writeUInt32LE(o.handle, 0);
      head.writeUInt16LE(property, 4);
      head.writeUInt16LE(value.type, 6);
      return [Buffer.concat([head, value.bytes])];
    });
    if (found.length === 0 && this.#behaviour.missingProperty === "error") return { refused: 0xa80a };
    return { data: Buffer.concat([word(found.length), ...found]) };
  }

  #property(o: RecordedObject, property: number): { type: number; bytes: Buffer } | undefined {
    const has = this.facts.properties.get(o.format) ?? this.facts.properties.get(0x3000);
    // Where a log broke off before any format there is what Android has.
    if (has && has.size > 0 && !has.has(property)) return undefined;
    switch (property) {
      case letters["s"]:
        return { type: 6, bytes: word(o.storage) };
      case letters["f"]:
        return { type: 4, bytes: half(o.format) };
      case letters["z"]:
        if (this.facts.sizeBits === 32) return { type: 6, bytes: word(Math.min(o.size, 0xffffffff)) };
        return { type: 8, bytes: double(o.size) };
      case letters["n"]:
        return { type: 0xffff, bytes: string(o.name) };
      case letters["c"]:
      case letters["m"]:
        return { type: 0xffff, bytes: string(recordedDate) };
      case letters["p"]:
        return { type: 6, bytes: word(o.parent) };
      default:
        return undefined;
    }
  }
}

interface ObjectAnswer {
  readonly object: RecordedObject;
  readonly offset: number;
  readonly bytes: number;
}
type Answer = { readonly refused: number } | { readonly data: Buffer } | ObjectAnswer | { readonly done: true };

function read(object: RecordedObject | undefined, offset: number, length: number): Answer {
  if (!object) return { refused: 0x2009 };
  if (object.format === folder) return { refused: 0x2002 };
  return { object, offset, bytes: Math.max(0, Math.min(length, object.size - offset)) };
}

function objectInfo(o: RecordedObject): Buffer {
  const isFolder = o.format === folder;
  return Buffer.concat([
    word(o.storage),
    half(o.format),
    half(0),
    word(Math.min(o.size, 0xffffffff)),
    half(0),
    ...Array.from({ length: 6 }, () => word(0)),
    word(o.parent),
    half(isFolder ? 1 : 0),
    word(0),
    word(0),
    string(o.name),
    string(recordedDate),
    string(recordedDate),
    string(""),
  ]);
}

function header(type: number, code: number, transaction: number, bytes: number): Buffer {
  return Buffer.concat([word(Math.min(12 + bytes, 0xffffffff)), half(type), half(code), word(transaction)]);
}

function half(n: number): Buffer {
  const b = Buffer.alloc(2);
  b.writeUInt16LE(n);
  return b;
}

function word(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n >>> 0);
  return b;
}

function words(list: readonly number[]): Buffer {
  return Buffer.concat([word(list.length), ...list.map(word)]);
}

function double(n: number): Buffer {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
}

function string(text: string): Buffer {
  if (text === "") return Buffer.of(0);
  const units = Buffer.from(`${text.slice(0, 254)}\0`, "utf16le");
  return Buffer.concat([Buffer.of(units.length / 2), units]);
}
