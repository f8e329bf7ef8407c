/** A disk that never shows what was just written, as some shares do, is an error and not an endless look. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../../../src/shared/clock.ts";
import { lockDestination } from "../../../../src/transfer/destination/local/lock.ts";

const looked = vi.hoisted(() => ({ times: 0 }));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const lstatSync = (path: string, options?: { throwIfNoEntry?: boolean }) => {
    if (!/lock\.[0-9a-f]{8}$/.test(path)) return real.lstatSync(path, options as never);
    looked.times += 1;
    // What never ends cannot be ended by a test either.
    if (looked.times > 1_000) throw new Error("endless");
    return real.lstatSync(`${path}.not-there`, options as never);
  };
  return { ...real, lstatSync };
});

test("the disk's time is asked for a few times only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-probe-"));
  try {
    writeFileSync(join(folder, "lock"), "{}");
    const taking = lockDestination(folder, { clock: systemClock, pid: process.pid, wait: false, onShare: true });
    await expect(taking).rejects.toMatchObject({ code: "destination-not-there" });
    expect(looked.times).toBeLessThan(10);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
