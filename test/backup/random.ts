/**
 * Random phones, and random sequences of what happens to them and to their backups: changes, backups, broken cables, refusals, kills of
 * the built program, passwords, restores. After each step the last good backup is opened and held against the phone, entry by entry and
 * byte by byte; at the end the phone is restored. What happens comes from a seed.
 *
 *   npm run test:phone-random -- [sequences, 100 by default] [seed]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { quickTemporary } from "../helpers/backup-phone.ts";
import { type Kill, PhoneSequences } from "../helpers/phone-sequences.ts";

const wanted = Number(process.argv[2] ?? 100);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const steps = 8;
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
console.log(`seed ${firstSeed}`);

const folder = mkdtempSync(join(quickTemporary(), "offroll-phone-random-"));
let failed = 0;
try {
  await using sequences = await PhoneSequences.start(folder);
  const env = { PATH: process.env["PATH"], HOME: folder, USBMUXD_SOCKET_ADDRESS: sequences.mock.address };
  const offroll = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [entry, ...args], { env, stdio: "ignore", timeout: 120_000 });
  const ended = async (child: ChildProcess): Promise<void> =>
    await new Promise((done) =>
      (child.exitCode ?? child.signalCode) === null ? child.once("close", () => done()) : done(),
    );
  await ended(offroll("pair"));
  let lastMs = 800;

  /** Anywhere in the run, or in the moment when the new backup takes its place. */
  const kill: Kill = async (dir, random) => {
    const intention = join(dir, ".offroll-work", sequences.mock.udid, "intention.json");
    const isLate = random() < 0.4;
    const afterMs = 150 + random() * lastMs;
    const startedAt = performance.now();
    const child = offroll("phone", "backup", dir, ...(random() < 0.3 ? ["--keep", "2"] : []));
    const timer = isLate
      ? setInterval(() => existsSync(intention) && child.kill("SIGKILL"), 0)
      : setTimeout(() => child.kill("SIGKILL"), afterMs);
    await ended(child);
    clearInterval(timer);
    if (child.signalCode === null) lastMs = performance.now() - startedAt;
    return `${child.signalCode === null ? "not killed" : "killed"} ${isLate ? "late" : "anywhere"}`;
  };

  for (let i = 0; i < wanted; i += 1) {
    for (const problem of await sequences.run(firstSeed + i, steps, kill)) {
      failed += 1;
      console.log(`FAIL ${problem}`);
    }
    if ((i + 1) % 10 === 0) console.log(`${i + 1} sequences ${JSON.stringify(sequences.counts)}`);
  }
  console.log(`${wanted} sequences ${JSON.stringify({ ...sequences.counts, failed })}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
