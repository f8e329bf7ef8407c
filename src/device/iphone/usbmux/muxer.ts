/**
 * What leads from this computer to iPhones: many streams over one cable. A daemon does it (daemon/); a multiplexer of our own over
 * USB would be another. Read first: `Muxer`.
 */
import type { Duplex } from "node:stream";
import type { AbortOptions } from "../../../shared/abort.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { AppError } from "../../../shared/errors.ts";

/** One attached phone. `deviceId` lives until the cable is pulled. */
export interface UsbmuxDevice {
  readonly deviceId: number;
  readonly udid: string;
  readonly connection: "usb" | "network";
  /** Link speed in bit/s, where it is known. */
  readonly speed: number | undefined;
}

/** What a daemon tells whoever listens. */
export type UsbmuxEvent =
  | { readonly type: "attached"; readonly device: UsbmuxDevice }
  | { readonly type: "detached"; readonly deviceId: number }
  | { readonly type: "paired"; readonly deviceId: number };

/** The same, and that the daemon itself is away. */
export type WatchEvent = UsbmuxEvent | { readonly type: "daemon-gone"; readonly error: AppError };

/** Every request obeys its signal. @throws {DeviceError} wherever the way to the phones is blocked */
export interface Muxer {
  /** Where it is, as a person would write it. */
  readonly where: string;

  /** Every phone that is attached now, one entry per connection: by cable and over Wi-Fi one phone is there twice. */
  listDevices(options?: AbortOptions): Promise<UsbmuxDevice[]>;

  /** Phones coming and going, those present first, until aborted; it then returns. Lasts while the way itself comes and goes. */
  watch(options: AbortOptions & { readonly clock: Clock }): AsyncIterable<WatchEvent>;

  /**
   * A stream to a port of the phone. The caller owns it; no byte was read from it.
   * @throws {DeviceError} `device-disconnected` for an unknown device, `service-unavailable` for a closed port
   */
  connect(deviceId: number, port: number, options?: AbortOptions): Promise<Duplex>;

  /** This computer's id in pair records. */
  readBuid(options?: AbortOptions): Promise<string>;

  /** The stored pair record, a plist in bytes; undefined when there is none, or it is kept to itself. */
  readPairRecord(udid: string, options?: AbortOptions): Promise<Uint8Array | undefined>;

  /** False where it is not taken: the caller then keeps its own copy. */
  savePairRecord(udid: string, record: Uint8Array, deviceId: number, options?: AbortOptions): Promise<boolean>;

  /** False where there was none, or it is not given up. */
  deletePairRecord(udid: string, options?: AbortOptions): Promise<boolean>;
}

/** One entry per phone: its cable where it has one. */
export function preferUsb(devices: readonly UsbmuxDevice[]): UsbmuxDevice[] {
  const byUdid = new Map<string, UsbmuxDevice>();
  for (const device of devices) {
    const known = byUdid.get(device.udid);
    if (!known || (known.connection === "network" && device.connection === "usb")) byUdid.set(device.udid, device);
  }
  return [...byUdid.values()];
}
