/**
 * USB devices that another computer, or the mock phone, serves over USB/IP. Each opened device is one connection: its end is the
 * cable pulled. Source: Linux kernel, Documentation/usb/usbip_protocol.rst.
 */

import net from "node:net";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { readExact } from "../wire/byte-stream.ts";
import {
  type BulkPipe,
  type ControlSetup,
  type UsbBus,
  type UsbConnection,
  type UsbDevice,
  UsbError,
  type UsbSpeed,
} from "./usb-bus.ts";
import { parseConfiguration, parseString, type UsbEndpoint, type UsbInterface } from "./usb-descriptors.ts";
import {
  busIdBytes,
  commandBytes,
  commandHeader,
  decodeUsbipDevice,
  decodeUsbipInterfaces,
  errno,
  operationHeader,
  replyBody,
  submitBody,
  type UsbipDevice,
  usbipCommand,
  usbipDeviceBytes,
  usbipInterfaceBytes,
  usbipInterfaceCount,
  usbipOperation,
  usbipPort,
  usbipVersion,
} from "./usbip-format.ts";

const connectMs = 3_000;
const replyMs = 5_000;
const pollMs = 1_000;
/** A server has a handful of ports. */
const maxDevices = 64;
const speeds: Record<number, UsbSpeed> = { 1: "low", 2: "full", 3: "high", 5: "super", 6: "super-plus" };

export class UsbipBus implements UsbBus {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #port: number;

  /** @param address HOST or HOST:PORT */
  constructor(address: string, clock: Clock = systemClock) {
    this.#clock = clock;
    const at = address.lastIndexOf(":");
    this.#host = at === -1 ? address : address.slice(0, at);
    this.#port = at === -1 ? usbipPort : Number(address.slice(at + 1));
  }

  async devices(): Promise<readonly UsbDevice[]> {
    const listed = await this.#list();
    return await Promise.all(listed.map((device) => this.#describe(device)));
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    // USB/IP tells nobody of a plug: it has to be asked.
    let last: string | undefined;
    while (!signal.aborted) {
      const now = JSON.stringify(await this.#list().catch(() => []));
      if (last !== undefined && now !== last) yield;
      last = now;
      try {
        await this.#clock.sleep(pollMs, { signal });
      } catch {
        return;
      }
    }
  }

  async #connect(): Promise<net.Socket> {
    return await new Promise((resolve, reject) => {
      const socket = net.connect({ host: this.#host, port: this.#port, noDelay: true, timeout: connectMs });
      const fail = (why: string): void => {
        socket.destroy();
        reject(new UsbError("io", `The USB/IP server at ${this.#host}:${this.#port} does not answer (${why}).`));
      };
      socket.once("error", (error) => fail(error.message));
      socket.once("timeout", () => fail("timed out"));
      socket.once("connect", () => {
        socket.setTimeout(0);
        socket.removeAllListeners();
        resolve(socket);
      });
    });
  }

  async #list(): Promise<UsbipDevice[]> {
    const socket = await this.#connect();
    try {
      const request = { version: usbipVersion, code: usbipOperation.listRequest, status: 0 };
      socket.write(operationHeader.encode(request));
      const head = await readExact(socket, operationHeader.size + 4, { timeoutMs: replyMs });
      const count = Math.min(head.readUInt32BE(operationHeader.size), maxDevices);
      const devices: UsbipDevice[] = [];
      for (let i = 0; i < count; i += 1) {
        const bytes = await readExact(socket, usbipDeviceBytes, { timeoutMs: replyMs });
        const length = usbipInterfaceCount(bytes) * usbipInterfaceBytes;
        const interfaces = decodeUsbipInterfaces(await readExact(socket, length, { timeoutMs: replyMs }));
        devices.push({ ...decodeUsbipDevice(bytes), interfaces });
      }
      return devices;
    } finally {
      socket.destroy();
    }
  }

  /** A device's endpoints are known only when it is attached: one that somebody else has keeps what can be told without. */
  async #describe(device: UsbipDevice): Promise<UsbDevice> {
    const common = {
      key: `usbip:${this.#host}:${this.#port}/${device.busId}`,
      vendorId: device.vendor,
      productId: device.product,
      speed: speeds[device.speed],
      file: undefined,
      isExclusive: true,
      open: async () => await UsbipConnection.open(await this.#connect(), device.busId),
    };
    try {
      await using connection = await UsbipConnection.open(await this.#connect(), device.busId);
      return { ...common, interfaces: connection.interfaces };
    } catch (error) {
      if (!(error instanceof UsbError) || error.fault !== "busy") throw error;
      const interfaces = device.interfaces.map(
        ([c, s, p], number): UsbInterface => ({
          class: c,
          subclass: s,
          protocol: p,
          number,
          nameIndex: 0,
          endpoints: [],
        }),
      );
      return { ...common, interfaces };
    }
  }
}

interface Submitted {
  /** Undefined for what goes out. */
  readonly wanted: number | undefined;
  resolve(bytes: Buffer): void;
  reject(error: UsbError): void;
}

class UsbipConnection implements UsbConnection {
  readonly interfaces: UsbInterface[] = [];
  serial: string | undefined;
  manufacturer: string | undefined;
  product: string | undefined;
  readonly #socket: net.Socket;
  readonly #submitted = new Map<number, Submitted>();
  readonly #unlinks = new Map<number, () => void>();
  #sequence = 1;
  #gone: UsbError | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  static async open(socket: net.Socket, busId: string): Promise<UsbipConnection> {
    try {
      const request = Buffer.alloc(operationHeader.size + busIdBytes);
      operationHeader.encodeInto(request, { version: usbipVersion, code: usbipOperation.importRequest, status: 0 });
      request.write(busId, operationHeader.size, "latin1");
      socket.write(request);
      const { status } = operationHeader.decode(await readExact(socket, operationHeader.size, { timeoutMs: replyMs }));
      if (status !== 0) throw new UsbError("busy", "Another computer or program has this USB/IP device.");
      await readExact(socket, usbipDeviceBytes, { timeoutMs: replyMs });
      const connection = new UsbipConnection(socket);
      void connection.#receive();
      await connection.#readDescriptors();
      return connection;
    } catch (error) {
      socket.destroy();
      throw error instanceof UsbError ? error : new UsbError("gone", (error as Error).message, { cause: error });
    }
  }

  async #readDescriptors(): Promise<void> {
    const device = await this.control({ requestType: 0x80, request: 6, value: 0x0100, index: 0 }, 18);
    const head = await this.control({ requestType: 0x80, request: 6, value: 0x0200, index: 0 }, 9);
    const total = head.length >= 4 ? head.readUInt16LE(2) : 0;
    const configuration = await this.control({ requestType: 0x80, request: 6, value: 0x0200, index: 0 }, total);
    this.interfaces.push(...parseConfiguration(configuration));
    this.manufacturer = await this.readString(device[14] ?? 0);
    this.product = await this.readString(device[15] ?? 0);
    this.serial = await this.readString(device[16] ?? 0);
    const value = configuration[5] ?? 1;
    await this.control({ requestType: 0x00, request: 9, value, index: 0 }, Buffer.alloc(0));
  }

  async readString(index: number): Promise<string | undefined> {
    if (index === 0) return undefined;
    try {
      return parseString(
        await this.control({ requestType: 0x80, request: 6, value: 0x0300 | index, index: 0x0409 }, 255),
      );
    } catch (error) {
      if (error instanceof UsbError && error.fault === "stall") return undefined;
      throw error;
    }
  }

  /** Source: Linux kernel, drivers/usb/usbip/stub_rx.c: a hub's port reset, sent to the device, resets it. */
  async reset(): Promise<void> {
    await this.control({ requestType: 0x23, request: 3, value: 4, index: 0 }, Buffer.alloc(0));
    await this[Symbol.asyncDispose]();
  }

  async claim(number: number): Promise<BulkPipe> {
    const found = this.interfaces.find((i) => i.number === number);
    if (!found) throw new UsbError("io", `There is no interface ${number}.`);
    return new UsbipPipe(this, found);
  }

  async control(setup: ControlSetup, data: Buffer | number): Promise<Buffer> {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt8(setup.requestType, 0);
    bytes.writeUInt8(setup.request, 1);
    bytes.writeUInt16LE(setup.value, 2);
    bytes.writeUInt16LE(setup.index, 4);
    bytes.writeUInt16LE(typeof data === "number" ? data : data.length, 6);
    return await this.submit(0, typeof data === "number" ? data : data, bytes).done;
  }

  /** @param data how many bytes are wanted, or bytes to send */
  submit(
    endpoint: number,
    data: Buffer | number,
    setup = Buffer.alloc(8),
  ): { sequence: number; done: Promise<Buffer> } {
    const sequence = this.#sequence;
    this.#sequence += 1;
    const isIn = typeof data === "number";
    const done = new Promise<Buffer>((resolve, reject) => {
      if (this.#gone) return reject(this.#gone);
      this.#submitted.set(sequence, { wanted: isIn ? data : undefined, resolve, reject });
      const out = Buffer.alloc(commandBytes);
      commandHeader.encodeInto(out, {
        command: usbipCommand.submit,
        sequence,
        device: 1,
        direction: isIn ? 1 : 0,
        endpoint: endpoint & 0x7f,
      });
      const length = isIn ? data : data.length;
      submitBody.encodeInto(out, { flags: 0, length, startFrame: 0, packets: 0, interval: 0 }, commandHeader.size);
      setup.copy(out, commandHeader.size + submitBody.size);
      this.#socket.write(isIn ? out : Buffer.concat([out, data]));
    });
    return { sequence, done };
  }

  /** Takes back submitted transfers that have not ended. */
  async unlink(sequences: readonly number[]): Promise<void> {
    await Promise.all(
      sequences.map(async (victim) => {
        if (!this.#submitted.has(victim) || this.#gone) return;
        const sequence = this.#sequence;
        this.#sequence += 1;
        const answered = new Promise<void>((resolve) => this.#unlinks.set(sequence, resolve));
        const out = Buffer.alloc(commandBytes);
        commandHeader.encodeInto(out, { command: usbipCommand.unlink, sequence, device: 1, direction: 0, endpoint: 0 });
        out.writeUInt32BE(victim, commandHeader.size);
        this.#socket.write(out);
        await answered;
        this.#submitted.get(victim)?.reject(new UsbError("cancelled", "The transfer was cancelled."));
        this.#submitted.delete(victim);
      }),
    );
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const bytes = await readExact(this.#socket, commandBytes);
        const { command, sequence } = commandHeader.decode(bytes);
        const { status, actualLength } = replyBody.decode(bytes, commandHeader.size);
        if (command === usbipCommand.unlinkReply) {
          this.#unlinks.get(sequence)?.();
          this.#unlinks.delete(sequence);
          continue;
        }
        const submitted = this.#submitted.get(sequence);
        this.#submitted.delete(sequence);
        const wanted = submitted?.wanted ?? 0;
        if (wanted > 0 && actualLength > wanted) throw new UsbError("io", "The server sends more than was asked for.");
        const data = wanted > 0 && actualLength > 0 ? await readExact(this.#socket, actualLength) : Buffer.alloc(0);
        if (status === 0) submitted?.resolve(data);
        else submitted?.reject(faultOf(-status));
      }
    } catch (error) {
      this.#end(new UsbError("gone", "The device was unplugged.", { cause: error }));
    }
  }

  #end(error: UsbError): void {
    this.#gone ??= error;
    this.#socket.destroy();
    for (const { reject } of this.#submitted.values()) reject(this.#gone);
    this.#submitted.clear();
    for (const resolve of this.#unlinks.values()) resolve();
    this.#unlinks.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new UsbError("cancelled", "The connection was closed."));
  }
}

function faultOf(code: number): UsbError {
  if (code === errno.pipe) return new UsbError("stall", "The device refused the transfer.");
  if (code === errno.connReset || code === errno.noEntry)
    return new UsbError("cancelled", "The transfer was cancelled.");
  if (code === errno.noDevice) return new UsbError("gone", "The device was unplugged.");
  return new UsbError("io", `The transfer failed (error ${code}).`);
}

class UsbipPipe implements BulkPipe {
  readonly packetBytes: number;
  readonly #connection: UsbipConnection;
  readonly #in: UsbEndpoint;
  readonly #out: UsbEndpoint;
  readonly #event: UsbEndpoint | undefined;
  readonly #reads = new Set<number>();
  #pendingEvent: number | undefined;

  constructor(connection: UsbipConnection, { endpoints }: UsbInterface) {
    const find = (type: string, isIn: boolean): UsbEndpoint | undefined =>
      endpoints.find((e) => e.type === type && e.address >= 0x80 === isIn);
    const [bulkIn, bulkOut] = [find("bulk", true), find("bulk", false)];
    if (!bulkIn || !bulkOut) throw new UsbError("io", "The interface has no pair of bulk endpoints.");
    this.#connection = connection;
    this.#in = bulkIn;
    this.#out = bulkOut;
    this.#event = find("interrupt", true);
    this.packetBytes = bulkIn.packetBytes;
  }

  async read(maxBytes: number): Promise<Buffer> {
    const { sequence, done } = this.#connection.submit(this.#in.address, maxBytes);
    this.#reads.add(sequence);
    try {
      return await done;
    } finally {
      this.#reads.delete(sequence);
    }
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#connection.submit(this.#out.address, bytes).done;
  }

  async readEvent(): Promise<Buffer> {
    if (!this.#event) return await new Promise(() => {});
    const { sequence, done } = this.#connection.submit(this.#event.address, this.#event.packetBytes);
    this.#pendingEvent = sequence;
    return await done;
  }

  async control(setup: ControlSetup, data: Buffer | number): Promise<Buffer> {
    return await this.#connection.control(setup, data);
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const index = direction === "in" ? this.#in.address : this.#out.address;
    await this.#connection.control({ requestType: 0x02, request: 1, value: 0, index }, Buffer.alloc(0));
  }

  async cancelReads(): Promise<void> {
    await this.#connection.unlink([...this.#reads]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancelReads();
    if (this.#pendingEvent !== undefined) await this.#connection.unlink([this.#pendingEvent]);
  }
}
