/** One run at a time in one destination: in other containers, on other computers, and over runs that were killed. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../../src/shared/clock.ts";
import { changeCatalog } from "../../../../src/transfer/check/change-catalog.ts";
import { rebuildCatalog } from "../../../../src/transfer/check/rebuild.ts";
import { currentBootId } from "../../../../src/transfer/destination/local/boot-id.ts";
import { createDestination, inspectFolder } from "../../../../src/transfer/destination/local/local-folder.ts";
import type { LocalLockOptions } from "../../../../src/transfer/destination/local/lock.ts";
import { lockDestination } from "../../../../src/transfer/destination/local/lock.ts";

const holderProgram = resolve(import.meta.dirname, "../../../fakes/lock-holder.ts");
const bootId = currentBootId(systemClock);
const take = (folder: string, over: Partial<LocalLockOptions> = {}) =>
  lockDestination(folder, { clock: systemClock, pid: process.pid, bootId, wait: false, onShare: false, ...over });

const folders: string[] = [];
const children: ChildProcess[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-lock-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A process that holds the lock. @param wrapper puts it elsewhere: into namespaces of its own */
async function holderIn(folder: string, wrapper: readonly string[] = []): Promise<ChildProcess> {
  const [program, ...rest] = [...wrapper, process.execPath, holderProgram, folder, "hold"] as unknown as [
    string,
    ...string[],
  ];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await new Promise<void>((done, fail) => {
    child.stdout?.once("data", () => done());
    child.once("exit", (code) => fail(new Error(`the holder ended with ${code}`)));
  });
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  // Its output closes when all that is in its namespace has ended.
  const ended = new Promise((done) => child.once("close", done));
  child.kill("SIGKILL");
  await ended;
}

/** A process and its host's name of its own, as in a container. `--kill-child` lets the test end what is inside. */
const container = ["unshare", "--pid", "--uts", "--fork", "--kill-child=KILL", "sh", "-c"];
const contained = (name: string): string[] => [...container, `hostname ${name}; exec "$@"`, "sh"];
const canContain =
  process.platform === "linux" && spawnSync("unshare", ["--pid", "--uts", "--fork", "true"]).status === 0;

const other = {
  pid: 4711,
  host: "other-computer",
  bootId: "3d0f4e2a-0000-4000-8000-000000000000",
  machine: "b".repeat(32),
};

function plant(folder: string, holder: unknown, ageMs: number): void {
  const file = join(folder, "lock");
  writeFileSync(file, typeof holder === "string" ? holder : JSON.stringify(holder));
  const at = new Date(Date.now() - ageMs);
  utimesSync(file, at, at);
}

test("a lock is one's own until it is released, and leaves nothing", async () => {
  const folder = newFolder();
  const lock = await take(folder);
  await expect(take(folder)).rejects.toMatchObject({
    code: "destination-in-use",
    message: `Another run is writing there: process ${process.pid} on ${hostname()}.`,
  });
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
  (await take(folder))[Symbol.dispose]();
});

test.runIf(canContain)(
  "a run in another container is not overrun, whatever its host's name and its lock file say",
  async () => {
    for (const name of [hostname(), "container-1"]) {
      const folder = newFolder();
      const holder = await holderIn(folder, contained(name));
      await expect(take(folder)).rejects.toMatchObject({
        code: "destination-in-use",
        message: expect.stringContaining(` on ${name}.`),
      });
      // Its process number is that of nobody here, or of somebody else: 1 is always there, and so is this test.
      for (const text of ["", "{", JSON.stringify({ ...other, host: hostname(), bootId, pid: 999_999 })]) {
        plant(folder, text, 3 * 3_600_000);
        await expect(take(folder)).rejects.toMatchObject({ code: "destination-in-use" });
      }
      rmSync(join(folder, "lock"));
      await expect(take(folder)).rejects.toMatchObject({ code: "destination-in-use" });
      await killed(holder);
      (await take(folder))[Symbol.dispose]();
    }
  },
);

test.runIf(canContain)(
  "what a killed run left does not lock for ever: in a container, as process 1, under another name",
  async () => {
    const folder = newFolder();
    await killed(await holderIn(folder, contained("renamed-since")));
    const { pid, host } = JSON.parse(readFileSync(join(folder, "lock"), "utf8")) as { pid: number; host: string };
    expect([pid, host]).toEqual([1, "renamed-since"]);
    (await take(folder))[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("on a disk of this computer's, a lock of a run on another or before a restart is over once it is silent", async () => {
  const folder = newFolder();
  plant(folder, other, 10_000);
  await expect(take(folder)).rejects.toMatchObject({ code: "destination-in-use" });
  plant(folder, other, 121_000);
  (await take(folder))[Symbol.dispose]();
});

test("on a share, a silent lock of another computer is told with its age, and broken only when asked", async () => {
  const folder = newFolder();
  const hours = 3 * 3_600_000;
  plant(folder, other, hours);
  const told = "process 4711 on other-computer, last sign of life 3 h 0 min ago";
  await expect(take(folder, { onShare: true })).rejects.toMatchObject({
    code: "lock-stale",
    message: `A run left its lock here: ${told}.`,
    remedy: expect.stringContaining("--break-lock"),
  });
  const asked: string[] = [];
  const answer = (yes: boolean) => ({
    onShare: true,
    breakStale: (lock: string) => {
      asked.push(lock);
      return yes;
    },
  });
  await expect(take(folder, answer(false))).rejects.toMatchObject({ code: "lock-stale" });
  (await take(folder, answer(true)))[Symbol.dispose]();
  expect(asked).toEqual([told, told]);
  // A living one is not broken, whatever is asked.
  plant(folder, other, 30_000);
  await expect(take(folder, answer(true))).rejects.toMatchObject({ code: "destination-in-use" });
  plant(folder, { ...other, host: hostname() }, hours); // of the same name, and not this one
  await expect(take(folder, { onShare: true })).rejects.toMatchObject({ code: "lock-stale" });
  plant(folder, "", 30_000);
  expect(asked).toHaveLength(2);
});

test("a lock whose holder comes back while a person is asked about it is not broken", async () => {
  const folder = newFolder();
  const hours = 3 * 3_600_000;
  plant(folder, other, hours);
  const whileAsked = (happens: () => void) => ({
    onShare: true,
    breakStale: () => {
      happens();
      return true;
    },
  });
  await expect(
    take(
      folder,
      whileAsked(() => plant(folder, other, 0)),
    ),
  ).rejects.toMatchObject({
    code: "destination-in-use",
  });
  expect(readFileSync(join(folder, "lock"), "utf8")).toBe(JSON.stringify(other));
  // Another silent one in its place is asked about in its turn.
  const asked: string[] = [];
  plant(folder, other, hours);
  const broken = await take(folder, {
    onShare: true,
    breakStale: (lock) => {
      if (asked.push(lock) === 1) plant(folder, { ...other, pid: 4712 }, hours);
      return asked.length < 3;
    },
  });
  broken[Symbol.dispose]();
  expect(asked.map((lock) => lock.split(" ")[1])).toEqual(["4711", "4712"]);
});

test("who changes the catalog outside a run, or makes it anew, may break a silent lock too", async () => {
  const root = newFolder();
  const folder = () => inspectFolder(root, "/");
  createDestination(folder());
  const options = { clock: systemClock, pid: process.pid, dataFolder: newFolder(), onShare: true };
  const metadata = join(root, ".offroll");
  for (const work of [
    (over: object) => changeCatalog(folder(), { ...options, ...over }, () => "done"),
    (over: object) => rebuildCatalog(folder(), { ...options, ...over }),
  ]) {
    plant(metadata, other, 3 * 3_600_000);
    await expect(work({})).rejects.toMatchObject({ code: "lock-stale" });
    await expect(work({ breakLock: () => false })).rejects.toMatchObject({ code: "lock-stale" });
    expect(existsSync(join(metadata, "lock"))).toBe(true);
    await work({ breakLock: (lock: string) => lock.startsWith("process 4711 on other-computer") });
    expect(existsSync(join(metadata, "lock"))).toBe(false);
  }
});

test("on a share, this computer's own lock from before a restart is over", async () => {
  const folder = newFolder();
  const lock = await take(folder);
  const mine = JSON.parse(readFileSync(join(folder, "lock"), "utf8")) as object;
  lock[Symbol.dispose]();
  plant(folder, { ...mine, bootId: other.bootId }, 121_000);
  const again = await take(folder, { onShare: true });
  expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({
    pid: process.pid,
    bootId: (mine as { bootId: string }).bootId,
  });
  again[Symbol.dispose]();
});

test("where the mark of a start is only a time, another computer that started in the same minute is another", async () => {
  const folder = newFolder();
  plant(folder, { ...other, bootId: "boot-29000000" }, 10_000);
  await expect(take(folder, { bootId: "boot-29000000" })).rejects.toMatchObject({ code: "destination-in-use" });
});

test("a run whose lock was broken is told", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const folder = newFolder();
    using lock = await take(folder);
    plant(folder, { ...JSON.parse(readFileSync(join(folder, "lock"), "utf8")) }, 60_000);
    vi.advanceTimersByTime(15_000);
    const age = (): number => Date.now() - Number(readFileTime(join(folder, "lock")));
    await until(() => age() < 30_000);
    expect(lock.lost.aborted).toBe(false);
    plant(folder, other, 0);
    // A beat is passed over while the one before it is not through.
    await until(() => {
      vi.advanceTimersByTime(15_000);
      return lock.lost.aborted;
    });
    expect(lock.lost.reason).toMatchObject({
      code: "destination-in-use",
      message: "The lock was broken: process 4711 on other-computer writes there now.",
    });
    lock[Symbol.dispose]();
    expect(existsSync(join(folder, "lock")), "the other's lock stays").toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

/** However busy the machine is: what never comes ends with the test's own time. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 20));
}

test("on a share, a run that wakes up without its lock file is told that it was broken; elsewhere the system's lock is there", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    for (const onShare of [true, false]) {
      const folder = newFolder();
      using lock = await take(folder, { onShare });
      // Who broke it has finished, and has taken its own away.
      rmSync(join(folder, "lock"));
      for (let beats = 0; beats < 20; beats += 1) {
        vi.advanceTimersByTime(15_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (onShare) await until(() => lock.lost.aborted);
      expect(lock.lost.aborted).toBe(onShare);
      // A share that is away is no loss.
      const away = newFolder();
      using other = await take(away, { onShare });
      rmSync(away, { recursive: true });
      for (let beats = 0; beats < 20; beats += 1) {
        vi.advanceTimersByTime(15_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(other.lost.aborted).toBe(false);
    }
  } finally {
    vi.useRealTimers();
  }
});

function readFileTime(file: string): number {
  return Number(execFileSync("stat", ["-c", "%Y", file], { encoding: "utf8" })) * 1000;
}

test.each(["lock", "lock.sqlite"])("a link or a pipe as %s is neither followed nor waited for", async (name) => {
  const outside = join(newFolder(), "theirs");
  writeFileSync(outside, "theirs");
  for (const plantAt of [
    (path: string) => symlinkSync(outside, path),
    (path: string) => execFileSync("mkfifo", [path]),
  ]) {
    const folder = newFolder();
    plantAt(join(folder, name));
    await expect(take(folder)).rejects.toMatchObject({ code: "destination-unsafe" });
    expect(readFileSync(outside, "utf8")).toBe("theirs");
    expect(readdirSync(folder)).toEqual([name]);
  }
});

test("processes that take the lock by turns are never two at a time", async () => {
  const folder = newFolder();
  const codes = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise<number | null>((done) => {
          const child = spawn(process.execPath, [holderProgram, folder, "race", "25"], {
            stdio: ["ignore", "ignore", "inherit"],
          });
          children.push(child);
          child.once("exit", done);
        }),
    ),
  );
  expect(codes).toEqual([0, 0, 0]);
  expect(readdirSync(folder)).toEqual([]);
});

test("what a run left that was killed while it asked the disk's time is taken away by the next", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "lock.0123abcd"), "");
  writeFileSync(join(folder, "lock.sqlite.bak"), "of somebody else");
  const lock = await take(folder);
  expect(readdirSync(folder)).not.toContain("lock.0123abcd");
  lock[Symbol.dispose]();
  expect(readdirSync(folder)).toContain("lock.sqlite.bak");
});
