/** Destinations as they are found: odd entries cost themselves, disks fail in words, and nothing of ours follows a link. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AppError, DestinationError, toAppError } from "../../src/shared/errors.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { ItemTable } from "../../src/transfer/catalog/items.ts";
import { rebuildCatalog, verifyDestination } from "../../src/transfer/check/index.ts";
import type { DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { inspectFolder } from "../../src/transfer/destination/local/local-folder.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";
import { openTransfer } from "../../src/transfer/index.ts";
import { exportOnce, notWhole, sumsAddUp, temporaryFolder, transferOptions } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, startMock } from "../helpers/mock.ts";

const files = Array.from({ length: 12 }, (_, i) =>
  generated(`/DCIM/100APPLE/IMG_${1000 + i}.JPG`, 20_000 + i, `202${i % 2}-05-01T10:00:00Z`),
);
const media = files.map((f) => f.path);

async function setup() {
  const mock = await startMock({ files });
  const source = await mock.open();
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]();
    await mock[Symbol.asyncDispose]();
  });
  return { phone: mock.phone, source, to: join(temporaryFolder(), "to"), outside: temporaryFolder() };
}

/** The phone, with something that happens while it is listed. */
function whenListed(source: MediaSource, happens: () => void): MediaSource {
  return new Proxy(source, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (key === "list") happens();
        return Reflect.apply(value, target, args);
      };
    },
  });
}

async function verify(to: string) {
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true })!;
  await using destination = new LocalDestination(to, {});
  return await verifyDestination(catalog, destination);
}

/** On the root of a disk: a folder of the system's, and what others left. */
function litter(to: string, outside: string, sizeBytes: number): void {
  mkdirSync(join(to, "lost+found"));
  writeFileSync(join(to, "lost+found/#123"), Buffer.alloc(sizeBytes, 1));
  symlinkSync("/nowhere/at/all", join(to, "dangling"));
  writeFileSync(join(outside, "same-size"), Buffer.alloc(sizeBytes, 2));
  symlinkSync(join(outside, "same-size"), join(to, "as-large.jpg"));
  symlinkSync(to, join(to, "loop"));
  execFileSync("mkfifo", [join(to, "pipe")]);
  for (const name of ["$RECYCLE.BIN", "System Volume Information", ".Trashes"]) mkdirSync(join(to, name));
  writeFileSync(join(to, ".Trashes/deleted.jpg"), Buffer.alloc(sizeBytes, 3));
}

test("links, pipes and the system's folders on a disk cost nothing: verify, a missing photo, --adopt", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  litter(h.to, h.outside, 20_003);
  writeFileSync(join(h.to, "theirs.txt"), "theirs");
  expect(await verify(h.to)).toMatchObject({ problems: [], foreign: ["theirs.txt"], unreadableFolders: [] });
  for (const adopt of [false, true]) {
    unlinkSync(join(h.to, "2021/05/IMG_1003.JPG"));
    const again = await exportOnce(h.source, h.to, { adopt });
    expect(again.summary).toMatchObject({ ok: true, outcomes: { copied: { items: 1 }, present: { items: 11 } } });
  }
  expect((await verify(h.to)).problems).toEqual([]);
});

test("a folder that may not be read is named by verify, once, and is no failure", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  mkdirSync(join(h.to, "private/inner"), { recursive: true });
  mkdirSync(join(h.to, "lost+found"));
  chmodSync(join(h.to, "private"), 0);
  chmodSync(join(h.to, "lost+found"), 0);
  // Root may read everything; who may not is asked in the end-to-end test.
  if (process.getuid?.() !== 0)
    expect([...(await verify(h.to)).unreadableFolders].sort()).toEqual(["lost+found", "private"]);
  chmodSync(join(h.to, "private"), 0o700);
  const gone = new LocalDestination(join(h.outside, "gone"));
  using catalog = Catalog.open(join(h.to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  expect((await verifyDestination(catalog, gone)).unreadableFolders).toEqual(["."]);
});

test("a photo that was replaced by a link is copied beside it, and the run names it", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  const photo = join(h.to, "2021/05/IMG_1003.JPG");
  renameSync(photo, join(h.outside, "moved.jpg"));
  symlinkSync(join(h.outside, "moved.jpg"), photo);
  const again = await exportOnce(h.source, h.to);
  expect(again.summary).toMatchObject({
    ok: true,
    outcomes: { copied: { items: 1 }, present: { items: 11 } },
    passedOver: ["2021/05/IMG_1003.JPG"],
  });
  expect(lstatSync(photo).isSymbolicLink()).toBe(true);
  expect(await notWhole(h.phone, media, h.to)).toEqual([]);
  expect((await exportOnce(h.source, h.to)).summary.outcomes.copied.items, "and once").toBe(0);
});

test("a year's folder that was moved elsewhere and linked costs its photos, and no others", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  renameSync(join(h.to, "2021"), join(h.outside, "2021"));
  symlinkSync(join(h.outside, "2021"), join(h.to, "2021"));
  unlinkSync(join(h.to, "2020/05/IMG_1002.JPG"));
  const before = [...filesBelow(h.outside)].sort();
  for (const adopt of [false, true]) {
    const again = await exportOnce(h.source, h.to, { adopt });
    expect(sumsAddUp(again)).toBe(true);
    expect(again.summary.outcomes).toMatchObject({ failed: { items: 6 }, cancelled: { items: 0 } });
    expect(again.summary.failures[0]).toMatchObject({
      code: "destination-unsafe",
      message: expect.stringContaining("2021"),
    });
    expect(existsSync(join(h.to, "2020/05/IMG_1002.JPG"))).toBe(true);
  }
  expect([...filesBelow(h.outside)].sort()).toEqual(before);
});

test("nothing of ours below .offroll follows a link: what they lead to stays as it is", async () => {
  const names = ["runs", "catalog.sqlite", "catalog.sqlite-wal", "lock", "lock.sqlite", "destination.json", "partials"];
  for (const name of names) {
    const h = await setup();
    const theirs = join(h.outside, "theirs");
    const isFolder = name === "runs" || name === "partials";
    if (isFolder) mkdirSync(theirs, { mode: 0o755 });
    else new DatabaseSync(theirs).exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    if (isFolder) writeFileSync(join(theirs, "x.library-0123456789abcdef.jsonl.gz.part"), "theirs");
    const before = isFolder ? readdirSync(theirs) : readFileSync(theirs);
    const { mode, mtimeMs } = statSync(theirs);
    mkdirSync(join(h.to, ".offroll"), { recursive: true });
    symlinkSync(theirs, join(h.to, ".offroll", name));
    const result = await exportOnce(h.source, h.to, { snapshot: true }).catch((error: unknown) => toAppError(error));
    const code =
      result instanceof AppError ? result.code : (result.summary.stoppedBy?.code ?? result.summary.failures[0]?.code);
    expect(code, name).toBe("destination-unsafe");
    expect(isFolder ? readdirSync(theirs) : readFileSync(theirs), name).toEqual(before);
    expect([statSync(theirs).mode, statSync(theirs).mtimeMs], name).toEqual([mode, mtimeMs]);
  }
});

test("a disk that is swapped, or goes, while the phone is listed gets nothing, and nothing is made in its place", async () => {
  for (const comes of ["another", "none", "nothing of ours"]) {
    const h = await setup();
    await exportOnce(h.source, h.to);
    rmSync(join(h.to, "2020"), { recursive: true });
    let isDone = false;
    const away = `${h.to}-away`;
    const source = whenListed(h.source, () => {
      if (isDone) return;
      isDone = true;
      renameSync(h.to, away);
      if (comes === "none") return;
      mkdirSync(join(h.to, ".offroll"), { recursive: true });
      if (comes === "another") writeFileSync(join(h.to, ".offroll/destination.json"), '{"id":"another"}');
    });
    const error = await exportOnce(source, h.to).catch((reason: unknown) => toAppError(reason));
    expect(isDone).toBe(true);
    expect(error, comes).toMatchObject({ code: "destination-not-there" });
    if (comes === "none") expect(existsSync(h.to)).toBe(false);
    else
      expect([...filesBelow(h.to), ...readdirSync(join(h.to, ".offroll"))]).toEqual(
        comes === "another" ? ["destination.json"] : [],
      );
    expect(existsSync(join(away, ".offroll/lock")), "what is locked elsewhere stays so until it is silent").toBe(true);
  }
});

test("of a new destination that is not begun, nothing is taken away where another disk is by then", async () => {
  const h = await setup();
  const other = temporaryFolder();
  await exportOnce(h.source, other);
  const before = readdirSync(join(other, ".offroll"), { recursive: true }).sort();
  const transfer = await openTransfer(h.source, transferOptions(h.to));
  renameSync(h.to, `${h.to}-away`);
  renameSync(other, h.to);
  await transfer.discard();
  expect(readdirSync(join(h.to, ".offroll"), { recursive: true }).sort()).toEqual(before);
});

test("a disk that is swapped between the plan and the run gets nothing", async () => {
  const h = await setup();
  await using transfer = await openTransfer(h.source, transferOptions(h.to));
  renameSync(h.to, `${h.to}-away`);
  mkdirSync(join(h.to, ".offroll"), { recursive: true });
  writeFileSync(join(h.to, ".offroll/destination.json"), '{"id":"another"}');
  await expect(Array.fromAsync(transfer.run())).rejects.toMatchObject({ code: "destination-not-there" });
  expect(readdirSync(join(h.to, ".offroll"))).toEqual(["destination.json"]);
});

test("a file that was torn since, with its size kept, is no copy; one that was only touched is read once", async () => {
  const h = await setup();
  let read: string[] = [];
  const disk: DiskPort = {
    ...nodeDisk,
    async open(path, mode, options) {
      if (mode.startsWith("read") && path.endsWith(".JPG")) read.push(basename(path));
      return await nodeDisk.open(path, mode, options);
    },
  };
  await exportOnce(h.source, h.to, { disk });
  const torn = join(h.to, "2021/05/IMG_1003.JPG");
  writeFileSync(torn, Buffer.alloc(statSync(torn).size));
  for (const [name, hours] of [
    ["IMG_1005.JPG", 5.1],
    ["IMG_1007.JPG", 1], // a FAT disk in another zone
  ] as const) {
    const { mtimeMs } = statSync(join(h.to, "2021/05", name));
    utimesSync(join(h.to, "2021/05", name), new Date(), new Date(mtimeMs + hours * 3_600_000));
  }
  read = [];
  const again = await exportOnce(h.source, h.to, { disk });
  expect(new Set(read)).toEqual(new Set(["IMG_1003.JPG", "IMG_1005.JPG"]));
  expect(again.summary.ok).toBe(false);
  expect(again.events.find((e) => e.type === "item" && e.path.endsWith("IMG_1003.JPG"))).not.toMatchObject({
    outcome: "present",
  });
  expect(again.summary.outcomes.present.items).toBe(media.length - 1);
  expect((await verify(h.to)).problems).toMatchObject([{ target: "2021/05/IMG_1003.JPG", problem: "damaged" }]);
  read = [];
  await exportOnce(h.source, h.to, { disk });
  expect(read).toEqual([]);
});

test("rebuilding believes no odd line, and recovers the rest", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  const runs = join(h.to, ".offroll/runs");
  const [log] = readdirSync(runs).filter((n) => n.endsWith(".jsonl")) as [string];
  const lines = readFileSync(join(runs, log), "utf8").trim().split("\n");
  const header = JSON.parse(lines[0] as string) as object;
  const item = JSON.parse(lines.find((l) => l.includes('"copied"')) as string) as object;
  const odd = [
    "null",
    "17",
    "[]",
    '"item"',
    "{",
    "{}",
    '{"type":"item"}',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    ...["../../etc/passwd", "a/../../b", "/etc/passwd", "", "a\0b", "a//b", 5, {}, null].map((target) =>
      JSON.stringify({ ...item, path: `/odd${String(target)}`, target }),
    ),
    ...Object.entries({
      sizeBytes: -1,
      sha256: "zz",
      path: "a\0",
      outcome: "x",
      uuid: {},
      createdMs: 1e300,
      photoId: [],
    }).map(([key, value]) => JSON.stringify({ ...item, [key]: value })),
    ...Object.entries({ runId: 5, startedAt: "yesterday", device: null, command: [] }).map(([key, value]) =>
      JSON.stringify({ ...header, [key]: value }),
    ),
    '{"type":"summary","ok":true}',
    '{"type":"made","target":"../x","mark":"y"}',
    '{"type":"moved","from":"2020","target":"../x"}',
    `{"type":"item","path":"${"x".repeat(1_000_000)}`,
  ];
  const interleaved = lines.flatMap((line) => [...odd, line]);
  writeFileSync(join(runs, log), `${interleaved.join("\n")}\n`);
  writeFileSync(join(runs, "copy.jsonl"), readFileSync(join(runs, log)));
  writeFileSync(join(runs, "noise.jsonl"), Buffer.alloc(100_000, 0xff));
  mkdirSync(join(runs, "folder.jsonl"));
  symlinkSync("/dev/zero", join(runs, "zero.jsonl"));
  execFileSync("mkfifo", [join(runs, "pipe.jsonl")]);
  rmSync(join(h.to, ".offroll/catalog.sqlite"));
  const result = await rebuildCatalog(inspectFolder(h.to, "/"), {
    clock: systemClock,
    pid: process.pid,
    dataFolder: h.outside,
  });
  expect(result).toMatchObject({ registered: media.length, missing: 0, changed: 0, runs: 1 });
  expect((await exportOnce(h.source, h.to)).summary.outcomes.present.items).toBe(media.length);
});

const isRoot = process.platform === "linux" && process.getuid?.() === 0;

/** A small file system of its own. */
function tmpfs(options: string): string {
  const root = temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "none", root]);
  onTestFinished(() => void execFileSync("umount", ["-l", root]));
  return root;
}

/** One that the kernel makes read-only when asked with `abort`, as after an error of the disk's. */
function ext4(): string {
  const root = temporaryFolder();
  const image = join(temporaryFolder(), "image");
  execFileSync("truncate", ["-s", "40M", image]);
  execFileSync("mkfs.ext4", ["-q", "-F", image]);
  execFileSync("mount", ["-o", "loop", image, root]);
  onTestFinished(() => void execFileSync("umount", ["-l", root]));
  return root;
}

test.runIf(isRoot)("a disk that turns read-only in mid-run ends it with a summary that says so", async () => {
  const h = await setup();
  const root = ext4();
  let copied = 0;
  const result = await exportOnce(h.source, root, {
    onEvent(event) {
      if (event.type !== "item" || event.outcome !== "copied") return;
      copied += 1;
      if (copied === 3) execFileSync("mount", ["-o", "remount,abort", root]);
    },
  }).catch((error: unknown) => toAppError(error));
  if (result instanceof AppError) throw result;
  // The first that meets it may hear of an error, the next of a read-only disk.
  expect(["destination-read-only", "destination-io"]).toContain(result.summary.stoppedBy?.code);
  expect(sumsAddUp(result)).toBe(true);
  expect(await notWhole(h.phone, media, root)).toEqual([]);
});

test.runIf(isRoot)("a disk that fills up while the phone is listed is full, and no bug", async () => {
  const h = await setup();
  const root = tmpfs("size=2m");
  const source = whenListed(h.source, () => {
    try {
      for (;;) writeFileSync(join(root, "filler"), Buffer.alloc(4096), { flag: "a" });
    } catch {
      // full
    }
  });
  const error = await exportOnce(source, root).catch((reason: unknown) => toAppError(reason));
  const code = error instanceof AppError ? error.code : error.summary.stoppedBy?.code;
  expect(code).toBe("destination-full");
});

test.runIf(isRoot)("when the disk has no more names to give, the sums add up", async () => {
  const h = await setup();
  for (const inodes of [4, 5, 6, 7, 8, 9, 14, 17, 20, 23]) {
    const root = tmpfs(`size=30m,nr_inodes=${inodes}`);
    const result = await exportOnce(h.source, root).catch((reason: unknown) => toAppError(reason));
    const code = result instanceof AppError ? result.code : result.summary.stoppedBy?.code;
    expect(code, `${inodes} inodes`).toBe("destination-full");
    if (result instanceof AppError) continue;
    expect(sumsAddUp(result)).toBe(true);
    expect(result.summary.outcomes.copied.items).toBe([...filesBelow(root)].length);
    expect(await notWhole(h.phone, media, root)).toEqual([]);
  }
});

test("a file that has its name is copied, though its row could not be noted: the run ends, the next one knows it", async () => {
  const h = await setup();
  const full = new DestinationError("destination-full", "The disk is too full for the catalog.");
  const noteDone = vi.spyOn(ItemTable.prototype, "noteDone").mockRejectedValue(full);
  onTestFinished(() => noteDone.mockRestore());
  const result = await exportOnce(h.source, h.to);
  expect(result.summary.stoppedBy?.code).toBe("destination-full");
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary.outcomes.copied.items).toBeGreaterThan(0);
  expect(result.summary.outcomes.copied.items).toBe([...filesBelow(h.to)].length);
  noteDone.mockRestore();
  const again = await exportOnce(h.source, h.to);
  expect(again.summary.ok).toBe(true);
  expect([...filesBelow(h.to)]).toHaveLength(media.length);
});

test("a damaged page that SQLite's quick check passes is a damaged catalog, wherever it is met", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  const file = join(h.to, ".offroll/catalog.sqlite");
  const whole = readFileSync(file);
  const pageSize = whole.readUInt16BE(16);
  const told = new Set<string>();
  for (let page = 1; page < whole.length / pageSize; page += 1)
    for (const at of [0, 3, 8, pageSize / 2, pageSize - 40]) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xa5, page * pageSize + at, page * pageSize + at + 24);
      writeFileSync(file, damaged);
      for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
      const result = await exportOnce(h.source, h.to).catch((reason: unknown) => toAppError(reason));
      const code = result instanceof AppError ? result.code : (result.summary.stoppedBy?.code ?? "went on");
      told.add(code);
      expect(
        ["catalog-corrupt", "went on"],
        `page ${page} at ${at}: ${JSON.stringify(result).slice(0, 300)}`,
      ).toContain(code);
    }
  expect(told).toContain("catalog-corrupt");
});

test("a run on a share ends with the age of a lock that another computer left, and goes on when it may break it", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  const lock = join(h.to, ".offroll/lock");
  writeFileSync(lock, JSON.stringify({ pid: 7, host: "nas-client", bootId: "another", machine: "another" }));
  const long = new Date(Date.now() - 5.5 * 86_400_000);
  utimesSync(lock, long, long);
  const share = { onShare: true, dataFolder: h.outside };
  await expect(exportOnce(h.source, h.to, share)).rejects.toMatchObject({
    code: "lock-stale",
    message: "A run left its lock here: process 7 on nas-client, last sign of life 5 days ago.",
  });
  expect((await exportOnce(h.source, h.to, { ...share, breakLock: () => true })).summary.ok).toBe(true);
  expect(existsSync(lock)).toBe(false);
});

test("two that start at one moment in a new folder make one destination", async () => {
  const h = await setup();
  const to = join(h.outside, "new");
  const { createDestination } = await import("../../src/transfer/destination/local/local-folder.ts");
  const folders = Array.from({ length: 4 }, () => inspectFolder(to, "/"));
  // All have looked; now all begin.
  const ids = new Set(folders.map((folder) => createDestination(folder)));
  expect(ids.size).toBe(1);
  expect(readdirSync(join(to, ".offroll"))).toEqual(["destination.json"]);
});

test("where no plain file stands in a photo's place, it is said so, not counted in bytes", async () => {
  const h = await setup();
  await exportOnce(h.source, h.to);
  const photo = join(h.to, "2021/05/IMG_1003.JPG");
  unlinkSync(photo);
  mkdirSync(photo);
  const { problems } = await verify(h.to);
  expect(problems).toMatchObject([
    { problem: "damaged", detail: "something else stands there, which is no plain file" },
  ]);
});
