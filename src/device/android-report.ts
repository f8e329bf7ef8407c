/** What stands between this computer and Android phones: for `doctor`. Looks, starts nothing, opens nothing. */
import { delimiter, join } from "node:path";
import { toAppError } from "../shared/errors.ts";
import { findProgram } from "../shared/program.ts";
import { AdbServer, parseAdbAddress } from "./adb/index.ts";
import { isAdb, mtpCandidates } from "./mtp/index.ts";
import { ownersOf } from "./usb/owners.ts";
import { type UsbBus, type UsbDevice, type UsbSpeed, usbIds } from "./usb/usb-bus.ts";

/** What was found, as facts; `doctor` puts it into words. */
export interface AndroidReport {
  readonly adb: {
    /** Where the program is; undefined when it is not installed. */
    readonly program: string | undefined;
    /** Of the server; undefined when none answers. */
    readonly version: number | undefined;
    readonly address: string;
    /** Why a server that is there does not answer as one. */
    readonly problem?: string;
  };
  /** Undefined where the bus cannot be looked at. */
  readonly usb: readonly AndroidUsbDevice[] | undefined;
}

/** An Android phone or camera on the bus, whoever has it open. */
export interface AndroidUsbDevice {
  readonly maker: string;
  readonly ids: string;
  readonly speed: UsbSpeed | undefined;
  /** An interface that may speak MTP or PTP. */
  readonly mtp: boolean;
  /** USB debugging is on. */
  readonly debugging: boolean;
  readonly owners: readonly string[];
}

/** For names only: what a device is, its interfaces tell. Source: libmtp, music-players.h. */
const makers: Record<number, string> = {
  6353: "Google",
  1256: "Samsung",
  10007: "Xiaomi",
  4817: "Huawei",
  10864: "OnePlus",
  8921: "Oppo",
  4046: "Sony",
  8888: "Motorola",
  4100: "LG",
  2996: "HTC",
  10981: "Fairphone",
  1193: "Canon",
  1200: "Nikon",
  1356: "Sony",
  1227: "Fujifilm",
  1242: "Panasonic",
  9842: "GoPro",
};

/** Looks at the program, the server, the bus and the permissions of its device files. */
export async function reportAndroid(
  bus: UsbBus,
  adbAddress: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AndroidReport> {
  return { adb: await reportAdb(adbAddress, env), usb: await reportUsb(bus) };
}

async function reportAdb(
  text: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AndroidReport["adb"]> {
  const address = parseAdbAddress(text);
  const common = { program: findAdb(env), address: `${address.host}:${address.port}` };
  try {
    return { ...common, version: await new AdbServer(address, { stallMs: 2_000 }).version() };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { ...common, version: undefined, ...(code === "adb-not-running" ? {} : { problem: message }) };
  }
}

function findAdb(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = env["ANDROID_HOME"] ?? env["ANDROID_SDK_ROOT"];
  const folders = [env["PATH"] ?? "", ...(home ? [join(home, "platform-tools")] : [])];
  return findProgram("adb", folders.join(delimiter));
}

async function reportUsb(bus: UsbBus): Promise<AndroidUsbDevice[] | undefined> {
  try {
    return (await bus.devices()).filter(isOfInterest).map((device) => ({
      maker: makers[device.vendorId] ?? "unknown maker",
      ids: usbIds(device),
      speed: device.speed,
      mtp: mtpCandidates(device).length > 0,
      debugging: device.interfaces.some(isAdb),
      owners: device.file === undefined ? [] : ownersOf(device.file),
    }));
  } catch {
    return undefined;
  }
}

/** Something that speaks MTP or adb, or a phone's maker's device that only charges. */
function isOfInterest(device: UsbDevice): boolean {
  return (
    mtpCandidates(device).length > 0 ||
    device.interfaces.some(isAdb) ||
    (device.vendorId in makers && device.interfaces.every((i) => i.class === 0xff || i.class === 6 || i.class === 8))
  );
}

/** Phones, cameras and USB debugging, for whoever sits at the computer. Must come before 73-seat-late.rules. */
export const udevRules = `# Phones and cameras that speak MTP or PTP, and Android's USB debugging: for whoever sits at this computer.
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:060101:*", TAG+="uaccess"
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:ff4201:*", TAG+="uaccess"
`;
