/** iPhones: usbmux -> lockdown -> AFC -> `IPhoneSource`. Each folder climbs the same rungs: format, connection, client. */
export { type DeviceState, IPhone, type IPhoneEnvironment, type TrustOptions } from "./iphone.ts";
export { IPhoneSource } from "./iphone-source.ts";
export { type TrustState, trustInstruction } from "./lockdown/index.ts";
export {
  defaultUsbmuxAddress,
  formatUsbmuxAddress,
  parseUsbmuxAddress,
  preferUsb,
  type UsbmuxAddress,
  UsbmuxClient,
  type UsbmuxDevice,
  watchUsbmux,
} from "./usbmux/index.ts";
