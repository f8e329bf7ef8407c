/** One MTP device on a bus: which interface it speaks by, who it is, and how a session with it is opened. */
import { type AbortOptions, openedUnlessAborted, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DeviceError, ItemError, ProtocolError } from "../../shared/errors.ts";
import { storagePrefixes } from "../android/android-folders.ts";
import { modelWords, tidy } from "../android/device-name.ts";
import { identify, isPlaceholderSerial } from "../android/identity.ts";
import type { LinkMeter } from "../link-meter.ts";
import { type DeviceInfo, type UnreadableEntry, unreadable } from "../media-source.ts";
import { nextConnectionNumber, type Trace } from "../trace.ts";
import { compatibleIds } from "../usb/os-descriptor.ts";
import { ownersOf } from "../usb/owners.ts";
import { type UsbBus, type UsbConnection, type UsbDevice, usbIds } from "../usb/usb-bus.ts";
import type { UsbInterface } from "../usb/usb-descriptors.ts";
import { MtpClient } from "./mtp-client.ts";
import { removableStorages } from "./mtp-datasets.ts";
import { isRefusal, MtpError } from "./mtp-errors.ts";
import { deviceProperty, responseCode } from "./mtp-format.ts";
import { isAndroid, isCamera, isCameraVendor, namesake, nounOf } from "./mtp-kind.ts";

export interface MtpEnvironment {
  readonly bus: UsbBus;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
  /** Of the phone that is opened. */
  readonly meter?: LinkMeter;
  /** Phones that were reset; absent where none may be. */
  readonly resets?: Set<string>;
  /** Phones this program has open, by their place on the bus: nobody may look at them meanwhile, and nobody needs to. */
  readonly opened: Map<string, DeviceInfo>;
}

/** A storage of the device that has something in it. */
export interface MtpStorage {
  readonly id: number;
  readonly description: string;
  /** Of the paths on it. */
  readonly prefix: string;
  readonly removable: boolean;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface MtpStorages {
  /** Empty when the device is locked, or not in File transfer mode. */
  readonly storages: readonly MtpStorage[];
  /** What the device lists and says nothing about: a card full of photos may be one. */
  readonly refusedStorages: readonly UnreadableEntry[];
}

/** An open session and what it hangs on. */
export interface MtpSession extends AsyncDisposable, MtpStorages {
  readonly client: MtpClient;
  readonly usb: UsbDevice;
  readonly info: DeviceInfo;
}

const stillImage = { class: 6, subclass: 1, protocol: 1 };
const vendorClass = 0xff;
const canon = 0x04a9;
const apple = 0x05ac;
/** Pauses before a session is tried again that was silent. */
const quietMs = [0, 2_000, 3_000, 5_000];

/** Interfaces by which a device may speak MTP, without having opened it. Source: libmtp, libusb1-glue.c; AOSP, MtpDescriptors.cpp. */
export function mtpCandidates(device: UsbDevice): UsbInterface[] {
  // An iPhone speaks PTP too, and shows by it what lies in DCIM only: usbmuxd leads to all of it.
  if (device.vendorId === apple) return [];
  return device.interfaces.filter((i) => isStillImage(i) || (i.class === vendorClass && hasThreePipes(i) && !isAdb(i)));
}

function isStillImage(i: UsbInterface): boolean {
  return i.class === stillImage.class && i.subclass === stillImage.subclass && i.protocol === stillImage.protocol;
}

/** USB debugging. Source: AOSP, adb.h (ADB_CLASS, ADB_SUBCLASS, ADB_PROTOCOL). */
export function isAdb(i: UsbInterface): boolean {
  return i.class === vendorClass && i.subclass === 0x42 && i.protocol === 1;
}

function hasThreePipes({ endpoints }: UsbInterface): boolean {
  const has = (type: string, isIn: boolean): boolean =>
    endpoints.some((e) => e.type === type && e.address >= 0x80 === isIn);
  return endpoints.length === 3 && has("bulk", true) && has("bulk", false) && has("interrupt", true);
}

/** Whose own interfaces speak MTP and say so nowhere. Source: libmtp, music-players.h; whoozle/android-file-transfer-linux#70. */
const knownIds: Record<number, readonly number[]> = {
  [0x0e8d]: [0x2008, 0x2009, 0x200a, 0x2012, 0x201d, 0x2026], // MediaTek boards
};

/** Of the candidates the one that is MTP: a vendor's own class must say so, by its name or to Windows, or be known to. */
async function mtpInterface(device: UsbDevice, connection: UsbConnection): Promise<UsbInterface | undefined> {
  const candidates = mtpCandidates(device);
  for (const candidate of candidates)
    if (isStillImage(candidate) || (await isNamedMtp(candidate, connection))) return candidate;
  const [first] = candidates;
  if (!first) return undefined;
  if (knownIds[device.vendorId]?.includes(device.productId)) return first;
  const ids = await compatibleIds(connection);
  return candidates.find(({ number }) => ids.get(number) === "MTP");
}

async function isNamedMtp({ nameIndex }: UsbInterface, connection: UsbConnection): Promise<boolean> {
  return (await connection.readString(nameIndex))?.toUpperCase().includes("MTP") === true;
}

/** Opens a session. Undefined for a device that turns out not to speak MTP, or to have another serial number than `id`. */
export async function openSession(usb: UsbDevice, env: MtpEnvironment, id?: string): Promise<MtpSession | undefined> {
  const connection = await usb.open();
  try {
    if (id !== undefined && !isPlaceholderSerial(connection.serial) && connection.serial !== id) {
      await connection[Symbol.asyncDispose]();
      return undefined;
    }
    const mtp = await mtpInterface(usb, connection);
    if (!mtp) {
      await connection[Symbol.asyncDispose]();
      return undefined;
    }
    const client = await MtpClient.open(await connection.claim(mtp.number), {
      trace: env.trace,
      clock: env.clock,
      meter: env.meter,
      stallMs: env.stallMs,
      leaveOpen: usb.vendorId === canon,
    });
    try {
      const { storages, refusedStorages } = await readStorages(client);
      return {
        client,
        usb,
        storages,
        refusedStorages,
        info: await deviceInfo(client, usb, connection, storages),
        async [Symbol.asyncDispose]() {
          await client[Symbol.asyncDispose]();
          await connection[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Built-in ones first. */
export async function readStorages(client: MtpClient, options: AbortOptions = {}): Promise<MtpStorages> {
  const refusedStorages: UnreadableEntry[] = [];
  const storages: Omit<MtpStorage, "prefix">[] = [];
  /** Listed, and nothing is known of them: an empty slot, or one whose card is refused. */
  const silent: number[] = [];
  for (const id of await client.storageIds(options)) {
    try {
      const info = await client.storageInfo(id, options);
      storages.push({
        id,
        description: info.description,
        removable: removableStorages.includes(info.storageType),
        totalBytes: Number(info.capacity),
        freeBytes: Number(info.free),
      });
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof ProtocolError && !client.isDead)) throw error;
      silent.push(id);
      // An empty slot, or a card that has just been taken out: the device itself says that there is nothing.
      if (!isRefusal(error) || !isNoStorage(error)) refusedStorages.push(refusedStorage(id, error));
    }
  }
  storages.sort(builtInFirst);
  // What is silent cannot be built in where a built-in one is known, or on a camera: the card there keeps its number.
  const cards = storages.some((s) => !s.removable) || isCamera(client.info, 0) ? silent : [];
  const prefixes = prefixesOf([...storages, ...cards.map((id) => ({ id, removable: true }))]);
  return {
    storages: storages.map((storage) => ({ ...storage, prefix: prefixes.get(storage.id) ?? "" })),
    refusedStorages,
  };
}

type Slot = Pick<MtpStorage, "id" | "removable">;

function builtInFirst(a: Slot, b: Slot): number {
  return Number(a.removable) - Number(b.removable) || a.id - b.id;
}

function prefixesOf(slots: readonly Slot[]): ReadonlyMap<number, string> {
  const sorted = slots.toSorted(builtInFirst);
  const prefixes = storagePrefixes(sorted);
  return new Map(sorted.map(({ id }, i) => [id, prefixes[i] as string]));
}

function isNoStorage({ response }: MtpError): boolean {
  return response === responseCode.invalidStorageId || response === responseCode.storeNotAvailable;
}

function refusedStorage(id: number, cause: AppError): UnreadableEntry {
  const why = `The device lists a storage, and does not say what it is. ${cause.message}`;
  return unreadable(`/?storage-${id.toString(16).padStart(8, "0")}`, new ItemError("item-refused", why, { cause }));
}

async function deviceInfo(
  client: MtpClient,
  usb: UsbDevice,
  connection: UsbConnection,
  storages: readonly MtpStorage[],
): Promise<DeviceInfo> {
  const { manufacturer, model, serialNumber } = client.info;
  const noun = nounOf(client.info, usb.vendorId);
  const brand = tidy(manufacturer) ?? tidy(connection.manufacturer);
  const bare = tidy(model) ?? tidy(connection.product) ?? namesake[noun];
  const friendly = tidy(await client.stringProperty(deviceProperty.friendlyName));
  const sum = (of: (s: MtpStorage) => number): number | undefined =>
    storages.length === 0 ? undefined : storages.reduce((total, s) => total + of(s), 0);
  return {
    // The USB serial is what adb calls the phone too: over either route it is one phone.
    ...identify([connection.serial, serialNumber], { maker: brand, model: bare, name: friendly }),
    platform: noun === "camera" ? "camera" : "android",
    noun,
    system: noun === "phone" && isAndroid(client.info) ? "Android" : undefined,
    keepsPairing: false,
    name: friendly ?? bare,
    model: modelWords(brand, bare),
    productType: usbIds(usb),
    osVersion: undefined,
    // MTP tells times without a zone: the phone is taken to be where this computer is.
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    totalBytes: sum((s) => s.totalBytes),
    freeBytes: sum((s) => s.freeBytes),
  };
}

/**
 * Opens a session with the device of this id, with quiet pauses where it is silent. One that stays silent is reset, once.
 * @throws {DeviceError}
 */
export async function reopenSession(
  id: string,
  env: MtpEnvironment,
  options: AbortOptions & { readonly attempts?: number } = {},
): Promise<MtpSession> {
  const pauses = quietMs.slice(0, options.attempts ?? quietMs.length);
  for (let attempt = 0; ; attempt += 1) {
    const ms = pauses[attempt] ?? 0;
    if (ms > 0) await env.clock.sleep(ms, options);
    const found = await findSession(id, env, options);
    if (found && "session" in found) return found.session;
    const error =
      found?.error ?? new DeviceError("device-disconnected", "The device is not plugged in.", { retryable: true });
    if (!(error instanceof AppError) || !isWorthWaiting(error)) throw error;
    const isLast = attempt >= pauses.length - 1;
    if ((isLast || attempt > 0) && found && isSilence(error) && (await resetOnce(id, found.usb, env))) {
      await untilBack(found.usb, env, options);
      continue;
    }
    if (isLast) throw error;
  }
}

/** A session that is still held, by us a moment ago or by a phone that was not told; not a phone that is not there. */
function isWorthWaiting(error: AppError): boolean {
  if (error instanceof MtpError) return error.response === responseCode.sessionAlreadyOpen || error.scope === "device";
  return error.code === "device-owned" || error.code === "protocol-error" || isSilence(error);
}

function isSilence(error: AppError): boolean {
  return error.code === "device-stalled" || /stopped answering/.test(error.message);
}

type Found = { readonly session: MtpSession } | { readonly error: unknown; readonly usb: UsbDevice };

/** A device that cannot be opened says nothing of the others. */
async function findSession(id: string, env: MtpEnvironment, { signal }: AbortOptions): Promise<Found | undefined> {
  let failed: Found | undefined;
  for (const usb of await unlessAborted(env.bus.devices(), signal)) {
    if (mtpCandidates(usb).length === 0) continue;
    try {
      const session = await openedUnlessAborted(openSession(usb, env, id), signal);
      if (session?.info.id === id) return { session };
      await session?.[Symbol.asyncDispose]();
    } catch (error) {
      throwIfAborted(signal);
      failed ??= { error, usb };
    }
  }
  return failed;
}

/**
 * A phone that does not answer OpenSession is reset, as libmtp does it (in 39 of 314 logs of Android phones), where that harms nobody:
 * once a run, only MTP, and only where nobody else has the device.
 * @returns whether it was
 */
async function resetOnce(id: string, usb: UsbDevice, env: MtpEnvironment): Promise<boolean> {
  if (!env.resets || env.resets.has(id)) return false;
  const owners = usb.file === undefined ? (usb.isExclusive ? [] : undefined) : ownersOf(usb.file);
  if (owners?.length !== 0) return false;
  try {
    await using connection = await usb.open();
    const mtp = await mtpInterface(usb, connection);
    // A camera's is a still image interface without a name; so is a phone's in PTP mode, which answers.
    if (!mtp || isCameraVendor(usb.vendorId) || (isStillImage(mtp) && !(await isNamedMtp(mtp, connection))))
      return false;
    env.resets.add(id);
    const message = { reset: usbIds(usb), why: "it does not answer, and nobody else has it" };
    env.trace?.({ layer: "mtp", connection: nextConnectionNumber(), direction: "note", message });
    await connection.reset();
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

const backMs = 500;
const backLooks = 10;

/** A device leaves the bus for its reset, and may come back under another number. */
async function untilBack(usb: UsbDevice, env: MtpEnvironment, options: AbortOptions): Promise<void> {
  for (let look = 1; look <= backLooks; look += 1) {
    await env.clock.sleep(backMs, options);
    if ((await env.bus.devices()).some((d) => d.vendorId === usb.vendorId && mtpCandidates(d).length > 0)) return;
  }
}
