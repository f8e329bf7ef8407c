/**
 * USB devices in this process, without a socket between: bytes pass as they are, so that gigabytes cost nothing. Transfers end as on
 * a bus: when they are full, or at a short packet.
 */
import {
  osCompatible,
  osString,
  type SetupPacket,
  type UsbFunction,
  type UsbHost,
} from "../../src/device/mock/usb/usb-function.ts";
import {
  type BulkPipe,
  type ControlSetup,
  type UsbBus,
  type UsbConnection,
  type UsbDevice,
  UsbError,
} from "../../src/device/usb/usb-bus.ts";
import { parseConfiguration, type UsbInterface } from "../../src/device/usb/usb-descriptors.ts";

export class DirectBus implements UsbBus {
  readonly #devices: UsbFunction[];
  readonly #open = new Map<UsbFunction, DirectConnection>();
  constructor(devices: readonly UsbFunction[]) {
    this.#devices = [...devices];
  }

  async devices(): Promise<readonly UsbDevice[]> {
    return this.#devices.map((device, i) => ({
      key: `direct/${i + 1}`,
      vendorId: device.vendorId,
      productId: device.productId,
      speed: "high" as const,
      interfaces: parseConfiguration(device.configuration),
      file: undefined,
      isExclusive: true,
      open: async () => {
        if (this.#open.has(device)) throw new UsbError("busy", "somebody has it");
        const connection = new DirectConnection(device, () => this.#open.delete(device));
        this.#open.set(device, connection);
        return connection;
      },
    }));
  }

  async *changes(): AsyncGenerator<void, void, undefined> {}

  unplug(device: UsbFunction): void {
    this.#devices.splice(this.#devices.indexOf(device), 1);
    this.#open.get(device)?.end("gone");
  }

  plug(device: UsbFunction): void {
    this.#devices.push(device);
  }
}

interface Waiting {
  readonly max: number;
  readonly got: Buffer[];
  filled: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

class DirectConnection implements UsbConnection, UsbHost {
  readonly serial: string | undefined;
  readonly manufacturer: string | undefined;
  readonly product: string | undefined;
  readonly #device: UsbFunction;
  readonly #onClose: () => void;
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #ready = new Map<number, { data: Buffer; end: boolean }[]>();
  readonly #drained: (() => void)[] = [];
  #ended = false;

  constructor(device: UsbFunction, onClose: () => void) {
    this.#device = device;
    this.#onClose = onClose;
    [this.manufacturer, this.product, this.serial] = device.strings.map((s) => s || undefined);
    device.attached(this);
  }

  async readString(index: number): Promise<string | undefined> {
    return this.#device.strings[index - 1] || undefined;
  }

  async claim(number: number): Promise<BulkPipe> {
    const usbInterface = parseConfiguration(this.#device.configuration).find((i) => i.number === number);
    if (!usbInterface) throw new UsbError("io", "no such interface");
    return new DirectPipe(this, this.#device, usbInterface);
  }

  async control(setup: ControlSetup, length: number): Promise<Buffer> {
    const { osDescriptor } = this.#device;
    const { requestType, request, value } = setup;
    const isOsString = requestType === 0x80 && request === 6 && value === 0x03ee;
    const answer =
      osDescriptor && isOsString
        ? osString(osDescriptor.request)
        : osDescriptor && requestType === 0xc0 && request === osDescriptor.request
          ? osCompatible(osDescriptor.compatibleId)
          : this.#device.control({ ...setup, length }, Buffer.alloc(0));
    if (!answer) throw new UsbError("stall", "a control request was refused");
    return answer.subarray(0, length);
  }

  async reset(): Promise<void> {
    this.#device.reset?.();
    this.end("gone");
  }

  send(endpoint: number, data: Buffer, end = true): void {
    const queue = queueOf(this.#ready, endpoint);
    const needsEmpty = end && data.length % this.#device.packetBytes === 0;
    if (data.length > 0) queue.push({ data, end: end && !needsEmpty });
    if (needsEmpty) queue.push({ data: Buffer.alloc(0), end: true });
    this.#match(endpoint);
  }

  async drained(endpoint: number): Promise<void> {
    if (queueOf(this.#ready, endpoint).length === 0 || this.#ended) return;
    await new Promise<void>((resolve) => {
      this.#drained.push(resolve);
    });
  }

  stall(endpoint: number): void {
    for (const { reject } of queueOf(this.#waiting, endpoint).splice(0)) reject(new UsbError("stall", "stalled"));
  }

  async transfer(endpoint: number, max: number): Promise<Buffer> {
    if (this.#ended) throw new UsbError("gone", "unplugged");
    return await new Promise((resolve, reject) => {
      queueOf(this.#waiting, endpoint).push({ max, got: [], filled: 0, resolve, reject });
      this.#match(endpoint);
    });
  }

  write(endpoint: number, bytes: Buffer): void {
    if (this.#ended) throw new UsbError("gone", "unplugged");
    this.#device.received(endpoint, bytes);
  }

  cancel(endpoint: number): void {
    for (const { reject } of queueOf(this.#waiting, endpoint).splice(0)) reject(new UsbError("cancelled", "cancelled"));
  }

  #match(endpoint: number): void {
    const waiting = queueOf(this.#waiting, endpoint);
    const ready = queueOf(this.#ready, endpoint);
    while (waiting.length > 0 && ready.length > 0) {
      const transfer = waiting[0] as Waiting;
      const item = ready[0] as { data: Buffer; end: boolean };
      const part = item.data.subarray(0, transfer.max - transfer.filled);
      transfer.got.push(part);
      transfer.filled += part.length;
      item.data = item.data.subarray(part.length);
      const isUsed = item.data.length === 0;
      if (isUsed) ready.shift();
      if (transfer.filled < transfer.max && !(isUsed && item.end)) continue;
      waiting.shift();
      transfer.resolve(transfer.got.length === 1 ? (transfer.got[0] as Buffer) : Buffer.concat(transfer.got));
    }
    if (ready.length === 0) for (const wake of this.#drained.splice(0)) wake();
  }

  end(fault: "gone" | "cancelled"): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const queue of this.#waiting.values())
      for (const { reject } of queue.splice(0)) reject(new UsbError(fault, "ended"));
    for (const wake of this.#drained.splice(0)) wake();
    this.#device.detached();
    this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end("cancelled");
  }
}

class DirectPipe implements BulkPipe {
  readonly packetBytes: number;
  readonly #connection: DirectConnection;
  readonly #device: UsbFunction;
  readonly #in: number;
  readonly #out: number;
  readonly #event: number | undefined;

  constructor(connection: DirectConnection, device: UsbFunction, { endpoints }: UsbInterface) {
    this.#connection = connection;
    this.#device = device;
    this.packetBytes = device.packetBytes;
    const find = (type: string, isIn: boolean): number | undefined =>
      endpoints.find((e) => e.type === type && e.address >= 0x80 === isIn)?.address;
    this.#in = find("bulk", true) as number;
    this.#out = find("bulk", false) as number;
    this.#event = find("interrupt", true);
  }

  async read(maxBytes: number): Promise<Buffer> {
    return await this.#connection.transfer(this.#in, maxBytes);
  }

  async write(bytes: Buffer): Promise<void> {
    this.#connection.write(this.#out, bytes);
  }

  async readEvent(): Promise<Buffer> {
    if (this.#event === undefined) return await new Promise(() => {});
    return await this.#connection.transfer(this.#event, 64);
  }

  async control(setup: ControlSetup, data: Buffer | number): Promise<Buffer> {
    const length = typeof data === "number" ? data : data.length;
    const packet: SetupPacket = { ...setup, length };
    const answer = this.#device.control(packet, typeof data === "number" ? Buffer.alloc(0) : data);
    if (!answer) throw new UsbError("stall", "a control request was refused");
    return answer.subarray(0, length);
  }

  async clearHalt(): Promise<void> {}

  async cancelReads(): Promise<void> {
    this.#connection.cancel(this.#in);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.cancel(this.#in);
    if (this.#event !== undefined) this.#connection.cancel(this.#event);
  }
}

function queueOf<T>(queues: Map<number, T[]>, endpoint: number): T[] {
  const known = queues.get(endpoint);
  if (known) return known;
  const queue: T[] = [];
  queues.set(endpoint, queue);
  return queue;
}
