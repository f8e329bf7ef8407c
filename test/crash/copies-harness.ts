/**
 * Kills the program at random instants while it brings two copies of one backup up to date and while it mends them, and checks every
 * promise after each. At the end the first disk is lost, and the phone goes on to a copy.
 *
 *   npm run test:crash-copies -- [kills, 200 by default] [seed]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomFrom } from "../../fixtures/make/random.ts";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { describedPhone } from "../helpers/mock.ts";

const wantedKills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const random = randomFrom(seed);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
console.log(`seed ${seed}`);

const sizes = [
  ...Array.from({ length: 120 }, () => 20_000 + Math.floor(random() * 200_000)),
  ...Array.from({ length: 3 }, () => 12_000_000 + Math.floor(random() * 60_000_000)),
];
const files = sizes.map((bytes, i) => ({
  path: `/DCIM/${100 + (i % 3)}APPLE/IMG_${String(i).padStart(4, "0")}.${bytes > 1e6 ? "MOV" : i % 2 ? "JPG" : "HEIC"}`,
  modified: new Date(Date.UTC(2024, i % 12, 1 + (i % 27))).toISOString(),
  generated: { bytes, seed: i },
}));

const work = mkdtempSync(join(tmpdir(), "offroll-crash-copies-"));
const [one, usb, attic] = ["one", "usb", "attic"].map((name) => join(work, name)) as [string, string, string];
const phone = await MockPhone.create(describedPhone({ files }), work);
const daemon = await MockUsbmuxd.start({ address: { path: join(work, "mux") }, phones: [phone] });
const env = { PATH: process.env["PATH"], HOME: work, USBMUXD_SOCKET_ADDRESS: daemon.address, OFFROLL_VIA: "usbmux" };

const counts = { kills: 0, runs: 0, finished: 0, rounds: 0, repairs: 0, violations: 0 };

function violation(text: string): void {
  counts.violations += 1;
  console.log(`VIOLATION after kill ${counts.kills} (seed ${seed}): ${text}`);
}

interface Ended {
  readonly killed: boolean;
  readonly code: number | null;
  readonly output: string;
}

async function offroll(args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout?.on("data", (d) => {
    output += d;
  });
  child.stderr?.resume();
  let killed = false;
  const timer =
    killAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          killed = child.kill("SIGKILL");
        }, killAfterMs);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  clearTimeout(timer);
  return { killed: killed && code === null, code, output };
}

const hashes = new Map<string, { readonly mark: string; readonly sha256: string }>();

function hashOf(file: string): string {
  const { size, mtimeMs, ino } = statSync(file);
  const mark = `${size} ${mtimeMs} ${ino}`;
  const known = hashes.get(file);
  if (known?.mark === mark) return known.sha256;
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  hashes.set(file, { mark, sha256 });
  return sha256;
}

/** By name. */
function contents(root: string): Map<string, string> {
  if (!existsSync(root)) return new Map();
  return new Map([...filesBelow(root)].map((path) => [path, hashOf(join(root, path))]));
}

/** Under a name of the first lies what the first has there, whole, and nothing else; what was there stays the very file. */
function check(copy: string, truth: ReadonlyMap<string, string>, before: ReadonlyMap<string, number>): void {
  for (const [path, sha256] of contents(copy))
    if (truth.get(path) !== sha256) violation(`${copy}: ${path} is not what the first has`);
  for (const [path, inode] of before)
    if (statSync(join(copy, path), { throwIfNoEntry: false })?.ino !== inode) violation(`${path} was written anew`);
}

function inodes(root: string): Map<string, number> {
  if (!existsSync(root)) return new Map();
  return new Map([...filesBelow(root)].map((path) => [path, statSync(join(root, path)).ino]));
}

function litterIn(root: string): string[] {
  const ours = /^(catalog\.sqlite|destination\.json|runs|partials|damaged)$/;
  const partials = join(root, ".offroll/partials");
  return [
    ...readdirSync(join(root, ".offroll")).filter((name) => !ours.test(name)),
    ...(existsSync(partials) ? readdirSync(partials) : []),
  ];
}

interface Line {
  readonly type: string;
  readonly ok: boolean;
  readonly name: string;
  readonly copied: { readonly files: number };
  readonly error?: { readonly code: string };
}

function summaries(output: string): Line[] {
  const lines = output.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.type === "summary");
}

const startedAt = performance.now();
const first = await offroll(["backup", one, "--json", "--verify", "hash"]);
if (first.code !== 0) throw new Error(`the first backup ended with ${first.code}: ${first.output.slice(-500)}`);
const truth = contents(one);
const untouched = inodes(one);

async function killedRuns(): Promise<void> {
  for (;;) {
    const before = [usb, attic].map(inodes);
    const last = counts.kills >= wantedKills;
    const both = random() < 0.5;
    const delay = (): number => 150 + random() * 2_000;
    const runs = both
      ? await Promise.all([
          offroll(["copies", "run", "usb", "--json", "--wait-for-lock"], last ? undefined : delay()),
          offroll(["copies", "run", "attic", "--json", "--wait-for-lock"], last ? undefined : delay()),
        ])
      : [await offroll(["copies", "run", "--json"], last ? undefined : delay())];
    counts.runs += runs.length;
    counts.kills += runs.filter((run) => run.killed).length;
    for (const [i, copy] of [usb, attic].entries()) check(copy, truth, before[i] as Map<string, number>);
    check(one, truth, untouched);
    const done = runs.flatMap((run) => (run.killed ? [] : summaries(run.output)));
    for (const line of done) if (!line.ok) violation(`${line.name} did not finish: ${JSON.stringify(line.error)}`);
    if (done.length === 2) return;
  }
}

async function finished(): Promise<void> {
  counts.finished += 2;
  for (const copy of [usb, attic]) {
    const there = contents(copy);
    if (there.size !== truth.size) violation(`${copy} has ${there.size} files of ${truth.size}`);
    const litter = litterIn(copy);
    if (litter.length > 0) violation(`left over in ${copy}: ${litter.join(", ")}`);
  }
  for (const line of summaries((await offroll(["copies", "run", "--json"])).output))
    if (line.copied.files !== 0) violation(`the run after copied ${line.copied.files} to ${line.name}`);
}

/** Damage on both sides, mended from each other while the program is killed. */
async function repaired(): Promise<void> {
  const names = [...truth.keys()];
  const pick = (): string => names[Math.floor(random() * names.length)] as string;
  const [mine, theirs] = [pick(), pick()];
  if (mine === theirs) return;
  writeFileSync(join(one, mine), Buffer.alloc(statSync(join(one, mine)).size, 7));
  if (random() < 0.5) rmSync(join(usb, theirs));
  else writeFileSync(join(usb, theirs), Buffer.alloc(statSync(join(usb, theirs)).size, 9));
  for (let tries = 0; ; tries += 1) {
    const last = counts.kills >= wantedKills || tries > 6;
    const run = await offroll(
      ["copies", "verify", "usb", "--repair", "--yes", "--json"],
      last ? undefined : 200 + random() * 2_500,
    );
    counts.kills += run.killed ? 1 : 0;
    if (run.killed) continue;
    if (run.code !== 0) violation(`a repair ended with ${run.code}: ${run.output.slice(0, 400)}`);
    break;
  }
  counts.repairs += 1;
  for (const root of [one, usb])
    for (const [path, sha256] of contents(root))
      if (truth.get(path) !== sha256) violation(`${root}: ${path} is not whole`);
  for (const [root, path] of [
    [one, mine],
    [usb, theirs],
  ] as const)
    if (hashOf(join(root, path)) !== truth.get(path)) violation(`${path} was not mended in ${root}`);
  for (const [path, inode] of inodes(one)) untouched.set(path, inode);
}

while (counts.kills < wantedKills || counts.rounds === 0) {
  counts.rounds += 1;
  for (const [name, to] of [
    ["usb", usb],
    ["attic", attic],
  ] as const) {
    const added = await offroll(["copies", "add", name, to]);
    if (added.code !== 0) violation(`copies add ended with ${added.code}`);
  }
  await killedRuns();
  await finished();
  await repaired();
  if (counts.kills >= wantedKills) break;
  for (const name of ["usb", "attic"]) await offroll(["copies", "remove", name]);
  for (const copy of [usb, attic]) rmSync(copy, { recursive: true });
}

// The first disk is lost: the phone goes on to a copy, and nothing is copied twice.
rmSync(one, { recursive: true });
const on = await offroll(["backup", usb, "--json", "--verify", "hash"]);
const summary = JSON.parse(on.output.trim().split("\n").at(-1) as string) as {
  readonly ok: boolean;
  readonly outcomes: Readonly<Record<string, { readonly items: number }>>;
};
if (!summary.ok || summary.outcomes["copied"]?.items !== 0 || summary.outcomes["present"]?.items !== files.length)
  violation(`going on from a copy: ${JSON.stringify(summary.outcomes)}`);

await daemon[Symbol.asyncDispose]();
rmSync(work, { recursive: true, force: true });
console.log(
  `copies, seed ${seed}: ${counts.kills} kills in ${counts.runs} runs over ${counts.rounds} rounds of two copies, ${counts.repairs} repairs, ${counts.violations} violations, ${Math.round((performance.now() - startedAt) / 1000)} s`,
);
console.log(`${counts.finished} passed, ${counts.violations} failed`);
process.exitCode = counts.violations === 0 ? 0 : 1;
