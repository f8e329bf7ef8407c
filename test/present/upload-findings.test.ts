/** What an Android phone's index says of what is not on it; and an iPhone of which nothing is wrong. */
import { expect, test } from "vitest";
import type { DeviceCondition } from "../../src/device/media-source.ts";
import { reportICloud } from "../../src/library/icloud-report.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { isOlder } from "../../src/present/ios-releases.ts";
import { whyNotInCloud } from "../../src/present/upload-findings.ts";
import { startAdb, startAndroid } from "../helpers/android.ts";
import { plugged } from "../helpers/freeup.ts";
import { asset, libraryOptions } from "../helpers/library-phone.ts";
import { generated } from "../helpers/mock.ts";

const now = Date.UTC(2026, 10, 28);

const files = [
  generated("/DCIM/Camera/PXL_20240101_100000000.jpg", 300),
  generated(`/DCIM/Camera/.pending-${now / 1000 + 86_400}-PXL_20240102_100000000.jpg`, 200),
  generated("/DCIM/Camera/PXL_20240103_100000000.jpg", 0),
];

test("over adb the index is asked: entries without a file, files that are pending, files without a byte", async () => {
  const indexedOnly = ["DCIM/Camera/PXL_1.jpg", "DCIM/Camera/PXL_2.jpg", "Download/elsewhere.jpg"];
  await using mock = await startAdb({ files, android: { adb: { indexedOnly } } });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const { device, capabilities } = source;
  const found = whyNotInCloud({ device, capabilities, roll, iCloud: undefined, condition: undefined, at: now });
  expect(found.map(({ check }) => check)).toEqual(["index: without-file", "index: pending", "index: empty"]);
  expect(found[0]?.text).toBe(
    "Test Pixel: its index has 2 entries without a file. They may be in a cloud alone, or gone: the index does not say which.",
  );
  expect(found.every(({ remedy }) => remedy !== undefined)).toBe(true);
});

test("over MTP there is no index, and that is said", async () => {
  await using mock = await startAndroid({ files: files.slice(0, 1) });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const { device, capabilities } = source;
  const found = whyNotInCloud({ device, capabilities, roll, iCloud: undefined, condition: undefined, at: now });
  expect(found.map(({ check }) => check)).toEqual(["index: not-told"]);
});

test("an iPhone with everything in iCloud: nothing to do, and nothing is asked of its owner", async () => {
  await using mock = await plugged(
    { assets: [asset({ filename: "IMG_1.HEIC", cloud: { state: 3 } })] },
    { iCloud: true },
  );
  await using source = await mock.open();
  const condition = (await source.condition?.()) as DeviceCondition;
  expect(condition).toMatchObject({ batteryPercent: 80, charging: true });
  const at = condition.clockMs as number;
  const roll = await buildCameraRoll(source, { now, library: libraryOptions(), heads: "none" });
  const { device, capabilities } = source;
  const look = {
    device: { ...device, osVersion: "27.0" },
    capabilities,
    roll,
    iCloud: reportICloud(roll),
    condition,
    at,
  };
  const found = whyNotInCloud(look);
  expect(found.map(({ verdict }) => verdict)).toEqual(found.map(() => "ok"));
  expect(found.map(({ check }) => check)).toContain("upload: ios");
  // Weeks later by this computer, which may be the one that is wrong.
  const off = whyNotInCloud({ ...look, at: at - 40 * 86_400_000 });
  expect(off.find(({ check }) => check === "upload: clock-off")?.text).toContain("ahead of this computer's");
});

test.each<[string, string, boolean]>([
  ["18.3.2", "26.1", true],
  ["26.0", "26.0.1", true],
  ["26.1", "26.1", false],
  ["27.0", "26.9", false],
  ["odd", "26.1", false],
])("iOS %s is older than %s: %s", (version, than, older) => {
  expect(isOlder(version, than)).toBe(older);
});
