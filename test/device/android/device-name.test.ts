/** What a device is called and whether it is a camera: by what real ones say. */
import { expect, test } from "vitest";
import { modelWords, tidy } from "../../../src/device/android/device-name.ts";
import { MtpSource } from "../../../src/device/mtp/mtp-source.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { DirectBus } from "../../fakes/direct-bus.ts";
import { RecordedDevice, recordedFacts } from "../../fakes/recorded-device.ts";
import { startAdb, startAndroid } from "../../helpers/android.ts";
import { generated, listItems } from "../../helpers/mock.ts";

test("no padding, and the maker's name once", () => {
  expect([tidy("FH1     "), tidy(" A  B\0\0"), tidy(" \0"), tidy(undefined)]).toEqual([
    "FH1",
    "A B",
    undefined,
    undefined,
  ]);
  const words = [
    ["SAMSUNG Electronics Co. Ltd. ", "SHV-E330S", "SAMSUNG SHV-E330S"],
    ["Canon Inc.", "Canon PowerShot G9", "Canon PowerShot G9"],
    ["Canon.Inc", "Canon EOS R", "Canon EOS R"],
    ["SANYO Electric Co.,Ltd.", "C5", "SANYO C5"],
    ["Nikon Corporation", "P3", "Nikon P3"],
    ["EASTMAN KODAK COMPANY", "KODAK EASYSHARE", "KODAK EASYSHARE"],
    ["samsung", "Nexus 10", "Samsung Nexus 10"],
    ["HTC", "HTC One", "HTC One"],
    ["", "Kosumi", "Kosumi"],
  ] as const;
  for (const [maker, model, want] of words) expect(modelWords(maker, model)).toBe(want);
});

const kindOf = async (name: string) => {
  const facts = recordedFacts().find((f) => f.name === name)!;
  const device = new RecordedDevice(facts, { missingProperty: "error" });
  const { maker, model, serial } = facts;
  const { identify } = await import("../../../src/device/android/identity.ts");
  const { id } = identify([serial], { maker, model, name: facts.friendlyName });
  const env = { bus: new DirectBus([device]), clock: systemClock, stallMs: 1_000, opened: new Map() };
  await using source = await MtpSource.open(id, env);
  return [source.device.platform, source.device.noun, source.device.system];
};

const kinds = {
  camera: [
    "canon-eos-r",
    "nikon-d4s",
    "sony-a7sm3",
    "sony-dsc-s730",
    "panasonic-gh5",
    "gopro-hero5-black",
    "sanyo-vpc-c5",
  ],
  player: [
    "sony-walkman-nwz-s516",
    "creative-zen-x-fi",
    "maxfield-g-flash-ng-1gb",
    "iriver-e100",
    "sandisk-sansa-clip",
    "zune",
  ],
  phone: ["sony-xperia-1", "samsung-gt-i9300", "nokia-n73", "nokia-n9", "lg-gr500", "motorola-v750", "jolla-jolla"],
};

test.each(Object.entries(kinds))("what is called a %s is one", async (noun, names) => {
  for (const name of names) {
    const [platform, called, system] = await kindOf(name);
    expect([name, platform, called]).toEqual([name, noun === "camera" ? "camera" : "android", noun]);
    if (noun !== "phone") expect(system).toBeUndefined();
  }
});

test("a camera without a card is not told to choose File transfer; with one it goes on by itself", async () => {
  await using mock = await startAndroid(
    { files: [generated("/SD card/DCIM/a.jpg", 10)] },
    { ptp: true, lockedLooks: 3 },
  );
  const hub = mock.hubWith({ stallMs: 2_000 });
  const [device] = await hub.devices();
  expect([device!.state, device!.info.platform]).toEqual(["no-card", "camera"]);
  await expect(hub.open(device!.info)).rejects.toMatchObject({
    code: "device-no-storage",
    message: expect.stringContaining("camera"),
    remedy: expect.stringContaining("card"),
  });
  const states: string[] = [];
  await hub.trust(device!.info, { onState: (s) => states.push(s) });
  expect(states).toEqual(["no-card", "ready"]);
  await using source = await hub.open(device!.info);
  expect((await listItems(source)).map((i) => i.path)).toEqual(["/SD card/DCIM/a.jpg"]);
});

test("a card keeps its paths when the phone's own storage is shown later", async () => {
  const files = [generated("/SD card/DCIM/Camera/a.jpg", 10), generated("/DCIM/Camera/n.jpg", 10)];
  await using mock = await startAndroid({ files }, { cardAloneLooks: 3 });
  await using source = await mock.open();
  const paths = async (folder?: string) => {
    const seen = [];
    for await (const entry of source.list(folder === undefined ? {} : { folder })) seen.push(entry.path);
    return seen.sort();
  };
  expect(await paths()).toEqual(["/SD card/DCIM/Camera/a.jpg"]);
  // Its card need not be named where there is nothing else.
  expect(await paths("/DCIM")).toEqual(["/SD card/DCIM/Camera/a.jpg"]);
  await source.reconnect({});
  await source[Symbol.asyncDispose]();
  // How many looks an opening takes is not this test's business: sooner or later the other storage is there.
  let seen: string[] = [];
  for (let opened = 0; opened < 5 && seen.length < 2; opened += 1) {
    await using again = await mock.open();
    seen = [];
    for await (const entry of again.list()) seen.push(entry.path);
  }
  expect(seen.sort()).toEqual(["/DCIM/Camera/n.jpg", "/SD card/DCIM/Camera/a.jpg"]);
});

test("what a phone is sold as, where it says that", async () => {
  const properties = { "ro.product.marketname": "POCO X6 Pro 5G" };
  await using mock = await startAdb({
    productType: "2311DRK48G",
    android: { manufacturer: "Xiaomi", adb: { properties } },
  });
  expect((await mock.hub.find(undefined)).info.model).toBe("Xiaomi POCO X6 Pro 5G");
});
