/** A USB bus that notes when anything was on its way over bulk pipes, and when nothing was. */
import type { BulkPipe, UsbBus, UsbConnection, UsbDevice } from "../../src/device/usb/usb-bus.ts";

export class MeasuringBus implements UsbBus {
  readonly #bus: UsbBus;
  #outstanding = 0;
  #idleSince = 0;
  #idleMs = 0;
  #startedAt = 0;

  constructor(bus: UsbBus) {
    this.#bus = bus;
  }

  /** From now on. */
  begin(): void {
    this.#startedAt = performance.now();
    this.#idleSince = this.#startedAt;
    this.#idleMs = 0;
  }

  /** The share of the time since `begin` in which no transfer was outstanding. */
  end(): number {
    const now = performance.now();
    if (this.#outstanding === 0) this.#idleMs += now - this.#idleSince;
    return this.#idleMs / (now - this.#startedAt);
  }

  async #measured<T>(work: Promise<T>): Promise<T> {
    if (this.#outstanding === 0) this.#idleMs += performance.now() - this.#idleSince;
    this.#outstanding += 1;
    try {
      return await work;
    } finally {
      this.#outstanding -= 1;
      if (this.#outstanding === 0) this.#idleSince = performance.now();
    }
  }

  async devices(): Promise<readonly UsbDevice[]> {
    return (await this.#bus.devices()).map((device) => ({
      ...device,
      open: async () => this.#connection(await device.open()),
    }));
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#bus.changes(signal);
  }

  #connection(inner: UsbConnection): UsbConnection {
    return {
      serial: inner.serial,
      manufacturer: inner.manufacturer,
      product: inner.product,
      readString: (index) => inner.readString(index),
      control: (setup, length) => inner.control(setup, length),
      reset: () => inner.reset(),
      claim: async (number) => this.#pipe(await inner.claim(number)),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }

  #pipe(inner: BulkPipe): BulkPipe {
    return {
      packetBytes: inner.packetBytes,
      read: (bytes) => this.#measured(inner.read(bytes)),
      write: (bytes) => this.#measured(inner.write(bytes)),
      readEvent: () => inner.readEvent(),
      control: (setup, data) => inner.control(setup, data),
      clearHalt: (direction) => inner.clearHalt(direction),
      cancelReads: () => inner.cancelReads(),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }
}
