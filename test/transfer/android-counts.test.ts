/** What a copy over MTP costs, in numbers that do not depend on the machine's mood. */
import { expect, test } from "vitest";
import { MtpSource } from "../../src/device/mtp/mtp-source.ts";
import { UsbipBus } from "../../src/device/usb/usbip-bus.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { MeasuringBus } from "../fakes/measuring-bus.ts";
import { startAndroid } from "../helpers/android.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { generated } from "../helpers/mock.ts";
import { isTimed } from "../helpers/timed.ts";

const usb2 = { latencyMs: 1, serviceMs: 0.05, bytesPerSecond: 35_000_000 };

async function copied(files: ReturnType<typeof generated>[]) {
  await using mock = await startAndroid({ files, link: usb2 });
  const bus = new MeasuringBus(new UsbipBus(mock.server.address));
  await using source = await MtpSource.open("TESTANDROID01", {
    bus,
    clock: systemClock,
    stallMs: 10_000,
    opened: new Map(),
  });
  mock.phone.operationCounts.clear();
  bus.begin();
  const result = await exportOnce(source, temporaryFolder());
  const idle = bus.end();
  expect(result.summary.outcomes.copied.items).toBe(files.length);
  const count = (name: string): number => mock.phone.operationCounts.get(name) ?? 0;
  return { count, idle, seconds: result.summary.seconds };
}

test("a large video: one transaction for four megabytes (and the cable is never idle, where time is measured)", async () => {
  const { count, idle } = await copied([generated("/DCIM/Camera/v.mp4", 200_000_000)]);
  // Head and end for its date, 48 windows of 4 MiB; one look afterwards, at two properties.
  expect(count("getPartialObject64")).toBeLessThanOrEqual(50);
  expect(count("getObjectPropValue")).toBe(2);
  expect(count("getObjectInfo")).toBeLessThanOrEqual(8);
  // The start and the end of a run, which take as long for a small one, are a part of it.
  if (isTimed) expect(idle).toBeLessThanOrEqual(0.05);
});

test("many photos: a head and the bytes for each, two in all, for the bytes tell the size; listing costs next to nothing", async () => {
  const files = Array.from({ length: 120 }, (_, i) => generated(`/DCIM/Camera/IMG_${1000 + i}.jpg`, 300_000));
  const { count, idle } = await copied(files);
  expect(count("getPartialObject64")).toBe(120);
  expect(count("getObject")).toBe(120);
  expect(count("getObjectPropValue")).toBe(0);
  // Of the root's folders only: for a photo's the phone would open it and parse its EXIF.
  expect(count("getObjectInfo")).toBeLessThanOrEqual(8);
  expect(count("getObjectPropList") + count("getObjectHandles")).toBeLessThanOrEqual(16);
  // Seen: 0.05; a busy disk makes more of it.
  if (isTimed) expect(idle).toBeLessThanOrEqual(0.15);
});

test("small files: read once for their date and copied from there, one transaction each", async () => {
  const files = Array.from({ length: 120 }, (_, i) => generated(`/DCIM/Camera/IMG_${1000 + i}.jpg`, 10_240));
  const { count } = await copied(files);
  expect(count("getObject")).toBe(120);
  expect(count("getPartialObject64") + count("getObjectPropValue")).toBe(0);
});
