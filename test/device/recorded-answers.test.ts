/** Single answers of real devices, byte for byte, through the decoders that meet them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storageRoots } from "../../src/device/adb/adb-phone.ts";
import { decodeDeviceInfo, decodeObjectInfo, decodeStorageInfo } from "../../src/device/mtp/mtp-datasets.ts";
import { containerHeader, DatasetReader } from "../../src/device/mtp/mtp-format.ts";
import { isAdb, mtpCandidates } from "../../src/device/mtp/mtp-phone.ts";
import { parseConfiguration } from "../../src/device/usb/usb-descriptors.ts";

interface Answers {
  readonly usb: readonly {
    readonly device: string;
    readonly vendorId: number;
    readonly configuration: string;
    readonly names: Readonly<Record<string, string>>;
    readonly expect: string;
  }[];
  readonly containers: readonly { readonly device: string; readonly what: string; readonly hex: string }[];
  readonly storages: readonly { readonly device: string; readonly names: readonly string[] }[];
}

const file = join(import.meta.dirname, "../../fixtures/devices/answers.json");
const answers = JSON.parse(readFileSync(file, "utf8")) as Answers;

test("which interface is MTP and which is adb, by configurations of real phones", () => {
  expect(answers.usb).toHaveLength(5);
  for (const { device, vendorId, configuration, expect: wanted } of answers.usb) {
    const interfaces = parseConfiguration(Buffer.from(configuration, "hex"));
    const open = async (): Promise<never> => {
      throw new Error("is not opened");
    };
    const usb = { key: "x", vendorId, productId: 0, speed: undefined, interfaces, file: undefined, open };
    const found = [
      `MTP at ${mtpCandidates(usb)[0]?.number}`,
      ...interfaces.filter(isAdb).map((i) => `adb at ${i.number}`),
    ];
    expect([device, found.join(", ")]).toEqual([device, wanted]);
  }
});

test("containers as real devices sent them", () => {
  const facts: string[] = [];
  for (const { what, hex } of answers.containers) {
    const bytes = Buffer.from(hex, "hex");
    const payload = bytes.subarray(containerHeader.size);
    expect([what, containerHeader.decode(bytes).length]).toEqual([what, bytes.length]);
    if (what.startsWith("GetDeviceInfo")) facts.push(decodeDeviceInfo(payload).model);
    if (what.startsWith("GetStorageInfo")) facts.push(decodeStorageInfo(payload).description);
    if (what.startsWith("GetStorageIDs")) facts.push(new DatasetReader("ids", payload).array32().join());
    if (what.startsWith("GetObjectInfo")) facts.push(decodeObjectInfo(payload).name);
  }
  expect(facts).toEqual(["65537", "Phone", "65537", "Internal storage", "DC-FZ10002"]);
});

test("cards, by what is in /storage of real phones", () => {
  const roots = answers.storages.map(({ names }) => storageRoots(names));
  expect(roots).toEqual([
    ["/storage/emulated/0", "/storage/0FF8-0D15"],
    ["/storage/emulated/0", "/storage/0123-4567"],
    ["/storage/emulated/0", "/storage/9C33-6BBD"],
    ["/storage/emulated/0", "/storage/extSdCard", "/storage/usbdisk"],
    ["/storage/sdcard0", "/storage/sdcard1", "/storage/usbdisk"],
    ["/storage/emulated/0", "/storage/sdcard1"],
    ["/storage/emulated/0", "/storage/external_SD"],
  ]);
});
