/** Phones and cameras that speak MTP on a USB bus. */
import { type AbortOptions, openedUnlessAborted, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { Semaphore } from "../../shared/async.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DeviceError } from "../../shared/errors.ts";
import { tidy } from "../android/device-name.ts";
import { identify } from "../android/identity.ts";
import type { ConsentOptions, DeviceSummary, PhoneRoute, RouteChange } from "../device-route.ts";
import type { DeviceInfo, MediaSource } from "../media-source.ts";
import type { Trace } from "../trace.ts";
import { unknownDevice } from "../unknown-device.ts";
import { freeingRemedy, ownersOf } from "../usb/owners.ts";
import { type UsbBus, type UsbConnection, type UsbDevice, UsbError } from "../usb/usb-bus.ts";
import { eventCode } from "./mtp-format.ts";
import { isCameraVendor } from "./mtp-kind.ts";
import {
  type MtpEnvironment,
  type MtpSession,
  mtpCandidates,
  openSession,
  readStorages,
  reopenSession,
} from "./mtp-phone.ts";
import { MtpSource } from "./mtp-source.ts";

export interface MtpRouteOptions {
  readonly bus: UsbBus;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
}

/** A phone whose question ("Allow access to phone data?") is not answered says nothing at all. */
const describeStallMs = 8_000;
/** Between looks at a phone that shows no storage; most announce it, some do not. */
const lookMs = 2_000;
const defaultTimeoutMs = 150_000;

export class MtpRoute implements PhoneRoute {
  readonly name = "mtp";
  readonly #options: MtpRouteOptions;
  readonly #env: MtpEnvironment;
  /** One look at a time: two would take each other's interface. */
  readonly #looking = new Semaphore(1);

  constructor(options: MtpRouteOptions) {
    this.#options = options;
    const { bus, clock, trace, stallMs } = options;
    this.#env = { bus, clock, trace, stallMs, opened: new Map(), resets: new Set() };
  }

  async devices({ signal }: AbortOptions = {}): Promise<DeviceSummary[]> {
    const release = await this.#looking.acquire(signal);
    return await unlessAborted(this.#lookAtAll(signal).finally(release), signal);
  }

  async #lookAtAll(signal: AbortSignal | undefined): Promise<DeviceSummary[]> {
    const found: DeviceSummary[] = [];
    for (const usb of await this.#options.bus.devices()) {
      throwIfAborted(signal);
      if (mtpCandidates(usb).length === 0) continue;
      const opened = this.#env.opened.get(usb.key);
      if (opened) found.push({ info: opened, state: "ready", route: this.name });
      else found.push(...(await this.#look(usb)));
    }
    return found;
  }

  async #look(usb: UsbDevice): Promise<DeviceSummary[]> {
    const route = this.name;
    try {
      await using session = await openSession(usb, this.#describing());
      if (!session) return [];
      return [{ info: session.info, state: session.storages.length > 0 ? "ready" : withoutStorage(session), route }];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [{ info: await this.#unknownDevice(usb), state: "unreachable", route, error: this.#explain(error, usb) }];
    }
  }

  /** To find out who a phone is nobody waits as long as for its photos. */
  #describing(): MtpEnvironment {
    return { ...this.#env, stallMs: Math.min(describeStallMs, this.#env.stallMs ?? describeStallMs) };
  }

  /** Names the program that has the phone, and what frees it. */
  #explain(error: AppError, usb: UsbDevice): AppError {
    if (!(error instanceof UsbError) || error.fault !== "busy") return error;
    const owners = usb.file === undefined ? [] : ownersOf(usb.file);
    const remedy = freeingRemedy(owners, this.#options.platform);
    const who = owners.length > 0 ? owners.join(" and ") : "Another program";
    return new UsbError("busy", `${who} has the device's USB interface.`, {
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  async #unknownDevice(usb: UsbDevice): Promise<DeviceInfo> {
    const { serial, manufacturer, product } = await readStrings(usb);
    const identity = identify([serial], { maker: manufacturer, model: product, name: undefined });
    return unknownDevice(identity, isCameraVendor(usb.vendorId) ? "camera" : "android", tidy(product));
  }

  async *changes({ signal }: AbortOptions = {}): AsyncGenerator<RouteChange, void, undefined> {
    for await (const _ of this.#options.bus.changes(signal ?? new AbortController().signal)) yield { type: "changed" };
  }

  /** Waits until the phone shows a storage: its owner unlocks it and chooses File transfer. */
  async trust(id: string, options: ConsentOptions = {}): Promise<void> {
    await this.#namingOwner(id, () => this.#waitForStorage(id, options));
  }

  /** A phone that somebody else has: who that is, and what frees it. */
  async #namingOwner<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UsbError) || error.fault !== "busy") throw error;
      throw (await this.devices()).find((d) => d.info.id === id)?.error ?? error;
    }
  }

  async #waitForStorage(id: string, options: ConsentOptions): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + (options.timeoutMs ?? defaultTimeoutMs);
    let isTold = false;
    for (;;) {
      throwIfAborted(options.signal);
      const release = await this.#looking.acquire(options.signal);
      try {
        await using session = await reopenSession(id, this.#describing(), { ...options, attempts: 1 });
        if (session.storages.length > 0) {
          if (isTold) options.onState?.("ready");
          return;
        }
        if (!isTold) options.onState?.(withoutStorage(session));
        isTold = true;
        if (await this.#storagesCome(session, deadline, options)) {
          options.onState?.("ready");
          return;
        }
      } catch (error) {
        // Choosing the mode makes the phone leave the bus and come back under another product id.
        if (!isTold || !(error instanceof DeviceError || error instanceof UsbError)) throw error;
      } finally {
        release();
      }
      if (clock.now() >= deadline) {
        options.onState?.("not-answered");
        throw new DeviceError("device-no-storage", "The device still shows no storage.", { retryable: true });
      }
      await clock.sleep(lookMs, options);
    }
  }

  async #storagesCome(session: MtpSession, deadline: number, options: AbortOptions): Promise<boolean> {
    const { clock } = this.#options;
    const added = nextStorage(session);
    added.catch(() => {}); // the session may end first
    while (clock.now() < deadline) {
      await Promise.race([added, clock.sleep(lookMs, options)]);
      if ((await readStorages(session.client, options)).storages.length > 0) return true;
    }
    return false;
  }

  async open(id: string, options: AbortOptions = {}): Promise<MediaSource> {
    return await this.#namingOwner(id, () => this.#openSource(id, options));
  }

  async #openSource(id: string, { signal }: AbortOptions): Promise<MediaSource> {
    const release = await this.#looking.acquire(signal);
    const opening = MtpSource.open(id, this.#env, signal ? { signal } : {}).finally(release);
    return await openedUnlessAborted(opening, signal);
  }
}

/** What a device waits for that shows no storage. */
function withoutStorage({ info }: MtpSession): "no-card" | "choose-file-transfer" {
  return info.platform === "camera" ? "no-card" : "choose-file-transfer";
}

async function nextStorage(session: MtpSession): Promise<void> {
  while ((await session.client.nextEvent()).code !== eventCode.storeAdded);
}

type UsbStrings = Partial<Pick<UsbConnection, "serial" | "manufacturer" | "product">>;

async function readStrings(usb: UsbDevice): Promise<UsbStrings> {
  try {
    await using connection = await usb.open();
    return { serial: connection.serial, manufacturer: connection.manufacturer, product: connection.product };
  } catch {
    return {};
  }
}
