/** Who a phone at the adb server is, and where its storages lie. */
import type { AbortOptions } from "../../shared/abort.ts";
import { modelWords, tidy } from "../android/device-name.ts";
import { identify } from "../android/identity.ts";
import type { DeviceInfo } from "../media-source.ts";
import type { AdbServer } from "./adb-server.ts";
import { AdbShell } from "./shell.ts";

const properties = {
  manufacturer: "ro.product.manufacturer",
  model: "ro.product.model",
  /** What it is sold as; not every maker has it. */
  marketName: "ro.product.marketname",
  version: "ro.build.version.release",
  timeZone: "persist.sys.timezone",
} as const;
const internal = "/storage/emulated/0";

/** A mark between answers: a property may be empty, and df prints lines of its own. */
const mark = "--offroll--";

/** What the phone's properties and storages tell, asked through its shell. */
export async function describePhone(
  server: AdbServer,
  serial: string,
  options: AbortOptions = {},
): Promise<DeviceInfo> {
  const parts = [
    ...Object.values(properties).map((name) => `getprop ${name}`),
    "settings get global device_name",
    `df -k ${internal}`,
  ];
  const command = parts.map((part) => `${part} 2>/dev/null; echo ${mark}`).join("; ");
  const text = await new AdbShell(server, serial).text(command, 64 * 1024, options);
  const [manufacturer, model, marketName, version, timeZone, name, df] = text.split(mark).map((t) => {
    const value = t.trim();
    return value === "" || value === "null" ? undefined : value;
  });
  const bare = tidy(model) ?? "Android phone";
  const sold = tidy(marketName) ?? bare;
  return {
    ...identify([serial], { maker: manufacturer, model: bare, name }),
    platform: "android",
    noun: "phone",
    system: "Android",
    keepsPairing: false,
    name: tidy(name) ?? sold,
    model: modelWords(manufacturer, sold),
    productType: undefined,
    osVersion: version,
    timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...space(df),
  };
}

/** "… 1K-blocks Used Available …", the last line's figures. */
function space(df: string | undefined): { totalBytes: number | undefined; freeBytes: number | undefined } {
  const match = /\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%/.exec(df?.split("\n").at(-1) ?? "");
  if (!match) return { totalBytes: undefined, freeBytes: undefined };
  return { totalBytes: Number(match[1]) * 1024, freeBytes: Number(match[3]) * 1024 };
}

/** By the volume's id from Android 6 on; before, as each maker liked. Collected from listings of Samsung, Sony, LG and others. */
const cardNames = [
  /^[0-9A-F]{4}-[0-9A-F]{4}$/i,
  /^(?:extSdCard|ext(?:ernal)?_?sd(?:_?card)?\d?|sdcard[1-9]|removable_sdcard\d?|microsd|usb_?disk\d?|usbcard\d?)$/i,
];

/** The built-in storage, then what else is in /storage: cards and sticks, in the order of their names. */
export function storageRoots(entries: readonly string[]): string[] {
  const cards = cardNames.flatMap((pattern) => entries.filter((n) => pattern.test(n)).sort());
  return [builtInRoot(entries), ...cards.map((n) => `/storage/${n}`)];
}

/** Android 4.1 and older have no "emulated"; all have a link to where it is. */
function builtInRoot(entries: readonly string[]): string {
  if (entries.includes("emulated")) return internal;
  return entries.includes("sdcard0") ? "/storage/sdcard0" : "/sdcard";
}
