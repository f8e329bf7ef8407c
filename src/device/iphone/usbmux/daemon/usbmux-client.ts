/** usbmuxd's commands, one method each. Each opens its own socket: a connection that became a stream never comes back. */
import type net from "node:net";
import type { AbortOptions } from "../../../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../../../shared/errors.ts";
import type { Trace } from "../../../trace.ts";
import { isDict, type PlistDict, plistField } from "../../../wire/plist.ts";
import type { UsbmuxDevice, UsbmuxEvent } from "../muxer.ts";
import type { UsbmuxAddress } from "./usbmux-address.ts";
import { UsbmuxConnection } from "./usbmux-connection.ts";
import { normaliseUdid, swapPort, usbmuxResult } from "./usbmux-format.ts";

/** Who is told of each message, and how long the daemon may be silent. */
export interface UsbmuxClientOptions {
  readonly trace?: Trace | undefined;
  readonly replyTimeoutMs?: number;
}

/**
 * usbmuxd at one address.
 * @throws {DeviceError} `daemon-not-running`, `daemon-no-permission`, `daemon-timeout` …
 */
export class UsbmuxClient {
  readonly address: UsbmuxAddress;
  readonly #options: UsbmuxClientOptions;

  constructor(address: UsbmuxAddress, options: UsbmuxClientOptions = {}) {
    this.address = address;
    this.#options = options;
  }

  /** Every device present now, one entry per connection: a phone on cable and Wi-Fi appears twice. */
  async listDevices(options: AbortOptions = {}): Promise<UsbmuxDevice[]> {
    const reply = await this.#command({ MessageType: "ListDevices" }, options);
    const list = reply["DeviceList"];
    if (!Array.isArray(list)) {
      if (resultOf(reply) === usbmuxResult.badCommand) return await this.#listByListening(options);
      throw new ProtocolError("ListDevices was answered without a DeviceList");
    }
    return list.flatMap((entry) => (isDict(entry) ? (parseDevice(entry) ?? []) : []));
  }

  /** Daemons without ListDevices announce every device right after Listen. libusbmuxd gathers for 100 ms as well. */
  async #listByListening(options: AbortOptions): Promise<UsbmuxDevice[]> {
    const devices: UsbmuxDevice[] = [];
    const gather = AbortSignal.timeout(100);
    const signal = options.signal ? AbortSignal.any([options.signal, gather]) : gather;
    try {
      for await (const event of this.listen({ signal })) if (event.type === "attached") devices.push(event.device);
    } catch (error) {
      if (!gather.aborted) throw error;
    }
    return devices;
  }

  /** Devices coming and going, starting with those present. Ends by throwing when the daemon goes away. */
  async *listen(options: AbortOptions = {}): AsyncGenerator<UsbmuxEvent, void, undefined> {
    await using connection = await this.#open(options);
    expectOk(await connection.request(command({ MessageType: "Listen" }), options), "Listen");
    for (;;) {
      const { body } = await connection.receive(options);
      const event = parseEvent(body);
      if (event) yield event;
    }
  }

  /** The computer's id in pair records. */
  async readBuid(options: AbortOptions = {}): Promise<string> {
    const reply = await this.#command({ MessageType: "ReadBUID" }, options);
    const buid = plistField.string(reply, "BUID");
    if (!buid) throw new DeviceError("daemon-refused", `usbmuxd did not tell its BUID (result ${resultOf(reply)}).`);
    return buid;
  }

  /** The stored pair record, a plist in bytes; undefined when there is none or the daemon keeps it to itself. */
  async readPairRecord(udid: string, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    const reply = await this.#command({ MessageType: "ReadPairRecord", PairRecordID: udid }, options);
    return plistField.data(reply, "PairRecordData");
  }

  /** True when the daemon took it. Apple's may refuse; the caller then keeps its own copy. */
  async savePairRecord(
    udid: string,
    record: Uint8Array,
    deviceId: number,
    options: AbortOptions = {},
  ): Promise<boolean> {
    const reply = await this.#command(
      { MessageType: "SavePairRecord", PairRecordID: udid, PairRecordData: record, DeviceID: deviceId },
      options,
    );
    return resultOf(reply) === usbmuxResult.ok;
  }

  async deletePairRecord(udid: string, options: AbortOptions = {}): Promise<boolean> {
    const reply = await this.#command({ MessageType: "DeletePairRecord", PairRecordID: udid }, options);
    return resultOf(reply) === usbmuxResult.ok;
  }

  /**
   * Opens a stream to a port of the phone. The caller owns the socket.
   * @throws {DeviceError} `device-disconnected` for an unknown device, `service-unavailable` for a closed port
   */
  async connect(deviceId: number, port: number, options: AbortOptions = {}): Promise<net.Socket> {
    const connection = await this.#open(options);
    const reply = await connection.request(
      command({ MessageType: "Connect", DeviceID: deviceId, PortNumber: swapPort(port) }),
      options,
    );
    const result = resultOf(reply);
    if (result === usbmuxResult.ok) return connection.release();
    await connection[Symbol.asyncDispose]();
    if (result === usbmuxResult.badDevice)
      throw new DeviceError("device-disconnected", "The phone is no longer plugged in.", { retryable: true });
    if (result === usbmuxResult.connectionRefused)
      throw new DeviceError("service-unavailable", `The phone refused a connection to its port ${port}.`, {
        retryable: true,
      });
    throw new DeviceError("daemon-refused", `usbmuxd refused to connect (result ${result}).`);
  }

  async #command(message: PlistDict, options: AbortOptions): Promise<PlistDict> {
    await using connection = await this.#open(options);
    return await connection.request(command(message), options);
  }

  #open(options: AbortOptions): Promise<UsbmuxConnection> {
    return UsbmuxConnection.open(this.address, { ...options, ...this.#options });
  }
}

function command(message: PlistDict): PlistDict {
  return { ...message, ClientVersionString: "offroll", ProgName: "offroll", kLibUSBMuxVersion: 3 };
}

function resultOf(reply: PlistDict): number | undefined {
  return plistField.number(reply, "Number");
}

function expectOk(reply: PlistDict, what: string): void {
  if (resultOf(reply) !== usbmuxResult.ok)
    throw new DeviceError("daemon-refused", `usbmuxd answered ${what} with result ${resultOf(reply)}.`);
}

function parseEvent(body: PlistDict): UsbmuxEvent | undefined {
  const type = plistField.string(body, "MessageType");
  if (type === "Attached") {
    const device = parseDevice(body);
    return device && { type: "attached", device };
  }
  const deviceId = plistField.number(body, "DeviceID");
  if (deviceId === undefined) return undefined;
  if (type === "Detached") return { type: "detached", deviceId };
  if (type === "Paired") return { type: "paired", deviceId };
  return undefined;
}

function parseDevice(body: PlistDict): UsbmuxDevice | undefined {
  const properties = plistField.dict(body, "Properties");
  if (!properties) return undefined;
  const deviceId = plistField.number(body, "DeviceID") ?? plistField.number(properties, "DeviceID");
  const serial = plistField.string(properties, "SerialNumber");
  if (deviceId === undefined || !serial) return undefined;
  return {
    deviceId,
    udid: normaliseUdid(serial),
    connection: plistField.string(properties, "ConnectionType") === "Network" ? "network" : "usb",
    speed: plistField.number(properties, "ConnectionSpeed"),
  };
}
