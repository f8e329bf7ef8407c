/**
 * The way to the phone: many streams multiplexed over the cable. daemon/ climbs format -> connection -> client; its watch keeps
 * listening while the daemon comes and goes. Read first: muxer.ts.
 */
export { defaultUsbmuxAddress, parseUsbmuxAddress } from "./daemon/usbmux-address.ts";
export { UsbmuxDaemon } from "./daemon/usbmux-daemon.ts";
export { type Muxer, preferUsb, type UsbmuxDevice } from "./muxer.ts";
