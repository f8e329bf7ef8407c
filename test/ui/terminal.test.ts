/** The whole program in a real pseudo-terminal, against the mock iPhone at the cable; frames are read as a terminal shows them. */

import { spawn as spawnProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { expect, test } from "vitest";
import { describedAndroid } from "../helpers/android.ts";
import { androidProcess, entry, freshHome, mockProcess, offroll } from "../helpers/cli.ts";
import { demoFiles, demoItems } from "../helpers/demo.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { describedPhone, generated } from "../helpers/mock.ts";

class Terminal implements Disposable {
  readonly #screen: InstanceType<typeof headless.Terminal>;
  readonly #pty: ReturnType<typeof spawn>;
  readonly exited: Promise<number>;
  /** Characters that the program has written so far. */
  written = 0;

  constructor(env: Record<string, string>, cols: number, rows: number, args: readonly string[] = []) {
    this.#screen = new headless.Terminal({ cols, rows, allowProposedApi: true });
    this.#pty = spawn(process.execPath, [entry, ...args], {
      cols,
      rows,
      cwd: env["HOME"]!,
      env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", ...env },
    });
    this.#pty.onData((data) => {
      this.written += data.length;
      this.#screen.write(data);
    });
    this.exited = new Promise((done) => this.#pty.onExit(({ exitCode }) => done(exitCode)));
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#screen.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }

  frame(): string {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, i) => active.getLine(active.viewportY + i)?.translateToString(true) ?? "",
    ).join("\n");
  }

  /** Which events of the mouse the terminal would send. */
  get mouse(): string {
    return this.#screen.modes.mouseTrackingMode;
  }

  /** True in the terminal's other screen, where full-screen programs draw. */
  get alternate(): boolean {
    return this.#screen.buffer.active.type === "alternate";
  }

  get cursorHidden(): boolean {
    return (this.#screen as unknown as { _core: { coreService: { isCursorHidden: boolean } } })._core.coreService
      .isCursorHidden;
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  async see(text: string | RegExp): Promise<string> {
    await expect
      .poll(() => this.frame(), { interval: 30 })
      .toMatch(text instanceof RegExp ? text : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
    return this.frame();
  }

  /** Waits until nothing has been written for a while. */
  async still(): Promise<void> {
    for (let last = -1; last !== this.written; ) {
      last = this.written;
      await wait(300);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#pty.kill("SIGKILL");
    } catch {
      // it ended by itself
    }
  }
}

test("connect, trust, browse, choose, export: the files are on disk and the terminal is as it was", async () => {
  await using mock = await mockProcess(["--trust", "pending:1"]);
  const home = freshHome();
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ui-")), "photos");
  using terminal = new Terminal({ ...home, USBMUXD_SOCKET_ADDRESS: mock.address }, 80, 24);
  // Nothing needs a key: the one phone is asked for its trust, and opens.
  await terminal.see("tap Trust");
  expect(terminal.alternate).toBe(true);
  const browse = await terminal.see(`${demoItems} photos and videos`);
  for (const word of ["Live", "Screenshot", "Favourites", "April 2024", "Space choose"]) expect(browse).toContain(word);
  await terminal.see("▀▀▀▀▀▀▀▀"); // pictures come by themselves
  terminal.type("p");
  await terminal.see("Exposure");
  terminal.type("\x1b");
  await terminal.see("April 2024");
  terminal.type("/"); // one after the other: what is typed next is text
  await terminal.see("/▏");
  terminal.type("canon");
  await terminal.see("/canon▏");
  terminal.type("\r");
  await terminal.see("_MG_4218.JPG");
  terminal.type("a");
  await terminal.see("7 photos and videos chosen, 7 files");
  terminal.resize(60, 20);
  await terminal.see("7 photos and videos chosen");
  terminal.type("e");
  await terminal.see("Export 7 photos and videos");
  terminal.type(to); // in place of the proposal
  await terminal.see("photos▏");
  terminal.type("\x1b[B"); // the next line: how to name
  await terminal.see(/Names +‹ .*name/);
  expect(terminal.frame()).toContain("2024/01/_MG_4215.JPG");
  terminal.type("\x1b[B\x1b[B\x1b[B\x1b[B"); // to the notes beside, and once to the right
  await terminal.see(/› Sidecar files/);
  terminal.type("\x1b[C");
  await terminal.see(/--sidecar\s+xmp/);
  terminal.type("\r");
  const summary = await terminal.see("Everything chosen is on this disk.");
  expect(summary).toContain("7 files");
  expect([...filesBelow(to)].filter((f) => f.endsWith(".JPG"))).toHaveLength(7);
  expect([...filesBelow(to)].filter((f) => f.endsWith(".JPG.xmp"))).toHaveLength(7);
  terminal.type("\x1b");
  await terminal.see("Nothing chosen");
  terminal.type("u"); // only what is not exported yet
  await terminal.see('Nothing new matches "canon".');
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
  await expect.poll(() => terminal.alternate).toBe(false);
});

test("an Android phone that is locked: what to do on it, then its photos by themselves, then on disk; the cable pulled meanwhile", async () => {
  const files = Array.from({ length: 6 }, (_, i) => generated(`/DCIM/Camera/IMG_2024010${1 + i}_120000.jpg`, 400_000));
  const description = join(mkdtempSync(join(tmpdir(), "offroll-ui-")), "phone.json");
  writeFileSync(description, JSON.stringify(describedAndroid({ files })));
  const slow = ["--phone", description, "--rate", "0.8"];
  await using mock = await androidProcess(["--quirk", "lockedLooks=3", "--adb-state", "none", ...slow]);
  const home = freshHome();
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ui-")), "photos");
  using terminal = new Terminal({ ...home, OFFROLL_USBIP: mock.usbip, OFFROLL_VIA: "mtp" }, 80, 24);
  await terminal.see("pull down its notifications");
  await terminal.see("6 photos and videos");
  await terminal.see(/Folders[\s\S]*Camera/);
  await terminal.still();
  terminal.type("e");
  await terminal.see("Export 6 photos and videos");
  terminal.type("\x15"); // Ctrl-U
  await terminal.see(/Where to +▏/);
  terminal.type(to);
  await terminal.see("photos▏");
  terminal.type("\r");
  await terminal.see(/\d+ of 6 files/);
  mock.type("unplug");
  await terminal.see("Plug it back in");
  mock.type("plug");
  await terminal.see("Everything chosen is on this disk.");
  expect([...filesBelow(to)]).toHaveLength(6);
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
});

test("the cable is pulled and put back while it copies: it says so, waits and goes on", async () => {
  await using mock = await mockProcess(["--rate", "1"]);
  const home = freshHome();
  mkdirSync(join(home["HOME"]!, "Pictures"));
  using terminal = new Terminal({ ...home, USBMUXD_SOCKET_ADDRESS: mock.address }, 100, 30);
  await terminal.see(`${demoItems} photos and videos`);
  terminal.type("\r");
  await terminal.see(`Export ${demoItems} photos and videos`);
  terminal.type("\r");
  await terminal.see(new RegExp(`[1-9]\\d? of ${demoFiles} files`));
  mock.type("unplug");
  await terminal.see("Waiting");
  mock.type("plug");
  // Photos are looked at meanwhile; the export goes on behind, and q does not end it by mistake.
  terminal.type("b");
  await terminal.see(/Copying, \d+ %: \d+ of/);
  terminal.type("jv");
  await terminal.see("[ ]");
  terminal.type("q");
  await terminal.see("q again stops it");
  terminal.resize(70, 24);
  terminal.type("k");
  await terminal.see("The export has ended");
  terminal.type("e");
  await terminal.see("Everything chosen that is on this phone is on this disk.");
  expect([...filesBelow(join(home["HOME"]!, "Pictures/offroll"))]).toHaveLength(demoFiles);
  terminal.type("\x03");
  expect(await terminal.exited).toBe(0);
});

test("no phone, no daemon: a calm screen that says what to do; Ctrl-C leaves the terminal as it was", async () => {
  using terminal = new Terminal({ ...freshHome(), USBMUXD_SOCKET_ADDRESS: "/nonexistent/usbmuxd" }, 80, 24);
  await terminal.see("Start the program that talks to iPhones");
  terminal.type("\x03");
  expect(await terminal.exited).toBe(0);
  await expect.poll(() => terminal.alternate).toBe(false);
});

test.each([
  [
    "a bug in an event handler",
    "process.on('SIGUSR2', () => setImmediate(() => { throw new Error('boom'); }))",
    "SIGUSR2",
  ],
  ["a promise that nobody waits for", "process.on('SIGUSR2', () => void Promise.reject(new Error('boom')))", "SIGUSR2"],
  ["being asked to end", "", "SIGTERM"],
  ["its window closed", "", "SIGHUP"],
] as const)("the terminal is as it was after %s, and what is said of it stays readable", async (_, script, signal) => {
  const injected: Record<string, string> =
    script === "" ? {} : { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` };
  using terminal = new Terminal(
    { ...freshHome(), ...injected, USBMUXD_SOCKET_ADDRESS: "/nonexistent/usbmuxd" },
    100,
    24,
  );
  await terminal.see("Start the program that talks to iPhones");
  expect([terminal.alternate, terminal.mouse, terminal.cursorHidden]).toEqual([true, "vt200", true]);
  terminal.kill(signal);
  await terminal.exited;
  await expect.poll(() => [terminal.alternate, terminal.mouse, terminal.cursorHidden]).toEqual([false, "none", false]);
  if (script !== "") {
    expect(terminal.frame()).toContain("Error: boom");
    expect(terminal.frame()).toContain("This is a bug in offroll");
  }
});

test("no phone at hand: d plugs the demo phone in, and the choices of an export are remembered for a real one only", async () => {
  const home = freshHome();
  using terminal = new Terminal({ ...home, USBMUXD_SOCKET_ADDRESS: "/nonexistent/usbmuxd" }, 120, 36);
  await terminal.see("Start the program that talks to iPhones");
  terminal.type("d");
  await terminal.see("tap Trust");
  await terminal.see(`${demoItems} photos and videos`);
  await terminal.see("Exposure"); // the pane beside the pictures
  // What is drawn but for pictures, which may still come.
  const words = (): string =>
    terminal
      .frame()
      .replaceAll(/[▀· ]+/g, " ")
      .replaceAll(/ $/gm, "");
  await terminal.still();
  const before = words();
  terminal.type("zZ"); // keys that mean nothing
  // A terminal at the end of a slow line says late what it is.
  terminal.type("\x1b_Gi=31;OK\x1b\\\x1bP>|XTerm(379)\x1b\\\x1b[6;20;10t\x1b[?2;0;1000;600S\x1b[?64;1;2;4c");
  await terminal.still();
  expect(words()).toBe(before);
  terminal.type("v");
  await terminal.see(/\[ \] {3}14:49 {2}IMG_7183\.JPG/);
  // The mouse: Favourites in the tree, then the second row of the list.
  terminal.type("\x1b[<0;5;5M\x1b[<0;5;5m");
  await terminal.see("12 photos and videos");
  terminal.type("\x1b[<0;40;4M\x1b[<0;40;4m\x1b[<65;40;4M");
  terminal.type(" ");
  await terminal.see("1 photo or video chosen");
  terminal.type("\x03");
  expect(await terminal.exited).toBe(0);
  await expect.poll(() => terminal.alternate).toBe(false);
  await expect.poll(() => terminal.mouse).toBe("none"); // what it wrote last is still being drawn
});

test("the cable out is seen while photos are looked at; s stops an export; settings that cannot be read are left as they are", async () => {
  await using mock = await mockProcess(["--rate", "0.15"]);
  const home = freshHome();
  mkdirSync(join(home["HOME"]!, "Pictures"));
  const config = join(home["XDG_CONFIG_HOME"]!, "offroll", "config.json");
  mkdirSync(dirname(config), { recursive: true });
  const broken = '{ "backups": { "u": { "path": "/mnt/disk/Phone", "id": "d" } },';
  writeFileSync(config, broken);
  const env = { ...home, USBMUXD_SOCKET_ADDRESS: mock.address, OFFROLL_VERIFY: "reread" };
  using terminal = new Terminal(env, 110, 30, ["--graphics", "none"]);
  await terminal.see(`${demoItems} photos and videos`);
  await terminal.see("Your settings are not used");
  mock.type("unplug");
  await terminal.see("✗ unplugged");
  terminal.type("e");
  await terminal.see("The phone is unplugged.");
  mock.type("plug");
  await expect.poll(() => terminal.frame()).not.toContain("unplugged");
  terminal.type("e");
  await terminal.see(`Export ${demoItems} photos and videos`);
  terminal.type("\r");
  await terminal.see(new RegExp(`[1-9]\\d* of ${demoFiles} files`));
  terminal.type("\x1b");
  await terminal.see(/Copying, \d+ %/);
  terminal.type("\r");
  await terminal.see("s stop");
  terminal.type("s");
  await terminal.see(/Stop after \d+ of \d+ files\?/);
  terminal.type("s");
  const end = await terminal.see(/Stopped: \d+ of \d+ files/);
  expect(end).toMatch(/read back/);
  expect(end).toContain("What you chose is not remembered");
  expect(readFileSync(config, "utf8")).toBe(broken);
  const copied = Number(/Stopped: (\d+) of/.exec(end)![1]);
  expect([...filesBelow(join(home["HOME"]!, "Pictures/offroll"))]).toHaveLength(copied);
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
});

test("of two phones the one that is named opens; a terminal without a cursor gets questions", async () => {
  const [ann, bob] = ["Ann's iPhone", "Bob's iPhone"].map((name, i) => {
    const file = join(mkdtempSync(join(tmpdir(), "offroll-ui-")), "phone.json");
    const files = [generated(`/DCIM/100APPLE/IMG_000${i}.JPG`, 4_000)];
    writeFileSync(file, JSON.stringify(describedPhone({ name, udid: `0000811${i}-000A1B2C3D4E001${i}`, files })));
    return file;
  });
  await using mock = await mockProcess(["--phone", ann!, bob!]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  {
    using terminal = new Terminal(env, 80, 24);
    await terminal.see(/Ann's iPhone[\s\S]*Bob's iPhone/);
    terminal.type("q");
    expect(await terminal.exited).toBe(0);
  }
  {
    using terminal = new Terminal(env, 80, 24, ["--device", "bob"]);
    await terminal.see(/Bob's iPhone +1 photo/);
    terminal.type("q");
    expect(await terminal.exited).toBe(0);
  }
  using dumb = new Terminal({ ...env, TERM: "dumb" }, 80, 24);
  await dumb.see("Number from 1 to 2: [1]");
  expect(dumb.alternate).toBe(false);
});

test("what an export asked for is remembered for its phone, here and on the command line", async () => {
  await using mock = await mockProcess();
  const home = freshHome();
  const env = { ...home, USBMUXD_SOCKET_ADDRESS: mock.address };
  mkdirSync(join(home["HOME"]!, "Pictures"));
  const to = join(home["HOME"]!, "Pictures", "mine");
  {
    using terminal = new Terminal(env, 100, 30);
    await terminal.see(`${demoItems} photos and videos`);
    terminal.type(" e");
    await terminal.see("Export 1 photo or video");
    terminal.type("\x7f".repeat("offroll".length));
    terminal.type("mine");
    await terminal.see("mine▏");
    terminal.type("\x1b[B\x1b[C"); // names by date
    await terminal.see("{year}/{date}/{name}");
    terminal.type("\r");
    await terminal.see("Everything chosen is on this disk.");
    terminal.type("q");
    expect(await terminal.exited).toBe(0);
  }
  expect([...filesBelow(to)]).toEqual(["2024/2024-04-17/IMG_7183.JPG"]);
  const again = await offroll(["export", "--yes"], { env });
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain(to);
  expect([...filesBelow(to)]).toContain("2023/2023-09-11/Übersicht der Wege.jpg".replace(".jpg", ".JPG"));
});

test.runIf(process.platform === "linux")(
  "what auto-save copies now is taken over: Enter asks, Enter again ends that run in order, and this one goes on",
  async () => {
    const files = Array.from({ length: 10 }, (_, i) => generated(`/DCIM/100APPLE/IMG_000${i}.JPG`, 300_000));
    const work = mkdtempSync(join(tmpdir(), "offroll-ui-"));
    const [description, to] = [join(work, "phone.json"), join(work, "photos")];
    const { udid } = describedPhone();
    writeFileSync(description, JSON.stringify(describedPhone({ files })));
    await using mock = await mockProcess(["--phone", description, "--rate", "1"]);
    const env: Record<string, string> = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
    expect((await offroll(["backup", to, "--limit", "1", "--quiet"], { env })).code).toBe(0);
    const plan = { name: "Test iPhone", to, photos: true, videos: true, network: false, setUpAt: Date.now() };
    const settings = join(env["XDG_CONFIG_HOME"] as string, "offroll/autosave.json");
    writeFileSync(settings, JSON.stringify({ v: 1, phones: { [udid]: plan } }));
    using terminal = new Terminal(env, 80, 24);
    await terminal.see("10 photos and videos");
    using _watcher = watch(env);
    // It is stopped where it is: whatever this machine does meanwhile, the copy is under way.
    const run = await stopped(join(to, ".offroll/lock"));
    terminal.type("e");
    await terminal.see("Export 10 photos and videos");
    terminal.type("\x15");
    await terminal.see(/Where to +▏/);
    terminal.type(to);
    await terminal.see("photos▏");
    terminal.type("\r");
    await terminal.see("Auto-save copies this phone there now.");
    await terminal.see("Enter again takes it over");
    terminal.type("\r");
    // The watcher has asked it to end; only now it goes on, and hears so.
    await expect.poll(() => /^ShdPnd:\s*0*$/m.test(readFileSync(`/proc/${run}/status`, "utf8"))).toBe(false);
    process.kill(run, "SIGCONT");
    await terminal.see("Everything chosen is on this disk.");
    expect([...filesBelow(to)]).toHaveLength(10);
    const { runs } = JSON.parse((await offroll(["history", to, "--json"], { env })).stdout) as {
      runs: { command: string; summary: { outcomes: { copied: { items: number } } } }[];
    };
    expect(runs[0]?.command).toContain("terminal UI");
    expect(runs[0]?.summary.outcomes.copied.items).toBeGreaterThan(0);
    terminal.type("q");
    expect(await terminal.exited).toBe(0);
  },
);

/** The run that has this lock, once there is one. It does not run on. @returns its process */
async function stopped(lock: string): Promise<number> {
  const holder = (): number => {
    try {
      return (JSON.parse(readFileSync(lock, "utf8")) as { pid: number }).pid;
    } catch {
      return 0;
    }
  };
  let pid = 0;
  await expect.poll(() => (pid = holder()), { interval: 20 }).toBeGreaterThan(0);
  process.kill(pid, "SIGSTOP");
  return pid;
}

/** The resident watcher of that home. */
function watch(env: Record<string, string>): Disposable {
  const child = spawnProcess(process.execPath, [entry, "autosave", "run"], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: "ignore",
  });
  return { [Symbol.dispose]: () => void child.kill() };
}
