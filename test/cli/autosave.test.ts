/** `offroll autosave`: what is asked, installed, shown and taken away. The system's manager is a program that writes down what it is told. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TestClock } from "../fakes/test-clock.ts";
import type { CliResult } from "../helpers/cli.ts";
import { added, backedUp, brought, phone } from "../helpers/copies.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, startMock } from "../helpers/mock.ts";
import { type Home, homeOf, type ProgramOptions } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

interface Bench {
  readonly home: Home;
  /** The destination of Anna's phone, which is remembered. */
  readonly one: string;
  readonly unit: string;
  readonly settings: string;
  run(args: string, options?: ProgramOptions): Promise<CliResult>;
  /** What the manager was told since the last call. */
  told(): string[];
  /** From now on it ends with this. */
  managerEnds(code: number): void;
}

/** A home with a phone whose backup is remembered; no phone is plugged in, and the service manager does nothing. */
async function bench(): Promise<Bench> {
  const home = homeOf();
  const bin = join(home.folder, "..", `${home.folder.split("/").at(-1)}-bin`);
  mkdirSync(bin);
  const log = join(bin, "told");
  const managerEnds = (code: number): void => {
    writeFileSync(
      join(bin, "systemctl"),
      `#!/bin/sh\necho "$@" >> ${log}\n[ ${code} = 0 ] || echo "no bus" >&2\nexit ${code}\n`,
    );
    chmodSync(join(bin, "systemctl"), 0o700);
  };
  managerEnds(0);
  const one = join(home.folder, "one");
  const { id } = await backedUp(one, { files: { "2024/IMG_1.HEIC": "one" } });
  mkdirSync(join(home.folder, "config"), { recursive: true });
  writeFileSync(home.config, JSON.stringify({ backups: { [phone]: { path: one, id, name: "Anna" } } }));
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  return {
    home,
    one,
    unit: join(home.folder, ".config/systemd/user/offroll-autosave.service"),
    settings: join(home.folder, "config/autosave.json"),
    run: (args, options) =>
      home.run(["autosave", ...args.split(" ")], { ...options, env: { ...env, ...options?.env } }),
    told: () => {
      const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
      writeFileSync(log, "");
      return lines.filter((line) => line !== "");
    },
    managerEnds,
  };
}

function contents(folder: string): Record<string, string> {
  return Object.fromEntries([...filesBelow(folder)].sort().map((f) => [f, readFileSync(join(folder, f), "utf8")]));
}

/** Without the breaks that the terminal's width makes. */
function unbroken({ stderr }: CliResult): string {
  return stderr.replace(/\s+/g, " ");
}

function phonesIn(settings: string): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(settings, "utf8")).phones;
}

test("a person is asked once for each thing, sees what is installed and where, and the service is started", async () => {
  const { run, unit, settings, told, one } = await bench();
  const on = await run("on", { answers: ["Ann's phone", "", "", "n", ""] });
  expect(on.code, on.stderr).toBe(0);
  for (const part of [
    "Name of this phone? [Anna]",
    `Back up to which folder? [${one}]`,
    "Its photos? [Y/n]",
    "Its videos? [Y/n]",
  ])
    expect(on.stderr).toContain(part);
  expect(unbroken(on)).toContain(`To be installed: ${unit}`);
  expect(unbroken(on)).toContain(`photos to ${one}`);
  expect(told()).toEqual(["--user daemon-reload", "--user enable --now offroll-autosave.service"]);
  expect(readFileSync(unit, "utf8")).toContain('"autosave" "run"');
  expect(phonesIn(settings)[phone]).toMatchObject({ name: "Ann's phone", to: one, photos: true, videos: false });
  expect(statSync(settings).mode & 0o777).toBe(0o600);
});

test("a no at the last question installs and writes nothing", async () => {
  const { run, unit, settings, told } = await bench();
  const on = await run("on", { answers: ["", "", "", "", "n"] });
  expect([on.code, existsSync(unit), existsSync(settings), told()]).toEqual([130, false, false, []]);
});

test("on is idempotent, and off leaves no file: the home is as it was", async () => {
  const { home, run, told } = await bench();
  const before = contents(home.folder);
  const first = assertSchema("autosave-on", (await run("on --yes --json")).stdout);
  expect(first).toMatchObject({ changed: true, unit: { result: "installed" } });
  const installed = contents(home.folder);
  expect(assertSchema("autosave-on", (await run("on --yes --json")).stdout)).toMatchObject({
    changed: false,
    unit: { result: "unchanged" },
  });
  expect(contents(home.folder)).toEqual(installed);
  told();
  const off = assertSchema("autosave-off", (await run("off --json")).stdout) as { removed: string[] };
  expect(off.removed.length).toBeGreaterThan(1);
  expect(contents(home.folder)).toEqual(before);
  expect(existsSync(join(home.folder, ".config"))).toBe(false);
  expect(told()).toEqual(["--user disable --now offroll-autosave.service", "--user daemon-reload"]);
  const again = await run("off");
  expect([again.code, again.stderr]).toEqual([0, "Auto-save was off already.\n"]);
});

test("--dry-run prints the unit and writes nothing", async () => {
  const { home, run, told, unit } = await bench();
  const before = contents(home.folder);
  const dry = await run(`on --to ${join(home.folder, "new")} --dry-run`);
  expect(dry.code, dry.stderr).toBe(0);
  expect(dry.stdout).toContain("ExecStart=");
  expect(dry.stderr).toContain(unit);
  expect([contents(home.folder), told(), existsSync(join(home.folder, "new"))]).toEqual([before, [], false]);
  expect(assertSchema("autosave-on", (await run("on --dry-run --json")).stdout)).toMatchObject({ dryRun: true });
});

test("where nobody can be asked --yes is needed, and a folder", async () => {
  const { run, home } = await bench();
  expect(await run("on")).toMatchObject({ code: 2, stderr: expect.stringContaining("not-interactive") });
  writeFileSync(home.config, JSON.stringify({}));
  expect(await run("on --yes")).toMatchObject({ code: 1, stderr: expect.stringContaining("daemon-not-running") });
  writeFileSync(home.config, JSON.stringify({ backups: { [phone]: { path: "/x", id: "1", name: "Anna" } } }));
  expect(await run("on --yes --daily 25:00")).toMatchObject({ code: 2, stderr: expect.stringContaining("--daily") });
  expect(await run("on --yes --quiet-hours 7-8")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("22:00-07:00"),
  });
  expect(await run("on --yes --no-photos --no-videos")).toMatchObject({ code: 2 });
  expect(await run("on --yes --copy usb")).toMatchObject({ code: 2, stderr: expect.stringContaining("copy-unknown") });
});

test("a backup whose disk is away is set up by its id; a new place gets one at once", async () => {
  const { run, one, settings, home } = await bench();
  const id = JSON.parse(readFileSync(home.config, "utf8")).backups[phone].id;
  renameSync(one, `${one}-away`);
  expect((await run("on --yes")).code).toBe(0);
  expect(phonesIn(settings)[phone]).toMatchObject({ to: one, id });
  const two = join(home.folder, "two");
  const refused = await run(`on --yes --to ${join(one, "inside")}`);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("destination-not-there") });
  expect((await run(`on --yes --to ${two}`)).code).toBe(0);
  const plan = phonesIn(settings)[phone];
  expect(plan).toMatchObject({ to: two, id: expect.stringMatching(/./) });
  expect(readFileSync(join(two, ".offroll/destination.json"), "utf8")).toContain(String(plan?.["id"]));
});

test("a phone set up twice is one phone: only what a flag names changes", async () => {
  const { run, settings } = await bench();
  await run("on --yes --no-videos --daily 07:30");
  const changed = await run("on --yes --quiet-hours 22:00-07:00 --device ann");
  expect(changed.stderr).toContain("From now on Anna");
  expect(phonesIn(settings)).toEqual({
    [phone]: expect.objectContaining({ videos: false, daily: "07:30", quietHours: { from: "22:00", to: "07:00" } }),
  });
  const again = await run("on --yes");
  expect(again.stderr).toContain("Anna is set up already: photos to ");
});

test("what was switched off is switched on again, and back: a person changes their mind", async () => {
  const { run, settings } = await bench();
  await run("on --yes --no-videos --network --daily 07:30 --quiet-hours 22:00-07:00");
  const swapped = await run("on --yes --no-photos --videos --no-network");
  expect(swapped.stderr).toContain("videos to ");
  expect(phonesIn(settings)[phone]).toMatchObject({ photos: false, videos: true, network: false, daily: "07:30" });
  await run("on --yes --photos --daily= --quiet-hours=");
  const plan = phonesIn(settings)[phone] ?? {};
  expect([plan["photos"], plan["videos"], Object.keys(plan).filter((key) => /daily|quiet/.test(key))]).toEqual([
    ...[true, true],
    [],
  ]);
});

test("a setting that is missing is told as missing", async () => {
  const { run, settings } = await bench();
  writeFileSync(settings, JSON.stringify({ v: 1, phones: { x: { name: "x" } } }));
  expect(unbroken(await run("status"))).toContain('"phones.x.to" is missing');
  writeFileSync(settings, JSON.stringify({ v: 1, phones: {}, more: 1 }));
  expect(unbroken(await run("status"))).toContain('"more" is not a setting');
});

test("a destination inside a copy, or the reverse, is refused; a copy on the same disk is said", async () => {
  const { run, home, one, settings } = await bench();
  const { id } = JSON.parse(readFileSync(home.config, "utf8")).backups[phone];
  const two = join(home.folder, "two/usb");
  const first = { root: one, typed: one, isThere: true, isNew: false, id, cloudService: undefined };
  const copies = { folder: home.folder, one, two, dataFolder: home.data };
  mkdirSync(join(home.folder, "two"));
  await brought(copies, await added(copies, first));
  for (const to of [join(two, "in"), join(home.folder, "two")]) {
    const refused = await run(`on --yes --to ${to}`);
    expect([refused.code, existsSync(settings), existsSync(join(to, ".offroll"))], refused.stderr).toEqual([
      1,
      false,
      false,
    ]);
  }
  const on = await run("on --yes --copy usb");
  expect([on.code, on.stderr]).toEqual([0, expect.stringContaining("The copy usb lies on the same disk")]);
  const lost = await run(`on --yes --copy= --to ${two}`);
  expect([lost.code, lost.stderr]).toEqual([0, expect.stringContaining(`is itself a copy of ${one}`)]);
});

test("another destination without that copy is refused before anything is made; a copy that is forgotten is kept up no more", async () => {
  const { run, home, one, settings } = await bench();
  const { id } = JSON.parse(readFileSync(home.config, "utf8")).backups[phone];
  const first = { root: one, typed: one, isThere: true, isNew: false, id, cloudService: undefined };
  await added({ folder: home.folder, one, two: join(home.folder, "usb"), dataFolder: home.data }, first);
  await run("on --yes --copy usb");
  const other = join(home.folder, "other");
  for (const copy of ["", " --copy usb"]) {
    const refused = await run(`on --yes --to ${other}${copy}`);
    expect([refused.code, existsSync(other)], refused.stderr).toEqual([2, false]);
    expect(unbroken(refused)).toContain("For none: --copy ''");
  }
  expect(phonesIn(settings)[phone]).toMatchObject({ to: one, copy: "usb" });
  const removed = await home.run(["copies", "remove", "usb"]);
  expect([removed.code, removed.stderr]).toEqual([
    0,
    expect.stringContaining("Auto-save brings it up to date no longer"),
  ]);
  expect(Object.keys(phonesIn(settings)[phone] ?? {})).not.toContain("copy");
  expect((await run("status")).stdout).not.toContain("usb");
});

test("a unit edited by hand is told and kept; a yes replaces it and keeps the edited one; off asks for it too", async () => {
  const { run, unit } = await bench();
  await run("on --yes");
  const edited = `${readFileSync(unit, "utf8")}# mine\n`;
  writeFileSync(unit, edited);
  const kept = await run("on --yes");
  expect([kept.code, kept.stderr]).toEqual([0, expect.stringContaining("Kept as you changed it")]);
  expect(readFileSync(unit, "utf8")).toBe(edited);
  const refused = await run("off");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("unit-edited")]);
  expect(readFileSync(unit, "utf8")).toBe(edited);
  const replaced = await run("on", { answers: ["y"] });
  expect(unbroken(replaced)).toContain("was changed by hand");
  const aside = /Yours is kept as (\S*)\. /.exec(unbroken(replaced))?.[1] ?? "";
  expect(readFileSync(aside, "utf8")).toBe(edited);
  expect(readFileSync(unit, "utf8")).not.toContain("# mine");
  writeFileSync(unit, edited);
  expect((await run("off --yes")).code).toBe(0);
  expect(existsSync(unit)).toBe(false);
});

test("a unit of an offroll that lay elsewhere is replaced without a question", async () => {
  const { run, unit, told } = await bench();
  await run("on --yes");
  told();
  const result = await run("on --yes --json", { env: { USBMUXD_SOCKET_ADDRESS: "UNIX:/run/other" } });
  expect(assertSchema("autosave-on", result.stdout)).toMatchObject({ changed: false, unit: { result: "updated" } });
  expect(readFileSync(unit, "utf8")).toContain("UNIX:/run/other");
  expect(told()[0]).toBe("--user disable --now offroll-autosave.service");
});

test("a system that does not start it is told in its own words, and nothing half is left", async () => {
  const { run, unit, managerEnds } = await bench();
  managerEnds(1);
  const on = await run("on --yes");
  expect([on.code, on.stderr]).toEqual([
    1,
    expect.stringMatching(/daemon-reload: no bus[\s\S]*autosave-not-installed/),
  ]);
  expect(existsSync(unit)).toBe(false);
  const without = await run("on --yes", { env: { PATH: "/nowhere" } });
  expect(without.stderr).toContain("systemctl is not installed");
});

test("settings of a newer version are an error in every command, and are left as they are; off still takes all away", async () => {
  const { run, settings } = await bench();
  const newer = JSON.stringify({ v: 2, phones: {}, more: 1 });
  writeFileSync(settings, newer);
  for (const args of ["on --yes", "status", "run --once", "off --device x"]) {
    const result = await run(args);
    expect([result.code, result.stderr], args).toEqual([
      2,
      expect.stringMatching(/newer offroll[\s\S]*Update offroll[\s\S]*config-invalid/),
    ]);
  }
  expect(readFileSync(settings, "utf8")).toBe(newer);
  expect((await run("off")).code).toBe(0);
  expect(existsSync(settings)).toBe(false);
});

test("a folder in the place of a phone is refused; a flag that the service will not know is told", async () => {
  const { run, home, settings } = await bench();
  const card = join(home.folder, "card/DCIM");
  mkdirSync(card, { recursive: true });
  writeFileSync(join(card, "IMG_1.JPG"), "x");
  const args = ["on", "--yes", "--via", `folder:${join(home.folder, "card")}`, "--device", "card"].join(" ");
  const folder = await run(`${args} --to ${join(home.folder, "new")}`);
  expect([folder.code, folder.stderr], folder.stderr).toEqual([2, expect.stringContaining("is a folder")]);
  expect(existsSync(settings)).toBe(false);
  const flagged = await run("on --yes --usbmux /run/other");
  expect([flagged.code, flagged.stderr]).toEqual([0, expect.stringContaining("does not know --usbmux")]);
});

test("off --device leaves the others as they are", async () => {
  const { run, settings, unit, home } = await bench();
  const config = JSON.parse(readFileSync(home.config, "utf8"));
  config.backups.ben = { ...config.backups[phone], name: "Ben's Pixel" };
  writeFileSync(home.config, JSON.stringify(config));
  await run("on --yes --device Anna");
  await run("on --yes --device Ben");
  const off = await run("off --device anna");
  expect(off.stderr).toContain("Anna is no longer backed up by itself");
  expect([Object.keys(phonesIn(settings)), existsSync(unit)]).toEqual([["ben"], true]);
  expect((await run("off --device nobody")).code).toBe(2);
  await run("off --device pixel");
  expect([existsSync(settings), existsSync(unit)]).toEqual([false, false]);
});

const day = 24 * 60 * 60 * 1000;

test("status is for monitors: each trouble has its code and exit 3, none has 0", async () => {
  const { run, home } = await bench();
  const clock = new TestClock();
  const status = async (): Promise<unknown[]> => {
    const { code, stdout } = await run("status --json", { clock });
    const { error, ok } = assertSchema("autosave-status", stdout) as { ok: boolean; error?: { code: string } };
    return [code, ok, error?.code];
  };
  expect(await status()).toEqual([3, false, "autosave-off"]);
  await run("on --yes", { clock });
  expect(await status()).toEqual([3, false, "autosave-not-running"]);
  const folder = join(home.data, "autosave");
  writeFileSync(join(folder, "lock.json"), JSON.stringify({ pid: process.pid, startedAt: clock.now(), mark: "x" }));
  expect(await status()).toEqual([0, true, undefined]);
  const remember = (job: object): void =>
    writeFileSync(
      join(folder, "state.json"),
      JSON.stringify({ v: 1, told: {}, held: [], jobs: [{ phone, state: { is: "idle" }, ...job }] }),
    );
  remember({ state: { is: "waiting", for: "disk" }, lastRun: clock.now(), lastComplete: clock.now() });
  expect(await status()).toEqual([0, true, undefined]);
  expect((await run("status", { clock })).stdout).toContain("waiting for its disk; last complete within the last hour");
  remember({ isUnfinished: true, lastRun: clock.now(), lastComplete: clock.now() });
  expect(await status()).toEqual([0, true, undefined]);
  expect((await run("status", { clock })).stdout).toContain(
    "not everything came; it goes on when the phone is plugged",
  );
  remember({ state: { is: "problem", code: "destination-full" }, lastRun: clock.now() });
  expect(await status()).toEqual([3, false, "destination-full"]);
  remember({ state: { is: "problem", code: "of-a-newer-version" }, lastRun: clock.now() });
  expect(await status()).toEqual([3, false, "problems-found"]);
  remember({ lastRun: clock.now() - 14 * day });
  expect(await status()).toEqual([3, false, "autosave-overdue"]);
  expect((await run("status", { clock })).stdout).toContain("overdue: 14 days without a run");
  // A clock that jumped back makes nothing overdue, and nothing new.
  remember({ lastRun: clock.now() + 400 * day, lastComplete: clock.now() + 400 * day });
  expect(await status()).toEqual([0, true, undefined]);
});

test("status and doctor of all say how it stands, and why a phone was not backed up", async () => {
  const { run, home } = await bench();
  const all = async (): Promise<{ status: string; doctor: string; checks: string[] }> => {
    const status = (await home.run(["status"])).stdout;
    assertSchema("status", (await home.run(["status", "--json"])).stdout);
    const { findings } = assertSchema("doctor", (await home.run(["doctor", "--json"])).stdout) as {
      findings: { check: string }[];
    };
    const checks = findings.map(({ check }) => check).filter((check) => check.startsWith("autosave"));
    return { status, doctor: (await home.run(["doctor"])).stdout, checks };
  };
  const before = await all();
  expect([before.checks, before.status]).toEqual([["autosave: off"], expect.not.stringContaining("Auto-save")]);
  expect(before.status).toMatch(/one: 1 copy.*; one disk is no backup: offroll copies add NAME PLACE/);
  await run("on --yes");
  const off = await all();
  expect(off.status).toContain("Auto-save does not run");
  expect(off.doctor).toContain("Auto-save does not run: it ended, or its system did not start it.");
  const folder = join(home.data, "autosave");
  const now = Date.now();
  writeFileSync(join(folder, "lock.json"), JSON.stringify({ pid: process.pid, startedAt: now, mark: "x" }));
  const state = { is: "problem", code: "destination-full" };
  const jobs = [{ phone, state, lastRun: now }];
  writeFileSync(join(folder, "state.json"), JSON.stringify({ v: 1, told: {}, held: [], jobs }));
  const ended = { at: now, seconds: 1, command: "backup", brought: 0, failed: 0, phone, code: state.code };
  writeFileSync(join(folder, "log.jsonl"), `${JSON.stringify({ ...ended, message: "The disk is full." })}\n`);
  const full = await all();
  expect(full.status).toContain("Auto-save is on for 1 phone: 1 in trouble: offroll autosave status.");
  expect(full.checks).toEqual(["autosave: destination-full", "autosave: runs"]);
  expect(full.doctor).toContain("Its last run said: The disk is full.");
  writeFileSync(join(home.folder, "config/autosave.json"), '{"v":2}');
  const newer = await all();
  expect(newer.checks).toEqual(["autosave: config-invalid"]);
  expect(newer.status).toContain("newer offroll");
});

test("the log names phones and says what came; in JSON as published", async () => {
  const { run, home } = await bench();
  await run("on --yes");
  const ended = { at: 1_000, seconds: 61, command: "backup", exit: 0, failed: 0, phone };
  const lines = [
    { ...ended, brought: 12, failed: 1, exit: 3 },
    { ...ended, at: 2_000, copy: "usb", brought: 0, exit: 1, code: "destination-full", message: "It is full." },
  ];
  writeFileSync(join(home.data, "autosave/log.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  const { stdout } = await run("log");
  expect(stdout).toMatch(/Anna +12 files copied in 1 min 1 s; 1 file failed/);
  expect(stdout).toMatch(/Anna, copy usb +nothing copied in .*; It is full. \(destination-full\)/);
  expect((await run("log --limit 1")).stdout.split("\n").length).toBe(2);
  expect(assertSchema("autosave-log", (await run("log --json")).stdout)).toMatchObject({
    runs: [
      { brought: 12, copy: null },
      { copy: "usb", code: "destination-full" },
    ],
  });
  expect((await run("log --limit x")).code).toBe(2);
});

test("the whole phone too: asked for by a flag, in a folder that is known by its id, shown and taken back", async () => {
  const b = await bench();
  const dir = join(b.home.folder, "phones");
  const device = "00008101-000A1B2C3D4E001E";
  const clock = new TestClock();
  writeFileSync(b.home.config, JSON.stringify({ backups: { [device]: { path: b.one, id: "none", name: "Anna" } } }));
  expect(unbroken(await b.run(`on --yes --phone-backup ${b.one}/phones`))).toContain("lie in one another");
  expect(unbroken(await b.run("on --yes --phone-backup-every 3"))).toContain("--phone-backup DIR");
  const on = await b.run(`on --yes --phone-backup ${dir} --phone-backup-every 3`);
  expect(unbroken(on)).toContain(`the whole phone to ${dir}, every 3 days`);
  expect(unbroken(on)).toContain("ask for their passcode before each backup");
  const { id } = JSON.parse(readFileSync(join(dir, ".offroll-phones.json"), "utf8"));
  expect(phonesIn(b.settings)[device]).toMatchObject({ phoneBackup: { to: dir, id, everyDays: 3 } });
  const again = await b.run("on --yes --json --phone-backup-every 5");
  expect(assertSchema("autosave-on", again.stdout)).toMatchObject({
    phone: { phoneBackup: { to: dir, everyDays: 5 } },
  });

  const state = join(b.home.data, "autosave/state.json");
  const at = clock.now() - 10 * day;
  mkdirSync(join(state, ".."), { recursive: true });
  const whole = { phone: device, state: { is: "idle" }, takenAt: at, passcode: { isAsked: true, at } };
  writeFileSync(state, JSON.stringify({ v: 1, jobs: [], whole: [whole], told: {}, held: [] }));
  const status = await b.run("status", { clock });
  expect(status.stdout).toContain("as a whole: last one 10 days ago; due: it asks for its passcode");
  expect(assertSchema("autosave-status", (await b.run("status --json", { clock })).stdout)).toMatchObject({
    phones: [{ phoneBackup: { to: dir, isDue: true, asksPasscode: true, takenAt: new Date(at).toISOString() } }],
  });

  await b.run("on --yes --phone-backup off");
  expect(phonesIn(b.settings)[device]).not.toHaveProperty("phoneBackup");
});

test("--plain offers it once after a first copy, where somebody can answer; an empty answer sets nothing up", async () => {
  const { home, unit, told } = await bench();
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 2_000)] });
  const env = { OFFROLL_USBMUX: mock.daemon.address, PATH: `${home.folder}-bin:/usr/bin:/bin` };
  const to = join(home.folder, "photos");
  const offers = join(home.data, "offers.json");
  const piped = await home.run(["--plain"], { env, input: `1\n${to}\n\n\nyes\n` });
  expect([piped.code, piped.stdout.includes("by itself"), existsSync(offers)]).toEqual([0, false, false]);
  // What is on the phone besides photos is offered to somebody alone: of a pipe's numbers each means what it always meant.
  expect(piped.stdout).not.toContain("besides photos");
  const asked = await home.run(["--plain"], { env, answers: ["1", to, "", "", ""] });
  expect([asked.code, asked.stdout]).toEqual([
    0,
    expect.stringContaining(`whenever the phone is plugged in: to ${to}.`),
  ]);
  expect(asked.stdout).toContain("besides photos");
  expect(asked.stdout).toContain("Nothing was set up. Later: offroll autosave on");
  expect([existsSync(unit), told()]).toEqual([false, []]);
  const again = await home.run(["--plain"], { env, answers: ["1", to, "", "", "yes"] });
  expect([again.code, again.stdout.includes("by itself")]).toEqual([0, false]);
  rmSync(offers);
  // Set up by the program's own command, whose words are shown.
  const self = [process.execPath, "-e", "console.log(process.argv.slice(1).join(' '))", "--"];
  const taken = await home.run(["--plain"], { env, self, answers: ["1", to, "", "", "yes"] });
  expect([taken.code, taken.stdout]).toEqual([
    0,
    expect.stringMatching(/autosave on --device \S+ --to .+photos --yes\n$/),
  ]);
});
