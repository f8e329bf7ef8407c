/** A phone that was seen and has told nothing of itself: not yet trusted, over Wi-Fi only, or silent. */
import type { DeviceInfo } from "./media-source.ts";

type Kind = Pick<DeviceInfo, "noun" | "system" | "keepsPairing"> & { readonly called: string };

const kinds: Record<DeviceInfo["platform"], Kind> = {
  ios: { called: "iPhone", noun: "phone", system: "iOS", keepsPairing: true },
  android: { called: "Android phone", noun: "phone", system: "Android", keepsPairing: false },
  camera: { called: "Camera", noun: "camera", system: undefined, keepsPairing: false },
  folder: { called: "Folder", noun: "folder", system: undefined, keepsPairing: false },
};

/** @param model what it is called by whoever sees it: a bus, a server */
export function unknownDevice(
  identity: Pick<DeviceInfo, "id" | "hasSerial">,
  platform: DeviceInfo["platform"],
  model: string = kinds[platform].called,
): DeviceInfo {
  const { noun, system, keepsPairing } = kinds[platform];
  return {
    ...identity,
    platform,
    noun,
    system,
    keepsPairing,
    name: model,
    model,
    productType: undefined,
    osVersion: undefined,
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  };
}
