/** Where usbmuxd listens. */
import { UsageError } from "../../../../shared/errors.ts";

/** A socket of this computer, or a port of whichever. */
export type UsbmuxAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/**
 * The address when nothing is set: the unix socket of usbmuxd, or Apple's service on Windows.
 * Source: libimobiledevice/libusbmuxd, src/libusbmuxd.c.
 */
export function defaultUsbmuxAddress(platform: NodeJS.Platform): UsbmuxAddress {
  return platform === "win32"
    ? { kind: "tcp", host: "127.0.0.1", port: 27015 }
    : { kind: "unix", path: "/var/run/usbmuxd" };
}

/**
 * Parses every form that a client in use accepts for `USBMUXD_SOCKET_ADDRESS`: `UNIX:/p` (libusbmuxd), `/p`
 * (pymobiledevice3), `unix:///p` and `tcp://h:p` (go-ios), `h:p` and `[v6]:p`. An empty text is unset: undefined.
 * @throws {UsageError} `socket-address-invalid`
 */
export function parseUsbmuxAddress(text: string): UsbmuxAddress | undefined {
  const value = text.trim();
  if (value === "") return undefined;
  const unix = /^unix:(?:\/\/)?(.+)$/i.exec(value)?.[1];
  if (unix) return { kind: "unix", path: unix };
  if (value.startsWith("/") || value.startsWith(".")) return { kind: "unix", path: value };
  const hostPort = value.replace(/^tcp:(\/\/)?/i, "");
  const match = /^(?:\[([0-9a-f:.%a-z]+)\]|([^:[\]/]+)):(\d{1,5})$/i.exec(hostPort);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65535)
    throw new UsageError("socket-address-invalid", `"${value}" is not an address of usbmuxd.`);
  return { kind: "tcp", host: match[1] ?? match[2] ?? "", port };
}

/** As a person would write it; `parseUsbmuxAddress` reads it back. */
export function formatUsbmuxAddress(address: UsbmuxAddress): string {
  if (address.kind === "unix") return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
