/** iPhones: usbmux -> lockdown -> AFC -> `IPhoneSource`. Each folder climbs the same rungs: format, connection, client. */
export { IPhone } from "./iphone.ts";
export { IPhoneRoute } from "./iphone-route.ts";
export { trustInstruction } from "./lockdown/index.ts";
export { defaultUsbmuxAddress, parseUsbmuxAddress, UsbmuxDaemon } from "./usbmux/index.ts";
