/**
 * The way to the phone: usbmuxd multiplexes connections over the cable. Format -> connection -> client; `watch` on top
 * keeps listening while the daemon comes and goes. Read first: usbmux-client.ts.
 */
export { defaultUsbmuxAddress, formatUsbmuxAddress, parseUsbmuxAddress, type UsbmuxAddress } from "./usbmux-address.ts";
export { preferUsb, UsbmuxClient, type UsbmuxDevice, type UsbmuxEvent } from "./usbmux-client.ts";
export { type WatchEvent, watchUsbmux } from "./usbmux-watch.ts";
