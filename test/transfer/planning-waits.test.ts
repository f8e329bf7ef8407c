/** Planning asks a destination much at once, and never stands still for an answer. */
import { renameSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildCameraRoll } from "../../src/library/index.ts";
import { openTransfer, type TransferOptions } from "../../src/transfer/index.ts";
import type { Plan } from "../../src/transfer/plan/index.ts";
import { blockingCalls } from "../fakes/blocking-calls.ts";
import { MemorySource } from "../fakes/memory-source.ts";
import { SlowDisk } from "../fakes/slow-disk.ts";
import { exportOnce, temporaryFolder, transferOptions } from "../helpers/engine.ts";

const files = (count: number): Map<string, Buffer> =>
  new Map(
    Array.from({ length: count }, (_, n) => [
      `/DCIM/100APPLE/IMG_${String(n).padStart(4, "0")}.JPG`,
      Buffer.alloc(1000 + n, n),
    ]),
  );

async function planned(
  source: MemorySource,
  to: string,
  over: Partial<TransferOptions> = {},
): Promise<{ plan: Plan; disk: SlowDisk; calls: readonly string[] }> {
  const disk = new SlowDisk();
  const roll = await buildCameraRoll(source, { now: Date.now() });
  const options = transferOptions(to, { roll, disk: disk.port, ...over });
  using blocking = blockingCalls(to);
  // Opening comes first: id, lock and the catalog's file, as many calls whatever there is.
  let opening = Number.POSITIVE_INFINITY;
  disk.onFirst = () => {
    opening = blocking.calls.length;
  };
  await using transfer = await openTransfer(source, options);
  expect(opening).toBeLessThan(40);
  return { plan: transfer.plan, disk, calls: blocking.calls.slice(opening) };
}

test("a night with nothing new: 32 waits and more at once, each file asked for once, none while the thread stands still", async () => {
  const source = new MemorySource(files(300));
  const to = temporaryFolder();
  await exportOnce(source, to);
  const { plan, disk, calls } = await planned(source, to);
  expect(plan.present.items).toBe(300);
  expect(calls).toEqual([]);
  expect(disk.mostWaiting).toBeGreaterThanOrEqual(32);
  expect(disk.asked).toBeLessThan(300 + 20);
});

test("new photos among foreign files: only names that they want are asked for", async () => {
  const source = new MemorySource(files(300));
  const to = temporaryFolder();
  await exportOnce(source, to);
  rmSync(join(to, ".offroll"), { recursive: true });
  for (let n = 100; n < 300; n += 1) unlinkSync(join(to, `2024/05/IMG_${String(n).padStart(4, "0")}.JPG`));
  const { plan, disk, calls } = await planned(new MemorySource(files(310)), to, { newDestination: true });
  expect(plan.toCopy.items).toBe(310);
  expect(calls).toEqual([]);
  expect(disk.mostWaiting).toBeGreaterThanOrEqual(32);
  expect(disk.asked).toBeLessThan(100 + 20);
});

test("files moved by hand are found without standing still", async () => {
  const source = new MemorySource(files(60));
  const to = temporaryFolder();
  await exportOnce(source, to);
  renameSync(join(to, "2024/05"), join(to, "holiday"));
  const { plan, calls } = await planned(source, to);
  expect(plan.present.items).toBe(60);
  expect(calls).toEqual([]);
});
