import { expect, test } from "vitest";
import { waitUntil } from "../../../src/device/mock/alarm.ts";
import { ServiceQueue, TokenBucket, unlimitedLink } from "../../../src/device/mock/link-model.ts";
import { timed } from "../../helpers/timed.ts";

test("a wait ends at its moment or after it, whatever is waited for beside it", async () => {
  const early: number[] = [];
  const moments = Array.from({ length: 200 }, (_, i) => performance.now() + ((i * 37) % 200) / 7);
  await Promise.all(
    moments.map(async (moment) => {
      await waitUntil(moment);
      if (performance.now() < moment) early.push(moment);
    }),
  );
  expect(early).toEqual([]);
});

timed("waiting leaves the processor to others", async () => {
  await waitUntil(performance.now() + 0.3); // the thread is there
  const shares: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const [from, before] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < 100; i += 1) await waitUntil(performance.now() + 2);
    const { user, system } = process.cpuUsage(before);
    shares.push((user + system) / 1000 / (performance.now() - from));
  }
  // Turning in the event loop until then: all of a core.
  expect(Math.min(...shares)).toBeLessThan(0.6);
});

test("the wire goes on where this computer was late, and rests where nothing was ready", async () => {
  const wire = new TokenBucket(10_000_000);
  const first = performance.now();
  const passed = await wire.pass(10_000, first);
  expect(passed).toBeCloseTo(first + 1, 5);
  const late = performance.now() + 3;
  while (performance.now() < late); // as a busy computer is
  expect(await wire.pass(10_000, passed)).toBeCloseTo(first + 2, 5);
  // Another connection's bytes, ready only now, cannot use what passed by unused.
  const ready = performance.now();
  expect(await wire.pass(10_000, ready)).toBeCloseTo(ready + 1, 5);
  expect(performance.now()).toBeGreaterThanOrEqual(ready + 1);
});

test("waits of requests overlap, the service of each does not", async () => {
  const queue = new ServiceQueue({ ...unlimitedLink, latencyMs: 5, serviceMs: 1 });
  const at = performance.now();
  const served = await Promise.all([queue.serve(at), queue.serve(at), queue.serve(at + 20)]);
  expect(served.map((s) => Math.round((s - at) * 1000) / 1000)).toEqual([6, 7, 26]);
  expect(performance.now()).toBeGreaterThanOrEqual(at + 26);
});
