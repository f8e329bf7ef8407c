/** USB/IP on the wire: big-endian. Source: Linux kernel, Documentation/usb/usbip_protocol.rst. */
import { i32be, struct, u16be, u32be } from "../wire/struct.ts";

export const usbipVersion = 0x0111;
export const usbipPort = 3240;
export const usbipOperation = {
  listRequest: 0x8005,
  listReply: 0x0005,
  importRequest: 0x8003,
  importReply: 0x0003,
} as const;
export const usbipCommand = { submit: 1, unlink: 2, submitReply: 3, unlinkReply: 4 } as const;
export const busIdBytes = 32;
const pathBytes = 256;

export const operationHeader = struct("USB/IP operation", { version: u16be, code: u16be, status: u32be });

/** The first 20 bytes of every command and reply; 48 in all. */
export const commandHeader = struct("USB/IP command", {
  command: u32be,
  sequence: u32be,
  device: u32be,
  /** 1 is towards the host. */
  direction: u32be,
  endpoint: u32be,
});
export const submitBody = struct("USB/IP submit", {
  flags: u32be,
  length: u32be,
  startFrame: u32be,
  packets: u32be,
  interval: u32be,
});
export const replyBody = struct("USB/IP reply", {
  status: i32be,
  actualLength: u32be,
  startFrame: u32be,
  packets: u32be,
  errors: u32be,
});
export const setupBytes = 8;
export const commandBytes = commandHeader.size + submitBody.size + setupBytes;

/** Numbers of errors as Linux has them, negated on the wire. */
export const errno = { pipe: 32, connReset: 104, noDevice: 19, noEntry: 2 } as const;

const numbers = struct("USB/IP device", {
  bus: u32be,
  device: u32be,
  speed: u32be,
  vendor: u16be,
  product: u16be,
  release: u16be,
});
export const usbipDeviceBytes = pathBytes + busIdBytes + numbers.size + 6;

export interface UsbipDevice {
  readonly busId: string;
  /** 2 is full, 3 high, 5 super. */
  readonly speed: number;
  readonly vendor: number;
  readonly product: number;
  /** Class, subclass and protocol of each. */
  readonly interfaces: readonly (readonly [number, number, number])[];
}

export function encodeUsbipDevice(device: UsbipDevice): Buffer {
  const out = Buffer.alloc(usbipDeviceBytes);
  out.write(`/sys/devices/offroll/${device.busId}`, 0, "latin1");
  out.write(device.busId, pathBytes, "latin1");
  const number = Number(device.busId.split("-")[1] ?? 1);
  const { speed, vendor, product } = device;
  numbers.encodeInto(out, { bus: 1, device: number, speed, vendor, product, release: 0x0100 }, pathBytes + busIdBytes);
  // Device class (none of its own), the configuration in force, how many configurations and interfaces.
  Buffer.of(0, 0, 0, 1, 1, device.interfaces.length).copy(out, usbipDeviceBytes - 6);
  return out;
}

/** What follows a device in a list, and only there. */
export function encodeUsbipInterfaces({ interfaces }: UsbipDevice): Buffer {
  return Buffer.from(interfaces.flatMap((triple) => [...triple, 0]));
}

export const usbipInterfaceBytes = 4;

/** How many interfaces a device of a list has. */
export function usbipInterfaceCount(bytes: Buffer): number {
  return bytes[usbipDeviceBytes - 1] ?? 0;
}

export function decodeUsbipInterfaces(bytes: Buffer): [number, number, number][] {
  return Array.from({ length: Math.floor(bytes.length / usbipInterfaceBytes) }, (_, i) => {
    const at = i * usbipInterfaceBytes;
    return [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number];
  });
}

export function decodeUsbipDevice(bytes: Buffer): Omit<UsbipDevice, "interfaces"> {
  const id = bytes.toString("latin1", pathBytes, pathBytes + busIdBytes);
  const { speed, vendor, product } = numbers.decode(bytes, pathBytes + busIdBytes);
  return { busId: id.split("\0")[0] as string, speed, vendor, product };
}
