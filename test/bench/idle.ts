/**
 * What the resident watcher costs while nothing happens: its memory, how often any of its threads wakes, and which calls it makes.
 * Linux only. Usage: npm run bench:idle -- [MINUTES] [MINUTES UNDER STRACE]. Ends with 1 where a promise is not kept.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const minutes = Number(process.argv[2] ?? 10);
const tracedMinutes = Number(process.argv[3] ?? 3);
const mostRssMb = 55;
const mostSwitches = 5;

const home = mkdtempSync(join(tmpdir(), "offroll-idle-"));
const folders = ["config", "data", "cache", "run", "disk"].map((name) => join(home, name));
for (const folder of folders) mkdirSync(folder);
const [config = "", data = "", cache = "", run = "", disk = ""] = folders;
const plan = { name: "Ann", to: disk, photos: true, videos: true, network: false, daily: "03:30", setUpAt: Date.now() };
writeFileSync(join(config, "autosave.json"), JSON.stringify({ v: 1, phones: { "00008120-000000000000001E": plan } }));

// Other programs' mounts are none of this: in a mount namespace of its own nothing happens, where that may be had.
const own = process.getuid?.() === 0 ? ["unshare", "-m", "--propagation", "private"] : [];
const entry = join(import.meta.dirname, "../../dist/offroll.cjs");
const [program = "", ...words] = [...own, process.execPath, entry, "autosave", "run"];
const watcher = spawn(program, words, {
  env: {
    ...process.env,
    OFFROLL_CONFIG_DIR: config,
    OFFROLL_DATA_DIR: data,
    OFFROLL_CACHE_DIR: cache,
    USBMUXD_SOCKET_ADDRESS: `UNIX:${join(run, "usbmuxd")}`,
  },
  stdio: ["ignore", "inherit", "inherit"],
});
const pid = watcher.pid as number;
const failures: string[] = [];
try {
  await delay(20_000); // the first look is over
  const before = switches();
  await delay(minutes * 60_000);
  const perMinute = (total(switches()) - total(before)) / minutes;
  console.log(`RSS ${rssMb().toFixed(1)} MB after ${minutes} minutes; promised: at most ${mostRssMb}`);
  console.log(`${perMinute.toFixed(1)} voluntary context switches a minute; promised: at most ${mostSwitches}`);
  for (const [thread, count] of switches())
    console.log(`  ${thread}: ${((count - (before.get(thread) ?? 0)) / minutes).toFixed(1)}`);
  if (rssMb() > mostRssMb) failures.push("memory");
  if (perMinute > mostSwitches) failures.push("context switches");
  if (tracedMinutes > 0) tellCalls();
} finally {
  watcher.kill();
  rmSync(home, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`NOT KEPT: ${failures.join(", ")}`);
process.exit(failures.length > 0 ? 1 : 0);

function rssMb(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

function switches(): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((task) => {
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8");
      const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "";
      return [`${name} ${task}`, Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])];
    }),
  );
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Calls about files and sockets, by the kernel's own account. What else it does (waiting, memory) is no business of this. */
function tellCalls(): void {
  const file = join(home, "strace");
  const seconds = String(tracedMinutes * 60);
  spawnSync("timeout", [
    "-s",
    "INT",
    seconds,
    "strace",
    "-f",
    "-e",
    "trace=%file,%network",
    "-o",
    file,
    "-p",
    String(pid),
  ]);
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => /^\d+\s+\w+\(/.test(line));
  console.log(`${lines.length} file and socket calls in ${tracedMinutes} minutes`);
  for (const line of lines) console.log(`  ${line.replace(/^\d+\s+/, "").slice(0, 140)}`);
  const adb = lines.filter((line) => line.includes("connect(")).length;
  const others = lines.filter((line) => /open|stat|access|readlink|unlink|rename/.test(line.split("(")[0] ?? ""));
  if (adb > tracedMinutes + 1) failures.push("looks for adb's server");
  if (others.length > 0) failures.push("calls about files");
}
