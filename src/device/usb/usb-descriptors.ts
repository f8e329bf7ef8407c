/** A configuration's bytes as interfaces and endpoints. Source: Universal Serial Bus Specification 2.0, chapter 9.6. */

/** The three words of a class: USB 2.0, 9.6.5. */
interface UsbClass {
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
}

export interface UsbEndpoint {
  /** With the direction in its top bit: 0x81 is IN. */
  readonly address: number;
  readonly type: "control" | "isochronous" | "bulk" | "interrupt";
  readonly packetBytes: number;
}

export interface UsbInterface extends UsbClass {
  readonly number: number;
  /** Of the string that names it; 0 is none. */
  readonly nameIndex: number;
  readonly endpoints: readonly UsbEndpoint[];
}

const endpointTypes = ["control", "isochronous", "bulk", "interrupt"] as const;

/** The default setting of each interface; what does not parse is left out: descriptors are a device's own words. */
export function parseConfiguration(bytes: Buffer): UsbInterface[] {
  const found: (UsbInterface & { endpoints: UsbEndpoint[] })[] = [];
  let current: { endpoints: UsbEndpoint[] } | undefined;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = bytes[at] as number;
    if (length < 2 || at + length > bytes.length) break;
    const type = bytes[at + 1];
    if (type === 4 && length >= 9) {
      const next = {
        number: bytes[at + 2] as number,
        class: bytes[at + 5] as number,
        subclass: bytes[at + 6] as number,
        protocol: bytes[at + 7] as number,
        nameIndex: bytes[at + 8] as number,
        endpoints: [],
      };
      current = next;
      if (bytes[at + 3] === 0) found.push(next);
    } else if (type === 5 && length >= 7 && current) {
      current.endpoints.push({
        address: bytes[at + 2] as number,
        type: endpointTypes[(bytes[at + 3] as number) & 3] as UsbEndpoint["type"],
        packetBytes: bytes.readUInt16LE(at + 4) & 0x7ff,
      });
    }
    at += length;
  }
  return found;
}

/** A string descriptor's text; undefined for anything else. */
export function parseString(bytes: Buffer): string | undefined {
  const length = Math.min(bytes[0] ?? 0, bytes.length);
  if (length < 4 || bytes[1] !== 3) return undefined;
  return bytes.toString("utf16le", 2, length - (length % 2));
}
