/**
 * How long it takes from the cable to the first byte of a photo: by the resident watcher, and by `offroll backup` that somebody starts
 * in the very moment. Both in turns, on a mock phone; medians. Usage: npm run bench:attach -- [ROUNDS]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { describedPhone, generated } from "../helpers/mock.ts";
import { median } from "./results.ts";

const rounds = Number(process.argv[2] ?? 10);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const work = mkdtempSync(join(tmpdir(), "offroll-attach-"));
const files = Array.from({ length: 20 }, (_, i) => generated(`/DCIM/100APPLE/IMG_00${10 + i}.JPG`, 200_000));
const phone = await MockPhone.create(describedPhone({ files }), work);
const daemon = await MockUsbmuxd.start({ address: { path: join(work, "mux") }, phones: [phone] });
const { udid } = phone.description;
const env = {
  PATH: process.env["PATH"],
  HOME: work,
  OFFROLL_CONFIG_DIR: join(work, "config"),
  OFFROLL_DATA_DIR: join(work, "data"),
  USBMUXD_SOCKET_ADDRESS: daemon.address,
  OFFROLL_VIA: "usbmux",
};

const offroll = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [entry, ...args], { env, stdio: "ignore" });
const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once("close", done));

/** Until a file of the phone is opened for the first time. */
async function firstByteMs(begin: () => void): Promise<number> {
  phone.maxOpenHandlesSeen = 0;
  const at = performance.now();
  begin();
  while (phone.maxOpenHandlesSeen === 0) await sleep(1);
  return performance.now() - at;
}

/** A folder that nothing was copied to. */
function place(name: string): string {
  const folder = join(work, name);
  mkdirSync(folder);
  const plan = { name: "Ann", to: folder, photos: true, videos: true, network: false, setUpAt: Date.now() };
  writeFileSync(join(work, "config/autosave.json"), JSON.stringify({ v: 1, phones: { [udid]: plan } }));
  return folder;
}

const times = { watcher: [] as number[], byHand: [] as number[] };
await ended(offroll("pair"));
mkdirSync(join(work, "config"), { recursive: true });
place("first");
for (let round = 0; round < rounds; round += 1) {
  daemon.unplug(phone);
  const folder = place(`hand ${round}`);
  let run: ChildProcess | undefined;
  times.byHand.push(
    await firstByteMs(() => {
      daemon.plug(phone);
      run = offroll("backup", folder);
    }),
  );
  await ended(run as ChildProcess);

  daemon.unplug(phone);
  const watcher = offroll("autosave", "run");
  place(`watcher ${round}`);
  await sleep(5_000); // it has looked around, and sleeps
  times.watcher.push(await firstByteMs(() => daemon.plug(phone)));
  await sleep(1_500);
  watcher.kill();
  await ended(watcher);
}
await daemon.stop();
rmSync(work, { recursive: true, force: true });
const words = (all: number[]): string =>
  `${median(all).toFixed(0)} ms (${Math.min(...all).toFixed(0)}-${Math.max(...all).toFixed(0)})`;
console.log(
  `cable to first byte, ${rounds} rounds: watcher ${words(times.watcher)}, by hand in the same moment ${words(times.byHand)}`,
);
