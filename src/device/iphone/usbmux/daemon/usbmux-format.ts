/** usbmuxd's messages as bytes and plists. Source: libimobiledevice/usbmuxd, src/usbmuxd-proto.h and src/client.c. */
import { type StructValue, struct, u32le } from "../../../wire/struct.ts";

/** Header of every message, 16 bytes, little-endian; `length` counts itself. */
export const UsbmuxHeader = struct("UsbmuxHeader", { length: u32le, version: u32le, message: u32le, tag: u32le });
export type UsbmuxHeader = StructValue<typeof UsbmuxHeader>;

/** `binary` is from before 2011 and only recognised, never spoken. */
export const usbmuxVersion = { binary: 0, plist: 1 } as const;
/** Message numbers of both versions; plists travel in `plist`. */
export const usbmuxMessage = {
  result: 1,
  connect: 2,
  listen: 3,
  attached: 4,
  detached: 5,
  paired: 6,
  plist: 8,
} as const;

/** `Number` of a Result. Others are errno values of the daemon. */
export const usbmuxResult = {
  ok: 0,
  badCommand: 1,
  badDevice: 2,
  connectionRefused: 3,
  badVersion: 6,
  invalidArgument: 22,
} as const;

/** Replies longer than this are refused before anything is allocated; go-ios has the same bound. */
export const maxUsbmuxMessageBytes = 16 * 1024 * 1024;

/** `PortNumber` is the port in network byte order, written as a little-endian host's integer. 62078 -> 32498. */
export function swapPort(port: number): number {
  return ((port & 0xff) << 8) | ((port >> 8) & 0xff);
}

/** New phones report 24 characters over USB; the dash after the eighth is the daemon's, and Windows' daemon omits it. */
export function normaliseUdid(udid: string): string {
  const clean = udid.replace(/\0+$/, "");
  return clean.length === 24 && !clean.includes("-") ? `${clean.slice(0, 8)}-${clean.slice(8)}` : clean;
}
