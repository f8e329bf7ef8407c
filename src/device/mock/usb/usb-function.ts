/** A USB device in user space: its descriptors, and what it does with what the host sends. Served by usbip-server.ts. */

export interface SetupPacket {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly length: number;
}

/** Where a device's bytes for the host go. */
export interface UsbHost {
  /**
   * Data on an IN endpoint, as one transfer: a short packet ends it or, where it fills its last packet, an empty one.
   * @param end false when more of the same transfer follows, or the device forgets the empty packet
   */
  send(endpoint: number, data: Buffer, end?: boolean): void;
  /** Resolves when everything sent on an endpoint has been fetched: a device has little memory of its own. */
  drained(endpoint: number): Promise<void>;
  /** The endpoint refuses until the host clears its halt. */
  stall(endpoint: number): void;
}

export interface UsbFunction {
  readonly vendorId: number;
  readonly productId: number;
  /** 2 is full speed, 3 high, 5 super, as USB/IP counts. */
  readonly speed: number;
  /** Numbered from 1, as descriptors refer to them: maker, product, serial number, interface. */
  readonly strings: readonly string[];
  readonly configuration: Buffer;
  readonly packetBytes: number;
  /** What Windows is told: by which request, and what its first interface is compatible with. */
  readonly osDescriptor?: { readonly request: number; readonly compatibleId: string } | undefined;
  attached(host: UsbHost): void;
  detached(): void;
  /** The host resets it: as if it were plugged in anew. */
  reset?(): void;
  /** One OUT transfer. */
  received(endpoint: number, data: Buffer): void;
  /** A class or vendor request: bytes to return, or undefined to stall. */
  control(setup: SetupPacket, data: Buffer): Buffer | undefined;
}

/** Descriptor of the device. Source: Universal Serial Bus Specification 2.0, 9.6.1. */
export function deviceDescriptor(device: UsbFunction): Buffer {
  const out = Buffer.alloc(18);
  Buffer.of(18, 1, 0x00, device.speed >= 5 ? 0x03 : 0x02, 0, 0, 0, device.speed >= 5 ? 9 : 64).copy(out);
  out.writeUInt16LE(device.vendorId, 8);
  out.writeUInt16LE(device.productId, 10);
  out.writeUInt16LE(0x0100, 12);
  Buffer.of(1, 2, 3, 1).copy(out, 14);
  return out;
}

export interface InterfaceDescription {
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
  /** Index of its name among the strings, from 1; 0 for none. */
  readonly name: number;
  readonly endpoints: readonly { readonly address: number; readonly type: number; readonly packetBytes: number }[];
}

/** Descriptor of a configuration with these interfaces, 9.6.3 and following. */
export function configurationDescriptor(interfaces: readonly InterfaceDescription[]): Buffer {
  const parts: Buffer[] = [];
  for (const [i, d] of interfaces.entries()) {
    parts.push(Buffer.of(9, 4, i, 0, d.endpoints.length, d.class, d.subclass, d.protocol, d.name));
    for (const e of d.endpoints)
      parts.push(Buffer.of(7, 5, e.address, e.type, e.packetBytes & 0xff, e.packetBytes >> 8, e.type === 3 ? 6 : 0));
  }
  const body = Buffer.concat(parts);
  const head = Buffer.of(9, 2, 0, 0, interfaces.length, 1, 0, 0xc0, 250);
  head.writeUInt16LE(head.length + body.length, 2);
  return Buffer.concat([head, body]);
}

/** Source: Microsoft OS 1.0 Descriptors Specification. */
export function osString(request: number): Buffer {
  return Buffer.concat([Buffer.of(18, 3), Buffer.from("MSFT100", "utf16le"), Buffer.of(request, 0)]);
}

/** The extended compatible id of the first interface. */
export function osCompatible(id: string): Buffer {
  const out = Buffer.alloc(16 + 24);
  out.writeUInt32LE(out.length, 0);
  out.writeUInt16LE(0x0100, 4);
  out.writeUInt16LE(4, 6);
  out[8] = 1;
  out[17] = 1;
  out.write(id, 18, 8, "latin1");
  return out;
}

export function stringDescriptor(text: string): Buffer {
  const body = Buffer.from(text, "utf16le");
  return Buffer.concat([Buffer.of(2 + body.length, 3), body]);
}
