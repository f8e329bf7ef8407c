/** A mock Android phone in this process, at the end of a real USB/IP cable, and a hub that looks there. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { DeviceHub, type DeviceHubOptions, type Trace } from "../../src/device/index.ts";
import type { MediaSource } from "../../src/device/media-source.ts";
import { AdbFakeServer, MockAndroid, MtpResponder } from "../../src/device/mock/android/index.ts";
import type { AndroidDescription, PhoneDescription } from "../../src/device/mock/described-phone.ts";
import { UsbipServer } from "../../src/device/mock/usb/usbip-server.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import type { SourceHarness } from "../conformance/media-source.ts";
import { describedPhone, generatedAt, truth } from "./mock.ts";

export interface AndroidSetup extends AsyncDisposable {
  readonly phone: MockAndroid;
  readonly responder: MtpResponder;
  readonly server: UsbipServer;
  readonly hub: DeviceHub;
  hubWith(options: { clock?: Clock; trace?: Trace; stallMs?: number }): DeviceHub;
  open(options?: { clock?: Clock; trace?: Trace; stallMs?: number }): Promise<MediaSource>;
}

export const describedAndroid = (over: Partial<PhoneDescription> = {}): PhoneDescription =>
  describedPhone({
    name: "Test Pixel",
    productType: "Pixel 8",
    serialNumber: "TESTANDROID01",
    productVersion: "14",
    ...over,
  });

export async function startAndroid(
  description: Partial<PhoneDescription> = {},
  mtp: AndroidDescription["mtp"] = {},
): Promise<AndroidSetup> {
  const phone = await MockAndroid.create(
    describedAndroid({ ...description, android: { ...description.android, mtp } }),
    ".",
  );
  const responder = new MtpResponder(phone);
  const server = await UsbipServer.start([responder]);
  phone.onUnplug = (replugMs) => {
    server.unplug(responder);
    if (replugMs !== undefined) void delay(replugMs).then(() => server.plug(responder));
  };
  const hubWith = (o: { clock?: Clock; trace?: Trace; stallMs?: number }): DeviceHub =>
    new DeviceHub({
      usbipAddress: server.address,
      via: "mtp",
      recordFolder: "/nonexistent",
      hostName: "test-host",
      platform: "linux",
      ...o,
    });
  return {
    phone,
    responder,
    server,
    hub: hubWith({}),
    hubWith,
    async open(options = {}) {
      const hub = hubWith({ clock: systemClock, stallMs: 2_000, ...options });
      const { info } = await hub.find(undefined);
      return await hub.open(info);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
    },
  };
}

export interface AdbSetup extends AsyncDisposable {
  readonly phone: MockAndroid;
  readonly server: AdbFakeServer;
  readonly hub: DeviceHub;
  hubWith(options: Partial<DeviceHubOptions>): DeviceHub;
  open(options?: { stallMs?: number }): Promise<MediaSource>;
}

/** The phone at a fake adb server; with a cable also over USB. */
export async function startAdb(
  description: Partial<PhoneDescription> = {},
  { withCable = false, baseFolder = "." } = {},
): Promise<AdbSetup> {
  const phone = await MockAndroid.create(describedAndroid(description), baseFolder);
  const server = await AdbFakeServer.start([phone]);
  const cable = withCable ? await UsbipServer.start([new MtpResponder(phone)]) : undefined;
  const hubWith = (over: Partial<DeviceHubOptions>): DeviceHub =>
    new DeviceHub({
      adbAddress: server.address,
      usbmuxAddress: "/nonexistent",
      ...(cable ? { usbipAddress: cable.address } : {}),
      recordFolder: "/nonexistent",
      hostName: "test-host",
      platform: "linux",
      ...over,
    });
  return {
    phone,
    server,
    hub: hubWith({ via: "adb" }),
    hubWith,
    async open(options = {}) {
      const hub = hubWith({ via: "adb", stallMs: 2_000, ...options });
      return await hub.open((await hub.find(undefined)).info);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await cable?.[Symbol.asyncDispose]();
    },
  };
}

/** What the conformance suite needs of a phone of either route; nothing may have been asked for that changes it. */
export async function conformanceHarness(
  mock: AndroidSetup | AdbSetup,
  files: readonly { readonly path: string }[],
  unreadable: string,
): Promise<SourceHarness> {
  const source = await mock.open();
  const bytes = new Map<string, Buffer>();
  for (const { path } of files) bytes.set(path, await truth(mock.phone, path));
  return {
    source,
    truth: bytes,
    unreadable: new Set([unreadable]),
    silence() {
      if ("kills" in mock.server) mock.server.silence(() => {});
      else mock.phone.arm([{ when: {}, do: { type: "stall" }, times: 0 }]);
    },
    modifiedAt: new Date(generatedAt),
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      expect(mock.phone.refusedOperations).toEqual([]);
      await mock[Symbol.asyncDispose]();
    },
  };
}
