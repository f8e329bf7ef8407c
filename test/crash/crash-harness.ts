/**
 * Kills the program at random instants over one backup, again and again, with and without cable faults, and checks every promise
 * after each restart. Then the place is attacked while backups run, a tenth as often; see `place-harness.ts`.
 *
 *   npm run test:crash -- [kills, 300 by default] [seed] [iphone (by default), mtp, adb or folder]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomFrom } from "../../fixtures/make/random.ts";
import { AdbFakeServer, MockAndroid, MtpResponder } from "../../src/device/mock/android/index.ts";
import { type Fault, generatedContent } from "../../src/device/mock/described-phone.ts";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { UsbipServer } from "../../src/device/mock/usb/usbip-server.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { writeTree } from "../helpers/folder.ts";
import { describedPhone } from "../helpers/mock.ts";
import { attackPlace } from "./place-harness.ts";

const wantedKills = Number(process.argv[2] ?? 300);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const kind = process.argv[4] ?? "iphone";
const random = randomFrom(seed);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");

const sizes = [
  ...Array.from({ length: 150 }, () => 20_000 + Math.floor(random() * 300_000)),
  ...Array.from({ length: 4 }, () => 12_000_000 + Math.floor(random() * 20_000_000)),
];
const files = sizes.map((bytes, i) => ({
  path: `/DCIM/${100 + (i % 3)}APPLE/IMG_${String(Math.floor(i / 2)).padStart(4, "0")}.${bytes > 1e6 ? "MOV" : i % 2 ? "JPG" : "HEIC"}`,
  modified: new Date(Date.UTC(2024, i % 12, 1 + (i % 27))).toISOString(),
  generated: { bytes, seed: i },
}));
const known = new Map<string, string>();
for (const { path, generated } of files) {
  const hash = createHash("sha256");
  const content = generatedContent(generated.bytes, generated.seed);
  for (let at = 0; at < generated.bytes; at += 1 << 20) hash.update((await content.read(at, 1 << 20)) as Buffer);
  known.set(hash.digest("hex"), path);
}

const work = mkdtempSync(join(tmpdir(), "offroll-crash-"));
const link = { latencyMs: 0.5, serviceMs: 0.05, bytesPerSecond: 25_000_000 };

interface CrashPhone extends AsyncDisposable {
  readonly phone: {
    arm(faults: readonly Fault[]): void;
    disarm(): void;
    readonly refusedOperations: readonly number[];
  };
  readonly env: Record<string, string>;
  plug(): void;
}

async function startIphone(): Promise<CrashPhone> {
  const phone = await MockPhone.create(describedPhone({ files, link }), work);
  const daemon = await MockUsbmuxd.start({ address: { path: join(work, "mux") }, phones: [phone] });
  return {
    phone,
    env: { USBMUXD_SOCKET_ADDRESS: daemon.address, OFFROLL_VIA: "usbmux" },
    plug: () => daemon.plug(phone),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

async function startAndroid(via: "mtp" | "adb"): Promise<CrashPhone> {
  const phone = await MockAndroid.create(describedPhone({ files, link }), work);
  const responder = new MtpResponder(phone);
  const cable = await UsbipServer.start([responder]);
  const adb = await AdbFakeServer.start([phone]);
  const plug = (): void => {
    cable.plug(responder);
    adb.plug(phone);
  };
  phone.onUnplug = (replugMs) => {
    cable.unplug(responder);
    adb.unplug(phone);
    if (replugMs !== undefined) setTimeout(plug, replugMs);
  };
  return {
    phone,
    env: { OFFROLL_USBIP: cable.address, OFFROLL_ADB: adb.address, OFFROLL_VIA: via },
    plug,
    async [Symbol.asyncDispose]() {
      await cable[Symbol.asyncDispose]();
      await adb[Symbol.asyncDispose]();
    },
  };
}

/** A card in a reader: what is pulled is the reader, now and then. */
async function startFolder(): Promise<CrashPhone> {
  const card = join(work, "card");
  await writeTree(card, files);
  let pulling: NodeJS.Timeout | undefined;
  const plug = (): void => {
    clearTimeout(pulling);
    if (existsSync(`${card}-away`)) renameSync(`${card}-away`, card);
  };
  return {
    phone: {
      arm() {
        pulling = setTimeout(
          () => {
            renameSync(card, `${card}-away`);
            pulling = setTimeout(plug, 20 + random() * 200);
          },
          300 + random() * 900,
        );
      },
      disarm: plug,
      refusedOperations: [],
    },
    env: { OFFROLL_VIA: `folder:${card}` },
    plug,
    async [Symbol.asyncDispose]() {},
  };
}

const kinds: Record<string, () => Promise<CrashPhone>> = {
  iphone: startIphone,
  mtp: () => startAndroid("mtp"),
  adb: () => startAndroid("adb"),
  folder: startFolder,
};
const start = kinds[kind];
if (!start) throw new Error(`${kind} is no kind of phone`);
const setup = await start();
const { phone } = setup;
const env = { PATH: process.env["PATH"], HOME: work, ...setup.env };

const counts = { kills: 0, restarts: 0, finished: 0, backups: 0, cables: 0, items: 0, bytes: 0, violations: 0 };
const hashed = new Map<string, { size: number; mtimeMs: number; sha256: string }>();

function violation(text: string): void {
  counts.violations += 1;
  console.log(`VIOLATION after kill ${counts.kills} (seed ${seed}): ${text}`);
}

/** Promise 2 and 5: under a final name lies a file of the phone, whole; what was whole stays as it was. */
function check(to: string): void {
  if (!existsSync(to)) return; // killed before it made its folder
  const seen = new Set<string>();
  for (const path of filesBelow(to)) {
    const full = join(to, path);
    const { size, mtimeMs } = statSync(full);
    const before = hashed.get(full);
    const sha256 =
      before && before.size === size && before.mtimeMs === mtimeMs
        ? before.sha256
        : createHash("sha256").update(readFileSync(full)).digest("hex");
    if (before && before.sha256 !== sha256) violation(`${path} was rewritten`);
    hashed.set(full, { size, mtimeMs, sha256 });
    const from = known.get(sha256);
    if (!from) violation(`${path} is not whole`);
    else if (seen.has(from)) violation(`${from} was copied twice`);
    else seen.add(from);
  }
}

async function runOnce(to: string, killAfterMs: number | undefined): Promise<{ killed: boolean; output: string }> {
  const child: ChildProcess = spawn(
    process.execPath,
    [entry, "backup", to, "--json", "--verify", "hash", "--wait", "10s"],
    { env, stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout?.on("data", (d) => {
    output += d;
  });
  let killed = false;
  const timer =
    killAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          killed = child.kill("SIGKILL");
        }, killAfterMs);
  await new Promise((done) => child.once("close", done));
  clearTimeout(timer);
  return { killed, output };
}

const startedAt = performance.now();
while (counts.kills < wantedKills) {
  const to = join(work, `backup-${counts.backups}`);
  counts.backups += 1;
  hashed.clear();
  for (let first = true; ; first = false) {
    if (!first) counts.restarts += 1;
    if (random() < 0.3) {
      counts.cables += 1;
      phone.arm([
        {
          when: { operation: "read", nth: 1 + Math.floor(random() * 60) },
          do: { type: "unplug", replugMs: 20 + random() * 200 },
        },
      ]);
    }
    const last = counts.kills >= wantedKills;
    const { killed, output } = await runOnce(to, last ? undefined : 150 + random() * 1_400);
    phone.disarm();
    setup.plug();
    check(to);
    if (killed) {
      counts.kills += 1;
      continue;
    }
    // It finished: everything is there, nothing is left over, and another run copies nothing.
    const summary = JSON.parse(output.trim().split("\n").at(-1) as string) as {
      ok: boolean;
      outcomes: Record<string, { items: number }>;
    };
    if (!summary.ok) {
      violation(`a run that was not killed did not finish: ${output.trim().split("\n").at(-1)}`);
      break;
    }
    counts.finished += 1;
    const there = [...filesBelow(to)];
    if (there.length !== files.length) violation(`${there.length} files instead of ${files.length}`);
    const litter = readdirSync(join(to, ".offroll")).filter(
      (n) => !/^(catalog\.sqlite|destination\.json|runs|partials)$/.test(n),
    );
    const partials = readdirSync(join(to, ".offroll/partials"));
    if (litter.length + partials.length > 0) violation(`left over: ${[...litter, ...partials].join(", ")}`);
    const again = await runOnce(to, undefined);
    const second = JSON.parse(again.output.trim().split("\n").at(-1) as string) as {
      outcomes: Record<string, { items: number }>;
    };
    if (second.outcomes["copied"]?.items !== 0) violation(`the run after copied ${second.outcomes["copied"]?.items}`);
    counts.items += there.length;
    counts.bytes += sizes.reduce((a, b) => a + b, 0);
    break;
  }
  rmSync(to, { recursive: true, force: true });
}
phone.disarm();
setup.plug();
const place = await attackPlace(
  { entry, env, work, known, random, violation, heldByOne: kind === "mtp" },
  Math.max(3, Math.ceil(wantedKills / 10)),
);
console.log(
  `the place attacked: ${place.rivals} times rivals (${place.refused} refused), ${place.links} links planted, ${place.swaps} disks swapped; ${place.finished} backups finished whole`,
);
await setup[Symbol.asyncDispose]();
rmSync(work, { recursive: true, force: true });
console.log(
  `${kind}, seed ${seed}: ${counts.kills} kills and ${counts.restarts} restarts over ${counts.backups} backups (${counts.cables} with the cable pulled), ${counts.items} items and ${Math.round(counts.bytes / 1e6)} MB finished whole, ${counts.violations} violations, ${Math.round((performance.now() - startedAt) / 1000)} s`,
);
if (phone.refusedOperations.length > 0) violation("a writing operation was sent to the phone");
console.log(`${counts.finished} passed, ${counts.violations} failed`);
process.exitCode = counts.violations === 0 ? 0 : 1;
