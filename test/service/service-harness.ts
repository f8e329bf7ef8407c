/**
 * A day of backing up by itself, for real: `systemd --user` starts the built program, disks are mounted late and taken away, an iPhone
 * at the cable comes and goes, a notification server writes down what it is shown, and no network is there. What is typed and printed
 * is shown; each promise is checked. Started by `npm run test:autosave`, as root.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { describedPhone } from "../helpers/mock.ts";

const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const home = process.env["HOME"] as string;
const work = `${home}.work`;
const [store1, store2, disk1, disk2] = ["store1", "store2", "disk1", "disk2"].map((name) => join(work, name)) as [
  string,
  string,
  string,
  string,
];
const [one, two] = [join(disk1, "Phone"), join(disk2, "Phone")];
const unit = "offroll-autosave.service";
const unitFile = join(home, ".config/systemd/user", unit);
for (const folder of [work, store1, store2, disk1, disk2]) mkdirSync(folder, { recursive: true });

let checks = 0;
let failures = 0;

function check(isSo: boolean, what: string, detail: unknown = ""): void {
  checks += 1;
  if (isSo) return console.log(`    # ok: ${what}`);
  failures += 1;
  console.log(`    # FAILED: ${what} ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
}

/** The end of a test waits for what happens, not for a time: only what never happens takes this long. */
async function until<T>(what: string, look: () => T | undefined | false): Promise<T | undefined> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = look();
    if (found) return found;
    await sleep(300);
  }
  check(false, `${what}: it never happened`);
  return undefined;
}

function sh(...argv: string[]): string {
  const { stdout, stderr } = spawnSync(argv[0] as string, argv.slice(1), { encoding: "utf8" });
  return `${stdout}${stderr}`.trim();
}

// the phone: one with 60 photos, the same one after a holiday, and somebody else's
const photos = (count: number): FileDescription[] =>
  Array.from({ length: count }, (_, i) => ({
    path: `/DCIM/100APPLE/IMG_${String(i).padStart(4, "0")}.${i % 10 === 9 ? "MOV" : "JPG"}`,
    modified: new Date(Date.UTC(2024, i % 12, 1 + (i % 27), 12)).toISOString(),
    generated: { bytes: i % 10 === 9 ? 3_000_000 : 40_000 + i, seed: i },
  }));
const link = { bytesPerSecond: 6_000_000 };
const phone = await MockPhone.create(describedPhone({ name: "Ann's iPhone", files: photos(60), link }), work);
const later = await MockPhone.create(describedPhone({ name: "Ann's iPhone", files: photos(160), link }), work);
const guest = await MockPhone.create(
  describedPhone({ name: "Guest", udid: "00008150-0000000000GUEST0", serialNumber: "GUEST", files: photos(3) }),
  work,
);
const daemon = await MockUsbmuxd.start({ address: { path: join(work, "mux") }, phones: [phone, later, guest] });
for (const each of [phone, later, guest]) daemon.unplug(each);

const env = {
  PATH: process.env["PATH"] as string,
  HOME: home,
  XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] as string,
  DBUS_SESSION_BUS_ADDRESS: process.env["DBUS_SESSION_BUS_ADDRESS"] as string,
  OFFROLL_VIA: "usbmux",
  USBMUXD_SOCKET_ADDRESS: `UNIX:${daemon.address.replace(/^UNIX:/, "")}`,
};

async function offroll(...args: string[]): Promise<{ code: number | null; out: string }> {
  console.log(`\n$ offroll ${args.map((arg) => (/^[\w./:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ")}`);
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (out += chunk));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  const shown = out.replaceAll(disk1, "/media/one").replaceAll(disk2, "/media/two").replaceAll(home, "~").trimEnd();
  if (shown !== "") console.log(shown);
  if (code !== 0) console.log(`(exit ${code})`);
  return { code, out };
}

/** The terminal UI, on a terminal of its own. */
async function showsUi(): Promise<void> {
  does("the terminal UI");
  const words = `stty rows 30 cols 100; exec ${process.execPath} ${entry}`;
  const ui = spawn("script", ["-qefc", words, "/dev/null"], {
    env: { ...env, TERM: "xterm-256color" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let seen = "";
  ui.stdout.on("data", (chunk) => (seen += chunk));
  await until("the phone on its screen", () => seen.includes("Ann's iPhone"));
  check(seen.includes("Ann's iPhone"), "it shows the phone, without a network");
  const ended = new Promise((done) => ui.once("close", done));
  for (let tries = 0; tries < 20 && ui.exitCode === null; tries += 1) {
    ui.stdin.write("q");
    await Promise.race([ended, sleep(500)]);
  }
  check(ui.exitCode === 0, "and ends", ui.exitCode);
}

interface Status {
  readonly running: { readonly pid: number } | null;
  readonly phones: readonly {
    readonly state: string;
    readonly waitsFor: string | null;
    readonly lastCompleteAt: string | null;
    readonly copy: {
      readonly state: string;
      readonly isBehind: boolean;
      readonly lastCompleteAt: string | null;
    } | null;
  }[];
}

function status(): Status {
  const { stdout } = spawnSync(process.execPath, [entry, "autosave", "status", "--json"], { env, encoding: "utf8" });
  return JSON.parse(stdout) as Status;
}

function does(text: string): void {
  console.log(`\n# ${text}`);
}

const mount = (store: string, disk: string): void => void sh("mount", "--bind", store, disk);
const umount = (disk: string): void => void sh("umount", disk);

// the notification server
const told: { summary: string; body: string }[] = [];
const server: ChildProcess = spawn("/usr/bin/python3", [join(import.meta.dirname, "notification-server.py")], {
  stdio: ["ignore", "pipe", "inherit"],
});
let isServed = false;
createInterface({ input: server.stdout as NodeJS.ReadableStream }).on("line", (line) => {
  const said = JSON.parse(line) as { ready?: true; summary: string; body: string };
  if (said.ready) isServed = true;
  else {
    told.push(said);
    console.log(
      `    [notification] ${said.summary} | ${said.body.replaceAll(disk1, "/media/one").replaceAll(disk2, "/media/two")}`,
    );
  }
});
await until("the notification server", () => isServed);

const mediaIn = (root: string): string[] => [...filesBelow(root)].filter((f) => /\.(JPG|MOV)$/.test(f)).sort();
const doneWith = (count: number, root: string) => (): boolean =>
  existsSync(root) && mediaIn(root).length === count && status().phones[0]?.state === "done";
/** Content of every file of a home; `offroll`'s cache may be deleted at any time and is none of it. */
function contentsOf(folder: string): Record<string, string> {
  const files = [...filesIn(folder)].filter((f) => !relative(folder, f).startsWith(".cache/"));
  return Object.fromEntries(
    files.map((f) => [relative(folder, f), createHash("sha256").update(readFileSync(f)).digest("hex")]),
  );
}
function* filesIn(folder: string): Generator<string> {
  for (const found of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (!found.isDirectory()) yield join(found.parentPath, found.name);
}

// ------------------------------------------------------------------------------------------------------------------------------
// A phone that went away is given up soon, so that this takes no two minutes more.
mkdirSync(join(home, ".config/offroll"), { recursive: true });
writeFileSync(join(home, ".config/offroll/config.json"), JSON.stringify({ wait: "2s" }));

does("disk one is plugged in; a first backup by hand, of a few");
mount(store1, disk1);
daemon.plug(phone);
await offroll("pair");
check(
  (await offroll("backup", one, "--limit", "5", "--yes", "--quiet")).code === 0,
  "a person's own backup, without a network",
);
await showsUi();
const before = contentsOf(home);

does("the phone and the disk are away; the service is installed");
daemon.unplug(phone);
umount(disk1);
check((await offroll("autosave", "on", "--yes", "--daily", "12:30")).code === 0, "it is installed while both are away");
check(sh("systemctl", "--user", "is-active", unit) === "active", "the manager started it at once");
check(sh("systemctl", "--user", "is-enabled", unit) === "enabled", "and will when somebody logs in");
check(sh("systemd-analyze", "--user", "verify", unitFile) === "", "systemd has nothing to complain of in the unit");
const first = await until("the watcher", () => status().running?.pid);
const environment = readFileSync(`/proc/${first}/environ`, "utf8").split("\0");
for (const name of ["USBMUXD_SOCKET_ADDRESS", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "OFFROLL_VIA"])
  check(
    environment.some((line) => line.startsWith(`${name}=`)),
    `it knows ${name}`,
    environment,
  );
check((await offroll("autosave", "on", "--yes")).code === 0, "on a second time");
check(status().running?.pid === first, "the same watcher runs: on is idempotent");
check((await offroll("autosave", "run")).code === 1, "a second watcher is refused");

does("the phone is plugged in; its disk is away");
daemon.plug(phone);
await until("it waits for the disk", () => status().phones[0]?.waitsFor === "disk");
await offroll("autosave", "status");
check(mediaIn(disk1).length === 0, "nothing was written where the disk belongs");

does("the disk is mounted; the phone is not touched");
mount(store1, disk1);
await until("the first copy", doneWith(60, one));
check(mediaIn(one).length === 60, "everything is there, without replugging the phone");
await offroll("autosave", "log");
await until("one notification", () => told.length > 0);
check(
  told.length === 1 && told[0]?.body.startsWith("Copied 55 files from Ann's iPhone") === true,
  "it was told once",
  told,
);

does("the phone is plugged in again: nothing new");
daemon.unplug(phone);
await until("the phone is away", () => status().phones[0]?.state !== "copying");
const runs = (): number =>
  readFileSync(join(home, ".local/share/offroll/autosave/log.jsonl"), "utf8").trim().split("\n").length;
const runsBefore = runs();
daemon.plug(phone);
await until("another run", () => runs() > runsBefore);
check(told.length === 1, '"nothing new" is silent', told);

does("somebody else's phone is plugged in, twice");
daemon.plug(guest);
await until("it is told", () => told.length > 1);
daemon.unplug(guest);
await sleep(500);
daemon.plug(guest);
await sleep(6_000);
check(
  told.length === 2 && told[1]?.summary === "offroll: a phone is not set up",
  "an unknown phone is told once",
  told,
);
check(mediaIn(one).length === 60 && runs() === runsBefore + 1, "and never copied");
daemon.unplug(guest);

does("a second disk");
mount(store2, disk2);
await offroll("copies", "add", "usb", two);
await offroll("autosave", "on", "--copy", "usb", "--yes");
await until("the copy", () => status().phones[0]?.copy?.lastCompleteAt);
check(mediaIn(two).length === 60, "it was made by itself, from the first");
await offroll("copies", "status");

does("the watcher is killed with -9: systemd starts it again");
mkdirSync(`/run/user/0/systemd/user/${unit}.d`, { recursive: true });
writeFileSync(`/run/user/0/systemd/user/${unit}.d/quick.conf`, "[Service]\nRestartSec=1\n");
sh("systemctl", "--user", "daemon-reload");
process.kill(first as number, "SIGKILL");
const second = await until("another watcher", () => {
  const pid = status().running?.pid;
  return pid !== undefined && pid !== first ? pid : undefined;
});
check(second !== undefined, "it runs again");

does("after a holiday: 100 photos more; the second disk is away, and the cable is pulled in mid-copy");
umount(disk2);
daemon.unplug(phone);
const toldBefore = told.length;
daemon.plug(later);
await until("it copies", () => mediaIn(one).length > 62);
const refused = await offroll("export", one, "--yes", "--quiet");
check(
  refused.code === 1 && refused.out.includes("destination-in-use"),
  "an export to the same place says who writes there",
);
await until("it copies on", () => mediaIn(one).length > 80);
daemon.unplug(later);
await until("the run ended", () => status().phones[0]?.state !== "copying");
const halfway = mediaIn(one).length;
check(halfway < 160, `the cable was pulled in the middle (${halfway} files)`);
const cut = await offroll("autosave", "status");
check(cut.out.includes("not everything came"), "the state says that something is missing");
check(
  told.slice(toldBefore).every(({ summary }) => summary !== "offroll: backed up"),
  "and nobody is told that it is backed up",
);
const stored = new Map(mediaIn(one).map((f) => [f, statSync(join(one, f)).ino]));
daemon.plug(later);
await until("the rest", doneWith(160, one));
check(
  [...stored].every(([f, ino]) => statSync(join(one, f)).ino === ino),
  "it went on: nothing was copied twice",
);
await offroll("autosave", "status");
mount(store2, disk2);
await until(
  "the copy is brought up to date when its disk appears",
  () => mediaIn(two).length === 160 && status().phones[0]?.copy?.isBehind === false,
);
check(told.length > toldBefore, "what came was told");
await offroll("autosave", "log");
await offroll("status");

does("disk one is lost; the backup goes on in the copy");
daemon.unplug(later);
umount(disk1);
rmSync(store1, { recursive: true });
await offroll("autosave", "on", "--yes", "--to", two, "--copy", "");
const inodes = new Map(mediaIn(two).map((f) => [f, statSync(join(two, f)).ino]));
const runsThen = runs();
daemon.plug(later);
await until("a run", () => runs() > runsThen);
check(
  mediaIn(two).length === 160 && [...inodes].every(([f, ino]) => statSync(join(two, f)).ino === ino),
  "nothing is copied twice",
);
check((await offroll("verify", two)).code === 0, "every file of it is whole");

does("off");
const last = status().running?.pid;
check((await offroll("autosave", "off")).code === 0, "off");
check(
  sh("systemctl", "--user", "is-active", unit) === "inactive" && !existsSync(`/proc/${last}`),
  "no process is left",
);
rmSync(`/run/user/0/systemd/user/${unit}.d`, { recursive: true });
const after = contentsOf(home);
const mine = (path: string): boolean => /autosave|systemd/.test(path);
check(!Object.keys(after).some(mine), "no file of it is left in the home", Object.keys(after).filter(mine));
const news = Object.keys(after).filter((path) => before[path] === undefined);
check(
  news.every((path) => /^\.local\/share\/offroll\/(destinations|copies)\//.test(path)),
  "what is new in the home since before is known of backups and copies alone",
  news,
);
check((await offroll("autosave", "off")).code === 0, "off a second time");
check((await offroll("autosave", "status")).code === 3, "a monitor is told that it is off");

server.kill();
await daemon.stop();
umount(disk2);
rmSync(work, { recursive: true, force: true });
console.log(`\n${checks} checks, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
