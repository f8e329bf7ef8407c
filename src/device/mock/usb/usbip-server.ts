/**
 * Serves user-space USB devices over USB/IP: a kernel attaches them as if they were plugged in (`usbip attach`, vhci_hcd), and so
 * does our own client. The end of a connection is the cable pulled. Source: Linux kernel, Documentation/usb/usbip_protocol.rst.
 */
import { once } from "node:events";
import net from "node:net";
import { parseConfiguration } from "../../usb/usb-descriptors.ts";
import {
  busIdBytes,
  commandBytes,
  commandHeader,
  encodeUsbipDevice,
  encodeUsbipInterfaces,
  errno,
  operationHeader,
  replyBody,
  setupBytes,
  submitBody,
  type UsbipDevice,
  usbipCommand,
  usbipOperation,
  usbipVersion,
} from "../../usb/usbip-format.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import {
  deviceDescriptor,
  osCompatible,
  osString,
  stringDescriptor,
  type UsbFunction,
  type UsbHost,
} from "./usb-function.ts";

/** A host asks for no more at once. */
const maxTransferBytes = 64 * 1024 * 1024;

export class UsbipServer implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #devices = new Map<string, UsbFunction>();
  readonly #attachments = new Map<string, Attachment>();
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
  }

  /** @param port 0 takes a free one */
  static async start(devices: readonly UsbFunction[], port = 0, host = "127.0.0.1"): Promise<UsbipServer> {
    const server = net.createServer();
    const usbip = new UsbipServer(server);
    for (const [i, device] of devices.entries()) usbip.#devices.set(`1-${i + 1}`, device);
    server.on("connection", (socket) => void usbip.#serve(socket));
    server.listen(port, host);
    await once(server, "listening");
    return usbip;
  }

  get address(): string {
    const { address, port } = this.#server.address() as net.AddressInfo;
    return `${address}:${port}`;
  }

  /** The cable is pulled. */
  unplug(device: UsbFunction): void {
    for (const [busId, d] of this.#devices)
      if (d === device) {
        this.#devices.delete(busId);
        this.#attachments.get(busId)?.end();
      }
  }

  /** And put back in, into the same socket. */
  plug(device: UsbFunction): void {
    if ([...this.#devices.values()].includes(device)) return;
    for (let i = 1; ; i += 1)
      if (!this.#devices.has(`1-${i}`)) {
        this.#devices.set(`1-${i}`, device);
        return;
      }
  }

  async #serve(socket: net.Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    try {
      const { code } = operationHeader.decode(await readExact(socket, operationHeader.size));
      if (code === usbipOperation.listRequest) this.#list(socket);
      else if (code === usbipOperation.importRequest) await this.#import(socket);
      else destroyQuietly(socket);
    } catch {
      destroyQuietly(socket);
    }
  }

  #list(socket: net.Socket): void {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.#devices.size);
    const parts = [operationHeader.encode({ version: usbipVersion, code: usbipOperation.listReply, status: 0 }), count];
    for (const [busId, device] of this.#devices) {
      const description = describe(busId, device);
      parts.push(encodeUsbipDevice(description), encodeUsbipInterfaces(description));
    }
    socket.end(Buffer.concat(parts));
  }

  async #import(socket: net.Socket): Promise<void> {
    const busId = (await readExact(socket, busIdBytes)).toString("latin1").split("\0")[0] as string;
    const device = this.#devices.get(busId);
    const reply = { version: usbipVersion, code: usbipOperation.importReply };
    if (!device || this.#attachments.has(busId)) {
      socket.end(operationHeader.encode({ ...reply, status: 1 }));
      return;
    }
    const attachment = new Attachment(socket, device);
    this.#attachments.set(busId, attachment);
    try {
      socket.write(
        Buffer.concat([operationHeader.encode({ ...reply, status: 0 }), encodeUsbipDevice(describe(busId, device))]),
      );
      await attachment.run();
    } finally {
      this.#attachments.delete(busId);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) destroyQuietly(socket);
    this.#server.close();
    await once(this.#server, "close").catch(() => {});
  }
}

function describe(busId: string, { speed, vendorId, productId, configuration }: UsbFunction): UsbipDevice {
  const interfaces = parseConfiguration(configuration).map((i): [number, number, number] => [
    i.class,
    i.subclass,
    i.protocol,
  ]);
  return { busId, speed, vendor: vendorId, product: productId, interfaces };
}

/** One USBIP_CMD_SUBMIT: a transfer that the host asks for. */
interface Transfer {
  readonly sequence: number;
  readonly isIn: boolean;
  readonly endpoint: number;
  /** Bytes that the host takes, or sends. */
  readonly length: number;
  /** Endpoint 0 alone goes by it. */
  readonly setup: Buffer;
  /** Empty where it is in. */
  readonly data: Buffer;
}

interface Waiting {
  readonly sequence: number;
  readonly length: number;
  readonly got: Buffer[];
  filled: number;
}

interface Ready {
  data: Buffer;
  readonly end: boolean;
}

/** One host that has taken a device. */
class Attachment implements UsbHost {
  readonly #socket: net.Socket;
  readonly #device: UsbFunction;
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #ready = new Map<number, Ready[]>();
  readonly #drained = new Map<number, (() => void)[]>();
  readonly #halted = new Set<number>();

  constructor(socket: net.Socket, device: UsbFunction) {
    this.#socket = socket;
    this.#device = device;
  }

  async run(): Promise<void> {
    this.#device.attached(this);
    try {
      for (;;) {
        const bytes = await readExact(this.#socket, commandBytes);
        const { command, sequence, direction, endpoint } = commandHeader.decode(bytes);
        if (command === usbipCommand.unlink) this.#unlink(sequence, bytes.readUInt32BE(commandHeader.size));
        else if (command === usbipCommand.submit) {
          const { length } = submitBody.decode(bytes, commandHeader.size);
          if (length > maxTransferBytes) break;
          const data = direction === 0 && length > 0 ? await readExact(this.#socket, length) : Buffer.alloc(0);
          const setup = bytes.subarray(commandBytes - setupBytes);
          this.#submit({ sequence, isIn: direction === 1, endpoint, length, setup, data });
        } else break;
      }
    } catch {
      // the host is gone
    } finally {
      this.end();
      this.#device.detached();
    }
  }

  end(): void {
    destroyQuietly(this.#socket);
    for (const waiters of this.#drained.values()) for (const wake of waiters) wake();
    this.#drained.clear();
  }

  #submit({ sequence, isIn, endpoint, length, setup, data }: Transfer): void {
    if (endpoint === 0) return this.#control(sequence, isIn, setup, data);
    if (this.#halted.has(isIn ? endpoint | 0x80 : endpoint)) return this.#reply(sequence, -errno.pipe, 0);
    if (isIn) {
      this.#queue(this.#waiting, endpoint).push({ sequence, length, got: [], filled: 0 });
      return this.#match(endpoint);
    }
    this.#reply(sequence, 0, data.length);
    this.#device.received(endpoint, data);
  }

  #control(sequence: number, isIn: boolean, bytes: Buffer, data: Buffer): void {
    const setup = {
      requestType: bytes.readUInt8(0),
      request: bytes.readUInt8(1),
      value: bytes.readUInt16LE(2),
      index: bytes.readUInt16LE(4),
      length: bytes.readUInt16LE(6),
    };
    if (setup.requestType === 0x23 && setup.request === 3 && setup.value === 4) {
      this.#device.reset?.();
      return this.#reply(sequence, 0, 0);
    }
    const isStandard = (setup.requestType & 0x60) === 0;
    const isOs = setup.requestType === 0xc0 && setup.request === this.#device.osDescriptor?.request;
    const answer = isOs
      ? osCompatible(this.#device.osDescriptor?.compatibleId ?? "")
      : isStandard
        ? this.#standard(setup.request, setup.value, setup.index)
        : this.#device.control(setup, data);
    if (answer === undefined) return this.#reply(sequence, -errno.pipe, 0);
    const cut = answer.subarray(0, setup.length);
    this.#reply(sequence, 0, isIn ? cut.length : data.length, isIn ? cut : undefined);
  }

  #standard(request: number, value: number, index: number): Buffer | undefined {
    const [kind, which] = [value >> 8, value & 0xff];
    if (request === 6 && kind === 1) return deviceDescriptor(this.#device);
    if (request === 6 && kind === 2) return which === 0 ? this.#device.configuration : undefined;
    if (request === 6 && kind === 3) {
      const { osDescriptor } = this.#device;
      if (which === 0xee) return osDescriptor && osString(osDescriptor.request);
      if (which === 0) return Buffer.of(4, 3, 0x09, 0x04);
      const text = this.#device.strings[which - 1];
      return text === undefined ? undefined : stringDescriptor(text);
    }
    if (request === 1) this.#halted.delete(index & 0xff);
    if (request === 0) return Buffer.of(this.#halted.has(index & 0xff) ? 1 : 0, 0);
    if (request === 8) return Buffer.of(1);
    if (request === 10) return Buffer.of(0);
    return [1, 3, 5, 9, 11].includes(request) ? Buffer.alloc(0) : undefined;
  }

  send(endpoint: number, data: Buffer, end = true): void {
    const queue = this.#queue(this.#ready, endpoint);
    const needsEmpty = end && data.length % this.#device.packetBytes === 0;
    if (data.length > 0) queue.push({ data, end: end && !needsEmpty });
    if (needsEmpty) queue.push({ data: Buffer.alloc(0), end: true });
    this.#match(endpoint);
  }

  async drained(endpoint: number): Promise<void> {
    if (this.#queue(this.#ready, endpoint).length === 0 || this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#queue(this.#drained, endpoint).push(resolve);
    });
  }

  stall(endpoint: number): void {
    this.#halted.add(endpoint);
    for (const { sequence } of this.#waiting.get(endpoint & 0x7f) ?? []) this.#reply(sequence, -errno.pipe, 0);
    this.#waiting.delete(endpoint & 0x7f);
  }

  /** The host's waiting transfers are filled from what is ready; each ends when it is full, or at a short packet. */
  #match(endpoint: number): void {
    const waiting = this.#queue(this.#waiting, endpoint);
    const ready = this.#queue(this.#ready, endpoint);
    while (waiting.length > 0 && ready.length > 0) {
      const transfer = waiting[0] as Waiting;
      const item = ready[0] as Ready;
      const part = item.data.subarray(0, transfer.length - transfer.filled);
      transfer.got.push(part);
      transfer.filled += part.length;
      item.data = item.data.subarray(part.length);
      const isUsed = item.data.length === 0;
      if (isUsed) ready.shift();
      if (transfer.filled < transfer.length && !(isUsed && item.end)) continue;
      waiting.shift();
      const data = transfer.got.length === 1 ? part : Buffer.concat(transfer.got);
      this.#reply(transfer.sequence, 0, data.length, data);
    }
    if (ready.length > 0) return;
    for (const wake of this.#queue(this.#drained, endpoint).splice(0)) wake();
  }

  #unlink(sequence: number, victim: number): void {
    let status = 0;
    for (const queue of this.#waiting.values()) {
      const at = queue.findIndex((w) => w.sequence === victim);
      if (at === -1) continue;
      queue.splice(at, 1);
      status = -errno.connReset;
    }
    const out = Buffer.alloc(commandBytes);
    const header = { command: usbipCommand.unlinkReply, sequence, device: 0, direction: 0, endpoint: 0 };
    commandHeader.encodeInto(out, header);
    out.writeInt32BE(status, commandHeader.size);
    this.#socket.write(out);
  }

  #reply(sequence: number, status: number, actualLength: number, data?: Buffer): void {
    const out = Buffer.alloc(commandBytes);
    const header = { command: usbipCommand.submitReply, sequence, device: 0, direction: 0, endpoint: 0 };
    commandHeader.encodeInto(out, header);
    replyBody.encodeInto(out, { status, actualLength, startFrame: 0, packets: 0, errors: 0 }, commandHeader.size);
    // In one call to the system.
    this.#socket.cork();
    this.#socket.write(out);
    if (data && data.length > 0) this.#socket.write(data);
    this.#socket.uncork();
  }

  #queue<T>(queues: Map<number, T[]>, endpoint: number): T[] {
    const key = endpoint & 0x7f;
    const known = queues.get(key);
    if (known) return known;
    const queue: T[] = [];
    queues.set(key, queue);
    return queue;
  }
}
