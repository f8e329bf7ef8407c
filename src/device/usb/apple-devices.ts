/** Whether an iPhone or iPad hangs on the USB bus, whoever owns it. Asked by `doctor` when usbmuxd shows none. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const sysfs = "/sys/bus/usb/devices";
/** Apple's vendor id, and the first byte of the product ids of phones and tablets. Source: usbmuxd, src/usb.h. */
const apple = { vendor: 0x05ac, products: 0x12 };

/** How many there are; undefined where the bus cannot be looked at. */
export async function appleDevicesOnBus(platform: NodeJS.Platform): Promise<number | undefined> {
  if (platform === "linux") {
    if (!existsSync(sysfs)) return undefined;
    return readdirSync(sysfs).filter((name) => isApple(join(sysfs, name))).length;
  }
  try {
    const { getDeviceList } = await import("usb");
    return getDeviceList().filter(
      ({ deviceDescriptor: d }) => d.idVendor === apple.vendor && d.idProduct >> 8 === apple.products,
    ).length;
  } catch {
    return undefined;
  }
}

function isApple(folder: string): boolean {
  try {
    const read = (name: string): number => Number.parseInt(readFileSync(join(folder, name), "utf8").trim(), 16);
    return read("idVendor") === apple.vendor && read("idProduct") >> 8 === apple.products;
  } catch {
    return false;
  }
}
