/**
 * One MTP session: its operations as methods. Read-only by construction: no operation that changes a device has a name here.
 * Source: Media Transfer Protocol 1.1, appendix D; AOSP, MtpServer.cpp (GetPartialObject64).
 */
import type { AbortOptions } from "../../shared/abort.ts";
import { ProtocolError } from "../../shared/errors.ts";
import type { BulkPipe } from "../usb/usb-bus.ts";
import { MtpConnection, type MtpConnectionOptions, type MtpEvent } from "./mtp-connection.ts";
import {
  decodeDeviceInfo,
  decodeObjectInfo,
  decodePropList,
  decodeStorageInfo,
  type MtpDeviceInfo,
  type MtpObjectInfo,
  type MtpProperty,
  type MtpStorageInfo,
  parseMtpDate,
} from "./mtp-datasets.ts";
import { isRefusal, MtpError } from "./mtp-errors.ts";
import { DatasetReader, type Operation, objectProperty, operation, responseCode, sizeElsewhere } from "./mtp-format.ts";

const sessionId = 1;
/** Opening needs no preparing: a phone that is silent here is wedged, or asks its owner something. */
const opening = { stallMs: 10_000 };
/** So long an ended session may wait for its last transaction. */
const closingMs = 10_000;
/** A whole object in one go up to this size; windows beyond, so that a cancel never has long to wait. */
export const windowBytes = 4 * 1024 * 1024;
/** A thumbnail is a few dozen KiB; this is what a device may claim. */
const maxThumbBytes = 8 * 1024 * 1024;
const maxStorages = 64;

/** How the connection below is watched and traced. */
export interface MtpSessionOptions extends MtpConnectionOptions {
  /** Canon cameras must not be told that the session ends. Source: libgphoto2, camlibs/ptp2/library.c. */
  readonly leaveOpen?: boolean;
}

/**
 * One session with a phone or camera: a method for each operation that reads, in MTP's words. One transaction at a time; a call
 * waits for the one before.
 * @throws {MtpError} the device's response code; {ProtocolError} bytes against the specification; {UsbError} the cable
 */
export class MtpClient implements AsyncDisposable {
  /** What the device said of itself when the session was opened. It is not asked again. */
  readonly info: MtpDeviceInfo;
  readonly #connection: MtpConnection;
  readonly #options: MtpSessionOptions;
  /** Announced and then refused: not tried again. */
  readonly #refused = new Set<number>();
  /** Sizes that only the bytes told, by handle. */
  readonly #measured = new Map<number, number>();

  private constructor(connection: MtpConnection, info: MtpDeviceInfo, options: MtpSessionOptions) {
    this.#connection = connection;
    this.info = info;
    this.#options = options;
  }

  /**
   * Opens the session and then asks what the device is: one responder refuses GetDeviceInfo before (uMTP-Responder 1.3).
   * A session that another program left open is closed and opened anew.
   */
  static async open(pipe: BulkPipe, options: MtpSessionOptions = {}): Promise<MtpClient> {
    const connection = new MtpConnection(pipe, options);
    try {
      await openSession(connection);
      const info = decodeDeviceInfo(whole(await connection.transact(operation.getDeviceInfo)));
      return new MtpClient(connection, info, options);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** No request can succeed any more: the cable is out, or an exchange was cut off in its middle. */
  get isDead(): boolean {
    return this.#connection.isDead;
  }

  /** Whether the device announced the operation and has not refused it since. */
  supports(code: Operation): boolean {
    return this.info.operations.includes(code) && !this.#refused.has(code);
  }

  /** Slots without a card are left out. */
  async storageIds(options: AbortOptions = {}): Promise<number[]> {
    const bytes = whole(await this.#connection.transact(operation.getStorageIds, [], options));
    const ids = new DatasetReader("storage ids", bytes).array32();
    return [...new Set(ids)].filter((id) => (id & 0xffff) !== 0).slice(0, maxStorages);
  }

  /** Capacity, free bytes and label of one storage. */
  async storageInfo(id: number, options: AbortOptions = {}): Promise<MtpStorageInfo> {
    return decodeStorageInfo(whole(await this.#connection.transact(operation.getStorageInfo, [id], options)));
  }

  /** Handles of a folder's children, unordered; `parent` 0xFFFFFFFF is the root. Handles live as long as the session. */
  async objectHandles(storage: number, parent: number, options: AbortOptions = {}): Promise<number[]> {
    const bytes = whole(await this.#connection.transact(operation.getObjectHandles, [storage, 0, parent], options));
    return new DatasetReader("object handles", bytes).array32();
  }

  /** Name, format, parent, size in 32 bits and dates as text: 0xFFFFFFFF as size says "4 GiB or more". */
  async objectInfo(handle: number, options: AbortOptions = {}): Promise<MtpObjectInfo> {
    return decodeObjectInfo(whole(await this.#connection.transact(operation.getObjectInfo, [handle], options)));
  }

  /** The size as its property has it; some devices hold it in 32 bits, which say `sizeElsewhere` when they do not suffice. */
  async objectSize(handle: number, options: AbortOptions = {}): Promise<number> {
    const parameters = [handle, objectProperty.objectSize];
    const bytes = whole(await this.#connection.transact(operation.getObjectPropValue, parameters, options));
    if (bytes.length === 8) return Number(bytes.readBigUInt64LE());
    if (bytes.length === 4) return bytes.readUInt32LE();
    throw new ProtocolError(`an object's size in ${bytes.length} bytes`);
  }

  /**
   * The size of an object of 4 GiB and more: by its property, else by having the device send it. That takes as long as copying it,
   * and is the only way to know: cameras have 32 bits for it in everything they tell.
   */
  async largeObjectSize(handle: number, options: AbortOptions = {}): Promise<number> {
    const known = this.#measured.get(handle);
    if (known !== undefined) return known;
    if (this.supports(operation.getObjectPropValue)) {
      try {
        const size = await this.objectSize(handle, options);
        if (size !== sizeElsewhere) return size;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    const size = await this.#connection.measure(operation.getObject, [handle], options);
    this.#measured.set(handle, size);
    return size;
  }

  /** 128 bits that are this object's in every session, by the device's word. Undefined where none is offered. */
  async persistentId(handle: number, options: AbortOptions = {}): Promise<Buffer | undefined> {
    if (!this.supports(operation.getObjectPropValue)) return undefined;
    const parameters = [handle, objectProperty.persistentId];
    const bytes = whole(await this.#connection.transact(operation.getObjectPropValue, parameters, options));
    return bytes.length === 16 ? bytes : undefined;
  }

  /** When it was last written, as the phone's clock has it; undefined when it does not tell. */
  async objectModified(handle: number, options: AbortOptions = {}): Promise<Date | undefined> {
    const parameters = [handle, objectProperty.dateModified];
    const bytes = whole(await this.#connection.transact(operation.getObjectPropValue, parameters, options));
    return parseMtpDate(new DatasetReader("a date", bytes).string());
  }

  /**
   * One property of all children of a folder, the folder itself among them on Android. Depth 1 and one code: the only form that
   * works everywhere where any does (AOSP, MtpDatabase.java).
   */
  async propertyOfChildren(folder: number, property: number, options: AbortOptions = {}): Promise<MtpProperty[]> {
    const parameters = [folder, 0, property, 0, 1];
    const list = decodePropList(
      whole(await this.#connection.transact(operation.getObjectPropList, parameters, options)),
    );
    return list.filter((p) => p.property === property);
  }

  /** @param length within the object as it was listed: beyond its end phones compute nonsense */
  async partialObject(handle: number, offset: number, length: number, options: AbortOptions = {}): Promise<Buffer[]> {
    const limits = { ...options, expectBytes: length, maxBytes: length };
    const high = Math.floor(offset / 2 ** 32);
    const [code, parameters]: [Operation, number[]] =
      this.supports(operation.getPartialObject64) || high > 0
        ? [operation.getPartialObject64, [handle, offset >>> 0, high, length]]
        : [operation.getPartialObject, [handle, offset, length]];
    try {
      return (await this.#connection.transact(code, parameters, limits)).data;
    } catch (error) {
      if (!this.#isUnsupported(error, code) || code !== operation.getPartialObject64 || high > 0) throw error;
      return await this.partialObject(handle, offset, length, options);
    }
  }

  /** Whether parts of an object can be read up to here: what has 32 bits for an offset ends at 4 GiB. */
  canReadPartsTo(end: number): boolean {
    return this.supports(operation.getPartialObject64) || (this.supports(operation.getPartialObject) && end <= 2 ** 32);
  }

  /** Remembers that an announced operation is refused (Xperia: hanwen/go-mtpfs#104). */
  #isUnsupported(error: unknown, code: Operation): boolean {
    if (!(error instanceof MtpError) || error.response !== responseCode.operationNotSupported) return false;
    this.#refused.add(code);
    return true;
  }

  /** The whole object as it comes; nothing else can be asked meanwhile. */
  wholeObject(handle: number, sizeBytes: number, options: AbortOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    return this.#connection.stream(operation.getObject, [handle], sizeBytes, options);
  }

  /** A small object as it is now, in one transaction: how long it is the device says itself, whatever was listed. */
  async smallObject(handle: number, options: AbortOptions = {}): Promise<Buffer> {
    return whole(await this.#connection.transact(operation.getObject, [handle], options));
  }

  /** The device's own small JPEG; undefined when it has none. */
  async thumbnail(handle: number, options: AbortOptions = {}): Promise<Buffer | undefined> {
    if (!this.supports(operation.getThumb)) return undefined;
    try {
      const limits = { ...options, maxBytes: maxThumbBytes };
      const bytes = whole(await this.#connection.transact(operation.getThumb, [handle], limits));
      return bytes.length > 0 ? bytes : undefined;
    } catch (error) {
      // Android says "general error" for "none"; others have a code of their own.
      if (error instanceof MtpError && error.scope === "item") return undefined;
      throw error;
    }
  }

  /** A property of the device, such as its friendly name; undefined where it has none. */
  async stringProperty(property: number, options: AbortOptions = {}): Promise<string | undefined> {
    if (!this.info.deviceProperties.includes(property)) return undefined;
    try {
      const bytes = whole(await this.#connection.transact(operation.getDevicePropValue, [property], options));
      return new DatasetReader("device property", bytes).string() || undefined;
    } catch (error) {
      if (error instanceof MtpError || error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  /** Waits as long as it takes. @throws {UsbError} when the session is closed */
  async nextEvent(): Promise<MtpEvent> {
    return await this.#connection.nextEvent();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isDead && !this.#options.leaveOpen) {
      try {
        await this.#connection.transact(operation.closeSession, [], {
          ...opening,
          signal: AbortSignal.timeout(closingMs),
        });
      } catch {
        // gone already, or busy with what nobody waits for any more: nothing is owed to it
      }
    }
    await this.#connection[Symbol.asyncDispose]();
  }
}

async function openSession(connection: MtpConnection): Promise<void> {
  try {
    await connection.transact(operation.openSession, [sessionId], opening);
  } catch (error) {
    if (!(error instanceof MtpError)) throw error;
    if (error.response !== responseCode.sessionAlreadyOpen) throw error;
    // Whoever had it is gone: it would not have let us claim the interface. Ids go on from there on devices that check them.
    connection.sessionOpened();
    await connection.transact(operation.closeSession, [], opening).catch(ignoreAnswer);
    try {
      await connection.transact(operation.openSession, [sessionId], opening);
    } catch (again) {
      // A few never close it: the old session is as good (vdavid/mtp-rs#29).
      if (!(again instanceof MtpError && again.response === responseCode.sessionAlreadyOpen)) throw again;
    }
  }
  connection.sessionOpened();
}

function ignoreAnswer(error: unknown): void {
  if (!(error instanceof MtpError)) throw error;
}

function whole({ data }: { readonly data: readonly Buffer[] }): Buffer {
  return data.length === 1 ? (data[0] as Buffer) : Buffer.concat(data as Buffer[]);
}
