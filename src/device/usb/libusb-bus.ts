/**
 * The computer's own USB bus through libusb (`usb` 2.18: transfers queue and can be cancelled, and have no hidden timeout).
 * The binding is native and links libudev: it is loaded only when the bus may hold something for us.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Device, Interface, LibUSBException } from "usb";
import {
  type BulkPipe,
  type ControlSetup,
  type UsbBus,
  type UsbConnection,
  type UsbDevice,
  UsbError,
  type UsbFault,
  type UsbSpeed,
} from "./usb-bus.ts";
import type { UsbInterface } from "./usb-descriptors.ts";

type Binding = typeof import("usb");

const endpointTypes = ["control", "isochronous", "bulk", "interrupt"] as const;
const sysfs = "/sys/bus/usb/devices";

export class LibusbBus implements UsbBus {
  readonly #platform: NodeJS.Platform;
  #binding: Promise<Binding> | undefined;

  constructor(platform: NodeJS.Platform) {
    this.#platform = platform;
  }

  async devices(): Promise<readonly UsbDevice[]> {
    if (this.#platform === "linux" && !mayHoldPhones()) return [];
    const binding = await this.#load();
    if (!binding) return [];
    return binding.getDeviceList().map((device) => describe(device, this.#platform));
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const binding = await this.#load();
    if (!binding || signal.aborted) return;
    const { usb } = binding;
    let changed = false;
    let wake: (() => void) | undefined;
    const note = (): void => {
      changed = true;
      wake?.();
    };
    usb.on("attach", note);
    usb.on("detach", note);
    signal.addEventListener("abort", note);
    try {
      while (!signal.aborted) {
        if (!changed)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        changed = false;
        if (!signal.aborted) yield;
      }
    } finally {
      usb.off("attach", note);
      usb.off("detach", note);
      signal.removeEventListener("abort", note);
    }
  }

  /** Undefined where there is no bus, or the optional binding is not installed. */
  async #load(): Promise<Binding | undefined> {
    if (this.#platform === "linux" && !existsSync(sysfs)) return undefined;
    this.#binding ??= import("usb");
    try {
      return await this.#binding;
    } catch {
      return undefined;
    }
  }
}

/** Still image, or a vendor's own: what phones and cameras have. Anything else is not worth loading a native library for. */
const classesOfPhones = ["06", "ff"];

function mayHoldPhones(): boolean {
  try {
    return readdirSync(sysfs).some((name) => {
      if (!name.includes(":")) return false; // a device; its interfaces have a colon
      return classesOfPhones.includes(readFileSync(`${sysfs}/${name}/bInterfaceClass`, "utf8").trim());
    });
  } catch {
    return existsSync(sysfs);
  }
}

function describe(device: Device, platform: NodeJS.Platform): UsbDevice {
  const { deviceDescriptor: d, busNumber, deviceAddress } = device;
  const path = `${busNumber}-${(device.portNumbers ?? []).join(".") || deviceAddress}`;
  return {
    key: `${path}#${deviceAddress}`,
    vendorId: d.idVendor,
    productId: d.idProduct,
    speed: platform === "linux" ? sysfsSpeed(path) : undefined,
    interfaces: interfacesOf(device),
    file:
      platform === "linux"
        ? `/dev/bus/usb/${String(busNumber).padStart(3, "0")}/${String(deviceAddress).padStart(3, "0")}`
        : undefined,
    open: async () => await LibusbConnection.open(device),
  };
}

function interfacesOf(device: Device): UsbInterface[] {
  try {
    return (device.configDescriptor?.interfaces ?? []).flatMap(([setting]) =>
      setting
        ? [
            {
              number: setting.bInterfaceNumber,
              class: setting.bInterfaceClass,
              subclass: setting.bInterfaceSubClass,
              protocol: setting.bInterfaceProtocol,
              nameIndex: setting.iInterface,
              endpoints: setting.endpoints.map((e) => ({
                address: e.bEndpointAddress,
                type: endpointTypes[e.bmAttributes & 3] as (typeof endpointTypes)[number],
                packetBytes: e.wMaxPacketSize & 0x7ff,
              })),
            },
          ]
        : [],
    );
  } catch {
    return []; // a device that is going away has no configuration any more
  }
}

function sysfsSpeed(path: string): UsbSpeed | undefined {
  try {
    const megabits = Number(readFileSync(`${sysfs}/${path}/speed`, "utf8"));
    if (megabits >= 10_000) return "super-plus";
    if (megabits >= 5_000) return "super";
    if (megabits >= 480) return "high";
    return megabits >= 12 ? "full" : "low";
  } catch {
    return undefined;
  }
}

class LibusbConnection implements UsbConnection {
  readonly #device: Device;
  serial: string | undefined;
  manufacturer: string | undefined;
  product: string | undefined;
  #closed = false;

  private constructor(device: Device) {
    this.#device = device;
  }

  static async open(device: Device): Promise<LibusbConnection> {
    try {
      device.open();
    } catch (error) {
      throw usbError(error, "opening the USB device");
    }
    const connection = new LibusbConnection(device);
    try {
      const { iSerialNumber, iManufacturer, iProduct } = device.deviceDescriptor;
      connection.serial = await connection.readString(iSerialNumber);
      connection.manufacturer = await connection.readString(iManufacturer);
      connection.product = await connection.readString(iProduct);
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async readString(index: number): Promise<string | undefined> {
    if (index === 0) return undefined;
    return await new Promise((resolve, reject) => {
      this.#device.getStringDescriptor(index, (error, value) => {
        if (error && faultOf(error) === "gone") reject(usbError(error, "reading a USB string"));
        else resolve(error ? undefined : value?.replaceAll("\0", ""));
      });
    });
  }

  async control(setup: ControlSetup, length: number): Promise<Buffer> {
    return await controlTransfer(this.#device, setup, length);
  }

  async reset(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // A device that comes back as another one is what a reset is for.
      this.#device.reset((error) =>
        error && faultOf(error) !== "gone" ? reject(usbError(error, "resetting the USB device")) : resolve(),
      );
    });
    await this[Symbol.asyncDispose]();
  }

  async claim(number: number): Promise<BulkPipe> {
    try {
      const usbInterface = this.#device.interface(number);
      // What the system's own driver does with it (usb-storage on phones with a driver disc) ends for as long as we have it.
      this.#device.setAutoDetachKernelDriver(true);
      usbInterface.claim();
      return new LibusbPipe(this.#device, usbInterface);
    } catch (error) {
      throw usbError(error, "claiming the device's USB interface");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#device.close();
    } catch {
      // transfers still pending on a device that was pulled: libusb ends them with the process
    }
  }
}

async function controlTransfer(device: Device, setup: ControlSetup, data: Buffer | number): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const { requestType, request, value, index } = setup;
    device.controlTransfer(requestType, request, value, index, data, (error, result) => {
      if (error) reject(usbError(error, "a control request"));
      else resolve(Buffer.isBuffer(result) ? result : Buffer.alloc(0));
    });
  });
}

type UsbTransfer = InstanceType<Binding["Transfer"]>;

class LibusbPipe implements BulkPipe {
  readonly packetBytes: number;
  readonly #device: Device;
  readonly #interface: Interface;
  readonly #in: number;
  readonly #out: number;
  readonly #event: number | undefined;
  readonly #reads = new Set<UsbTransfer>();
  readonly #events = new Set<UsbTransfer>();
  #settled: Promise<unknown>[] = [];
  #closed = false;

  constructor(device: Device, usbInterface: Interface) {
    this.#device = device;
    this.#interface = usbInterface;
    const find = (direction: "in" | "out", type: number): number | undefined =>
      usbInterface.endpoints.find((e) => e.direction === direction && e.transferType === type)?.address;
    const bulkIn = find("in", 2);
    const bulkOut = find("out", 2);
    if (bulkIn === undefined || bulkOut === undefined)
      throw new UsbError("io", "The interface has no pair of bulk endpoints.");
    this.#in = bulkIn;
    this.#out = bulkOut;
    this.#event = find("in", 3);
    this.packetBytes = usbInterface.endpoint(bulkIn)?.descriptor.wMaxPacketSize ?? 512;
  }

  async read(maxBytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(maxBytes);
    return await this.#transfer(this.#in, buffer, this.#reads, "reading from the device");
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#transfer(this.#out, bytes, undefined, "writing to the device");
  }

  async readEvent(): Promise<Buffer> {
    if (this.#event === undefined) return await new Promise(() => {});
    return await this.#transfer(this.#event, Buffer.alloc(64), this.#events, "waiting for an event");
  }

  async #transfer(
    address: number,
    buffer: Buffer,
    pending: Set<UsbTransfer> | undefined,
    doing: string,
  ): Promise<Buffer> {
    if (this.#closed) throw new UsbError("cancelled", "The pipe is closed.");
    const endpoint = this.#interface.endpoint(address);
    if (!endpoint) throw new UsbError("io", `The interface has no endpoint ${address}.`);
    const done = new Promise<Buffer>((resolve, reject) => {
      let transfer: UsbTransfer | undefined;
      const finish = (error: LibUSBException | undefined, _: Buffer, length: number): void => {
        if (transfer) pending?.delete(transfer);
        if (error) reject(usbError(error, doing));
        else resolve(buffer.subarray(0, length));
      };
      try {
        transfer = endpoint.makeTransfer(0, finish);
        pending?.add(transfer);
        transfer.submit(buffer);
      } catch (error) {
        if (transfer) pending?.delete(transfer);
        reject(usbError(error, doing));
      }
    });
    this.#settled.push(done.catch(() => {}));
    if (this.#settled.length > 64) this.#settled = this.#settled.slice(-32);
    return await done;
  }

  async control(setup: ControlSetup, data: Buffer | number): Promise<Buffer> {
    return await controlTransfer(this.#device, setup, data);
  }

  async clearHalt(direction: "in" | "out"): Promise<void> {
    const endpoint = this.#interface.endpoint(direction === "in" ? this.#in : this.#out);
    await new Promise<void>((resolve, reject) => {
      endpoint?.clearHalt((error) => (error ? reject(usbError(error, "clearing a halt")) : resolve()));
    });
  }

  async cancelReads(): Promise<void> {
    await this.#cancel(this.#reads);
  }

  async #cancel(pending: Set<UsbTransfer>): Promise<void> {
    if (pending.size === 0) return;
    // Last first: libusb ends them in order, and none may take bytes meant for one before it.
    for (const transfer of [...pending].reverse()) transfer.cancel();
    await Promise.race([Promise.all(this.#settled), delay(1_000, undefined, { ref: false })]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#cancel(this.#reads);
    await this.#cancel(this.#events);
    await new Promise<void>((resolve) => {
      try {
        this.#interface.release(() => resolve());
      } catch {
        resolve();
      }
    });
  }
}

/** libusb's numbers: errors of calls below zero, states of transfers above. Source: libusb/libusb.h. */
const faults: Record<number, UsbFault> = {
  [-3]: "denied",
  [-4]: "gone",
  [-5]: "gone",
  [-6]: "busy",
  [-9]: "stall",
  [-12]: "unsupported",
  3: "cancelled",
  4: "stall",
  5: "gone",
};

function faultOf(error: unknown): UsbFault {
  return faults[(error as LibUSBException).errno] ?? "io";
}

function usbError(error: unknown, doing: string): UsbError {
  if (error instanceof UsbError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new UsbError(faultOf(error), `USB failed while ${doing} (${text}).`, { cause: error });
}
