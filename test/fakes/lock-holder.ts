/** A process that locks a destination: `FOLDER hold` until it is killed, or `FOLDER race ROUNDS`, alone between lock and release. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/shared/clock.ts";
import { currentBootId } from "../../src/transfer/destination/local/boot-id.ts";
import { lockDestination } from "../../src/transfer/destination/local/lock.ts";

const [folder, what, rounds] = process.argv.slice(2) as [string, string, string];
const take = () =>
  lockDestination(folder, {
    clock: { ...systemClock, sleep: () => systemClock.sleep(1) },
    pid: process.pid,
    bootId: currentBootId(systemClock),
    wait: what === "race",
  });
if (what === "hold") {
  const lock = await take();
  console.log("held");
  await systemClock.sleep(600_000);
  lock[Symbol.dispose]();
}
for (let i = 0; i < Number(rounds ?? 0); i += 1) {
  using _lock = await take();
  const alone = join(folder, "alone");
  writeFileSync(alone, "", { flag: "wx" });
  await systemClock.sleep(1);
  rmSync(alone);
}
