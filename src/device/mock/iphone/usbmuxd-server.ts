/** A usbmuxd with phones behind it (libimobiledevice/usbmuxd, src/client.c): speaks its protocol on a unix socket or TCP port. */

import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { UsageError } from "../../../shared/errors.ts";
import { makeFoldersSync } from "../../../shared/make-folders.ts";
import { appServices } from "../../iphone/apps/apps-format.ts";
import { UsbmuxHeader } from "../../iphone/usbmux/daemon/usbmux-format.ts";
import { readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../wire/plist.ts";
import { serveAfc } from "./afc-server.ts";
import { serveApps, serveIcons } from "./apps-server.ts";
import { serveBackup } from "./backup/backup-service.ts";
import { serveNotifications } from "./backup/notification-proxy.ts";
import { serveHeartbeat } from "./heartbeat-server.ts";
import { acceptTls, serveLockdown } from "./lockdown-server.ts";
import type { MockPhone } from "./mock-phone.ts";

const lockdownPort = 62078;
const maxCommandBytes = 64 * 1024;
const result = { ok: 0, badCommand: 1, badDevice: 2, refused: 3, badVersion: 6, invalid: 22 };

export type MockAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface MockUsbmuxdOptions {
  readonly address: MockAddress;
  readonly phones: readonly MockPhone[];
  /** Refuse to store pair records, as Apple's daemon does on some systems. */
  readonly refuseRecords?: boolean;
  /** Keeps pair records here, so that a restarted daemon still has them. */
  readonly stateFolder?: string | undefined;
}

export class MockUsbmuxd implements AsyncDisposable {
  readonly phones: readonly MockPhone[];
  readonly records = new Map<string, Uint8Array>();
  readonly buid = randomUUID().toUpperCase();
  readonly #options: MockUsbmuxdOptions;
  #server: net.Server | undefined;
  #listeners = new Set<net.Socket>();
  #sockets = new Set<net.Socket>();
  #nextDeviceId = 1;
  #disposed = false;
  #timers = new Set<NodeJS.Timeout>();

  private constructor(options: MockUsbmuxdOptions) {
    this.#options = options;
    this.phones = options.phones;
  }

  static async start(options: MockUsbmuxdOptions): Promise<MockUsbmuxd> {
    const daemon = new MockUsbmuxd(options);
    daemon.#loadRecords();
    for (const phone of options.phones) {
      phone.deviceId = daemon.#takeDeviceId();
      phone.onUnplug = (replugMs) => {
        daemon.unplug(phone);
        if (replugMs !== undefined) daemon.#later(replugMs, () => daemon.plug(phone));
      };
      phone.onDaemonRestart = (downMs) => {
        void daemon.stop().then(() => daemon.#later(downMs, () => void daemon.#listen()));
      };
    }
    await daemon.#listen();
    return daemon;
  }

  /** Where clients find it, as they would write it in USBMUXD_SOCKET_ADDRESS. */
  get address(): string {
    const { address } = this.#options;
    if ("path" in address) return address.path;
    const bound = this.#server?.address();
    return `${address.host}:${typeof bound === "object" && bound ? bound.port : address.port}`;
  }

  /** Pulls the cable: all streams end, listeners are told. */
  unplug(phone: MockPhone): void {
    if (phone.deviceId === undefined) return;
    const deviceId = phone.deviceId;
    phone.deviceId = undefined;
    for (const stream of phone.streams) stream.destroy();
    phone.services.clear();
    this.#announce({ MessageType: "Detached", DeviceID: deviceId });
  }

  /** Puts it back in, under a new device id, as daemons do. */
  plug(phone: MockPhone): void {
    if (phone.deviceId !== undefined) return;
    phone.deviceId = this.#takeDeviceId();
    for (const entry of attachedEntries(phone)) this.#announce(entry);
  }

  /** The daemon dies: its socket goes away with every stream. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#listeners.clear();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    if (this.#disposed) return;
    const { address } = this.#options;
    if ("path" in address) await makeRoomForSocket(address.path);
    const server = net.createServer((socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#listeners.delete(socket);
      });
      this.#serve(socket).catch(() => socket.destroy());
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(
        "path" in address
          ? { path: address.path, readableAll: true, writableAll: true }
          : { host: address.host, port: address.port },
        resolve,
      );
    });
  }

  async #serve(socket: net.Socket): Promise<void> {
    for (;;) {
      const header = UsbmuxHeader.decode(await readExact(socket, UsbmuxHeader.size));
      if (header.length < UsbmuxHeader.size || header.length > maxCommandBytes) break;
      const body = await readExact(socket, header.length - UsbmuxHeader.size);
      if (header.version > 1) {
        send(socket, header.tag, { MessageType: "Result", Number: result.badVersion });
        continue;
      }
      const message = parse(body);
      if (!message) continue; // the daemon gives no reply to a body it cannot read
      if (this.#listeners.has(socket)) {
        send(socket, header.tag, { MessageType: "Result", Number: result.badCommand });
        break;
      }
      if (message["MessageType"] === "Connect") {
        const phone = this.#connect(message);
        if (typeof phone === "number") {
          send(socket, header.tag, { MessageType: "Result", Number: phone });
          continue;
        }
        send(socket, header.tag, { MessageType: "Result", Number: result.ok });
        await phone(socket);
        return;
      }
      send(socket, header.tag, this.#answer(message, socket));
      if (message["MessageType"] === "Listen")
        for (const phone of this.phones) for (const entry of attachedEntries(phone)) send(socket, 0, entry);
    }
    socket.destroy();
  }

  #answer(message: PlistDict, socket: net.Socket): PlistDict {
    const id = plistField.string(message, "PairRecordID");
    const ok = { MessageType: "Result", Number: result.ok };
    switch (message["MessageType"]) {
      case "ListDevices":
        return { DeviceList: this.phones.flatMap(attachedEntries) };
      case "ListListeners":
        return { ListenerList: [] };
      case "Listen":
        this.#listeners.add(socket);
        return ok;
      case "ReadBUID":
        return { BUID: this.buid };
      case "ReadPairRecord": {
        const record = id === undefined ? undefined : this.records.get(id);
        return record ? { PairRecordData: record } : { MessageType: "Result", Number: result.badDevice };
      }
      case "SavePairRecord": {
        const data = plistField.data(message, "PairRecordData");
        if (id === undefined || !data || this.#options.refuseRecords)
          return { MessageType: "Result", Number: result.invalid };
        this.records.set(id, data);
        this.#storeRecords();
        const deviceId = plistField.number(message, "DeviceID");
        if (deviceId !== undefined) this.#announce({ MessageType: "Paired", DeviceID: deviceId });
        return ok;
      }
      case "DeletePairRecord": {
        const known = id !== undefined && this.records.delete(id);
        this.#storeRecords();
        return known ? ok : { MessageType: "Result", Number: result.badDevice };
      }
      default:
        return { MessageType: "Result", Number: result.badCommand };
    }
  }

  #recordsFile(): string | undefined {
    return this.#options.stateFolder && join(this.#options.stateFolder, "pair-records.json");
  }

  #loadRecords(): void {
    const file = this.#recordsFile();
    if (!file || !existsSync(file)) return;
    const stored = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    for (const [id, data] of Object.entries(stored)) this.records.set(id, Buffer.from(data, "base64"));
  }

  #storeRecords(): void {
    const file = this.#recordsFile();
    if (!file) return;
    makeFoldersSync(join(file, ".."), 0o700);
    const records = [...this.records].map(([id, data]) => [id, Buffer.from(data).toString("base64")]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(records)), { mode: 0o600 });
  }

  /** What serves the stream, or a result code. */
  #connect(message: PlistDict): number | ((socket: net.Socket) => Promise<void>) {
    const deviceId = plistField.number(message, "DeviceID");
    const swapped = plistField.number(message, "PortNumber") ?? 0;
    const port = ((swapped & 0xff) << 8) | (swapped >> 8);
    const phone = this.phones.find((p) => attachedEntries(p).some((entry) => entry["DeviceID"] === deviceId));
    if (!phone) return result.badDevice;
    if (port !== lockdownPort && !phone.services.has(port)) return result.refused;
    const isByNetwork = deviceId !== phone.deviceId;
    return (socket) => servePort(phone, port, socket, isByNetwork);
  }

  #announce(entry: PlistDict): void {
    for (const socket of this.#listeners) send(socket, 0, entry);
  }

  #takeDeviceId(): number {
    const id = this.#nextDeviceId;
    this.#nextDeviceId += 1;
    return id;
  }

  #later(ms: number, fn: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      fn();
    }, ms);
    this.#timers.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.stop();
    if ("path" in this.#options.address) await rm(this.#options.address.path, { force: true });
  }
}

/** Serves one connection to a port of the phone, however it came: through the daemon, or TCP for a USB bridge. */
export async function servePort(
  phone: MockPhone,
  port: number,
  socket: net.Socket,
  isByNetwork = false,
): Promise<void> {
  phone.streams.add(socket);
  socket.on("close", () => phone.streams.delete(socket));
  socket.on("error", () => {});
  try {
    if (port === lockdownPort) return await serveLockdown(phone, socket);
    const service = phone.services.get(port);
    if (!service) return;
    phone.services.delete(port); // each start allows one connection
    const stream = service.tls ? await acceptTls(phone, socket, service.pairing) : socket;
    if (!stream) return;
    if (service.name === "com.apple.mobile.heartbeat") return await serveHeartbeat(phone, stream);
    // A phone gives some ten seconds for its first Polo; here nobody waits for what would come too late.
    if (isByNetwork && phone.heartbeats === 0) return;
    await serveService(phone, service.name, stream);
  } catch {
    // The other side went away; a phone does not mind.
  } finally {
    socket.destroy();
  }
}

async function serveService(phone: MockPhone, name: string, stream: Duplex): Promise<void> {
  if (name === "com.apple.mobilebackup2") await serveBackup(phone, stream);
  else if (name === "com.apple.mobile.notification_proxy") await serveNotifications(phone.backup, stream);
  else if (name === appServices.apps) await serveApps(phone, stream);
  else if (name === appServices.icons) await serveIcons(phone, stream);
  else await serveAfc(phone, stream);
}

function attachedEntries(phone: MockPhone): PlistDict[] {
  if (phone.deviceId === undefined) return [];
  const connection = phone.description.connection ?? "usb";
  const entry = (deviceId: number, properties: PlistDict): PlistDict => ({
    MessageType: "Attached",
    DeviceID: deviceId,
    Properties: { DeviceID: deviceId, SerialNumber: phone.description.udid, ...properties },
  });
  const usb = entry(phone.deviceId, {
    ConnectionType: "USB",
    ConnectionSpeed: 480_000_000,
    LocationID: 65_536 + phone.deviceId,
    ProductID: 4776,
  });
  const network = entry(phone.deviceId + 1000, { ConnectionType: "Network", NetworkAddress: Buffer.alloc(16, 2) });
  return connection === "both" ? [network, usb] : connection === "network" ? [network] : [usb];
}

function parse(body: Buffer): PlistDict | undefined {
  try {
    const message = decodePlistDict(body);
    return typeof message["MessageType"] === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

function send(socket: net.Socket, tag: number, message: PlistDict): void {
  const body = encodePlist(message);
  const header = UsbmuxHeader.encode({ length: UsbmuxHeader.size + body.length, version: 1, message: 8, tag });
  socket.write(Buffer.concat([header, body]));
}

/** A socket that a killed mock left goes; anything else is somebody's, above all a socket that is listened on: the real usbmuxd's. */
async function makeRoomForSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat) return;
  const isLeft = stat.isSocket() && !(await isListenedOn(path));
  if (!isLeft)
    throw new UsageError("usage", `${path} is ${stat.isSocket() ? "in use" : "no socket"}, and stays as it is.`, {
      remedy: "Name another path with --socket.",
    });
  await rm(path, { force: true });
}

async function isListenedOn(path: string): Promise<boolean> {
  const socket = net.connect({ path });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
    });
  } finally {
    socket.destroy();
  }
}
