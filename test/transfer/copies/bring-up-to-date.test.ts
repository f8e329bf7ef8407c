/** A second disk: whole by itself, brought up to date by hashes, and never overwritten. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { LocalPlace } from "../../../src/transfer/destination/local/local-place.ts";
import { nodeDisk } from "../../../src/transfer/destination/local/node-disk.ts";
import { inspectDestination, openPlace } from "../../../src/transfer/destination/open-place.ts";
import type { DestinationFolder } from "../../../src/transfer/destination/place.ts";
import { readRunLogs } from "../../../src/transfer/logs/run-log.ts";
import { damagingDisk } from "../../fakes/damaging-disk.ts";
import {
  added,
  backedUp,
  brought,
  catalogOf,
  contentsOf,
  copyBench,
  itemOf,
  sha256Of,
  stateOf,
} from "../../helpers/copies.ts";

const photos = { "2024/05/IMG_1.HEIC": "one", "2024/05/IMG_2.HEIC": "two", "2024/06/IMG_3.MOV": "three" };
const backup = {
  files: photos,
  sidecars: { "2024/05/IMG_1.HEIC.xmp": "<xmp/>" },
  albums: { "Albums/Lisbon/IMG_1.HEIC": "2024/05/IMG_1.HEIC" },
};

test("a copy holds photos, sidecars, albums, the catalog and the logs, under an id of its own", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, backup);
  const copy = await added(bench, first);
  const { summary, events } = await brought(bench, copy);
  expect(summary).toMatchObject({
    ...{ ok: true, files: 3, bytes: 11, copied: { files: 3, bytes: 11 }, present: 0, moved: 0, extras: 2, logs: 1 },
    ...{ failures: [], gone: { count: 0 }, missingInFirst: { count: 0 }, ownFiles: 0, sameDisk: true },
  });
  expect(events.filter((e) => e.type === "file").map((e) => `${e.outcome} ${e.path}`)).toEqual([
    "copied 2024/05/IMG_1.HEIC",
    "copied 2024/05/IMG_2.HEIC",
    "copied 2024/06/IMG_3.MOV",
    "copied 2024/05/IMG_1.HEIC.xmp",
    "linked Albums/Lisbon/IMG_1.HEIC",
  ]);
  expect(contentsOf(bench.two)).toEqual(contentsOf(bench.one));
  const inode = (path: string): number => statSync(join(bench.two, path)).ino;
  expect(inode("Albums/Lisbon/IMG_1.HEIC")).toBe(inode("2024/05/IMG_1.HEIC"));
  expect(statSync(join(bench.two, "2024/05/IMG_1.HEIC")).mtimeMs).toBe(
    statSync(join(bench.one, "2024/05/IMG_1.HEIC")).mtimeMs,
  );
  const logs = await Array.fromAsync(readRunLogs(openPlace(await inspectDestination(bench.two, "/")).metadata.runs));
  expect(logs.map((log) => log.runId)).toEqual(["20240501T120000Z-abc123"]);
  const ids = [bench.one, bench.two].map((at) => readFileSync(join(at, ".offroll/destination.json"), "utf8"));
  expect(ids[0]).not.toBe(ids[1]);
  using mine = catalogOf(bench.one);
  using theirs = catalogOf(bench.two);
  const rows = (catalog: typeof mine) => catalog.items.rows().map(({ readBack: _, ...row }) => row);
  expect(rows(theirs)).toEqual(rows(mine));
  expect(theirs.items.rows().map((r) => r.readBack?.found)).toEqual(["whole", "whole", "whole"]);
  expect(theirs.made.files()).toEqual(mine.made.files());
  expect(theirs.runs.all()).toEqual(mine.runs.all());
  expect(theirs.devices.all()).toEqual(mine.devices.all());
  expect(theirs.copies.all()).toEqual([]);
  expect(theirs.copies.copyOf()).toMatchObject([{ id: first.id, name: "usb", completeAt: expect.any(Number) }]);
  expect(mine.copies.find("usb")).toMatchObject({
    result: "complete",
    files: 3,
    bytes: 11,
    completeAt: expect.any(Number),
  });
});

test("a second run copies what is new, and touches nothing else", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  const before = stateOf(bench.two);
  expect((await brought(bench, copy)).summary).toMatchObject({
    ok: true,
    copied: { files: 0 },
    present: 3,
    extras: 0,
    logs: 0,
  });
  expect(stateOf(bench.two)).toEqual(before);
  await backedUp(bench.one, { runId: "20240601T120000Z-abc124", files: { "2024/06/IMG_4.HEIC": "four" } });
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, copied: { files: 1 }, present: 3, logs: 1 });
  expect(stateOf(bench.two).filter((line) => !line.startsWith("2024/06/IMG_4"))).toEqual(before);
});

test("what is not what was recorded is not copied, and told", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  writeFileSync(join(bench.one, "2024/05/IMG_2.HEIC"), "tw0");
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({
    ok: false,
    copied: { files: 2 },
    failures: [{ path: "2024/05/IMG_2.HEIC", code: "copy-damaged" }],
  });
  expect(existsSync(join(bench.two, "2024/05/IMG_2.HEIC"))).toBe(false);
  using theirs = catalogOf(bench.two);
  expect(theirs.items.rows().map((r) => r.target)).not.toContain("2024/05/IMG_2.HEIC");
  expect(theirs.copies.copyOf()[0]?.completeAt).toBeUndefined();
  using mine = catalogOf(bench.one);
  expect(mine.copies.find("usb")).toMatchObject({ result: "incomplete" });
});

test("a file that offroll did not write keeps its name, and is told", async () => {
  const bench = copyBench();
  mkdirSync(join(bench.two, "2024/05"), { recursive: true });
  writeFileSync(join(bench.two, "2024/05/IMG_1.HEIC"), "mine");
  writeFileSync(join(bench.two, "2024/05/IMG_2.HEIC"), "two");
  writeFileSync(join(bench.two, "2024/05/IMG_1.HEIC.xmp"), "my own");
  const copy = await added(bench, await backedUp(bench.one, backup));
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({
    ...{ ok: false, copied: { files: 1 }, present: 1 },
    failures: [{ path: "2024/05/IMG_1.HEIC", code: "destination-name-taken" }],
  });
  expect(contentsOf(bench.two)).toMatchObject({ "2024/05/IMG_1.HEIC": "mine", "2024/05/IMG_1.HEIC.xmp": "my own" });
  // What was there with the very bytes is known from now on.
  using theirs = catalogOf(bench.two);
  expect(theirs.items.rows().map((r) => r.target)).toEqual(["2024/05/IMG_2.HEIC", "2024/06/IMG_3.MOV"]);
});

test("nothing is deleted in a copy: what the first has no more is told", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  rmSync(join(bench.one, "2024/05/IMG_2.HEIC"));
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: true, missingInFirst: { count: 1, paths: ["2024/05/IMG_2.HEIC"] }, files: 3 });
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    mine.items.forgetTarget("00008150-COPIES", "2024/05/IMG_2.HEIC");
    mine.made.forget("Albums/Lisbon/IMG_1.HEIC");
    rmSync(join(bench.one, "Albums/Lisbon/IMG_1.HEIC"));
  }
  const again = await brought(bench, copy);
  expect(again.summary).toMatchObject({
    ...{ ok: true, files: 2, missingInFirst: { count: 0 } },
    gone: { count: 2, paths: ["2024/05/IMG_2.HEIC", "Albums/Lisbon/IMG_1.HEIC"] },
  });
  expect(Object.keys(contentsOf(bench.two))).toHaveLength(5);
});

test("a file that has another name in the first gets it in the copy, without its bytes being copied again", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  const inode = statSync(join(bench.two, "2024/05/IMG_2.HEIC")).ino;
  mkdirSync(join(bench.one, "Hidden"));
  renameSync(join(bench.one, "2024/05/IMG_2.HEIC"), join(bench.one, "Hidden/IMG_2.HEIC"));
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    mine.items.retarget("2024/05/IMG_2.HEIC", "Hidden/IMG_2.HEIC");
  }
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: true, moved: 1, copied: { files: 0 }, present: 2, gone: { count: 0 } });
  expect(statSync(join(bench.two, "Hidden/IMG_2.HEIC")).ino).toBe(inode);
  expect(existsSync(join(bench.two, "2024/05/IMG_2.HEIC"))).toBe(false);
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, moved: 0, present: 3 });
});

test("a sidecar edited in place is noticed by its time: the first's is brought, one edited in the copy is told and stays", async () => {
  const bench = copyBench();
  const sidecars = { "2024/05/IMG_1.HEIC.xmp": "<a/>", "2024/05/IMG_2.HEIC.xmp": "<b/>" };
  const copy = await added(bench, await backedUp(bench.one, { files: photos, sidecars }));
  await brought(bench, copy);
  const edit = (root: string, target: string, text: string): void => {
    writeFileSync(join(root, target), text);
    utimesSync(join(root, target), new Date("2025-01-01"), new Date("2025-01-01"));
  };
  edit(bench.one, "2024/05/IMG_1.HEIC.xmp", "<c/>");
  edit(bench.two, "2024/05/IMG_2.HEIC.xmp", "<d/>");
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: true, extras: 1, kept: { count: 1, paths: ["2024/05/IMG_2.HEIC.xmp"] } });
  expect(contentsOf(bench.two)).toMatchObject({ "2024/05/IMG_1.HEIC.xmp": "<c/>", "2024/05/IMG_2.HEIC.xmp": "<d/>" });
  // The copy has what somebody made of it in the first: from now on that is theirs on either disk.
  edit(bench.one, "2024/05/IMG_1.HEIC.xmp", "<ee/>");
  expect((await brought(bench, copy)).summary.kept.paths).toEqual(Object.keys(sidecars));
  expect(contentsOf(bench.two)["2024/05/IMG_1.HEIC.xmp"]).toBe("<c/>");
});

test.each(["fifo", "link"])(
  "a %s where partials belong ends the run at once, told once; nothing goes through it",
  async (kind) => {
    const bench = copyBench();
    const copy = await added(bench, await backedUp(bench.one, backup));
    const partials = join(bench.two, ".offroll/partials");
    const outside = join(bench.folder, "outside");
    mkdirSync(outside);
    if (kind === "link") symlinkSync(outside, partials);
    else execFileSync("mkfifo", [partials]);
    const { summary, events } = await brought(bench, copy);
    expect(summary).toMatchObject({ ok: false, failures: [], stoppedBy: { code: "destination-unsafe" } });
    expect(events.filter((event) => event.type === "file")).toEqual([]);
    expect(readdirSync(outside)).toEqual([]);
  },
);

test("a sidecar that says something new is renewed; one that another program wrote to stays", async () => {
  const bench = copyBench();
  const sidecars = { "2024/05/IMG_1.HEIC.xmp": "<a/>", "2024/05/IMG_2.HEIC.xmp": "<b/>" };
  const copy = await added(bench, await backedUp(bench.one, { files: photos, sidecars }));
  await brought(bench, copy);
  writeFileSync(join(bench.two, "2024/05/IMG_2.HEIC.xmp"), "<rated/>");
  const newer = { "2024/05/IMG_1.HEIC.xmp": "<a2/>", "2024/05/IMG_2.HEIC.xmp": "<b2/>" };
  await backedUp(bench.one, { runId: "20240602T120000Z-abc125", files: {}, sidecars: newer });
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: true, extras: 1, kept: { count: 1, paths: ["2024/05/IMG_2.HEIC.xmp"] } });
  expect(contentsOf(bench.two)).toMatchObject({
    "2024/05/IMG_1.HEIC.xmp": "<a2/>",
    "2024/05/IMG_2.HEIC.xmp": "<rated/>",
  });
});

test("where either place is away nothing is written", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  for (const away of [bench.two, bench.one]) {
    renameSync(away, `${away}.away`);
    await expect(brought(bench, copy)).rejects.toMatchObject({ code: "destination-not-there" });
    expect(existsSync(away)).toBe(false);
    // Its mount point is there, and nothing is mounted.
    mkdirSync(away);
    await expect(brought(bench, copy)).rejects.toMatchObject({ code: "destination-not-there" });
    expect(readdirSync(away)).toEqual([]);
    rmSync(away, { recursive: true });
    renameSync(`${away}.away`, away);
  }
  using mine = catalogOf(bench.one);
  expect(mine.copies.find("usb")?.begunAt).toBeUndefined();
});

test("another disk where the copy was is left alone", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  renameSync(bench.two, `${bench.two}.away`);
  await backedUp(bench.two, { files: { "a.jpg": "another's" } });
  const before = stateOf(bench.two);
  await expect(brought(bench, copy)).rejects.toMatchObject({ code: "destination-not-there" });
  expect(stateOf(bench.two)).toEqual(before);
});

test("a link that was planted in the copy is followed nowhere", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  const outside = join(bench.folder, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(bench.two, "2024"));
  const { summary } = await brought(bench, copy);
  expect(summary.ok).toBe(false);
  expect(readdirSync(outside)).toEqual([]);
});

test("two runs into one copy: the second is turned away, and writes nothing", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  let second: Promise<unknown> | undefined;
  const { summary } = await brought(bench, copy, {
    onEvent: (event) => {
      if (event.type === "start") second = brought(bench, copy).catch((error: unknown) => error);
    },
  });
  expect(await second).toMatchObject({ code: "destination-in-use" });
  expect(summary).toMatchObject({ ok: true, copied: { files: 3 } });
});

test("two copies of one destination can be brought up to date at a time", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, backup);
  const [usb, attic] = [await added(bench, first), await added(bench, first, "attic", join(bench.folder, "three"))];
  let second: ReturnType<typeof brought> | undefined;
  const one = await brought(bench, usb, {
    onEvent: (event) => {
      if (event.type === "start") second = brought(bench, attic);
    },
  });
  expect([one.summary.ok, (await second)?.summary.ok]).toEqual([true, true]);
  using mine = catalogOf(bench.one);
  expect(mine.copies.all().map((c) => c.result)).toEqual(["complete", "complete"]);
});

test("a phone that was backed up to both: what both have is not copied, what the copy has of its own stays", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  // The first disk was away: the phone went to the second, and named one thing otherwise.
  await backedUp(bench.two, {
    runId: "20240701T120000Z-abc126",
    files: { "2024/07/IMG_5.HEIC": "five", "by hand/IMG_6.HEIC": "six", "2024/07/IMG_7.HEIC": "seven" },
  });
  await backedUp(bench.one, {
    runId: "20240702T120000Z-abc127",
    files: { "2024/07/IMG_5.HEIC": "five", "2024/07/IMG_6.HEIC": "six", "2024/07/IMG_7.HEIC": "another seven" },
  });
  const before = stateOf(bench.two);
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({
    ...{ ok: false, copied: { files: 0 }, moved: 0, present: 5, ownFiles: 1 },
    failures: [{ path: "2024/07/IMG_7.HEIC", code: "destination-name-taken" }],
  });
  expect(stateOf(bench.two)).toEqual(before);
  using theirs = catalogOf(bench.two);
  expect(theirs.runs.all().map((r) => r.id)).toContain("20240701T120000Z-abc126");
  expect(theirs.items.rows().map((r) => `${r.target} ${r.runId.slice(-1)}`)).toContain("by hand/IMG_6.HEIC 6");
});

test("a copy that was interrupted is continued, and copies nothing twice", async () => {
  const bench = copyBench();
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`2024/IMG_${i}.JPG`, `photo ${i}`]));
  const copy = await added(bench, await backedUp(bench.one, { files: many }));
  const stop = new AbortController();
  let seen = 0;
  const { summary } = await brought(bench, copy, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "file" && ++seen === 65) stop.abort();
    },
  });
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "cancelled" } });
  expect(summary.copied.files).toBeGreaterThanOrEqual(64);
  const before = stateOf(bench.two);
  const again = await brought(bench, copy);
  expect(again.summary).toMatchObject({ ok: true, copied: { files: 70 - before.length }, present: before.length });
  expect(stateOf(bench.two)).toEqual(expect.arrayContaining(before));
});

test("an album's entry is left out where the disk has no links, and told", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  const noLinks = {
    ...nodeDisk,
    link: () => Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" })),
  };
  const { summary } = await brought(bench, copy, { open: (found) => new LocalPlace(found, noLinks) });
  expect(summary).toMatchObject({ ok: true, linksLeftOut: 1, files: 3, copied: { files: 3 } });
  expect(Object.keys(contentsOf(bench.two))).toHaveLength(4);
});

test("a disk that is full ends the run, says so, and the next one goes on from there", async () => {
  const bench = copyBench();
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`2024/IMG_${i}.JPG`, `photo ${i}`]));
  const copy = await added(bench, await backedUp(bench.one, { files: many }));
  let room = 20;
  const full = {
    ...nodeDisk,
    link: (...args: Parameters<typeof nodeDisk.link>) => {
      if (--room < 0) return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
      return nodeDisk.link(...args);
    },
  };
  const open = (found: DestinationFolder) => new LocalPlace(found, found.root === bench.two ? full : nodeDisk);
  const { summary } = await brought(bench, copy, { open });
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "destination-full" } });
  const before = stateOf(bench.two);
  expect(before).toHaveLength(20);
  const again = await brought(bench, copy);
  expect(again.summary).toMatchObject({ ok: true, copied: { files: 5 }, present: 20 });
  expect(stateOf(bench.two)).toEqual(expect.arrayContaining(before));
});

test("a catalog that names places outside is told, and nothing is written there or read from there", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, backup);
  writeFileSync(join(bench.folder, "secret.txt"), "secret");
  const copy = await added(bench, first);
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    for (const target of ["../secret.txt", join(bench.folder, "secret.txt")])
      mine.items.markDone(target, itemOf(target, "secret"), {
        ...{ target, sha256: sha256Of("secret"), photoId: "1", uuid: undefined, role: "original", captured: undefined },
        ...{ copiedAt: 1, runId: "r" },
      });
    mine.made.note({ target: "../made.xmp", maker: "sidecar", version: 1, source: "2024/05/IMG_1.HEIC" });
  }
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ copied: { files: 3 }, missingInFirst: { count: 2 } });
  expect(readdirSync(bench.folder).sort()).toEqual(["data", "one", "secret.txt", "two"]);
});

test("a row of the first that makes no sense ends the run before anything is copied", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  {
    using db = new DatabaseSync(join(bench.one, ".offroll/catalog.sqlite"));
    db.exec("UPDATE item SET size = 'much' WHERE target LIKE '%IMG_1%'");
  }
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "catalog-corrupt" } });
  expect(contentsOf(bench.two)).toEqual({});
});

test("a disk that gives back other bytes than were written gets no file under its name", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  const open = (found: DestinationFolder) =>
    new LocalPlace(found, found.root === bench.two ? damagingDisk(() => true) : nodeDisk);
  const { summary } = await brought(bench, copy, { open });
  expect(summary).toMatchObject({
    ok: false,
    copied: { files: 0 },
    failures: [{ code: "destination-mismatch" }, {}, {}],
  });
  expect(contentsOf(bench.two)).toEqual({});
});

test("what is renamed into a folder for which the copy has a link costs that file", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, { files: photos }));
  await brought(bench, copy);
  mkdirSync(join(bench.one, "Hidden"));
  renameSync(join(bench.one, "2024/05/IMG_2.HEIC"), join(bench.one, "Hidden/IMG_2.HEIC"));
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    mine.items.retarget("2024/05/IMG_2.HEIC", "Hidden/IMG_2.HEIC");
  }
  await backedUp(bench.one, { runId: "20240601T120000Z-abc124", files: { "2024/06/IMG_4.MOV": "four" } });
  const elsewhere = join(bench.one, "..", "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(bench.two, "Hidden"));
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({
    ...{ ok: false, moved: 0, copied: { files: 1 }, present: 2 },
    failures: [{ path: "Hidden/IMG_2.HEIC", code: "destination-unsafe" }],
  });
  expect(summary.stoppedBy).toBeUndefined();
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(contentsOf(bench.two)["2024/05/IMG_2.HEIC"]).toBe("two");
});

test("what is renamed in the first and damaged in the copy is not renamed there, but told", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  const file = join(bench.two, "2024/05/IMG_2.HEIC");
  const { atime, mtime } = statSync(file);
  writeFileSync(file, "tw0");
  utimesSync(file, atime, mtime);
  renameSync(join(bench.one, "2024/05/IMG_2.HEIC"), join(bench.one, "IMG_2.HEIC"));
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    mine.items.retarget("2024/05/IMG_2.HEIC", "IMG_2.HEIC");
  }
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: false, moved: 0, failures: [{ path: "IMG_2.HEIC", code: "copy-damaged" }] });
  expect(existsSync(join(bench.two, "IMG_2.HEIC"))).toBe(false);
});

test("what a person settled for a copy that a phone is backed up to stays settled", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, backup));
  await brought(bench, copy);
  const key = {
    device: "x",
    path: "/a",
    sizeBytes: 1,
    createdMs: 0,
    modifiedMs: 1,
    uuid: undefined,
    role: "raw",
  } as const;
  const ignoredIn = (root: string): number => {
    using catalog = catalogOf(root);
    return catalog.settled.ignored().length;
  };
  const settle = (root: string): void => {
    using catalog = Catalog.open(join(root, ".offroll"), { create: true }) as Catalog;
    catalog.settled.ignore(key, "asked", 1);
  };
  // Without runs of its own it is as the first is.
  settle(bench.two);
  await brought(bench, copy);
  expect(ignoredIn(bench.two)).toBe(0);
  settle(bench.one);
  await brought(bench, copy);
  expect(ignoredIn(bench.two)).toBe(1);
  await backedUp(bench.two, { runId: "20240701T120000Z-abc128", files: { "a/IMG_9.HEIC": "nine" } });
  {
    using mine = Catalog.open(join(bench.one, ".offroll"), { create: true }) as Catalog;
    mine.settled.unignore(key);
  }
  await brought(bench, copy);
  expect(ignoredIn(bench.two)).toBe(1);
});
