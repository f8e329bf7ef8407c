/**
 * The phone's side of MTP, as Android has it and with the quirks of its makers. Written from the protocol and from what is known
 * of AOSP's MtpServer, not from our client; it shares the declared structs with it and nothing else.
 * Source: AOSP, frameworks/av/media/mtp/MtpServer.cpp and android/mtp/MtpDatabase.java.
 */
import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import {
  encodeDeviceInfo,
  encodeObjectInfo,
  encodePropList,
  encodeStorageInfo,
  formatMtpDate,
} from "../../mtp/mtp-datasets.ts";
import {
  classRequest,
  containerHeader,
  containerType,
  DatasetWriter,
  dataType,
  decodeParameters,
  deviceProperty,
  encodeContainer,
  eventCode,
  microsoftExtension,
  objectFormat,
  objectProperty,
  operation,
  parametersOf,
  responseCode,
  rootParent,
  sizeElsewhere,
  unknownLength,
} from "../../mtp/mtp-format.ts";
import type { FileNode, FolderNode, MtpPersonality, Node } from "../described-phone.ts";
import { ServiceQueue } from "../link-model.ts";
import { configurationDescriptor, type SetupPacket, type UsbFunction, type UsbHost } from "../usb/usb-function.ts";
import { type MockAndroid, readFileNode } from "./mock-android.ts";

const endpoints = { bulkIn: 0x81, bulkOut: 0x02, interrupt: 0x83 } as const;
const internalStorage = 0x00010001;
const cardStorage = 0x00020001;
const cardFolder = "SD card";
/** A phone's own buffers. */
const chunkBytes = 256 * 1024;

/** What would change the phone. Refused, and noted: a client of ours never asks. */
const changing = [
  0x100b, 0x100c, 0x100d, 0x100f, 0x1010, 0x1012, 0x1013, 0x1019, 0x101a, 0x9804, 0x9806, 0x9808, 0x9811, 0x95c2,
  0x95c3, 0x95c4, 0x95c5,
];

/** What Android answers besides, and no client of ours asks: others do. */
const forOthers = { getNumObjects: 0x1006, getDevicePropDesc: 0x1014, getObjectPropDesc: 0x9802 } as const;
const everyStorage = 0xffffffff;
const everyObject = 0;
const everyProperty = 0xffffffff;

const names = new Map<number, string>(Object.entries(operation).map(([name, code]) => [code, name]));

interface MtpObject {
  readonly handle: number;
  readonly path: string;
  readonly storage: number;
  readonly parent: number;
}

/** A refusal: the response, and nothing else. */
class Refusal extends Error {
  readonly code: number;
  readonly parameters: readonly number[];
  constructor(code: number, parameters: readonly number[] = []) {
    super(`refused with ${code.toString(16)}`);
    this.code = code;
    this.parameters = parameters;
  }
}

/** Nothing more is said. */
class Silence extends Error {}

interface Answer {
  readonly data?: Buffer | AsyncIterable<Buffer>;
  /** Of `data`, when it is streamed. */
  readonly bytes?: number;
  readonly parameters?: readonly number[];
}

/** The persistent id is asked for by itself. */
const listedProperties = Object.values(objectProperty).filter((p) => p !== objectProperty.persistentId);

/** One USB function. Answers one transaction at a time, as the specification has it. */
export class MtpResponder implements UsbFunction {
  readonly vendorId: number;
  readonly productId: number;
  readonly speed: number;
  readonly strings: readonly string[];
  readonly configuration: Buffer;
  readonly packetBytes: number;
  readonly #phone: MockAndroid;
  readonly #personality: MtpPersonality;
  readonly #objects = new Map<number, MtpObject>();
  readonly #handles = new Map<string, number>();
  #nextHandle = 1;
  #isReversed = false;
  #host: UsbHost | undefined;
  #queue: Promise<void> = Promise.resolve();
  #service: ServiceQueue;
  #sessionOpen: boolean;
  #locked: number;
  #cardAlone: number;
  #busy: number;
  #stale: boolean;
  #cancelled = false;
  #wedged = false;
  #deaf: boolean;
  readonly osDescriptor: UsbFunction["osDescriptor"];
  /** How often the host did that. */
  resets = 0;

  constructor(phone: MockAndroid) {
    this.#phone = phone;
    const { android, productType, serialNumber } = phone.description;
    this.#personality = android?.mtp ?? {};
    this.packetBytes = this.#personality.packetBytes ?? 512;
    this.speed = this.packetBytes === 1024 ? 5 : this.packetBytes === 64 ? 2 : 3;
    this.vendorId = android?.vendorId ?? 0x18d1;
    this.productId = android?.productId ?? 0x4ee1;
    const { vendorInterface, osDescriptor } = this.#personality;
    this.strings = [android?.manufacturer ?? "Google", productType, serialNumber, vendorInterface ?? "MTP"];
    this.osDescriptor = osDescriptor ? { request: 0x21, compatibleId: "MTP" } : undefined;
    this.#deaf = this.#personality.needsReset ?? false;
    const { bulkIn, bulkOut, interrupt } = endpoints;
    this.configuration = configurationDescriptor([
      {
        class: vendorInterface === undefined ? 6 : 0xff,
        subclass: vendorInterface === undefined ? 1 : 0xff,
        protocol: vendorInterface === undefined ? 1 : 0,
        name: this.#personality.ptp ? 0 : 4,
        endpoints: [
          { address: bulkIn, type: 2, packetBytes: this.packetBytes },
          { address: bulkOut, type: 2, packetBytes: this.packetBytes },
          { address: interrupt, type: 3, packetBytes: 28 },
        ],
      },
    ]);
    this.#service = new ServiceQueue(phone.link);
    this.#sessionOpen = this.#personality.sessionOpen ?? false;
    this.#locked = this.#personality.lockedLooks ?? 0;
    this.#cardAlone = this.#personality.cardAloneLooks ?? 0;
    this.#busy = this.#personality.busyTimes ?? 0;
    this.#stale = this.#personality.staleContainer ?? false;
  }

  attached(host: UsbHost): void {
    this.#host = host;
    this.#wedged = false;
    this.#cancelled = false;
    this.#queue = Promise.resolve();
  }

  detached(): void {
    this.#host = undefined;
  }

  reset(): void {
    this.resets += 1;
    this.#deaf = false;
    this.#sessionOpen = false;
  }

  /** A media rescan: every object gets another handle. */
  rekey(): void {
    this.#objects.clear();
    this.#handles.clear();
    this.#nextHandle += 1_000;
  }

  /** The phone was started anew: handles are given from 1 again, and not in the same order. */
  restart(): void {
    this.#objects.clear();
    this.#handles.clear();
    this.#nextHandle = 1;
    this.#isReversed = !this.#isReversed;
    this.#sessionOpen = false;
  }

  control(setup: SetupPacket): Buffer | undefined {
    if (setup.requestType === 0x21 && setup.request === classRequest.cancel) {
      this.#cancelled = true;
      if (this.#personality.wedgesAfterCancel) this.#wedged = true;
      return Buffer.alloc(0);
    }
    if (setup.requestType === 0xa1 && setup.request === classRequest.getStatus)
      return Buffer.of(8, 0, 0x01, 0x20, 0, 0, 0, 0);
    return undefined;
  }

  received(_: number, data: Buffer): void {
    const arrived = performance.now();
    const host = this.#host;
    // One transaction after the other: MtpServer has one thread.
    this.#queue = this.#queue.then(async () => {
      if (host !== this.#host || !host || this.#wedged || this.#deaf) return;
      await this.#service.serve(arrived);
      await this.#transaction(host, data);
    });
  }

  async #transaction(host: UsbHost, bytes: Buffer): Promise<void> {
    if (bytes.length < containerHeader.size) return;
    const header = containerHeader.decode(bytes);
    const isCommand =
      header.type === containerType.command &&
      header.length === bytes.length &&
      bytes.length <= 32 &&
      bytes.length % 4 === 0;
    if (!isCommand) return this.#respond(host, header.transaction, responseCode.generalError, []);
    const parameters = decodeParameters(bytes.subarray(containerHeader.size));
    this.#cancelled = false;
    if (this.#stale) {
      this.#stale = false;
      host.send(endpoints.bulkIn, encodeContainer(containerType.response, responseCode.ok, 0x7777, Buffer.alloc(0)));
    }
    this.#phone.count(names.get(header.code) ?? `0x${header.code.toString(16)}`);
    try {
      const answer = await this.#answer(header.code, parameters);
      if (answer.data !== undefined) await this.#sendData(host, header.code, header.transaction, answer);
      if (this.#cancelled) return; // a cancelled transaction has no response
      this.#respond(host, header.transaction, responseCode.ok, answer.parameters ?? []);
    } catch (error) {
      if (error instanceof Silence) return;
      if (!(error instanceof Refusal)) throw error;
      this.#respond(host, header.transaction, error.code, error.parameters);
    }
  }

  #respond(host: UsbHost, transaction: number, code: number, parameters: readonly number[]): void {
    host.send(endpoints.bulkIn, encodeContainer(containerType.response, code, transaction, parametersOf(parameters)));
  }

  async #sendData(host: UsbHost, code: number, transaction: number, answer: Answer): Promise<void> {
    const { data } = answer;
    const isWhole = Buffer.isBuffer(data);
    const payload = isWhole ? data.length : (answer.bytes as number);
    const total = payload + containerHeader.size;
    if (this.#personality.hangsOnFullPacket && isPartialRead(code) && total % this.packetBytes === 0)
      throw new Silence();
    const header = containerHeader.encode({
      length: Math.min(total, unknownLength),
      type: containerType.data,
      code,
      transaction,
    });
    if (this.#personality.junkHeader && code === operation.getObjectInfo)
      Buffer.from("01d102d101d2", "hex").copy(header, 6);
    const end = !this.#personality.forgetsEmptyPacket || total % this.packetBytes !== 0;
    if (this.#personality.splitsHeader) host.send(endpoints.bulkIn, header, true);
    let pending: Buffer = this.#personality.splitsHeader ? Buffer.alloc(0) : header;
    for await (const chunk of isWhole ? [data] : (data as AsyncIterable<Buffer>)) {
      await this.#phone.wire.pass(chunk.length);
      if (this.#cancelled || host !== this.#host) return;
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const whole = pending.length - (pending.length % this.packetBytes);
      // Only whole packets leave before the end: a short one would end the transfer.
      if (whole > 0 && !isWhole) {
        host.send(endpoints.bulkIn, pending.subarray(0, whole), false);
        pending = pending.subarray(whole);
        await host.drained(endpoints.bulkIn);
      }
    }
    if (this.#cancelled || host !== this.#host) return;
    host.send(endpoints.bulkIn, pending, end);
  }

  async #answer(code: number, parameters: readonly number[]): Promise<Answer> {
    if (changing.includes(code)) {
      this.#phone.refusedOperations.push(code);
      throw new Refusal(responseCode.accessDenied);
    }
    if (this.#busy > 0 && code !== operation.openSession) {
      this.#busy -= 1;
      throw new Refusal(responseCode.deviceBusy);
    }
    const [p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0] = parameters;
    const needsSession =
      code !== operation.openSession &&
      (code !== operation.getDeviceInfo || this.#personality.refusesInfoBeforeSession);
    if (needsSession && !this.#sessionOpen) throw new Refusal(responseCode.sessionNotOpen);
    if (!this.#operations().includes(code)) throw new Refusal(responseCode.operationNotSupported);
    switch (code) {
      case operation.getDeviceInfo:
        return { data: this.#deviceInfo() };
      case operation.openSession:
        if (this.#sessionOpen) throw new Refusal(responseCode.sessionAlreadyOpen, [1]);
        this.#sessionOpen = true;
        return {};
      case operation.closeSession:
        this.#sessionOpen = false;
        return {};
      case operation.getStorageIds:
        return { data: new DatasetWriter().array32(this.#storageIds()).bytes() };
      case operation.getStorageInfo:
        return { data: this.#storageInfo(p1) };
      case operation.getObjectHandles:
        return { data: new DatasetWriter().array32(this.#handlesOf(p1, p3)).bytes() };
      case forOthers.getNumObjects:
        return { parameters: [this.#handlesOf(p1, p3).length] };
      case forOthers.getObjectPropDesc:
        return { data: propertyDescription(p1) };
      case forOthers.getDevicePropDesc:
        return { data: this.#deviceProperty(p1) };
      case operation.getObjectInfo:
        return { data: this.#objectInfo(this.#object(p1)) };
      case operation.getObjectPropsSupported:
        return { data: new DatasetWriter().array16(listedProperties).bytes() };
      case operation.getObjectPropValue:
        if (this.#personality.refusesValues) throw new Refusal(responseCode.objectPropNotSupported);
        if (p2 === objectProperty.persistentId) return { data: this.#persistentId(this.#object(p1), p1) };
        return { data: this.#propertyValue(this.#object(p1), p2) };
      case operation.getObjectPropList:
        return { data: this.#propList(p1, p3, p4, p5) };
      case operation.getDevicePropValue:
        if (p1 === deviceProperty.battery) return { data: Buffer.of(87) };
        if (p1 !== deviceProperty.friendlyName) throw new Refusal(responseCode.devicePropNotSupported);
        return { data: new DatasetWriter().string(this.#phone.description.name).bytes() };
      case operation.getObject:
        return this.#read(this.#object(p1), 0, Number.POSITIVE_INFINITY);
      case operation.getPartialObject:
        return this.#read(this.#object(p1), p2, p3);
      case operation.getPartialObject64:
        if (this.#personality.partial === "refused-64") throw new Refusal(responseCode.operationNotSupported);
        return this.#read(this.#object(p1), p2 + p3 * 2 ** 32, p4);
      default:
        throw new Refusal(responseCode.generalError); // GetThumb: Android's answer when there is none
    }
  }

  #operations(): number[] {
    const { partial = "64", propList, ptp } = this.#personality;
    const left = new Set<number>(Object.values(operation));
    if (partial === "none") left.delete(operation.getPartialObject);
    if (partial === "none" || partial === "32") left.delete(operation.getPartialObject64);
    if (ptp) {
      left.delete(operation.getPartialObject64);
      left.delete(operation.getObjectPropsSupported);
      left.delete(operation.getObjectPropValue);
    }
    if (propList === "refused" || ptp) left.delete(operation.getObjectPropList);
    if (ptp) return [...left, forOthers.getNumObjects];
    return [...left, ...Object.values(forOthers), ...changing.slice(0, 3)];
  }

  /** One folder's; of every storage's root; or all there are, as Android understands parent 0. */
  #handlesOf(storage: number, parent: number): number[] {
    const storages = storage === everyStorage ? this.#storageIds() : [storage];
    if (parent === rootParent) return storages.flatMap((id) => this.#childHandles(id, rootParent));
    if (parent !== everyObject) return this.#childHandles(this.#object(parent).storage, parent);
    const all: number[] = [];
    const visit = (id: number, folder: number): void => {
      for (const handle of this.#childHandles(id, folder).filter((h) => h !== folder)) {
        all.push(handle);
        if (this.#phone.node(this.#object(handle).path)?.type === "folder") visit(id, handle);
      }
    };
    for (const id of storages) visit(id, rootParent);
    return all;
  }

  #deviceProperty(property: number): Buffer {
    const w = new DatasetWriter().u16(property);
    if (property === deviceProperty.friendlyName) {
      const { name } = this.#phone.description;
      return w.u16(dataType.string).u8(0).string(name).string(name).u8(0).bytes();
    }
    if (property !== deviceProperty.battery) throw new Refusal(responseCode.devicePropNotSupported);
    return w.u16(dataType.uint8).u8(0).u8(0).u8(87).u8(1).u8(0).u8(100).u8(1).bytes();
  }

  #deviceInfo(): Buffer {
    const { ptp } = this.#personality;
    return encodeDeviceInfo({
      vendorExtensionId: ptp ? 0 : microsoftExtension,
      vendorExtension: ptp ? "" : "microsoft.com: 1.0; android.com: 1.0;",
      operations: this.#operations(),
      events: Object.values(eventCode),
      deviceProperties: [deviceProperty.battery, deviceProperty.friendlyName],
      manufacturer: this.strings[0] as string,
      model: this.strings[1] as string,
      deviceVersion: "1.0",
      serialNumber: this.strings[2] as string,
    });
  }

  #storageIds(): number[] {
    if (this.#locked > 0) {
      this.#locked -= 1;
      if (this.#locked === 0) setTimeout(() => this.#storesAdded(), 20).unref();
      return [];
    }
    if (this.#cardAlone > 0) {
      this.#cardAlone -= 1;
      if (this.#cardAlone === 0) setTimeout(() => this.#storesAdded(), 20).unref();
      return [cardStorage];
    }
    return this.#phone.root.children.has(cardFolder) ? [internalStorage, cardStorage] : [internalStorage];
  }

  #storesAdded(): void {
    const event = encodeContainer(containerType.event, eventCode.storeAdded, 0, parametersOf([internalStorage]));
    this.#host?.send(endpoints.interrupt, event);
  }

  #storageInfo(id: number): Buffer {
    if (id !== internalStorage && id !== cardStorage) throw new Refusal(responseCode.invalidStorageId);
    const { totalBytes, freeBytes } = this.#phone.description;
    const isCard = id === cardStorage;
    this.#fault("stat", isCard ? `/${cardFolder}` : "/");
    return encodeStorageInfo({
      storageType: isCard ? 4 : 3,
      filesystemType: 2,
      access: 0,
      capacity: BigInt(totalBytes),
      free: BigInt(freeBytes),
      description: isCard ? "SD card" : "Internal shared storage",
      volumeIdentifier: "",
    });
  }

  #object(handle: number): MtpObject {
    const object = this.#objects.get(handle);
    if (!object || !this.#phone.node(object.path)) throw new Refusal(responseCode.invalidObjectHandle);
    return object;
  }

  #folder(storage: number, parent: number): { path: string; node: FolderNode } {
    const path = parent === rootParent ? (storage === cardStorage ? `/${cardFolder}` : "") : this.#object(parent).path;
    const node = path === "" ? this.#phone.root : this.#phone.node(path);
    if (node?.type !== "folder" || path === this.#personality.brokenFolder)
      throw new Refusal(responseCode.invalidObjectHandle);
    this.#fault("list", path);
    return { path, node };
  }

  #childHandles(storage: number, parent: number): number[] {
    const { path, node } = this.#folder(storage, parent);
    const children = [...node.children.keys()].filter((name) => parent !== rootParent || name !== cardFolder);
    if (this.#isReversed) children.reverse();
    const handles = children.map((name) => this.#handle(`${path}/${name}`, storage, parent));
    return this.#personality.echoesFolder && parent !== rootParent ? [...handles, parent] : handles;
  }

  #handle(path: string, storage: number, parent: number): number {
    const known = this.#handles.get(path);
    if (known !== undefined) return known;
    const handle = this.#nextHandle;
    this.#nextHandle += 1;
    this.#handles.set(path, handle);
    this.#objects.set(handle, { handle, path, storage, parent: parent === rootParent ? 0 : parent });
    return handle;
  }

  #objectInfo(object: MtpObject): Buffer {
    this.#fault("stat", object.path);
    const node = this.#phone.node(object.path) as Node;
    const size = node.type === "file" ? node.size : 0;
    const { wideObjectInfo } = this.#personality;
    const info = {
      storageId: object.storage,
      format: formatOf(object.path, node),
      size: wideObjectInfo ? size : Math.min(size, sizeElsewhere),
      thumbBytes: 0,
      parent: object.parent,
      name: nameOf(object.path),
      dateCreated: this.#date(node),
      dateModified: this.#date(node),
    };
    return encodeObjectInfo(info, wideObjectInfo);
  }

  #date(node: Node): string {
    if (this.#personality.dates === "missing") return "";
    if (this.#personality.dates === "year-2048") return "20480000T000000";
    return formatMtpDate(new Date(Number(node.modifiedNs / 1_000_000n)));
  }

  /** 128 bits; an object that is refused otherwise still has them. */
  #persistentId({ path }: MtpObject, handle: number): Buffer {
    const { persistentIds } = this.#personality;
    if (persistentIds === undefined) throw new Refusal(responseCode.objectPropNotSupported);
    if (persistentIds === "own") return createHash("md5").update(path).digest();
    const id = Buffer.alloc(16, persistentIds === "same" ? 7 : 0);
    if (persistentIds === "handle") id.writeUInt32LE(handle, 8);
    return id;
  }

  #propertyValue(object: MtpObject, property: number): Buffer {
    this.#fault("stat", object.path);
    const { type, value } = this.#property(object, property);
    const w = new DatasetWriter();
    if (type === dataType.string) return w.string(value as string).bytes();
    if (type === dataType.uint64) return w.u64(value as bigint).bytes();
    return type === dataType.uint32 ? w.u32(value as number).bytes() : w.u16(value as number).bytes();
  }

  #property(object: MtpObject, property: number): { type: number; value: string | number | bigint } {
    const node = this.#phone.node(object.path) as Node;
    switch (property) {
      case objectProperty.fileName:
        return { type: dataType.string, value: nameOf(object.path) };
      case objectProperty.objectFormat:
        return { type: dataType.uint16, value: formatOf(object.path, node) };
      case objectProperty.objectSize:
        return { type: dataType.uint64, value: BigInt(node.type === "file" ? node.size : 0) };
      case objectProperty.dateModified:
        if (node.type === "file" && this.#personality.dateProperty)
          throw new Refusal(responseCode.objectPropNotSupported);
        return { type: dataType.string, value: this.#date(node) };
      case objectProperty.storageId:
        return { type: dataType.uint32, value: object.storage };
      case objectProperty.parent:
        return { type: dataType.uint32, value: object.parent };
      default:
        throw new Refusal(responseCode.objectPropNotSupported);
    }
  }

  #propList(handle: number, property: number, group: number, depth: number): Buffer {
    const { propListAnswer, dateProperty } = this.#personality;
    if (propListAnswer !== undefined) throw new Refusal(propListAnswer);
    if (property === 0)
      throw new Refusal(
        group === 0 ? responseCode.parameterNotSupported : responseCode.specificationByGroupUnsupported,
      );
    if (depth > 1) throw new Refusal(responseCode.specificationByDepthUnsupported);
    const handles =
      handle === everyStorage ? this.#handlesOf(everyStorage, everyObject) : this.#withChildren(handle, depth);
    const properties = property === everyProperty ? listedProperties : [property];
    const objects = handles.map((h) => this.#object(h));
    const lacks = (o: MtpObject, p: number): boolean =>
      dateProperty !== undefined && p === objectProperty.dateModified && this.#phone.node(o.path)?.type === "file";
    if (dateProperty === "refused" && objects.some((o) => properties.some((p) => lacks(o, p))))
      throw new Refusal(responseCode.objectPropNotSupported);
    return encodePropList(
      objects.flatMap((o) =>
        properties.filter((p) => !lacks(o, p)).map((p) => ({ handle: o.handle, property: p, ...this.#property(o, p) })),
      ),
    );
  }

  #withChildren(handle: number, depth: number): number[] {
    if (depth === 0) return [handle];
    const below = this.#childHandles(this.#object(handle).storage, handle).filter((h) => h !== handle);
    const kept = this.#personality.propList === "truncated" ? below.filter((_, i) => i % 10 !== 9) : below;
    // Android appends the folder itself.
    return [...kept, handle];
  }

  #read(object: MtpObject, offset: number, length: number): Answer {
    const node = this.#phone.node(object.path) as Node;
    if (node.type !== "file") throw new Refusal(responseCode.invalidObjectHandle);
    const fault = this.#fault("read", object.path);
    // Android computes what is left in 32 bits without looking whether there is anything: a huge number.
    const left = offset > node.size ? 0xffffffff : node.size - offset;
    let bytes = Math.min(length, left);
    if (fault?.type === "short") bytes = Math.min(bytes, fault.bytes);
    if (fault?.type === "empty") bytes = 0;
    if (fault?.type === "garbage") {
      this.#host?.send(endpoints.bulkIn, Buffer.alloc(600, 0xa5));
      throw new Silence();
    }
    return { data: this.#fileBytes(node, offset, bytes), bytes, parameters: [bytes >>> 0] };
  }

  async *#fileBytes(node: FileNode, offset: number, bytes: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; at < bytes; at += chunkBytes) {
      const chunk = await readFileNode(node, offset + at, Math.min(chunkBytes, bytes - at));
      this.#phone.fileBytesSent += chunk.length;
      yield chunk;
      if (chunk.length === 0) return;
    }
  }

  #fault(name: "list" | "stat" | "read", path: string) {
    const fault = this.#phone.strike({ operation: name, path });
    if (fault?.type === "status") throw new Refusal(fault.status);
    if (fault?.type === "disconnect" || fault?.type === "stall") throw new Silence();
    return fault;
  }
}

const propertyTypes: Record<number, number> = {
  [objectProperty.storageId]: dataType.uint32,
  [objectProperty.objectFormat]: dataType.uint16,
  [objectProperty.objectSize]: dataType.uint64,
  [objectProperty.fileName]: dataType.string,
  [objectProperty.dateModified]: dataType.string,
  [objectProperty.parent]: dataType.uint32,
};

/** Code, type, read-only, default, group, no form. */
function propertyDescription(property: number): Buffer {
  const type = propertyTypes[property];
  if (type === undefined) throw new Refusal(responseCode.objectPropNotSupported);
  const w = new DatasetWriter().u16(property).u16(type).u8(0);
  if (type === dataType.string) w.string("");
  else if (type === dataType.uint64) w.u64(0n);
  else if (type === dataType.uint32) w.u32(0);
  else w.u16(0);
  return w.u32(0).u8(0).bytes();
}

function isPartialRead(code: number): boolean {
  return code === operation.getPartialObject || code === operation.getPartialObject64;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const formats: Record<string, number> = {
  jpg: objectFormat.jpeg,
  jpeg: objectFormat.jpeg,
  png: objectFormat.png,
  gif: objectFormat.gif,
  heic: objectFormat.heif,
  dng: objectFormat.dng,
  mp4: objectFormat.mp4,
  mov: objectFormat.quicktime,
};

/** Android goes by the extension. */
function formatOf(path: string, node: Node): number {
  if (node.type === "folder") return objectFormat.folder;
  return formats[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? objectFormat.undefined;
}
