/**
 * What a device tells Windows it is compatible with: how phones whose interface is a vendor's own, and named otherwise, say that they
 * speak MTP. Source: Microsoft OS 1.0 Descriptors Specification; libmtp, libusb1-glue.c (probe_device_descriptor).
 */
import { type UsbConnection, UsbError } from "./usb-bus.ts";

const stringIndex = 0xee;
/** "MSFT100", and the request by which the rest is asked for. */
const vendorCodeOffset = 16;
const headerBytes = 16;
const functionBytes = 24;
const maxFunctions = 16;

/** The compatible ids of a device, by interface; none where it does not know of such descriptors. */
export async function compatibleIds(connection: UsbConnection): Promise<ReadonlyMap<number, string>> {
  const ids = new Map<number, string>();
  try {
    const string = await connection.control(
      { requestType: 0x80, request: 6, value: 0x0300 | stringIndex, index: 0 },
      18,
    );
    if (string.toString("utf16le", 2, vendorCodeOffset) !== "MSFT100" || string.length <= vendorCodeOffset) return ids;
    const request = string[vendorCodeOffset] as number;
    const length = headerBytes + maxFunctions * functionBytes;
    const bytes = await connection.control({ requestType: 0xc0, request, value: 0, index: 4 }, length);
    const count = Math.min(bytes[8] ?? 0, maxFunctions);
    for (let i = 0; i < count; i += 1) {
      const at = headerBytes + i * functionBytes;
      if (at + functionBytes > bytes.length) break;
      ids.set(bytes[at] as number, bytes.toString("latin1", at + 2, at + 10).replaceAll("\0", ""));
    }
  } catch (error) {
    if (!(error instanceof UsbError) || error.fault === "gone") throw error;
  }
  return ids;
}
