import { expect, test } from "vitest";
import { LinkMeter } from "../../src/device/link-meter.ts";

function meterAt() {
  const time = { now: 0 };
  return { time, meter: new LinkMeter(() => time.now) };
}

test("idle is the time in which nothing was asked, over all that ask", () => {
  const { time, meter } = meterAt();
  time.now = 100;
  meter.asked();
  meter.asked();
  time.now = 150;
  meter.answered();
  time.now = 170;
  meter.answered();
  time.now = 200;
  expect(meter.idleMs).toBe(130);
  meter.asked();
  time.now = 500;
  expect(meter.idleMs).toBe(130);
});

test("the rate is of the time in which something was asked", () => {
  const { time, meter } = meterAt();
  expect(meter.bytesPerSecond).toBeUndefined();
  meter.asked();
  time.now = 50;
  meter.answered();
  time.now = 150;
  meter.asked();
  time.now = 200;
  meter.received(1_000_000);
  expect(meter.bytesPerSecond).toBe(10_000_000);
});
