/** Devices that do not say that they speak MTP, or do not answer: which are tried, and which are reset. */
import { expect, test } from "vitest";
import type { Trace, TraceRecord } from "../../../src/device/index.ts";
import { MockAndroid, MtpResponder } from "../../../src/device/mock/android/index.ts";
import type { AndroidDescription, MtpPersonality } from "../../../src/device/mock/described-phone.ts";
import { MtpRoute } from "../../../src/device/mtp/mtp-route.ts";
import type { UsbDevice } from "../../../src/device/usb/usb-bus.ts";
import { DirectBus } from "../../fakes/direct-bus.ts";
import { TestClock } from "../../fakes/test-clock.ts";
import { describedAndroid, startAndroid } from "../../helpers/android.ts";
import { generated, listItems } from "../../helpers/mock.ts";

const files = [generated("/DCIM/Camera/a.jpg", 300)];

async function plugged(mtp: MtpPersonality, android: AndroidDescription = {}, as: Partial<UsbDevice> = {}) {
  const phone = await MockAndroid.create(describedAndroid({ files, android: { ...android, mtp } }), ".");
  const responder = new MtpResponder(phone);
  const bus = new DirectBus([responder]);
  const seen = {
    devices: async () => (await bus.devices()).map((d) => ({ ...d, ...as })),
    changes: () => bus.changes(),
  };
  const records: TraceRecord[] = [];
  const trace: Trace = (record) => records.push(record);
  const route = new MtpRoute({ bus: seen, clock: new TestClock(), platform: "linux", stallMs: 50, trace });
  return { route, responder, records };
}

test("an interface of a vendor's own: by its name, by what Windows is told, by its ids; else it is left alone", async () => {
  const names = async (mtp: MtpPersonality, android?: AndroidDescription) => {
    const { route } = await plugged(mtp, android);
    return (await route.devices()).map((d) => [d.info.name, d.state]);
  };
  const seen = [["Test Pixel", "ready"]];
  expect(await names({ vendorInterface: "Android MTP" })).toEqual(seen);
  expect(await names({ vendorInterface: "022NKM147E000380", osDescriptor: true })).toEqual(seen);
  expect(await names({ vendorInterface: "022NKM147E000380" }, { vendorId: 0x0e8d, productId: 0x2008 })).toEqual(seen);
  expect(await names({ vendorInterface: "022NKM147E000380" })).toEqual([]);
});

test("the same over a real cable", async () => {
  const personality = { vendorInterface: "SERIAL01", osDescriptor: true };
  await using mock = await startAndroid({ files }, personality);
  await using source = await mock.open();
  expect(await listItems(source)).toHaveLength(1);
});

test("a phone that does not answer OpenSession is reset, once, and told in the trace", async () => {
  const { route, responder, records } = await plugged({ needsReset: true });
  const [device] = await route.devices();
  expect([device!.state, responder.resets]).toEqual(["unreachable", 0]);
  await using source = await route.open(device!.info.id);
  expect(await listItems(source)).toHaveLength(1);
  expect(responder.resets).toBe(1);
  expect(records.filter((r) => JSON.stringify(r.message).includes('"reset"'))).toMatchObject([{ layer: "mtp" }]);
});

test("waiting for a phone resets a silent one too", async () => {
  const { route, responder } = await plugged({ needsReset: true });
  const [device] = await route.devices();
  await route.trust(device!.info.id);
  expect(responder.resets).toBe(1);
});

test("over a real cable, a reset is a reset", async () => {
  await using mock = await startAndroid({ files }, { needsReset: true });
  const hub = mock.hubWith({ stallMs: 300 });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  await using source = await hub.open(info);
  expect([await listItems(source), mock.responder.resets]).toMatchObject([[{ name: "a.jpg" }], 1]);
});

test("what may be somebody else's, or a camera, or was reset already, is not reset", async () => {
  const cases: [string, MtpPersonality, AndroidDescription, Partial<UsbDevice>][] = [
    ["nobody can tell who has it", {}, {}, { isExclusive: false }],
    ["somebody has it", {}, {}, { file: "/dev/null" }],
    ["a camera", { ptp: true }, {}, {}],
    ["a camera's maker", {}, { vendorId: 0x04a9 }, {}],
  ];
  for (const [name, mtp, android, as] of cases) {
    const { route, responder } = await plugged({ ...mtp, needsReset: true }, android, as);
    // Whoever has a file of that name open has the device: this test's parent has.
    await expect(route.open("TESTANDROID01"), name).rejects.toThrow("stopped answering");
    expect([name, responder.resets]).toEqual([name, 0]);
  }
  const { route, responder } = await plugged({ needsReset: true });
  responder.reset = () => {
    responder.resets += 1; // and is as deaf as before
  };
  await expect(route.open("TESTANDROID01")).rejects.toThrow("stopped answering");
  await expect(route.open("TESTANDROID01")).rejects.toThrow("stopped answering");
  expect(responder.resets).toBe(1);
});
