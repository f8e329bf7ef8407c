/** One iPhone at the end of the daemon: what it is, whether it trusts us, and how its services are opened. */
import type { Duplex } from "node:stream";
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DeviceError, ProtocolError } from "../../shared/errors.ts";
import { modelName } from "../apple/models.ts";
import type { ConsentOptions, DeviceState } from "../device-route.ts";
import type { LinkMeter } from "../link-meter.ts";
import type { DeviceCondition, DeviceInfo, DeviceNoun } from "../media-source.ts";
import type { Trace } from "../trace.ts";
import { destroyQuietly } from "../wire/byte-stream.ts";
import { type PlistDict, plistField } from "../wire/plist.ts";
import { AfcClient, AfcConnection } from "./afc/index.ts";
import {
  answerHeartbeat,
  connectTls,
  establishTrust,
  heartbeatService,
  LockdownClient,
  LockdownError,
  lockdownPort,
  type PairRecord,
  PairRecordStore,
  type StoredRecord,
  tlsGenerationFor,
} from "./lockdown/index.ts";
import { type Muxer, preferUsb, type UsbmuxDevice } from "./usbmux/index.ts";

/** What all iPhones of a program share. */
export interface IPhoneEnvironment {
  readonly muxer: Muxer;
  /** Where pair records are kept that the daemon does not take. */
  readonly recordFolder: string;
  /** Shown by some iOS versions in the Trust question. */
  readonly hostName: string;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  /** A file connection on which nothing arrives for so long while something was asked is dead; 30 s when not given. */
  readonly stallMs?: number | undefined;
  /** Whether a phone that its daemon sees over Wi-Fi alone is read too. */
  readonly network?: boolean | undefined;
}

/** What a phone says of itself, and whether it can be read now. */
export interface PhoneDescription {
  readonly info: DeviceInfo;
  readonly state: DeviceState;
}

/** What a trusting phone told, and the pairing it accepted. */
interface Met {
  readonly at: number;
  readonly info: DeviceInfo;
  readonly record: PairRecord;
}

interface SessionUse {
  /** Called within the session of the record that the phone accepts, before anything else is asked. */
  readonly ask?: ((session: LockdownClient) => Promise<void>) | undefined;
  /** A connection without a session, for the first record. */
  readonly opened?: LockdownClient | undefined;
}

/** How a service is started. */
export interface ServiceOptions extends AbortOptions {
  readonly record?: PairRecord;
  /** Also while the phone is locked, if it was unlocked once: for services that take the escrow bag. */
  readonly withEscrow?: boolean;
}

/** So long what a phone told counts as told just now. */
const metMs = 5_000;

/** Follows one phone by its UDID; the daemon's device id changes with every plug. */
export class IPhone {
  readonly udid: string;
  readonly #env: IPhoneEnvironment;
  readonly #store: PairRecordStore;
  #deviceId: number;
  #connection: UsbmuxDevice["connection"];
  #met: Met | undefined;
  /** What keeps its services alive over Wi-Fi. */
  #heartbeat: AsyncDisposable | undefined;
  #iosVersion: string | undefined;

  constructor(device: UsbmuxDevice, env: IPhoneEnvironment) {
    this.udid = device.udid;
    this.#deviceId = device.deviceId;
    this.#connection = device.connection;
    this.#env = env;
    this.#store = new PairRecordStore(env.muxer, env.recordFolder);
  }

  /**
   * What the phone tells, as much as it tells in its state; `state` says which that is. Never raises a dialog.
   * @throws {DeviceError} only when the daemon or the phone is gone
   */
  async describe(options: AbortOptions = {}): Promise<PhoneDescription> {
    this.#met = undefined;
    await using lockdown = new LockdownClient(await this.#connect(lockdownPort, options), this.#env.trace);
    // The computer's records while the phone answers.
    const [values, stored] = await Promise.all([
      lockdown.getValues(undefined, options),
      this.#store.read(this.udid, options),
    ]);
    this.#iosVersion ??= plistField.string(values, "ProductVersion");
    const locked = plistField.boolean(values, "PasswordProtected") === true;
    let told = { all: {} as PlistDict, disk: {} as PlistDict };
    const ask = async (session: LockdownClient): Promise<void> => {
      told = await privateValues(session, options);
    };
    const trust = await this.#tryRecords(stored, options, { ask, opened: lockdown });
    if (!trust.record) {
      const state = trust.locked ? "locked" : trust.any ? "pairing-lost" : "needs-trust";
      return { info: deviceInfo(this.udid, values, {}), state };
    }
    const info = deviceInfo(this.udid, { ...values, ...told.all }, told.disk);
    this.#met = { at: this.#env.clock.now(), info, record: trust.record };
    return { info, state: locked ? "locked" : "ready" };
  }

  /** As `describe`, without asking again what it told a moment ago. */
  async info(options: AbortOptions = {}): Promise<DeviceInfo> {
    return this.#justMet?.info ?? (await this.describe(options)).info;
  }

  /** Each question costs a connection and a handshake with the phone, and opening one asks what finding it had asked. */
  get #justMet(): Met | undefined {
    return this.#met && this.#env.clock.now() - this.#met.at < metMs ? this.#met : undefined;
  }

  /** Makes the phone trust this computer, asking its owner where no stored pairing works. */
  async trust(options: ConsentOptions = {}): Promise<PairRecord> {
    if (this.#justMet) return this.#justMet.record;
    return await establishTrust(
      {
        openLockdown: (o) => this.#openLockdown(o),
        acceptsRecord: async (record, o) => (await this.#sessionVerdict(record, o)) === "accepted",
        readRecords: async (o) => (await this.#store.read(this.udid, o)).map((r) => r.record),
        saveRecord: (record, o) => this.#store.save(this.udid, this.#deviceId, record, o),
        readBuid: (o) => this.#env.muxer.readBuid(o),
      },
      { ...options, clock: this.#env.clock, hostName: this.#env.hostName },
    );
  }

  /** The record the phone accepts now. @throws {DeviceError} `device-not-trusted`, `pairing-lost`, `device-locked` */
  async trustedRecord(options: AbortOptions = {}): Promise<PairRecord> {
    if (this.#justMet) return this.#justMet.record;
    const trust = await this.#tryRecords(await this.#store.read(this.udid, options), options);
    if (trust.record) return trust.record;
    if (trust.locked) throw new DeviceError("device-locked", "The phone is locked.", { retryable: true });
    if (trust.any) throw new DeviceError("pairing-lost", "The phone does not know this computer any more.");
    throw new DeviceError("device-not-trusted", "The phone does not trust this computer yet.");
  }

  /** Makes phone and computer forget each other. */
  async unpair(options: AbortOptions = {}): Promise<void> {
    this.#met = undefined;
    const stored = await this.#store.read(this.udid, options);
    if (stored.length === 0) throw new DeviceError("device-not-trusted", "This computer is not paired with the phone.");
    for (const { record } of stored) {
      await using lockdown = await this.#openLockdown(options);
      try {
        await lockdown.unpair(record, options);
      } catch (error) {
        // A phone that has forgotten us already is what was asked for.
        if (!(error instanceof LockdownError && error.code === "pairing-lost")) throw error;
      }
    }
    await this.#store.delete(this.udid, options);
  }

  /** Whether the phone shows its lock screen at this moment. */
  async isLocked(options: AbortOptions = {}): Promise<boolean> {
    await using lockdown = await this.#openLockdown(options);
    return (await lockdown.getValue("PasswordProtected", undefined, options)) === true;
  }

  /**
   * Battery and clock. Sources: libimobiledevice, tools/ideviceinfo.c, for the domain and its keys; `TimeIntervalSince1970` is what its
   * idevicedate shows.
   */
  async condition(options: AbortOptions & { readonly record: PairRecord }): Promise<DeviceCondition> {
    await using lockdown = await this.#openLockdown(options);
    let told = { all: {} as PlistDict, battery: {} as PlistDict };
    await lockdown.startSession(options.record, tlsGenerationFor(this.#iosVersion), options, async () => {
      told = {
        all: await valuesOf(lockdown, undefined, options),
        battery: await valuesOf(lockdown, "com.apple.mobile.battery", options),
      };
    });
    const seconds = plistField.number(told.all, "TimeIntervalSince1970");
    const percent = plistField.number(told.battery, "BatteryCurrentCapacity");
    return {
      batteryPercent: percent !== undefined && percent >= 0 && percent <= 100 ? percent : undefined,
      charging: plistField.boolean(told.battery, "BatteryIsCharging"),
      clockMs: seconds === undefined ? undefined : Math.round(seconds * 1000),
    };
  }

  /** Starts `com.apple.afc` and connects to it; one call, one connection. */
  async openAfc(record: PairRecord, meter?: LinkMeter, options: AbortOptions = {}): Promise<AfcClient> {
    const stream = await this.openService("com.apple.afc", { ...options, record });
    return new AfcClient(new AfcConnection(stream, { trace: this.#env.trace, stallMs: this.#env.stallMs, meter }));
  }

  /**
   * Starts a service of the phone and connects to it, encrypted where the phone wants that. Each call is one connection, which the
   * caller owns. For services that are nothing to `MediaSource`: what they may do to a phone is theirs to answer for.
   * @throws {DeviceError} `service-unavailable` for one that the phone does not have; as `trustedRecord`
   */
  async openService(name: string, options: ServiceOptions = {}): Promise<Duplex> {
    const record = options.record ?? (await this.trustedRecord(options));
    try {
      await using lockdown = await this.#openLockdown(options);
      await lockdown.startSession(record, tlsGenerationFor(this.#iosVersion), options);
      const escrow = options.withEscrow ? record.escrowBag : undefined;
      const service = await lockdown.startService(name, escrow, options);
      const socket = await this.#connect(service.port, options);
      if (!service.tls) return socket;
      return await connectTls(socket, record, tlsGenerationFor(this.#iosVersion), options);
    } catch (error) {
      if (error instanceof AppError && isBrokenHandshake(error)) await this.#assertAttached(options);
      throw error;
    }
  }

  /** What lockdown tells in a session of one domain; of the global one when none is given. @throws {DeviceError} as `trustedRecord` */
  async values(domain?: string, options: AbortOptions = {}): Promise<PlistDict> {
    const record = await this.trustedRecord(options);
    await using lockdown = await this.#openLockdown(options);
    let values: PlistDict = {};
    await lockdown.startSession(record, tlsGenerationFor(this.#iosVersion), options, async () => {
      values = await lockdown.getValues(domain, options);
    });
    return values;
  }

  /** Whether it is there and says anything at all. */
  async isAnswering(options: AbortOptions = {}): Promise<boolean> {
    try {
      await using lockdown = new LockdownClient(await this.#connect(lockdownPort, options), this.#env.trace);
      return (await lockdown.queryType(options)) !== "";
    } catch {
      return false;
    }
  }

  /** Looks for the phone under a new device id, after it was replugged. @throws {DeviceError} `device-disconnected` */
  async relocate(options: AbortOptions = {}): Promise<void> {
    this.#met = undefined;
    const devices = preferUsb(await this.#env.muxer.listDevices(options));
    const device = devices.find((d) => d.udid === this.udid && (d.connection === "usb" || this.#env.network));
    if (!device) throw new DeviceError("device-disconnected", "The phone is not plugged in.", { retryable: true });
    this.#deviceId = device.deviceId;
    this.#connection = device.connection;
  }

  /** Over Wi-Fi its services end unless somebody answers it: begins, or begins anew. By cable there is nothing to do. */
  async keepAlive(record: PairRecord, options: AbortOptions = {}): Promise<void> {
    await this.letGo();
    if (this.#connection === "usb") return;
    this.#heartbeat = await answerHeartbeat(await this.openService(heartbeatService, { ...options, record }), options);
  }

  /** Ends what `keepAlive` began. */
  async letGo(): Promise<void> {
    const heartbeat = this.#heartbeat;
    this.#heartbeat = undefined;
    await heartbeat?.[Symbol.asyncDispose]();
  }

  async #tryRecords(
    stored: readonly StoredRecord[],
    options: AbortOptions,
    { ask, opened }: SessionUse = {},
  ): Promise<{ record: PairRecord | undefined; any: boolean; locked: boolean }> {
    let locked = false;
    for (const [i, { record }] of stored.entries()) {
      const verdict = await this.#sessionVerdict(record, options, i === 0 ? { ask, opened } : { ask });
      if (verdict === "accepted") return { record, any: true, locked: false };
      if (verdict === "locked") locked = true;
    }
    return { record: undefined, any: stored.length > 0, locked };
  }

  async #sessionVerdict(
    record: PairRecord,
    options: AbortOptions,
    { ask, opened }: SessionUse = {},
    isSecondTry = false,
  ): Promise<"accepted" | "refused" | "locked"> {
    try {
      await using lockdown = opened ?? (await this.#openLockdown(options));
      await lockdown.startSession(record, tlsGenerationFor(this.#iosVersion), options, ask && (() => ask(lockdown)));
      return "accepted";
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "device-locked") return "locked";
      if (!["pairing-lost", "pair-record-invalid", "wrong-device", "tls-failed"].includes(error.code)) throw error;
      // A cable pulled in the handshake looks like a refusal, and a refused record would be replaced: ask again first.
      if (isBrokenHandshake(error)) {
        await this.#assertAttached(options);
        if (!isSecondTry) return await this.#sessionVerdict(record, options, { ask }, true);
      }
      return "refused";
    }
  }

  async #assertAttached(options: AbortOptions): Promise<void> {
    const devices = await this.#env.muxer.listDevices(options);
    if (!devices.some((d) => d.deviceId === this.#deviceId))
      throw new DeviceError("device-disconnected", "The phone was unplugged.", { retryable: true });
  }

  async #openLockdown(options: AbortOptions): Promise<LockdownClient> {
    const lockdown = new LockdownClient(await this.#connect(lockdownPort, options), this.#env.trace);
    if (this.#iosVersion === undefined) {
      const version = await lockdown.getValue("ProductVersion", undefined, options);
      this.#iosVersion = typeof version === "string" ? version : "";
    }
    return lockdown;
  }

  async #connect(port: number, options: AbortOptions): Promise<Duplex> {
    const socket = await this.#env.muxer.connect(this.#deviceId, port, options);
    if (options.signal?.aborted) destroyQuietly(socket);
    return socket;
  }
}

async function privateValues(
  session: LockdownClient,
  options: AbortOptions,
): Promise<{ all: PlistDict; disk: PlistDict }> {
  const values = (domain?: string): Promise<PlistDict> => valuesOf(session, domain, options);
  return { all: await values(), disk: await values("com.apple.disk_usage") };
}

/** A phone that does not tell, or tells nonsense, is none the less one that trusts us; one that hangs up does not. */
async function valuesOf(
  session: LockdownClient,
  domain: string | undefined,
  options: AbortOptions,
): Promise<PlistDict> {
  return await session.getValues(domain, options).catch((error) => {
    if (error instanceof LockdownError || error instanceof ProtocolError) return {};
    throw error;
  });
}

/** The encrypted connection ended without a word from lockdownd: a refusal, or the cable. */
function isBrokenHandshake(error: AppError): boolean {
  return !(error instanceof LockdownError) && (error.code === "pairing-lost" || error.code === "tls-failed");
}

function deviceInfo(udid: string, values: PlistDict, disk: PlistDict): DeviceInfo {
  const productType = plistField.string(values, "ProductType");
  const deviceClass = plistField.string(values, "DeviceClass");
  return {
    id: udid,
    platform: "ios",
    noun: nounOf(deviceClass ?? productType),
    system: "iOS",
    keepsPairing: true,
    name: plistField.string(values, "DeviceName") || deviceClass || "iPhone",
    model: modelName(productType, deviceClass),
    productType,
    osVersion: plistField.string(values, "ProductVersion"),
    timeZone: plistField.string(values, "TimeZone"),
    totalBytes: plistField.number(disk, "TotalDiskCapacity") ?? plistField.number(disk, "TotalDataCapacity"),
    ...freeSpace(plistField.number(disk, "TotalDataAvailable"), plistField.number(disk, "AmountDataAvailable")),
  };
}

function nounOf(kind: string | undefined): DeviceNoun {
  if (kind?.startsWith("iPad")) return "iPad";
  return kind?.startsWith("iPod") ? "iPod" : "phone";
}

/**
 * Of two figures neither is what the phone shows: 30.7 and 69.7 GB where it showed 38.8 (libimobiledevice#1572). The smaller one is
 * promised.
 */
export function freeSpace(...told: readonly (number | undefined)[]): Pick<DeviceInfo, "freeBytes" | "freeIsAtLeast"> {
  const known = told.filter((n) => n !== undefined);
  return known.length === 0 ? { freeBytes: undefined } : { freeBytes: Math.min(...known), freeIsAtLeast: true };
}
