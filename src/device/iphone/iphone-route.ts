/** iPhones as the usbmux daemon shows them. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { DeviceError } from "../../shared/errors.ts";
import type { ConsentOptions, DeviceSummary, PhoneRoute, RouteChange } from "../device-route.ts";
import type { MediaSource } from "../media-source.ts";
import type { Trace } from "../trace.ts";
import { unknownDevice } from "../unknown-device.ts";
import { IPhone } from "./iphone.ts";
import { IPhoneSource } from "./iphone-source.ts";
import { type Muxer, preferUsb, type UsbmuxDevice } from "./usbmux/index.ts";

/** The daemon, and where pair records are kept that it does not take. */
export interface IPhoneRouteOptions {
  readonly muxer: Muxer;
  readonly recordFolder: string;
  readonly hostName: string;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
  /** Whether phones that the daemon sees over Wi-Fi alone are read too. */
  readonly network?: boolean | undefined;
}

/** iPhones by cable. Phones that are on Wi-Fi alone are told, and not opened unless somebody asked for that. */
export class IPhoneRoute implements PhoneRoute {
  readonly name = "usbmux";
  readonly #muxer: Muxer;
  readonly #options: IPhoneRouteOptions;
  /** Phones as they were last seen: they know what they told. */
  readonly #phones = new Map<string, { readonly deviceId: number; readonly phone: IPhone }>();

  constructor(options: IPhoneRouteOptions) {
    this.#options = options;
    this.#muxer = options.muxer;
  }

  /** @throws {DeviceError} when the daemon is not there */
  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    const seen = preferUsb(await this.#muxer.listDevices(options));
    return await Promise.all(seen.map((device) => this.#summarise(device, options)));
  }

  async *changes(options: AbortOptions = {}): AsyncGenerator<RouteChange, void, undefined> {
    for await (const event of this.#muxer.watch({ ...options, clock: this.#options.clock })) {
      if (event.type === "daemon-gone") yield { type: "daemon-gone", error: event.error };
      yield { type: "changed" };
    }
  }

  async trust(id: string, options: ConsentOptions = {}): Promise<void> {
    await (await this.phone(id, options)).trust(options);
  }

  async unpair(id: string, options: AbortOptions = {}): Promise<void> {
    await (await this.phone(id, options)).unpair(options);
  }

  async open(id: string, options: AbortOptions = {}): Promise<MediaSource> {
    const phone = await this.phone(id, options);
    return await IPhoneSource.open(phone, await phone.trustedRecord(options), this.#options.clock, options);
  }

  /** The phone itself, for what is more than its photos. @throws {DeviceError} `device-disconnected` */
  async phone(udid: string, options: AbortOptions = {}): Promise<IPhone> {
    const devices = preferUsb(await this.#muxer.listDevices(options));
    const device = devices.find((d) => d.udid === udid);
    if (!device)
      throw new DeviceError("device-disconnected", "The phone is no longer plugged in.", { retryable: true });
    const known = this.#phones.get(udid);
    return known?.deviceId === device.deviceId ? known.phone : this.#meet(device);
  }

  #meet(device: UsbmuxDevice): IPhone {
    const phone = new IPhone(device, this.#options);
    this.#phones.set(device.udid, { deviceId: device.deviceId, phone });
    return phone;
  }

  async #summarise(device: UsbmuxDevice, options: AbortOptions): Promise<DeviceSummary> {
    const route = this.name;
    if (device.connection === "network" && !this.#options.network)
      return { info: unknownDevice({ id: device.udid }, "ios"), state: "network-only", route };
    try {
      return { ...(await this.#meet(device).describe(options)), route };
    } catch (error) {
      if (error instanceof DeviceError)
        return { info: unknownDevice({ id: device.udid }, "ios"), state: "unreachable", route, error };
      throw error;
    }
  }
}
