/** Who a phone is: by its serial number, or, where its maker gave it none, by what else it says. */
import { expect, test } from "vitest";
import { identify, isPlaceholderSerial } from "../../../src/device/android/identity.ts";
import { DeviceHub } from "../../../src/device/device-hub.ts";
import { MockAndroid, MtpResponder } from "../../../src/device/mock/android/index.ts";
import { MtpRoute } from "../../../src/device/mtp/mtp-route.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { DirectBus } from "../../fakes/direct-bus.ts";
import { describedAndroid, startAdb } from "../../helpers/android.ts";
import { generated, listItems } from "../../helpers/mock.ts";

test("serial numbers of no phone in particular, and real ones that look like it", () => {
  const none = [
    "0123456789ABCDEF",
    "1234567890ABCDEF",
    "123456789",
    "0000000000000000",
    "00000000000000000123456789ABCDEF",
  ];
  for (const serial of [undefined, "", "  ", "\0\0", "unknown", "Unknown", "????????", "(no serial number)", ...none])
    expect(isPlaceholderSerial(serial), String(serial)).toBe(true);
  for (const serial of [
    "R58M12ABCDE",
    "12345",
    "9876543210",
    "0123456789ABCDE1",
    "HT123456789",
    "11112222",
    "1a2b3c4d",
  ])
    expect(isPlaceholderSerial(serial), serial).toBe(false);
});

test("without one: maker, model and name tell, however they are written; the id is no id of a serial number", () => {
  const one = { maker: "MOBIWIRE", model: "Kosumi", name: undefined };
  const id = (of: typeof one): string => identify(["0123456789ABCDEF"], of).id;
  expect(id(one)).toMatch(/^0123456789ABCDEF-[0-9a-f]{8}$/);
  expect(id({ ...one, maker: "Mobiwire ", model: " kosumi" })).toBe(id(one));
  expect(id({ ...one, maker: "LENOVO" })).not.toBe(id(one));
  expect(id({ ...one, model: "VIBE K5 Note" })).not.toBe(id(one));
  expect(identify(["0123456789ABCDEF", "R58M12ABCDE"], one)).toEqual({ id: "R58M12ABCDE", hasSerial: true });
  expect(identify([undefined, ""], one)).toMatchObject({ id: expect.stringMatching(/^noserial-/), hasSerial: false });
});

const plugged = async (...phones: { name: string; model: string; maker?: string }[]) => {
  const responders = [];
  for (const { name, model, maker } of phones) {
    const description = describedAndroid({
      name,
      productType: model,
      serialNumber: "0123456789ABCDEF",
      files: [generated(`/DCIM/Camera/${name}.jpg`, 100)],
      android: { manufacturer: maker ?? "MOBIWIRE" },
    });
    responders.push(new MtpResponder(await MockAndroid.create(description, ".")));
  }
  const bus = new DirectBus(responders);
  return new DeviceHub([new MtpRoute({ bus, clock: systemClock, platform: "linux", stallMs: 2_000 })], systemClock);
};

test("two phones of one placeholder: each is opened as itself", async () => {
  const hub = await plugged({ name: "Kosumi", model: "Kosumi" }, { name: "K5", model: "VIBE K5", maker: "LENOVO" });
  const devices = await hub.devices();
  expect(devices.map((d) => [d.state, d.info.hasSerial])).toEqual([
    ["ready", false],
    ["ready", false],
  ]);
  for (const { info } of devices) {
    await using source = await hub.open(info);
    expect(source.device.id).toBe(info.id);
    expect((await listItems(source)).map((i) => i.name)).toEqual([`${info.name}.jpg`]);
  }
});

test("two phones that nothing tells apart: neither is taken for the other", async () => {
  const hub = await plugged({ name: "Kosumi", model: "Kosumi" }, { name: "Kosumi", model: "Kosumi" });
  const [device, ...rest] = await hub.devices();
  expect(rest).toEqual([]);
  expect([device!.state, device!.error?.code]).toEqual(["unreachable", "device-indistinct"]);
});

test("over adb such a phone is asked by the name that adb has for it", async () => {
  await using mock = await startAdb({
    serialNumber: "0123456789ABCDEF",
    files: [generated("/DCIM/Camera/a.jpg", 100)],
  });
  await using source = await mock.open();
  expect(source.device).toMatchObject({ id: expect.stringMatching(/^0123456789ABCDEF-/), hasSerial: false });
  expect(await listItems(source)).toHaveLength(1);
  expect(await source.hashOnPhone?.((await listItems(source))[0]!)).toMatch(/^[0-9a-f]{64}$/);
});
