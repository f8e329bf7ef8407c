/**
 * Five phones and cameras as descriptions for the mock, over the files of a folder: the commonest ways to answer, each with its cable
 * pulled in mid-copy. node personalities.ts FILES OUT [HOW MANY] [SEED]: writes OUT/NAME.json and prints each chosen name.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AndroidDescription, PhoneDescription } from "../../src/device/mock/described-phone.ts";

const personalities: Record<string, AndroidDescription & { model: string }> = {
  "android-14": { model: "Pixel 8", manufacturer: "Google", vendorId: 0x18d1, productId: 0x4ee1 },
  "samsung-own": {
    model: "SM-G930F",
    manufacturer: "SAMSUNG Electronics Co. Ltd. ",
    vendorId: 0x04e8,
    productId: 0x6860,
    mtp: { partial: "32", wideObjectInfo: true, hangsOnFullPacket: true },
  },
  "canon-eos": {
    model: "Canon EOS R",
    manufacturer: "Canon.Inc",
    vendorId: 0x04a9,
    productId: 0x32da,
    mtp: { ptp: true },
  },
  "nikon-z": {
    model: "Z 6",
    manufacturer: "Nikon Corporation",
    vendorId: 0x04b0,
    productId: 0x0443,
    mtp: { partial: "32", dateProperty: "refused" },
  },
  gopro: {
    model: "HERO11 Black",
    manufacturer: "GoPro",
    vendorId: 0x2672,
    productId: 0x0059,
    mtp: { dates: "missing" },
  },
};

const [files = "", out = "", howMany = "5", seed = "1"] = process.argv.slice(2);
const pulledAfterBytes = 20_000_000;

function chosen(): string[] {
  const left = Object.keys(personalities);
  const names: string[] = [];
  // Park and Miller's generator: the same seed chooses the same ones everywhere.
  for (let state = Number(seed) || 1; names.length < Number(howMany) && left.length > 0; ) {
    state = (state * 48_271) % 2_147_483_647;
    names.push(...left.splice(state % left.length, 1));
  }
  return names;
}

for (const name of chosen()) {
  const { model, ...android } = personalities[name] as (typeof personalities)[string];
  const serial = `VM${name.replaceAll("-", "").toUpperCase()}`;
  const description: PhoneDescription = {
    name: model,
    udid: serial,
    serialNumber: serial,
    productType: model,
    productVersion: "14",
    buildVersion: "VM",
    wifiAddress: "02:00:00:00:00:01",
    timeZone: "UTC",
    timeZoneOffsetSeconds: 0,
    totalBytes: 64_000_000_000,
    freeBytes: 20_000_000_000,
    android,
    files: readdirSync(files).map((file) => ({
      path: `/DCIM/100VM/${file}`,
      modified: "2024-01-31T10:00:00Z",
      file: resolve(files, file),
    })),
    faults: [
      {
        when: { operation: "read", afterBytes: pulledAfterBytes },
        do: { type: "unplug", replugMs: 2_000 },
      },
    ],
  };
  writeFileSync(join(out, `${name}.json`), JSON.stringify(description));
  console.log(`${name} ${serial}`);
}
