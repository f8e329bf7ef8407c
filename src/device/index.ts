/**
 * All that the rest of the program sees of phones: finding them, trusting them, opening them as a `MediaSource`.
 * The one module that knows which protocols exist. Read first: media-source.ts, device-route.ts, then device-hub.ts.
 */
import { resolve } from "node:path";
import type { AbortOptions } from "../shared/abort.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { type AppError, toAppError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { AdbRoute, parseAdbAddress } from "./adb/index.ts";
import { consentInstruction, isAndroidConsent } from "./android/consent.ts";
import { type AndroidReport, reportAndroid } from "./android-report.ts";
import { type BackupOpener, BackupRoute } from "./backup/index.ts";
import { DeviceHub as Hub } from "./device-hub.ts";
import type { ConsentState, DeviceSummary, PhoneRoute } from "./device-route.ts";
import { FolderRoute } from "./folder/index.ts";
import {
  defaultUsbmuxAddress,
  type IPhone,
  IPhoneRoute,
  parseUsbmuxAddress,
  trustInstruction,
  UsbmuxDaemon,
} from "./iphone/index.ts";
import type { DeviceInfo } from "./media-source.ts";
import { isAdb, MtpRoute } from "./mtp/index.ts";
import type { Trace } from "./trace.ts";
import { LibusbBus } from "./usb/libusb-bus.ts";
import type { UsbBus } from "./usb/usb-bus.ts";
import { UsbipBus } from "./usb/usbip-bus.ts";
import { parseVia } from "./via.ts";

export { type AndroidReport, type AndroidUsbDevice, udevRules } from "./android-report.ts";

export { modelName } from "./apple/models.ts";
export type { BackupOpener } from "./backup/index.ts";
export { type DeviceChange, phonesNamed } from "./device-hub.ts";
export type { ConsentState, DeviceState, DeviceSummary } from "./device-route.ts";
export { type SelfCheck, selfCheck } from "./self-check.ts";
export type { Trace, TraceRecord } from "./trace.ts";
export { appleDevicesOnBus } from "./usb/apple-devices.ts";
export { parseVia, type Via } from "./via.ts";

/** Where phones are looked for, and what is kept of them. */
export interface DeviceHubOptions {
  /** Where usbmuxd is, in any form `USBMUXD_SOCKET_ADDRESS` may have; the system's default otherwise. */
  readonly usbmuxAddress?: string | undefined;
  /** Phones on a USB/IP server, HOST or HOST:PORT, instead of this computer's own bus. */
  readonly usbipAddress?: string | undefined;
  /** Where the adb server is: HOST:PORT; 127.0.0.1:5037 otherwise. */
  readonly adbAddress?: string | undefined;
  /** False where a server that does not run is not to be started, whoever is plugged in. */
  readonly startsAdb?: boolean | undefined;
  /** Told when adb's server did not run and was started. */
  readonly onAdbStarted?: (() => void) | undefined;
  /** Only what this way leads to: "mtp", "folder:PATH"; see `parseVia`. */
  readonly via?: string | undefined;
  /** How backups of whole phones are read: `--via backup:PATH` needs it. */
  readonly backups?: BackupOpener | undefined;
  /** Against which a folder's path is read. */
  readonly cwd?: string | undefined;
  readonly recordFolder: string;
  readonly hostName: string;
  readonly platform: NodeJS.Platform;
  readonly clock?: Clock;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
  /** Whether an iPhone that its daemon sees over Wi-Fi alone is read too. */
  readonly network?: boolean | undefined;
}

/** Phones at this computer. */
export class DeviceHub extends Hub {
  /** Where the iPhones' daemon is looked for, as text. */
  readonly daemonAddress: string;
  readonly #iphones: IPhoneRoute;
  readonly #bus: UsbBus;
  readonly #adbAddress: string | undefined;

  /** @throws {UsageError} `socket-address-invalid`; `usage` for an unknown way */
  constructor(options: DeviceHubOptions) {
    const clock = options.clock ?? systemClock;
    const { recordFolder, hostName, platform, trace, stallMs, network } = options;
    const via = options.via === undefined ? undefined : parseVia(options.via);
    const address = parseUsbmuxAddress(options.usbmuxAddress ?? "") ?? defaultUsbmuxAddress(platform);
    const bus: UsbBus =
      options.usbipAddress === undefined ? new LibusbBus(platform) : new UsbipBus(options.usbipAddress, clock);
    const muxer = new UsbmuxDaemon(address, { trace });
    const iphones = new IPhoneRoute({ muxer, recordFolder, hostName, clock, trace, stallMs, network });
    const adb = new AdbRoute({
      address: parseAdbAddress(options.adbAddress),
      clock,
      trace,
      stallMs,
      isWanted: async () => options.startsAdb !== false && (via?.route === "adb" || (await hasDebugging(bus))),
      onStarted: options.onAdbStarted,
    });
    const phones: PhoneRoute[] = [iphones, adb, new MtpRoute({ bus, platform, clock, trace, stallMs })];
    const folder = via?.folder === undefined ? undefined : resolve(options.cwd ?? "", via.folder);
    const routes = folder === undefined ? phones : [onDisk(folder, options)];
    super(
      routes.filter((route) => via === undefined || route.name === via.route),
      clock,
    );
    this.#iphones = iphones;
    this.daemonAddress = muxer.where;
    this.#bus = bus;
    this.#adbAddress = options.adbAddress;
  }

  /** Why iPhones cannot be seen here, whatever other phones are; undefined where usbmuxd answers. */
  async daemonProblem(options: AbortOptions = {}): Promise<AppError | undefined> {
    try {
      await this.#iphones.devices(options);
      return undefined;
    } catch (error) {
      return toAppError(error);
    }
  }

  /** What stands between this computer and Android phones. @param env the environment: where programs are looked for */
  async androidReport(env: Readonly<Record<string, string | undefined>>): Promise<AndroidReport> {
    return await reportAndroid(this.#bus, this.#adbAddress, env);
  }

  /**
   * An iPhone itself, for what is more than its photos.
   * @throws {UsageError} `phone-backup-unsupported` for what is none; {DeviceError} `device-disconnected`
   */
  async iphone({ info, route }: Pick<DeviceSummary, "info" | "route">, options: AbortOptions = {}): Promise<IPhone> {
    if (route !== this.#iphones.name)
      throw new UsageError("phone-backup-unsupported", `${printable(info.name)} has no backup of the whole phone.`);
    return await this.#iphones.phone(info.id, options);
  }

  /** Makes an iPhone and this computer forget each other. */
  async unpair(device: DeviceInfo, options: AbortOptions = {}): Promise<void> {
    await this.#iphones.unpair(device.id, options);
  }
}

/** A folder of this computer that stands for a phone: a card or a copy, or a backup of a whole one. */
function onDisk(folder: string, { via = "", clock = systemClock, trace, backups }: DeviceHubOptions): PhoneRoute {
  if (parseVia(via).route !== "backup") return new FolderRoute({ folder, clock, trace });
  if (!backups) throw new UsageError("usage", "Backups of phones are not read here.");
  return new BackupRoute({ folder, clock, backups });
}

/** Whether a phone with USB debugging on is plugged in. */
async function hasDebugging(bus: UsbBus): Promise<boolean> {
  try {
    return (await bus.devices()).some((device) => device.interfaces.some(isAdb));
  } catch {
    return false;
  }
}

/** What to do on the phone now. `name` is the phone's. */
export function instruction(state: ConsentState, name: string): string {
  return isAndroidConsent(state) ? consentInstruction(state, name) : trustInstruction(state, name);
}
