/** Info.plist, which the computer writes: what other programs show of a backup, and what a restore needs to bring apps back. */
import { randomBytes } from "node:crypto";
import type { InstalledApp } from "../../device/iphone/apps/index.ts";
import type { BackupPhone, ReadPhoneFile } from "../../device/iphone/mobilebackup2/index.ts";
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

/** Files of a computer's own sync that go into it, where the phone has them. Source: libimobiledevice, tools/idevicebackup2.c. */
const itunesFolder = "/iTunes_Control/iTunes";
const itunesFiles = [
  ...["ApertureAlbumPrefs", "IC-Info.sidb", "IC-Info.sidv", "PhotosFolderAlbums", "PhotosFolderName"],
  ...["PhotosFolderPrefs", "VoiceMemos.plist", "iPhotoAlbumPrefs", "iTunesApplicationIDs", "iTunesPrefs"],
  "iTunesPrefs.plist",
] as const;
const booksFile = "/Books/iBooksData2.plist";
/** Each of them; real ones have some kilobytes. */
const maxFileBytes = 1024 * 1024;

/** What goes into it besides what lockdown tells. */
export interface InfoParts {
  /** Of the backup. */
  readonly now: Date;
  readonly apps: readonly InstalledApp[];
  readonly readFile: ReadPhoneFile;
}

/** XML. @throws {DeviceError} the phone is gone */
export async function makeInfoPlist(phone: BackupPhone, parts: InfoParts, options: AbortOptions = {}): Promise<Buffer> {
  const { now, apps, readFile } = parts;
  const values = await phone.values(undefined, options);
  const itunes = await phone.values("com.apple.mobile.iTunes", options);
  const version = itunes["MinITunesVersion"];
  const known: Record<string, PlistValue | undefined> = {};
  for (const [key, name] of Object.entries(told)) known[key] = values[name];
  const files: Record<string, Uint8Array | undefined> = {};
  for (const name of itunesFiles) files[name] = await readFile(`${itunesFolder}/${name}`, maxFileBytes);
  const info: PlistDict = {
    ...known,
    GUID: randomBytes(16).toString("hex").toUpperCase(),
    "Installed Applications": apps.map(({ id }) => id),
    Applications: applicationsOf(apps),
    "Last Backup Date": now,
    "Target Identifier": phone.udid,
    "Target Type": "Device",
    "Unique Identifier": phone.udid.toUpperCase(),
    "iBooks Data 2": await readFile(booksFile, maxFileBytes),
    "iTunes Files": files,
    "iTunes Settings": await phone.values("com.apple.iTunes", options),
    "iTunes Version": typeof version === "string" ? version : oldestITunes,
  };
  return encodePlist(info);
}

/** Those that a phone can install again. The others are among the installed ones by their name alone. */
function applicationsOf(apps: readonly InstalledApp[]): PlistDict {
  const out: Record<string, PlistDict> = {};
  for (const { id, store, icon } of apps)
    if (store)
      out[id] = {
        ApplicationSINF: store.rights,
        ...(icon ? { PlaceholderIcon: icon } : {}),
        iTunesMetadata: store.metadata,
      };
  return out;
}
