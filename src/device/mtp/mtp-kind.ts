/** Phone, camera or player: what is seen by MTP and PTP says so in several ways, and none of them always. */
import type { MtpDeviceInfo } from "./mtp-datasets.ts";

/** Vendor extensions of PTP. Source: libgphoto2, camlibs/ptp2/ptp.h (PTP_VENDOR_*). */
const ofCameras = new Set([1, 4, 7, 10, 11, 12, 14, 17, 28]);
const canon = 0x04a9;
/** USB vendors that make cameras and no phones. Source: usb.ids. */
const cameraVendors = new Set([
  canon,
  0x04b0,
  0x04cb,
  0x04da,
  0x07b4,
  0x33a2,
  0x0a17,
  0x25fb,
  0x1a98,
  0x0474,
  0x07cf,
  0x040a,
  0x1003,
  0x2672,
  0x2ca3,
  0x2e1a,
]);
const cameraMakers =
  /^(?:canon|nikon|fujifilm|fuji photo|olympus|om ?digital|om ?system|panasonic|pentax|asahi|ricoh|leica|sanyo|gopro|casio|(?:eastman )?kodak|sigma(?!tel)|konica|minolta|dji|insta360|hasselblad)/i;
/** Whose players and phones speak MTP with Microsoft's extension, and whose cameras do not. */
const makersOfBoth = /^(?:sony|samsung)/i;
const initiateCapture = 0x100e;
const microsoft = 6;
const androidOperations = [0x95c1, 0x95c2, 0x95c3, 0x95c4, 0x95c5];
const propertyOperations = [0x9801, 0x9802, 0x9803, 0x9805];

/** Who made players and no phones. Source: libmtp, music-players.h; the answers in fixtures/devices. */
const playerMakers =
  /^(?:coby|cowon|creative|haier|insignia|iriver|microsoft$|(?:royal )?philips|sandisk|sigmatel|sirius|thomson|toshiba|trekstor|wyplay|ziilabs)/i;
/** What players are called by those who made phones too. */
const playerModels = /^(?:walkman|nwz?-|(?:samsung )?yp-|zune|(?:toshiba )?gigabeat|.*\b(?:mtp|music|video) player\b)/i;

/** What one is called that does not say its name. */
export const namesake: Record<"phone" | "camera" | "player", string> = {
  phone: "Android phone",
  camera: "Camera",
  player: "Player",
};

export function nounOf(info: MtpDeviceInfo, vendorId: number): "phone" | "camera" | "player" {
  if (isCamera(info, vendorId)) return "camera";
  if (isAndroid(info)) return "phone";
  return playerMakers.test(info.manufacturer.trim()) || playerModels.test(info.model.trim()) ? "player" : "phone";
}

/** Samsung's own extension is spoken by Android alone. */
export function isAndroid(info: MtpDeviceInfo): boolean {
  return /android\.com|samsung\.com\/kies/.test(info.vendorExtension);
}

export function isCameraVendor(vendorId: number): boolean {
  return cameraVendors.has(vendorId);
}

export function isCamera(info: MtpDeviceInfo, vendorId: number): boolean {
  if (cameraVendors.has(vendorId) || cameraMakers.test(info.manufacturer.trim())) return true;
  if (/digital (?:still )?camera/i.test(info.model)) return true;
  if (isAndroid(info)) return false;
  const offers = (codes: readonly number[]): boolean => codes.some((code) => info.operations.includes(code));
  if (offers(androidOperations)) return false;
  if (ofCameras.has(info.vendorExtensionId) || info.operations.includes(initiateCapture)) return true;
  if (makersOfBoth.test(info.manufacturer.trim()) && info.vendorExtensionId !== microsoft) return true;
  // Plain PTP: phones have MTP's properties even where they call themselves a camera.
  return info.vendorExtensionId === 0 && !offers(propertyOperations);
}
