import { mkdtemp } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { normaliseUdid, swapPort, UsbmuxHeader } from "../../../../src/device/iphone/usbmux/daemon/usbmux-format.ts";
import { parseUsbmuxAddress, preferUsb, UsbmuxDaemon } from "../../../../src/device/iphone/usbmux/index.ts";
import { encodePlist } from "../../../../src/device/wire/plist.ts";
import { DeviceError, ProtocolError, UsageError } from "../../../../src/shared/errors.ts";
import { TestClock } from "../../../fakes/test-clock.ts";
import { startMock } from "../../../helpers/mock.ts";

test("every address form that a client in use accepts", () => {
  const unix = { kind: "unix", path: "/run/mux" };
  for (const form of ["/run/mux", "UNIX:/run/mux", "unix:/run/mux", "unix:///run/mux"])
    expect(parseUsbmuxAddress(form)).toEqual(unix);
  for (const form of ["127.0.0.1:27015", "tcp://127.0.0.1:27015", "tcp:127.0.0.1:27015"])
    expect(parseUsbmuxAddress(form)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 27015 });
  expect(parseUsbmuxAddress("[::1]:27015")).toEqual({ kind: "tcp", host: "::1", port: 27015 });
  expect(parseUsbmuxAddress("./mux")).toEqual({ kind: "unix", path: "./mux" });
  expect(parseUsbmuxAddress(" ")).toBeUndefined();
  for (const bad of ["localhost", "host:port", "host:99999", "host:0", "::1:27015"])
    expect(() => parseUsbmuxAddress(bad), bad).toThrow(UsageError);
});

test("the header of a known message: 300 bytes of plist, tag 2", () => {
  const bytes = UsbmuxHeader.encode({ length: 316, version: 1, message: 8, tag: 2 });
  expect(bytes.toString("hex")).toBe("3c010000010000000800000002000000");
});

test("ports are swapped and UDIDs get their dash", () => {
  expect(swapPort(62078)).toBe(32498);
  expect(swapPort(49321)).toBe(43456);
  expect(normaliseUdid("00008110001A2B3C4D5E6F7A")).toBe("00008110-001A2B3C4D5E6F7A");
  expect(normaliseUdid("a".repeat(40))).toBe("a".repeat(40));
});

test("a phone seen by cable and over Wi-Fi is one phone, by cable", async () => {
  await using mock = await startMock({ connection: "both" });
  const client = new UsbmuxDaemon({ kind: "unix", path: mock.daemon.address });
  const all = await client.listDevices();
  expect(all.map((d) => d.connection).sort()).toEqual(["network", "usb"]);
  expect(preferUsb(all).map((d) => d.connection)).toEqual(["usb"]);
  expect((await mock.hub.devices()).map((d) => d.state)).toEqual(["needs-trust"]);
});

test("a phone seen over the network only is shown as such and not used", async () => {
  await using mock = await startMock({ connection: "network" });
  expect((await mock.hub.devices()).map((d) => d.state)).toEqual(["network-only"]);
  await expect(mock.hub.find(undefined)).rejects.toMatchObject({ code: "device-network-only" });
});

test("listening tells plug and unplug, and goes on when the daemon restarts", async () => {
  await using mock = await startMock();
  const client = new UsbmuxDaemon({ kind: "unix", path: mock.daemon.address });
  const stop = new AbortController();
  const seen: string[] = [];
  let restarting: Promise<void> | undefined;
  const steps = [
    () => mock.daemon.unplug(mock.phone),
    () => mock.daemon.plug(mock.phone),
    () => {
      restarting = mock.daemon.restart();
    },
  ];
  for await (const event of client.watch({ signal: stop.signal, clock: new TestClock() })) {
    seen.push(event.type);
    if (event.type === "attached" || event.type === "detached") steps.shift()?.();
    if (seen.filter((t) => t === "attached").length === 3) stop.abort();
  }
  await restarting;
  expect(seen.filter((t) => t !== "daemon-gone")).toEqual(["attached", "detached", "attached", "detached", "attached"]);
  expect(seen).toContain("daemon-gone");
});

/** A server that answers a connection with given bytes and then keeps quiet. */
async function rawServer(reply: Buffer): Promise<{ path: string } & AsyncDisposable> {
  const path = join(await mkdtemp(join(tmpdir(), "offroll-raw-")), "mux");
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.write(reply);
  });
  await new Promise<void>((done) => server.listen(path, done));
  return {
    path,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

test("a daemon that does not answer is given up on", async () => {
  await using server = await rawServer(Buffer.alloc(0));
  const client = new UsbmuxDaemon({ kind: "unix", path: server.path }, { replyTimeoutMs: 50 });
  await expect(client.listDevices()).rejects.toMatchObject({ code: "daemon-timeout" });
});

test("absurd lengths, strangers and old daemons are typed errors, and nothing is allocated for them", async () => {
  const header = (length: number, version: number, message = 8): Buffer =>
    UsbmuxHeader.encode({ length, version, message, tag: 1 });
  for (const [bytes, expected] of [
    [header(0xffff_ffff, 1), ProtocolError],
    [header(3, 1), ProtocolError],
    [header(20, 77), ProtocolError],
    [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), ProtocolError],
  ] as const) {
    await using server = await rawServer(bytes);
    await expect(new UsbmuxDaemon({ kind: "unix", path: server.path }).listDevices()).rejects.toBeInstanceOf(expected);
  }
  await using old = await rawServer(header(20, 0, 1));
  await expect(new UsbmuxDaemon({ kind: "unix", path: old.path }).listDevices()).rejects.toMatchObject({
    code: "daemon-too-old",
  });
});

test("a malformed plist from the daemon is a typed error", async () => {
  const body = Buffer.from("<plist><dict><key>A</key></plist>");
  await using server = await rawServer(
    Buffer.concat([UsbmuxHeader.encode({ length: 16 + body.length, version: 1, message: 8, tag: 1 }), body]),
  );
  await expect(new UsbmuxDaemon({ kind: "unix", path: server.path }).listDevices()).rejects.toBeInstanceOf(
    ProtocolError,
  );
});

test("bytes that arrive together with the Result belong to the stream", async () => {
  const body = encodePlist({ MessageType: "Result", Number: 0 });
  const result = Buffer.concat([
    UsbmuxHeader.encode({ length: 16 + body.length, version: 1, message: 8, tag: 1 }),
    body,
  ]);
  await using server = await rawServer(Buffer.concat([result, Buffer.from("early bytes")]));
  const socket = await new UsbmuxDaemon({ kind: "unix", path: server.path }).connect(1, 62078);
  const first = await new Promise<Buffer>((done) => socket.once("data", done));
  expect(first.toString()).toBe("early bytes");
  socket.destroy();
});

test("no daemon and a forbidden socket are told apart", async () => {
  const nowhere = new UsbmuxDaemon({ kind: "unix", path: "/nonexistent/usbmuxd" });
  await expect(nowhere.listDevices()).rejects.toMatchObject({ code: "daemon-not-running", retryable: true });
  await expect(new UsbmuxDaemon({ kind: "tcp", host: "127.0.0.1", port: 1 }).listDevices()).rejects.toBeInstanceOf(
    DeviceError,
  );
});
