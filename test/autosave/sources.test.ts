import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { mountSource } from "../../src/autosave/sources/mounts.ts";
import { ownFilesSource } from "../../src/autosave/sources/own-files.ts";
import { phoneSources } from "../../src/autosave/sources/phones.ts";
import { isPowerLow } from "../../src/autosave/sources/power.ts";
import type { Hint, Source } from "../../src/autosave/sources/source.ts";
import { adbChanges, busChanges, iphoneArrivals } from "../../src/device/attachments.ts";
import { nodeChanges } from "../../src/device/usb/device-nodes.ts";
import { ManualClock } from "../fakes/manual-clock.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-sources-"));
const now = new Date(2026, 0, 2);

/** What a source told, as it comes; `end` resolves when it returned. */
function following(source: Source): { hints: Hint[]; end: () => Promise<void> } {
  const hints: Hint[] = [];
  const stop = new AbortController();
  const ended = source.follow((hint) => hints.push(hint), stop.signal);
  return {
    hints,
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

const within = { timeout: 300_000, interval: 10 };

/** usbmuxd, as far as Listen goes: one phone, and the end of its socket with `close`. */
async function daemonAt(path: string): Promise<Server & { closeAll: () => void }> {
  const { encodePlist } = await import("../../src/device/wire/plist.ts");
  const message = (body: Parameters<typeof encodePlist>[0], tag: number): Buffer => {
    const bytes = encodePlist(body);
    const head = Buffer.alloc(16);
    for (const [i, value] of [16 + bytes.length, 1, 8, tag].entries()) head.writeUInt32LE(value, 4 * i);
    return Buffer.concat([head, bytes]);
  };
  const sockets = new Set<import("node:net").Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (request) => {
      socket.write(message({ MessageType: "Result", Number: 0 }, request.readUInt32LE(12)));
      const Properties = { ConnectionType: "USB", DeviceID: 4, SerialNumber: "ann", ConnectionSpeed: 480_000_000 };
      socket.write(message({ MessageType: "Attached", DeviceID: 4, Properties }, 0));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return Object.assign(server, {
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}

test("usbmuxd's folder tells when the daemon comes, however often it comes and goes, and nothing is polled", async () => {
  const path = join(folder(), "usbmuxd");
  const clock = new ManualClock(now);
  const options = { usbmuxAddress: path, platform: "linux", clock } as const;
  const none = async function* (): AsyncGenerator<void> {};
  const [source] = phoneSources({ iphones: (signal) => iphoneArrivals(options, { signal }), bus: none, adb: none });
  const { hints, end } = following(source!);
  const attached = { type: "iphone-attached", udid: "ann", by: "cable", key: 4 };
  await vi.waitFor(() => expect(hints).toEqual([{ type: "iphones-gone" }]), within);
  for (let i = 0; i < 2; i += 1) {
    hints.length = 0;
    expect(clock.slept).toEqual([]);
    const daemon = await daemonAt(path);
    // A socket is there a moment before its daemon listens.
    await vi.waitFor(() => expect(clock.slept).toEqual([500]), within);
    await clock.advance(500);
    await vi.waitFor(() => expect(hints).toEqual([attached]), within);
    hints.length = 0;
    daemon.closeAll();
    await vi.waitFor(() => expect(hints[0]).toEqual({ type: "iphones-gone" }), within);
    // The socket went with it, which is a change as well: it is looked at once more.
    await vi.waitFor(() => expect(clock.slept.length).toBe(2), within);
    await clock.advance(500);
    await vi.waitFor(() => expect(hints).toHaveLength(2), within);
    clock.slept.length = 0;
  }
  await end();
});

test("devices that come to the bus are told by their files, on a bus that came later too", async () => {
  const bus = folder();
  mkdirSync(join(bus, "001"));
  const stop = new AbortController();
  let changes = 0;
  const ended = (async () => {
    for await (const _ of nodeChanges(stop.signal, bus)) changes += 1;
  })();
  await new Promise((resolve) => setImmediate(resolve));
  const changed = async (what: () => void): Promise<void> => {
    const before = changes;
    what();
    await vi.waitFor(() => expect(changes).toBeGreaterThan(before), within);
  };
  await changed(() => writeFileSync(join(bus, "001", "004"), ""));
  await changed(() => rmSync(join(bus, "001", "004")));
  await changed(() => mkdirSync(join(bus, "002")));
  await changed(() => writeFileSync(join(bus, "002", "001"), ""));
  stop.abort();
  await ended;
});

test("adb's server is looked for once a minute, and none is started", async () => {
  const clock = new ManualClock(now);
  const stop = new AbortController();
  const options = { adbAddress: "127.0.0.1:9", platform: "linux", clock } as const;
  const ended = (async () => {
    for await (const _ of adbChanges(options, stop.signal)) expect.unreachable();
  })();
  for (let looks = 1; looks <= 3; looks += 1) {
    await vi.waitFor(() => expect(clock.slept).toEqual(Array.from({ length: looks }, () => 60_000)), within);
    await clock.advance(60_000);
  }
  stop.abort();
  await ended;
});

test("a bus that the system does not have tells nothing, and ends", async () => {
  const stop = new AbortController();
  const options = { platform: "aix", clock: new ManualClock(now) } as const;
  const first = busChanges(options, stop.signal).next();
  stop.abort();
  expect(await first).toMatchObject({ done: true });
});

test("what other commands leave is told, and what lay there before", async () => {
  const where = join(folder(), "asks");
  const { hints, end } = following(ownFilesSource("asks", { type: "asked" }, { folder: where }));
  await vi.waitFor(() => expect(hints).toHaveLength(1), within);
  writeFileSync(join(where, "x.json"), "{}");
  await vi.waitFor(() => expect(hints.length).toBeGreaterThan(1), within);
  await end();
  const file = join(folder(), "autosave.json");
  const settings = following(ownFilesSource("settings", { type: "settings-changed" }, { file }));
  writeFileSync(join(file, "..", "config.json"), "{}");
  writeFileSync(file, "{}");
  await vi.waitFor(() => expect(settings.hints.length).toBeGreaterThan(1), within);
  await settings.end();
});

test("where no system tells of disks, they are looked at every fifteen seconds", async () => {
  const clock = new ManualClock(now);
  const { hints, end } = following(mountSource("win32", clock));
  await clock.advance(44_000);
  expect(hints).toEqual([{ type: "places-changed" }, { type: "places-changed" }]);
  await end();
});

const battery = { type: "Battery", status: "Discharging", capacity: "20" };
test.each([
  ["no battery", {}, false],
  ["a low one", { BAT0: battery }, true],
  ["a low one that charges", { BAT0: { ...battery, status: "Charging" } }, false],
  ["the mains beside it", { BAT0: battery, AC: { type: "Mains", online: "1" } }, false],
  ["mains that are out", { BAT0: battery, AC: { type: "Mains", online: "0" } }, true],
  ["enough of it", { BAT0: { ...battery, capacity: "31" } }, false],
  ["a second one that is full", { BAT0: battery, BAT1: { ...battery, capacity: "90" } }, false],
  ["a mouse's", { hid: { ...battery, scope: "Device" } }, false],
  ["one that tells nothing", { BAT0: { type: "Battery" } }, false],
])("the computer's battery: %s", async (_, supplies, isLow) => {
  const sysfs = folder();
  for (const [name, values] of Object.entries(supplies)) {
    mkdirSync(join(sysfs, name));
    for (const [file, value] of Object.entries(values)) writeFileSync(join(sysfs, name, file), `${value}\n`);
  }
  expect(await isPowerLow("linux", sysfs)).toBe(isLow);
});
