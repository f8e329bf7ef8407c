/**
 * Kills the watcher and its runs at random instants, while two phones are backed up to two disks and both are copied on to two more,
 * and checks every promise after each kill. The disks are ext4 on images where root may mount them, folders elsewhere.
 *
 *   npm run test:crash-autosave -- [kills, 200 by default] [seed]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { randomFrom } from "../../fixtures/make/random.ts";
import { readState } from "../../src/autosave/index.ts";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { mountDisk } from "../helpers/disks.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { describedPhone, truth } from "../helpers/mock.ts";

const wantedKills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const random = randomFrom(seed);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
/** A round that takes longer stands still. */
const mostRoundMs = 240_000;

const work = mkdtempSync(join(tmpdir(), "offroll-crash-autosave-"));
const stack = new DisposableStack();
const disks = ["one", "two", "three", "four"].map((name) => {
  const disk = mountDisk("ext4");
  if (disk) stack.use(disk);
  else mkdirSync(join(work, name));
  return disk?.root ?? join(work, name);
});
console.log(`seed ${seed}; disks: ${disks.join(", ")}`);

const phones = await Promise.all(
  ["A", "B"].map(async (letter, nth) => {
    const sizes = [...Array.from({ length: 50 }, () => 20_000 + Math.floor(random() * 150_000)), 6_000_000];
    const files = sizes.map((bytes, i) => ({
      path: `/DCIM/100APPLE/IMG_${String(i).padStart(4, "0")}.${bytes > 1e6 ? "MOV" : "JPG"}`,
      modified: new Date(Date.UTC(2024, i % 12, 1 + (i % 27))).toISOString(),
      generated: { bytes, seed: 1000 * nth + i },
    }));
    const udid = `00008110-00000000000000${letter}${letter}`;
    const link = { bytesPerSecond: 8_000_000 };
    const phone = await MockPhone.create(
      describedPhone({ udid, serialNumber: letter, name: letter, files, link }),
      work,
    );
    const hashes = new Set<string>();
    for (const { path } of files) hashes.add(sha256(await truth(phone, path)));
    return { udid, phone, hashes };
  }),
);
const daemon = await MockUsbmuxd.start({
  address: { path: join(work, "mux") },
  phones: phones.map(({ phone }) => phone),
});
const [config, data] = [join(work, "config"), join(work, "data")];
const env = {
  PATH: process.env["PATH"],
  HOME: work,
  OFFROLL_CONFIG_DIR: config,
  OFFROLL_DATA_DIR: data,
  USBMUXD_SOCKET_ADDRESS: daemon.address,
  OFFROLL_VIA: "usbmux",
};
const stateFile = join(data, "autosave/state.json");
const counts = { kills: 0, ofWatcher: 0, ofRuns: 0, rounds: 0, violations: 0 };

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function violation(text: string): void {
  counts.violations += 1;
  console.log(`VIOLATION after kill ${counts.kills} (seed ${seed}): ${text}`);
}

async function offroll(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      words += chunk;
    });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0) throw new Error(`offroll ${args.join(" ")} ended with ${code}: ${words}`);
}

/** Where a phone's photos go, and where they are copied on to. */
interface Pair {
  readonly udid: string;
  readonly hashes: ReadonlySet<string>;
  readonly first: string;
  readonly copy: string;
}

async function setUp(round: number): Promise<Pair[]> {
  for (const disk of disks)
    for (const name of readdirSync(disk)) if (name !== "lost+found") rmSync(join(disk, name), { recursive: true });
  rmSync(data, { recursive: true, force: true });
  rmSync(config, { recursive: true, force: true });
  const pairs = phones.map(({ udid, hashes }, i): Pair => {
    const [first, copy] = [disks[i] as string, disks[i + 2] as string].map((disk) => join(disk, `Phone ${round}`));
    return { udid, hashes, first: first as string, copy: copy as string };
  });
  for (const { udid, first, copy } of pairs) {
    await offroll("pair", "--device", udid);
    await offroll("backup", first, "--device", udid, "--limit", "1", "--quiet");
    await offroll("copies", "add", "second", copy, "--from", first);
  }
  const plan = { photos: true, videos: true, network: false, copy: "second", setUpAt: Date.now() };
  const settings = {
    v: 1,
    phones: Object.fromEntries(pairs.map(({ udid, first }) => [udid, { name: udid, to: first, ...plan }])),
  };
  writeFileSync(join(config, "autosave.json"), JSON.stringify(settings));
  return pairs;
}

let watcher: ChildProcess | undefined;
let isGone = true;

function startWatcher(): void {
  isGone = false;
  const child = spawn(process.execPath, [entry, "autosave", "run"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr?.on("data", (chunk) => {
    words += chunk;
  });
  child.once("close", (code, signal) => {
    if (watcher === child) isGone = true;
    if (signal !== "SIGKILL" && code !== 0) violation(`the watcher ended by itself with ${code}: ${words.slice(-500)}`);
  });
  watcher = child;
}

/** Runs of whichever watcher, by what they were started with. */
function runs(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return (
          words.includes(entry) &&
          words.includes("--json") &&
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(work)
        );
      } catch {
        return false;
      }
    });
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

const known = new Map<string, { readonly mark: string; readonly hash: string }>();
function hashOf(file: string): string {
  const { size, mtimeMs, ino } = statSync(file);
  const mark = `${size} ${mtimeMs} ${ino}`;
  const before = known.get(file);
  if (before?.mark === mark) return before.hash;
  const hash = sha256(readFileSync(file));
  known.set(file, { mark, hash });
  return hash;
}

const inodes = new Map<string, number>();
/** What has a name is whole and the phone's, and stays the very file. */
function check({ first, copy, hashes }: Pair): void {
  for (const root of [first, copy])
    for (const path of existsSync(root) ? filesBelow(root) : []) {
      const file = join(root, path);
      if (!hashes.has(hashOf(file))) violation(`${file} is not what the phone has`);
      const { ino } = statSync(file);
      if ((inodes.get(file) ?? ino) !== ino) violation(`${file} was written anew`);
      inodes.set(file, ino);
    }
}

function checkFiles(): void {
  if (!existsSync(stateFile)) return;
  const { problem } = readState(stateFile);
  if (problem !== undefined) violation(problem);
}

function isDone(pairs: readonly Pair[]): boolean {
  const { jobs } = readState(stateFile).state;
  const all = jobs.filter(({ state, lastComplete }) => state.is === "done" && lastComplete !== undefined);
  return (
    all.length === 2 * pairs.length &&
    pairs.every(({ first, copy, hashes }) =>
      [first, copy].every((root) => existsSync(root) && [...filesBelow(root)].length >= hashes.size),
    )
  );
}

/** At a random instant: the watcher, a run of its, or everything at once, as when the power goes. */
function killSomething(): void {
  const chance = random();
  const own = watcher?.pid;
  const children = runs();
  if (chance < 0.35 && children.length > 0) {
    const pid = children[Math.floor(random() * children.length)] as number;
    if (kill(pid)) counts.ofRuns += 1;
    // What is plugged in anew, or a watcher that starts anew, goes on at once; otherwise it would in a minute.
    if (random() < 0.5) replug();
    else if (own !== undefined) kill(own);
  } else {
    if (own !== undefined && !isGone && kill(own)) counts.ofWatcher += 1;
    if (chance > 0.7) for (const pid of children) if (kill(pid)) counts.ofRuns += 1;
  }
  counts.kills = counts.ofRuns + counts.ofWatcher;
}

function replug(): void {
  for (const { phone } of phones) {
    daemon.unplug(phone);
    daemon.plug(phone);
  }
}

async function round(): Promise<void> {
  counts.rounds += 1;
  const pairs = await setUp(counts.rounds);
  inodes.clear();
  const deadline = performance.now() + mostRoundMs;
  let nextKill = performance.now() + 500 + random() * 3_500;
  while (!isDone(pairs)) {
    if (isGone) startWatcher();
    await sleep(50);
    if (performance.now() > deadline) {
      violation(`it stands still: ${readFileSync(stateFile, "utf8")}`);
      break;
    }
    if (counts.kills >= wantedKills || performance.now() < nextKill) continue;
    killSomething();
    nextKill = performance.now() + 300 + random() * 4_000;
    await sleep(20);
    for (const pair of pairs) check(pair);
    checkFiles();
  }
  for (const pair of pairs) await finished(pair);
  await end();
}

async function finished(pair: Pair): Promise<void> {
  check(pair);
  for (const root of [pair.first, pair.copy]) {
    const there = new Set([...filesBelow(root)].map((path) => hashOf(join(root, path))));
    if (there.size !== pair.hashes.size) violation(`${root} has ${there.size} photos of ${pair.hashes.size}`);
    await offroll("verify", root, "--quiet");
  }
}

/** Asked to, it ends in order and leaves nothing behind that would keep the next one out. */
async function end(): Promise<void> {
  if (isGone) return;
  watcher?.kill("SIGTERM");
  for (let tries = 0; !isGone && tries < 600; tries += 1) await sleep(50);
  if (!isGone) violation("the watcher does not end");
  if (existsSync(join(data, "autosave/lock.json"))) violation("its lock is left");
}

try {
  while (counts.kills < wantedKills || counts.rounds === 0) {
    await round();
    console.log(JSON.stringify(counts));
  }
} finally {
  for (const pid of [watcher?.pid ?? 0, ...runs()].filter((p) => p > 0)) kill(pid);
  await daemon.stop();
  stack.dispose();
}
rmSync(work, { recursive: true, force: true });
console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
process.exitCode = counts.violations > 0 ? 1 : 0;
