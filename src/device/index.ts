/**
 * All that the rest of the program sees of phones: finding them, trusting them, opening them as a `MediaSource`.
 * The one module that knows which protocols exist. Read first: media-source.ts, then `DeviceHub`.
 */
import type { AbortOptions } from "../shared/abort.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { type AppError, DeviceError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import {
  type DeviceState,
  defaultUsbmuxAddress,
  formatUsbmuxAddress,
  IPhone,
  IPhoneSource,
  parseUsbmuxAddress,
  preferUsb,
  type TrustOptions,
  UsbmuxClient,
  type UsbmuxDevice,
  watchUsbmux,
} from "./iphone/index.ts";
import type { DeviceInfo, MediaSource } from "./media-source.ts";
import type { Trace } from "./trace.ts";

export type { DeviceState, TrustState } from "./iphone/index.ts";
export { trustInstruction } from "./iphone/index.ts";
export * from "./media-source.ts";
export type { Trace, TraceRecord } from "./trace.ts";

export interface DeviceHubOptions {
  /** Where usbmuxd is, in any form `USBMUXD_SOCKET_ADDRESS` may have; the system's default otherwise. */
  readonly usbmuxAddress?: string | undefined;
  readonly recordFolder: string;
  readonly hostName: string;
  readonly platform: NodeJS.Platform;
  readonly clock?: Clock;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
}

/** A phone that was seen, with what it told about itself. */
export interface DeviceSummary {
  readonly info: DeviceInfo;
  readonly state: DeviceState;
  /** Why nothing more is known, when `state` is `unreachable`. */
  readonly error?: AppError;
}

export type DeviceChange =
  | { readonly type: "devices"; readonly devices: readonly DeviceSummary[] }
  | { readonly type: "daemon-gone"; readonly error: AppError };

/** Phones at this computer. */
export class DeviceHub {
  readonly #usbmux: UsbmuxClient;
  readonly #options: DeviceHubOptions;
  readonly #clock: Clock;

  /** @throws {UsageError} `socket-address-invalid` */
  constructor(options: DeviceHubOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const address = parseUsbmuxAddress(options.usbmuxAddress ?? "") ?? defaultUsbmuxAddress(options.platform);
    this.#usbmux = new UsbmuxClient(address, { trace: options.trace });
  }

  /** Where the daemon is looked for, as text. */
  get daemonAddress(): string {
    return formatUsbmuxAddress(this.#usbmux.address);
  }

  /** Every phone seen now. @throws {DeviceError} when the daemon is not there */
  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    const seen = preferUsb(await this.#usbmux.listDevices(options));
    return await Promise.all(seen.map((device) => this.#summarise(device, options)));
  }

  /** The list of phones, anew at each change, until aborted. */
  async *watch(options: AbortOptions = {}): AsyncGenerator<DeviceChange, void, undefined> {
    yield* this.#initial(options);
    for await (const event of watchUsbmux(this.#usbmux, { ...options, clock: this.#clock })) {
      if (event.type === "daemon-gone") yield { type: "daemon-gone", error: event.error };
      yield* this.#initial(options);
    }
  }

  async *#initial(options: AbortOptions): AsyncGenerator<DeviceChange, void, undefined> {
    try {
      yield { type: "devices", devices: await this.devices(options) };
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }

  /**
   * The phone that was meant: by name or UDID, or the only one there is.
   * @throws {DeviceError} `device-not-found`, `device-network-only`; {UsageError} `device-ambiguous`
   */
  async find(wanted: string | undefined, options: AbortOptions = {}): Promise<DeviceSummary> {
    const devices = await this.devices(options);
    const matching = wanted === undefined ? devices : devices.filter((d) => matches(d.info, wanted));
    const byCable = matching.filter((d) => d.state !== "network-only");
    if (byCable.length > 1) throw ambiguous(byCable);
    const [device] = byCable;
    if (device) return device;
    if (matching.length > 0)
      throw new DeviceError("device-network-only", `${printable(matching[0]!.info.name)} is seen over Wi-Fi only.`);
    throw notFound(wanted, devices);
  }

  /** Makes the phone trust this computer. @throws {DeviceError} as the phone decides */
  async trust(device: DeviceInfo, options: TrustOptions = {}): Promise<void> {
    const phone = await this.#phone(device.id, options);
    await phone.trust(options);
  }

  async unpair(device: DeviceInfo, options: AbortOptions = {}): Promise<void> {
    await (await this.#phone(device.id, options)).unpair(options);
  }

  /** Opens a phone that trusts this computer. The caller disposes the source. */
  async open(device: DeviceInfo, options: AbortOptions = {}): Promise<MediaSource> {
    const phone = await this.#phone(device.id, options);
    return await IPhoneSource.open(phone, await phone.trustedRecord(options), this.#clock, options);
  }

  async #phone(udid: string, options: AbortOptions): Promise<IPhone> {
    const devices = preferUsb(await this.#usbmux.listDevices(options));
    const device = devices.find((d) => d.udid === udid);
    if (!device)
      throw new DeviceError("device-disconnected", "The phone is no longer plugged in.", { retryable: true });
    return new IPhone(device, this.#environment());
  }

  #environment() {
    const { recordFolder, hostName, trace, stallMs } = this.#options;
    return { usbmux: this.#usbmux, recordFolder, hostName, trace, stallMs, clock: this.#clock };
  }

  async #summarise(device: UsbmuxDevice, options: AbortOptions): Promise<DeviceSummary> {
    if (device.connection === "network") return { info: unknownDevice(device.udid), state: "network-only" };
    try {
      return await new IPhone(device, this.#environment()).describe(options);
    } catch (error) {
      if (error instanceof DeviceError) return { info: unknownDevice(device.udid), state: "unreachable", error };
      throw error;
    }
  }
}

function unknownDevice(udid: string): DeviceInfo {
  return {
    id: udid,
    platform: "ios",
    name: "iPhone",
    model: "iPhone",
    productType: undefined,
    osVersion: undefined,
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  };
}

function matches(info: DeviceInfo, wanted: string): boolean {
  const plain = (text: string): string => text.normalize("NFC").toLowerCase();
  return (
    plain(printable(info.name)) === plain(wanted) ||
    plain(info.name) === plain(wanted) ||
    plain(info.id) === plain(wanted) ||
    plain(info.id).replaceAll("-", "") === plain(wanted).replaceAll("-", "")
  );
}

function ambiguous(devices: readonly DeviceSummary[]): UsageError {
  const names = devices.map((d) => `${printable(d.info.name)} (${d.info.id})`).join(", ");
  return new UsageError("device-ambiguous", `More than one phone is plugged in: ${names}.`);
}

function notFound(wanted: string | undefined, devices: readonly DeviceSummary[]): DeviceError {
  if (wanted === undefined) return new DeviceError("device-not-found", "No phone is plugged in.");
  const seen = devices.map((d) => printable(d.info.name)).join(", ") || "none";
  return new DeviceError("device-not-found", `No phone is called "${printable(wanted)}". Seen: ${seen}.`);
}
