/**
 * Ctrl-C at random moments of every command: the first is obeyed within a second wherever the program is, a second one always ends it,
 * and neither leaves a lock or a process behind.
 *
 *   npm run test:stop -- [tries, 150 by default] [seed] [the beginning of some scenarios' names]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn as spawnTerminal } from "@lydell/node-pty";
import { randomFrom } from "../../fixtures/make/random.ts";
import { androidProcess, entry, mockProcess, offroll } from "../helpers/cli.ts";
import { filesBelow } from "../helpers/files-below.ts";

const wantedTries = Number(process.argv[2] ?? 150);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const wanted = process.argv[4] ?? "";
const random = randomFrom(seed);
const work = mkdtempSync(join(tmpdir(), "offroll-stop-"));
const obeyedMs = 1_000;
/** A command that lasts longer is met in its first part alone. */
const longestMs = 5_000;

interface Scenario {
  readonly name: string;
  readonly args: () => readonly string[];
  readonly phone: "iphone" | "untrusted" | "silent" | "mtp" | "adb" | "none";
  /** Where somebody sits; typed once it runs. */
  readonly typed?: string;
  readonly before?: () => void;
}

const done = join(work, "done");
let made = 0;
const fresh = (): string => join(work, `to-${made++}`);
const everything = ["--albums-as", "links", "--sidecar", "xmp", "--motion", "extract", "--recently-deleted"];
const damageOne = (): void => {
  const file = [...filesBelow(done)].find((path) => path.endsWith(".HEIC")) as string;
  writeFileSync(join(done, file), "damaged");
};

const onEvery = (name: string, args: () => readonly string[]): Scenario[] =>
  (["iphone", "silent", "mtp", "adb"] as const).map((phone) => ({ name: `${name} (${phone})`, args, phone }));

const scenarios: readonly Scenario[] = [
  ...onEvery("devices", () => ["devices"]),
  ...onEvery("watch", () => ["devices", "--watch"]),
  ...onEvery("ls", () => ["ls", "--all"]),
  ...onEvery("backup", () => ["backup", fresh()]),
  ...onEvery("doctor", () => ["doctor"]),
  ...onEvery("info", () => ["info", "IMG_0001.HEIC"]),
  { name: "library", args: () => ["library"], phone: "iphone" },
  { name: "albums", args: () => ["ls", "--albums"], phone: "iphone" },
  { name: "pair", args: () => ["pair"], phone: "untrusted" },
  { name: "trust of a backup", args: () => ["backup", fresh()], phone: "untrusted" },
  { name: "extras", args: () => ["export", fresh(), "--yes", ...everything], phone: "iphone" },
  {
    name: "report",
    args: () => ["export", fresh(), "--yes", "--json", "--report", join(work, "r.csv")],
    phone: "iphone",
  },
  { name: "again", args: () => ["backup", done, "--json"], phone: "iphone" },
  { name: "verify", args: () => ["verify", done], phone: "none" },
  { name: "against phone", args: () => ["verify", done, "--against-phone"], phone: "iphone" },
  { name: "repair", args: () => ["verify", done, "--repair"], phone: "iphone", before: damageOne },
  { name: "rebuild", args: () => ["catalog", "rebuild", done], phone: "none" },
  { name: "rebuild of a damaged one", args: () => ["catalog", "rebuild", done], phone: "none", before: damageCatalog },
  { name: "status", args: () => ["status", done], phone: "iphone" },
  { name: "history", args: () => ["history", done], phone: "none" },
  { name: "why", args: () => ["why", "IMG_0001.HEIC", "--in", done], phone: "none" },
  { name: "ignore", args: () => ["ignore", "--removed", "--in", done], phone: "none" },
  { name: "demo", args: () => ["demo", "--to", fresh()], phone: "none" },
  { name: "mock", args: () => ["mock", "iphone"], phone: "none" },
  { name: "question", args: () => ["backup", fresh()], phone: "iphone", typed: "" },
  { name: "terminal UI", args: () => [], phone: "iphone", typed: "" },
  { name: "terminal UI, export", args: () => [], phone: "iphone", typed: "aee\r" },
  { name: "terminal UI, silent phone", args: () => [], phone: "silent", typed: "" },
  { name: "plain", args: () => ["--plain"], phone: "iphone", typed: "1\r" },
];

function damageCatalog(): void {
  const file = join(done, ".offroll/catalog.sqlite");
  const bytes = readFileSync(file);
  bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 4096);
  writeFileSync(file, bytes);
}

await using iphone = await mockProcess(["--latency", "2", "--rate", "30"]);
await using untrusted = await mockProcess(["--trust", "pending"]);
await using silent = await mockProcess(["--latency", "600000"]);
await using android = await androidProcess(["--latency", "1", "--rate", "30"]);
const places = {
  iphone: { USBMUXD_SOCKET_ADDRESS: iphone.address, OFFROLL_VIA: "usbmux" },
  untrusted: { USBMUXD_SOCKET_ADDRESS: untrusted.address, OFFROLL_VIA: "usbmux" },
  silent: { USBMUXD_SOCKET_ADDRESS: silent.address, OFFROLL_VIA: "usbmux" },
  mtp: { OFFROLL_USBIP: android.usbip, OFFROLL_ADB: android.adb, OFFROLL_VIA: "mtp" },
  adb: { OFFROLL_USBIP: android.usbip, OFFROLL_ADB: android.adb, OFFROLL_VIA: "adb" },
  none: { USBMUXD_SOCKET_ADDRESS: join(work, "no-daemon"), OFFROLL_VIA: "usbmux" },
} as const;
const home = {
  PATH: process.env["PATH"] as string,
  HOME: work,
  XDG_CONFIG_HOME: join(work, "config"),
  XDG_DATA_HOME: join(work, "data"),
  TERM: "xterm-256color",
  OFFROLL_STOP: work,
};

interface Ending {
  readonly code: number | undefined;
  readonly output: string;
  /** From the first signal on; undefined where it had ended by itself. */
  readonly tookMs: number | undefined;
  /** For how long this process itself was not given its turn, at most. */
  readonly lagMs: number;
}

/** @param afterMs undefined: let it end by itself, or for as long as it is met at most */
async function runOnce(scenario: Scenario, afterMs: number | undefined, secondAfterMs?: number): Promise<Ending> {
  scenario.before?.();
  const env = { ...home, ...places[scenario.phone] };
  const args = [entry, ...scenario.args()];
  let output = "";
  let signalled: number | undefined;
  const ended = Promise.withResolvers<number | undefined>();
  let interrupt: () => void;
  let kill: () => void;
  if (scenario.typed === undefined) {
    const child = spawn(process.execPath, args, { env, cwd: work, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (d) => (output += d));
    child.once("exit", (code) => ended.resolve(code ?? undefined));
    interrupt = () => child.kill("SIGINT");
    kill = () => child.kill("SIGKILL");
  } else {
    const terminal = spawnTerminal(process.execPath, args, { env, cwd: work, cols: 100, rows: 30 });
    terminal.onData((d) => (output += d));
    terminal.onExit(({ exitCode }) => ended.resolve(exitCode));
    if (scenario.typed) setTimeout(() => terminal.write(scenario.typed as string), 800);
    interrupt = () => terminal.write("\x03");
    kill = () => terminal.kill("SIGKILL");
  }
  let [lagMs, last] = [0, performance.now()];
  const watch = setInterval(() => {
    lagMs = Math.max(lagMs, performance.now() - last - 10);
    last = performance.now();
  }, 10);
  const timers = [setTimeout(kill, (afterMs ?? 0) + longestMs * 4)];
  const from = performance.now();
  if (afterMs === undefined) timers.push(setTimeout(kill, longestMs));
  else
    timers.push(
      setTimeout(() => {
        signalled = performance.now();
        interrupt();
        if (secondAfterMs !== undefined) timers.push(setTimeout(interrupt, secondAfterMs));
      }, afterMs),
    );
  const code = await ended.promise;
  for (const timer of timers) clearTimeout(timer);
  clearInterval(watch);
  const now = performance.now();
  return { code, output, lagMs, tookMs: afterMs === undefined ? now - from : signalled && now - signalled };
}

let violations = 0;
function violation(scenario: Scenario, atMs: number, text: string, { output, code, lagMs }: Ending): void {
  violations += 1;
  console.log(
    `VIOLATION ${scenario.name} at ${Math.round(atMs)} ms (seed ${seed}): ${text}; exit ${code}, lag ${Math.round(lagMs)} ms`,
  );
  console.log(`  ${output.slice(-400).replaceAll(/\s+/g, " ")}`);
}

/** What a run that was killed left is nothing to the next one. */
function forgetFolders(): void {
  for (const name of readdirSync(work))
    if (name.startsWith("to-")) rmSync(join(work, name), { recursive: true, force: true });
  rmSync(join(done, ".offroll/lock"), { force: true });
}

/** Whoever was started in this home, and is no mock of ours. */
function leftBehind(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").includes(`OFFROLL_STOP=${work}`)) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
      if (words !== "") found.push(`${pid} ${words.slice(-160)}`);
    } catch {
      // it has ended
    }
  return found;
}

const first = await offroll(["backup", done, "--yes"], { env: { ...home, ...places.iphone } });
if (first.code !== 0) throw new Error(`the first backup ended with ${first.code}: ${first.stderr}`);
mkdirSync(join(work, "config"), { recursive: true });

const chosen = scenarios.filter(({ name }) => name.startsWith(wanted));
const lengths = new Map<string, number>();
const took: number[] = [];
const slowest = new Map<string, number>();
let [byItself, seconds] = [0, 0];
for (let n = 0; n < wantedTries; n += 1) {
  const scenario = chosen[n % chosen.length] as Scenario;
  let length = lengths.get(scenario.name);
  if (length === undefined) {
    const { tookMs = longestMs } = await runOnce(scenario, undefined);
    length = Math.min(longestMs, tookMs);
    lengths.set(scenario.name, length);
    forgetFolders();
  }
  // Not before node itself has begun: until then Ctrl-C is the system's.
  const at = 60 + random() * length;
  const second = random() < 0.3 ? 10 + random() * 200 : undefined;
  const ending = await runOnce(scenario, at, second);
  if (ending.tookMs === undefined) {
    byItself += 1;
    continue;
  }
  if (second !== undefined) seconds += 1;
  took.push(ending.tookMs);
  slowest.set(scenario.name, Math.max(slowest.get(scenario.name) ?? 0, ending.tookMs));
  if (ending.tookMs > obeyedMs + 5 * ending.lagMs)
    violation(
      scenario,
      at,
      `ended ${Math.round(ending.tookMs)} ms after ${second === undefined ? "Ctrl-C" : `two, ${Math.round(second)} ms apart`}`,
      ending,
    );
  if (/bug in offroll/.test(ending.output)) violation(scenario, at, "told as a bug", ending);
  if (ending.code !== undefined && ![0, 1, 2, 3, 130].includes(ending.code))
    violation(scenario, at, "an odd exit code", ending);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const left = leftBehind();
  if (left.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const still = leftBehind();
    if (still.length > 0) violation(scenario, at, `left behind: ${still.join("; ")}`, ending);
  }
  for (const folder of readdirSync(work).filter((name) => /^to-|^done$/.test(name)))
    if (second === undefined && existsSync(join(work, folder, ".offroll/lock")))
      violation(scenario, at, `a lock stays in ${folder}`, ending);
  forgetFolders();
}
rmSync(work, { recursive: true, force: true });
took.sort((a, b) => a - b);
const part = (share: number): number =>
  Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0);
for (const [name, ms] of [...slowest].sort((a, b) => b[1] - a[1]).slice(0, 8))
  console.log(`${String(Math.round(ms)).padStart(6)} ms at most  ${name}`);
console.log(
  `seed ${seed}: ${took.length} stopped by Ctrl-C (${seconds} by two), ${byItself} over before; half within ${part(0.5)} ms, 95 % within ${part(0.95)} ms, all within ${part(1)} ms; ${violations} violations`,
);
process.exitCode = violations === 0 ? 0 : 1;
