/** A phone that was seen and has told nothing of itself: not yet trusted, over Wi-Fi only, or silent. */
import type { DeviceInfo } from "./media-source.ts";

const kinds: Record<DeviceInfo["platform"], string> = {
  ios: "iPhone",
  android: "Android phone",
  camera: "Camera",
  folder: "Folder",
};

/** @param model what it is called by whoever sees it: a bus, a server */
export function unknownDevice(
  identity: Pick<DeviceInfo, "id" | "hasSerial">,
  platform: DeviceInfo["platform"],
  model: string = kinds[platform],
): DeviceInfo {
  return {
    ...identity,
    platform,
    name: model,
    model,
    productType: undefined,
    osVersion: undefined,
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  };
}
