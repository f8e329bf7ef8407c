/**
 * The seam between USB protocols and whatever moves their bytes: libusb, a device served over USB/IP, or memory.
 * Read first: `BulkPipe`.
 */
import { AppError, type AppErrorOptions } from "../../shared/errors.ts";
import type { UsbInterface } from "./usb-descriptors.ts";

export type UsbSpeed = "low" | "full" | "high" | "super" | "super-plus";

/** One device on a bus, as its descriptors tell, without having been opened. */
export interface UsbDevice {
  /** Tells devices of one bus apart until they are unplugged: "1-4", "usbip:host:3240/1-1". */
  readonly key: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly speed: UsbSpeed | undefined;
  readonly interfaces: readonly UsbInterface[];
  /** Where the device file is, on systems that have one: "/dev/bus/usb/001/004". */
  readonly file: string | undefined;
  /** Whoever opens it has it alone: there is nobody to look for. */
  readonly isExclusive?: boolean;
  /** @throws {UsbError} `busy`, `denied`, `unsupported`, `gone` */
  open(): Promise<UsbConnection>;
}

/** An opened device. Interfaces are claimed one by one. */
export interface UsbConnection extends AsyncDisposable {
  /** The serial number, or undefined when the device has none. */
  readonly serial: string | undefined;
  readonly manufacturer: string | undefined;
  readonly product: string | undefined;
  readString(index: number): Promise<string | undefined>;
  /** A request to the device itself. @param length how many bytes are wanted. @throws {UsbError} */
  control(setup: ControlSetup, length: number): Promise<Buffer>;
  /** As if it were plugged in anew: this connection is over, and the device is looked for on the bus again. */
  reset(): Promise<void>;
  /** Claims an interface with one bulk endpoint each way. @throws {UsbError} `busy` when somebody else has it */
  claim(number: number): Promise<BulkPipe>;
}

export interface ControlSetup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

/**
 * The endpoints of one claimed interface. Nothing here has a timeout of its own: who waits decides how long, and `cancelReads`.
 * Releasing the interface is `[Symbol.asyncDispose]` of the pipe; the connection stays open.
 */
export interface BulkPipe extends AsyncDisposable {
  /** wMaxPacketSize of bulk IN: lengths of reads are multiples of it. */
  readonly packetBytes: number;
  /**
   * One bulk IN transfer of at most `maxBytes`. Several may be asked for before the first ends: they end in order.
   * A result shorter than `maxBytes`, or empty, is a short packet and so the end of what the device sends in one go.
   * @throws {UsbError} `stall`, `gone`, `cancelled`, `io`
   */
  read(maxBytes: number): Promise<Buffer>;
  /** One bulk OUT transfer, exactly these bytes. @throws {UsbError} */
  write(bytes: Buffer): Promise<void>;
  /** The next interrupt IN packet; waits as long as it takes. @throws {UsbError} `cancelled` when the pipe is closed */
  readEvent(): Promise<Buffer>;
  /** @param data bytes to send, or how many are wanted. @throws {UsbError} */
  control(setup: ControlSetup, data: Buffer | number): Promise<Buffer>;
  /** Ends a halt of the bulk endpoint in this direction. */
  clearHalt(direction: "in" | "out"): Promise<void>;
  /** Every read that was asked for and has not ended fails with `cancelled`; bytes of half-done ones are lost. */
  cancelReads(): Promise<void>;
}

/** The USB devices of one computer, or of a USB/IP server. Looks at descriptors alone until one is opened. */
export interface UsbBus {
  /** @throws {UsbError} when the bus cannot be looked at */
  devices(): Promise<readonly UsbDevice[]>;
  /** Yields whenever a device came or went, until aborted. */
  changes(signal: AbortSignal): AsyncIterable<void>;
}

export type UsbFault =
  | "stall" // the device refuses: its endpoint is halted until cleared
  | "gone" // unplugged
  | "cancelled" // by us
  | "busy" // another program has the interface
  | "denied" // permissions
  | "unsupported" // a driver of the system has the device and lends it to nobody (Windows)
  | "io";

const codes = {
  stall: "device-refused",
  gone: "device-disconnected",
  cancelled: "device-disconnected",
  busy: "device-owned",
  denied: "device-no-permission",
  unsupported: "device-driver",
  io: "device-disconnected",
} as const;

/** A transfer or an opening that failed, by what it means for us. */
export class UsbError extends AppError {
  readonly scope = "device";
  readonly fault: UsbFault;
  constructor(fault: UsbFault, message: string, options: AppErrorOptions = {}) {
    super(codes[fault], message, { retryable: fault === "gone" || fault === "io", ...options });
    this.fault = fault;
  }
}

/** "18d1:4ee1": vendor and product, as lists of devices have them. */
export function usbIds({ vendorId, productId }: Pick<UsbDevice, "vendorId" | "productId">): string {
  return [vendorId, productId].map((id) => id.toString(16).padStart(4, "0")).join(":");
}

/** The next multiple of the packet size: a read of any other length may overflow. */
export function wholePackets(bytes: number, packetBytes: number): number {
  return Math.ceil(bytes / packetBytes) * packetBytes;
}
