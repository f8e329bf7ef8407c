/**
 * The way to the phone: usbmuxd multiplexes connections over the cable. Format -> connection -> client; `watch` on top
 * keeps listening while the daemon comes and goes. Read first: daemon/usbmux-client.ts.
 */
export {
  defaultUsbmuxAddress,
  formatUsbmuxAddress,
  parseUsbmuxAddress,
  type UsbmuxAddress,
} from "./daemon/usbmux-address.ts";
export { preferUsb, UsbmuxClient, type UsbmuxDevice, type UsbmuxEvent } from "./daemon/usbmux-client.ts";
export { type WatchEvent, watchUsbmux } from "./daemon/usbmux-watch.ts";
