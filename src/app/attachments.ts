/** Phones that come and go, by the settings of this computer: for whoever waits for them without asking them anything. */
import { type Arrival, type AttachmentOptions, adbChanges, busChanges, iphoneArrivals } from "../device/attachments.ts";
import type { Host } from "./host.ts";
import { type ConfigKey, pathsFor, readConfig, resolveSetting } from "./settings/index.ts";

/** Each as its counterpart in device/attachments.ts. A way that the settings leave out tells nothing. */
export interface Attachments {
  iphones(signal: AbortSignal): AsyncIterable<Arrival>;
  bus(signal: AbortSignal): AsyncIterable<void>;
  adb(signal: AbortSignal): AsyncIterable<void>;
}

async function* nothing(): AsyncGenerator<never, void, undefined> {}

/** @throws {UsageError} `config-invalid` */
export function attachmentsOf(host: Host): Attachments {
  const config = readConfig(pathsFor(host).configFile);
  const setting = (key: ConfigKey): string | undefined => resolveSetting(key, undefined, host, config).value;
  const { platform, clock } = host;
  const [usbmuxAddress, usbipAddress, adbAddress] = [setting("usbmux"), setting("usbip"), setting("adb")];
  const options: AttachmentOptions = { usbmuxAddress, usbipAddress, adbAddress, platform, clock };
  const via = setting("via");
  const has = (way: string): boolean => via === undefined || via === "" || via === way;
  return {
    iphones: (signal) => (has("usbmux") ? iphoneArrivals(options, { signal }) : nothing()),
    bus: (signal) => (has("mtp") ? busChanges(options, signal) : nothing()),
    adb: (signal) => (has("adb") ? adbChanges(options, signal) : nothing()),
  };
}
