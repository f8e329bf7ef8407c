/** Info.plist, which the computer writes: what other programs show of a backup, and what a restore needs to bring apps back. */
import { randomBytes } from "node:crypto";
import type { BackupPhone } from "../../device/iphone/mobilebackup2/index.ts";
import { encodePlist, type PlistDict, type PlistValue } from "../../device/wire/plist.ts";
import type { AbortOptions } from "../../shared/abort.ts";

/** What the phone says of itself, by the keys that iTunes has for it. */
const told: Readonly<Record<string, string>> = {
  "Build Version": "BuildVersion",
  "Device Name": "DeviceName",
  "Display Name": "DeviceName",
  ICCID: "IntegratedCircuitCardIdentity",
  IMEI: "InternationalMobileEquipmentIdentity",
  MEID: "MobileEquipmentIdentifier",
  "Phone Number": "PhoneNumber",
  "Product Type": "ProductType",
  "Product Version": "ProductVersion",
  "Serial Number": "SerialNumber",
};
const oldestITunes = "10.0.1";

/** XML. @param now of the backup @throws {DeviceError} the phone is gone */
export async function makeInfoPlist(phone: BackupPhone, now: Date, options: AbortOptions = {}): Promise<Buffer> {
  const values = await phone.values(undefined, options);
  const itunes = await phone.values("com.apple.mobile.iTunes", options);
  const version = itunes["MinITunesVersion"];
  const known: Record<string, PlistValue | undefined> = {};
  for (const [key, name] of Object.entries(told)) known[key] = values[name];
  const info: PlistDict = {
    ...known,
    GUID: randomBytes(16).toString("hex").toUpperCase(),
    "Installed Applications": [],
    Applications: {},
    "Last Backup Date": now,
    "Target Identifier": phone.udid,
    "Target Type": "Device",
    "Unique Identifier": phone.udid.toUpperCase(),
    "iTunes Files": {},
    "iTunes Settings": {},
    "iTunes Version": typeof version === "string" ? version : oldestITunes,
  };
  return encodePlist(info);
}
