/**
 * What tells that phones come and go, without asking a phone or a server for anything: for whoever waits for them all day. Nothing is
 * polled where the system tells. What stands behind it is loaded as it is needed, so that waiting costs little memory.
 */
import { existsSync } from "node:fs";
import net from "node:net";
import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { toAppError } from "../shared/errors.ts";
import type { AdbAddress } from "./adb/adb-server.ts";
import { defaultUsbmuxAddress, parseUsbmuxAddress } from "./iphone/usbmux/daemon/usbmux-address.ts";
import { type Arrival, iphonesArriving } from "./iphone/usbmux/daemon/usbmux-arrival.ts";
import { nodeChanges, usbNodes } from "./usb/device-nodes.ts";

export type { Arrival } from "./iphone/usbmux/daemon/usbmux-arrival.ts";

/** Where phones are waited for; as `DeviceHubOptions`. */
export interface AttachmentOptions {
  readonly usbmuxAddress?: string | undefined;
  readonly usbipAddress?: string | undefined;
  readonly adbAddress?: string | undefined;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
}

/** How often adb's server is looked for: nothing tells that it was started, and a watcher starts none. */
const adbLookMs = 60_000;
/** A list of phones that does not change is silent for days. */
const endlessMs = 2 ** 31 - 1;

/** Each iPhone as it comes and goes, by its UDID, those present first; until aborted. @throws {UsageError} for an address that is none */
export function iphoneArrivals(options: AttachmentOptions, { signal }: AbortOptions): AsyncIterable<Arrival> {
  const { usbmuxAddress, platform, clock } = options;
  const address = parseUsbmuxAddress(usbmuxAddress ?? "") ?? defaultUsbmuxAddress(platform);
  return iphonesArriving(address, { clock, ...(signal ? { signal } : {}) });
}

/** Yields when something came to the USB bus or left it; until aborted. Who it is has to be asked. */
export async function* busChanges(
  { usbipAddress, platform, clock }: AttachmentOptions,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  if (usbipAddress !== undefined)
    return yield* new (await import("./usb/usbip-bus.ts")).UsbipBus(usbipAddress, clock).changes(signal);
  if (platform === "linux") {
    if (existsSync(usbNodes)) yield* nodeChanges(signal);
    return;
  }
  yield* new (await import("./usb/libusb-bus.ts")).LibusbBus(platform).changes(signal);
}

/** Yields when a running adb server has other phones than before; until aborted. It is looked for once a minute. */
export async function* adbChanges(
  { adbAddress, clock }: AttachmentOptions,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  const { AdbServer, parseAdbAddress } = await import("./adb/adb-server.ts");
  const address: AdbAddress = parseAdbAddress(adbAddress);
  const server = new AdbServer(address, { stallMs: endlessMs });
  while (!signal.aborted) {
    let isThere = false;
    try {
      if (await answers(address))
        for await (const _ of server.track({ signal })) {
          isThere = true;
          yield;
        }
    } catch (error) {
      if (toAppError(error).scope !== "device") throw error;
      if (isThere) yield;
    }
    try {
      await clock.sleep(adbLookMs, { signal });
    } catch {
      return;
    }
  }
}

/** One call, and no timer that would wake somebody who sleeps: a port of this computer answers or refuses at once. */
async function answers({ host, port }: AdbAddress): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
  });
}
