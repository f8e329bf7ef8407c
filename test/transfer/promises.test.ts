import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Fault } from "../../src/device/mock/described-phone.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { rebuildCatalog, verifyDestination } from "../../src/transfer/check/index.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { inspectFolder } from "../../src/transfer/destination/local/local-folder.ts";
import { openTransfer } from "../../src/transfer/index.ts";
import { PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { exportOnce, notWhole, sumsAddUp, temporaryFolder, transferOptions } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, type MockSetup, startMock } from "../helpers/mock.ts";
import { cases } from "../helpers/thorough.ts";

const files = [
  ...Array.from({ length: 12 }, (_, i) =>
    generated(`/DCIM/100APPLE/IMG_000${i.toString(16)}.JPG`, 40_000 + i, `2024-0${1 + (i % 6)}-01T10:00:00Z`),
  ),
  generated("/DCIM/100APPLE/IMG_0100.MOV", 9_500_000),
  generated("/DCIM/101APPLE/IMG_0001.JPG", 33_333, "2024-01-05T10:00:00Z"),
  generated("/PhotoData/CPLAssets/group1/CAFE.HEIC", 22_222),
  generated("/DCIM/100APPLE/Thumbs.db", 100),
];
const media = files.map((f) => f.path).filter((p) => !p.endsWith(".db"));

async function setup(faults: Fault[] = []): Promise<MockSetup & { to: string }> {
  const mock = await startMock({ files, faults });
  return Object.assign(mock, { to: temporaryFolder() });
}

test("everything is copied, whole, dated, once; the second run copies nothing", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  const first = await exportOnce(source, mock.to);
  expect(sumsAddUp(first)).toBe(true);
  expect(first.summary.outcomes.copied.items).toBe(media.length);
  expect(first.summary.skippedByReason).toEqual({ "not-media": 1 });
  expect(await notWhole(mock.phone, media, mock.to)).toEqual([]);
  expect([...filesBelow(mock.to)]).toHaveLength(media.length);
  expect(statSync(join(mock.to, "2024/01/IMG_0000.JPG")).mtime.toISOString()).toBe("2024-01-01T10:00:00.000Z");
  const opens = mock.phone.operationCounts.get("open");
  const second = await exportOnce(source, mock.to);
  expect(second.summary.outcomes.present.items).toBe(media.length);
  expect(second.summary.outcomes.copied.items).toBe(0);
  expect(sumsAddUp(second)).toBe(true);
  expect(mock.phone.operationCounts.get("open"), "no media file was opened again").toBe(opens! + 0);
  expect(readdirSync(join(mock.to, ".offroll/partials"))).toEqual([]);
  expect(mock.phone.refusedOperations).toEqual([]);
});

test("the wrapped counter is two photos, and no photo changes its name when others come", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const names = [...filesBelow(mock.to)].filter((f) => f.includes("IMG_0001"));
  expect(names.filter((n) => n.startsWith("2024/01/"))).toHaveLength(1);
  expect(names).toHaveLength(2);
  const twins = await startMock({
    files: [
      generated("/DCIM/100APPLE/IMG_1.JPG", 10),
      generated("/DCIM/101APPLE/img_1.JPG", 11),
      generated("/DCIM/102APPLE/IMG_1.MOV", 12),
    ],
  });
  await using _twins = twins;
  await using other = await twins.open();
  const to = temporaryFolder();
  await exportOnce(other, to);
  expect([...filesBelow(to)].sort()).toEqual([
    expect.stringMatching(/^2024\/05\/IMG_1\.JPG$/),
    expect.stringMatching(/^2024\/05\/IMG_1_[0-9a-f]{8}\.MOV$/),
    expect.stringMatching(/^2024\/05\/img_1_[0-9a-f]{8}\.JPG$/),
  ]);
});

const cuts: [string, Fault[]][] = [
  ...[0, 1, 3, 9, 20, 40].map((nth): [string, Fault[]] => [
    `the connection drops at read ${nth}`,
    [{ when: { operation: "read", nth: nth + 16 }, do: { type: "disconnect" }, times: 2 }],
  ]),
  ["a reply breaks off in its middle", [{ when: { operation: "read", nth: 20 }, do: { type: "reset" }, times: 3 }]],
  ["garbage between replies", [{ when: { operation: "read", nth: 20 }, do: { type: "garbage" } }]],
  ["the phone stops answering in mid-read", [{ when: { operation: "read", nth: 20 }, do: { type: "stall" } }]],
  ["stat breaks", [{ when: { operation: "stat", nth: 8 }, do: { type: "disconnect" } }]],
  ["short reads", [{ when: { operation: "read", nth: 17 }, do: { type: "short", bytes: 1000 }, times: 5 }]],
  ["busy for a moment", [{ when: { operation: "open", nth: 18 }, do: { type: "status", status: 17 }, times: 1 }]],
  ["the daemon restarts", [{ when: { operation: "read", nth: 25 }, do: { type: "daemonRestart", downMs: 100 } }]],
  [
    "the cable is pulled and comes back",
    [{ when: { operation: "read", nth: 22 }, do: { type: "unplug", replugMs: 150 } }],
  ],
];
test.each(cuts)("%s: the run finishes and everything is whole", async (_, faults) => {
  await using mock = await setup(faults);
  await using source = await mock.open();
  const result = await exportOnce(source, mock.to, { waitMs: 10_000 });
  expect(result.summary.failures).toEqual([]);
  expect(result.summary.ok).toBe(true);
  expect(sumsAddUp(result)).toBe(true);
  expect(await notWhole(mock.phone, media, mock.to)).toEqual([]);
  expect([...filesBelow(mock.to)]).toHaveLength(media.length);
});

test.each([
  ["gone", { type: "vanish" } as const, "item-gone"],
  ["in iCloud only", { type: "status", status: 20 } as const, "item-unreadable"],
  ["a folder in its place", { type: "status", status: 9 } as const, "item-unreadable"],
  ["forbidden", { type: "status", status: 10 } as const, "item-denied"],
  ["empty where bytes were announced", { type: "empty" } as const, "item-short"],
])("a bad item costs that item: %s", async (_, action, code) => {
  const bad = "/DCIM/100APPLE/IMG_0003.JPG";
  // The first open reads the head for the date; the copy's own is struck.
  await using mock = await setup([
    { when: { operation: action.type === "empty" ? "read" : "open", path: bad, nth: 2 }, do: action, times: 0 },
  ]);
  await using source = await mock.open();
  const result = await exportOnce(source, mock.to);
  expect(result.summary.failures.map((f) => [f.path, f.code])).toEqual([[bad, code]]);
  expect(result.summary.outcomes.copied.items).toBe(media.length - 1);
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary.stoppedBy).toBeUndefined();
});

test.each([
  ["grows", { type: "size", bytes: 50_000 } as const],
  ["shrinks", { type: "size", bytes: 10 } as const],
  ["is rewritten", { type: "touch" } as const],
])("a file that %s while it is read is never kept as if it were whole", async (_, action) => {
  const bad = "/DCIM/100APPLE/IMG_0002.JPG";
  await using mock = await setup([{ when: { operation: "read", path: bad, nth: 2 }, do: action, times: 0 }]);
  await using source = await mock.open();
  const result = await exportOnce(source, mock.to);
  expect(result.summary.failures.map((f) => [f.path, f.code])).toEqual([[bad, "item-changed"]]);
  expect([...filesBelow(mock.to)].some((f) => f.includes("IMG_0002"))).toBe(false);
});

test("a phone that locks costs one pause and one message, not every item", async () => {
  await using mock = await setup([{ when: { operation: "read", nth: 20 }, do: { type: "lock" } }]);
  await using source = await mock.open();
  let waits = 0;
  const result = await exportOnce(source, mock.to, {
    waitMs: 20_000,
    onEvent(event) {
      if (event.type !== "waiting") return;
      waits += 1;
      expect(event.code).toBe("device-locked");
      if (waits === 1) setTimeout(() => mock.phone.unlock(), 50);
    },
  });
  expect(result.summary.ok).toBe(true);
  expect(result.events.filter((e) => e.type === "resumed")).toHaveLength(1);
  expect(await notWhole(mock.phone, media, mock.to)).toEqual([]);
});

test("a lost phone that does not come back ends the run cleanly, and the next run finishes", async () => {
  await using mock = await setup([{ when: { operation: "read", nth: 24 }, do: { type: "unplug" } }]);
  const lost = await mock.open();
  const first = await exportOnce(lost, mock.to, { waitMs: 300 });
  await lost[Symbol.asyncDispose]();
  expect(first.summary.stoppedBy?.code).toBe("device-disconnected");
  expect(first.summary.outcomes.cancelled.items).toBeGreaterThan(0);
  expect(sumsAddUp(first)).toBe(true);
  expect(await notWhole(mock.phone, media, mock.to)).toEqual([]);
  mock.daemon.plug(mock.phone);
  await using source = await mock.open();
  const second = await exportOnce(source, mock.to);
  expect(second.summary.ok).toBe(true);
  expect(second.summary.outcomes.present.items).toBe(first.summary.outcomes.copied.items);
  expect([...filesBelow(mock.to)]).toHaveLength(media.length);
});

test("a half-written video is continued at its offset, after its end was compared", async () => {
  const big = generated("/DCIM/100APPLE/IMG_0001.MOV", 40_000_000);
  await using mock = await startMock({ files: [big], link: { bytesPerSecond: 200_000_000 } });
  const to = temporaryFolder();
  await using source = await mock.open();
  const stop = new AbortController();
  const first = await exportOnce(source, to, {
    signal: stop.signal,
    onEvent: (e) => e.type === "progress" && e.done.bytes > 15_000_000 && stop.abort(),
  });
  expect(first.summary.outcomes.cancelled.items).toBe(1);
  const [partial] = readdirSync(join(to, ".offroll/partials")).filter((n) => n.endsWith(".part"));
  const kept = statSync(join(to, ".offroll/partials", partial!)).size;
  expect(kept).toBeGreaterThan(10_000_000);
  const before = mock.phone.fileBytesSent;
  const second = await exportOnce(source, to);
  expect(second.summary.ok).toBe(true);
  expect(mock.phone.fileBytesSent - before).toBeLessThan(40_000_000 - kept + 5_000_000); // what was in flight when it stopped counts too
  expect(await notWhole(mock.phone, [big.path], to)).toEqual([]);
});

test("a partial whose end is not the phone's is thrown away", async () => {
  const big = generated("/DCIM/100APPLE/IMG_0001.MOV", 40_000_000);
  await using mock = await startMock({ files: [big], link: { bytesPerSecond: 200_000_000 } });
  const to = temporaryFolder();
  await using source = await mock.open();
  const stop = new AbortController();
  await exportOnce(source, to, {
    signal: stop.signal,
    onEvent: (e) => e.type === "progress" && e.done.bytes > 15_000_000 && stop.abort(),
  });
  const folder = join(to, ".offroll/partials");
  const partial = join(folder, readdirSync(folder).find((n) => n.endsWith(".part"))!);
  const bytes = readFileSync(partial);
  bytes[bytes.length - 10]! ^= 1;
  writeFileSync(partial, bytes);
  expect((await exportOnce(source, to)).summary.ok).toBe(true);
  expect(await notWhole(mock.phone, [big.path], to)).toEqual([]);
});

test("a file we did not write is never overwritten; the same content is adopted", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  mkdirSync(join(mock.to, "2024/01"), { recursive: true });
  writeFileSync(join(mock.to, "2024/01/IMG_0000.JPG"), "somebody's own");
  const other = temporaryFolder();
  await exportOnce(source, other);
  mkdirSync(join(mock.to, "2024/02"), { recursive: true });
  writeFileSync(join(mock.to, "2024/02/IMG_0001.JPG"), readFileSync(join(other, "2024/02/IMG_0001.JPG")));
  const result = await exportOnce(source, mock.to);
  expect(result.summary.ok).toBe(true);
  expect(readFileSync(join(mock.to, "2024/01/IMG_0000.JPG"), "utf8")).toBe("somebody's own");
  expect(readdirSync(join(mock.to, "2024/01")).filter((n) => /^IMG_0000_[0-9a-f]{8}\.JPG$/.test(n))).toHaveLength(1);
  expect(result.events.filter((e) => e.type === "item" && e.reason === "same-content")).toHaveLength(1);
  expect(readdirSync(join(mock.to, "2024/02")).filter((n) => n.startsWith("IMG_0001"))).toHaveLength(1);
});

test("a photo that changed on the phone is fetched anew beside the old one", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const node = mock.phone.node("/DCIM/100APPLE/IMG_0000.JPG");
  if (node?.type === "file") node.modifiedNs += 60_000_000_000n;
  const result = await exportOnce(source, mock.to);
  expect(
    result.summary.outcomes.copied.items +
      result.events.filter((e) => e.type === "item" && e.reason === "same-content").length,
  ).toBe(1);
  expect(existsSync(join(mock.to, "2024/01/IMG_0000.JPG"))).toBe(true);
});

test("a file that was removed from the destination is copied again", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  unlinkSync(join(mock.to, "2024/01/IMG_0000.JPG"));
  const result = await exportOnce(source, mock.to);
  expect(result.summary.outcomes.copied.items).toBe(1);
  expect(existsSync(join(mock.to, "2024/01/IMG_0000.JPG"))).toBe(true);
});

test("reread compares what the disk gives back, and says how it was read", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  const { summary } = await exportOnce(source, mock.to, { verify: "reread" });
  expect(summary.ok).toBe(true);
  expect(["disk", "cache"]).toContain(summary.reread);
});

test("verify finds each missing or damaged file by name, and foreign ones are no failure", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const check = async () => {
    using catalog = Catalog.open(join(mock.to, ".offroll"), { create: false, readOnly: true })!;
    return await verifyDestination(catalog, new LocalDestination(mock.to));
  };
  expect((await check()).problems).toEqual([]);
  const damaged = readFileSync(join(mock.to, "2024/01/IMG_0000.JPG"));
  damaged[7]! ^= 1;
  writeFileSync(join(mock.to, "2024/01/IMG_0000.JPG"), damaged);
  renameSync(join(mock.to, "2024/02/IMG_0001.JPG"), join(mock.to, "elsewhere.JPG"));
  const result = await check();
  expect(result.problems.map((p) => [p.target, p.problem]).sort()).toEqual([
    ["2024/01/IMG_0000.JPG", "damaged"],
    ["2024/02/IMG_0001.JPG", "missing"],
  ]);
  expect(result.foreign).toEqual(["elsewhere.JPG"]);
});

test("the catalog is rebuilt from the run logs and the files", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  writeFileSync(join(mock.to, ".offroll/catalog.sqlite"), "this is no database");
  await expect(exportOnce(source, mock.to)).rejects.toMatchObject({ code: "catalog-corrupt" });
  unlinkSync(join(mock.to, "2024/01/IMG_0000.JPG"));
  const dataFolder = join(mock.to, "..", "data");
  const options = { clock: systemClock, pid: process.pid, dataFolder };
  const result = await rebuildCatalog(inspectFolder(mock.to, "/"), options);
  expect(result).toEqual({ registered: media.length - 1, missing: 1, changed: 0, runs: 1, made: 0, fromCatalog: 0 });
  const again = await exportOnce(source, mock.to);
  expect(again.summary.outcomes.copied.items).toBe(1);
  expect(again.summary.outcomes.present.items).toBe(media.length - 1);
});

test("a catalog of a newer version is left alone", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(join(mock.to, ".offroll/catalog.sqlite"));
  db.exec("PRAGMA user_version = 99");
  db.close();
  await expect(exportOnce(source, mock.to)).rejects.toMatchObject({ code: "catalog-newer" });
});

test("one run at a time: the second fails at once and names the holder", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await using holder = await openTransfer(source, transferOptions(mock.to));
  expect(holder.plan.toCopy.items).toBe(media.length);
  await expect(exportOnce(source, mock.to)).rejects.toMatchObject({
    code: "destination-in-use",
    message: expect.stringContaining(String(process.pid)),
  });
  // With --wait-for-lock the second one waits, says for whom, and goes on when the first is done.
  let waitedFor = "";
  const waiting = exportOnce(source, mock.to, {
    waitForLock: true,
    onLockWait: (who) => {
      waitedFor = who;
      void holder[Symbol.asyncDispose]();
    },
  });
  expect((await waiting).summary.ok).toBe(true);
  expect(waitedFor).toContain(String(process.pid));
  // A holder that died is not waited for.
  writeFileSync(
    join(mock.to, ".offroll/lock"),
    JSON.stringify({
      pid: 999_999_99,
      host: (await import("node:os")).hostname(),
      bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    }),
  );
  expect((await exportOnce(source, mock.to)).summary.ok).toBe(true);
});

test("a crash between naming a file and noting it is recognised: nothing is copied twice", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(join(mock.to, ".offroll/catalog.sqlite"));
  db.exec("UPDATE item SET state = 'pending'");
  db.close();
  const sent = mock.phone.fileBytesSent;
  const result = await exportOnce(source, mock.to);
  expect(result.summary.outcomes.present.items).toBe(media.length);
  expect(mock.phone.fileBytesSent, "the files on the disk decide; the phone is not read again").toBe(sent);
});

test("hostile names become safe ones, inside the destination, and none is lost", async () => {
  const names = [
    "..JPG",
    "a:b?.JPG",
    "CON.JPG",
    "con.JPG",
    "nul.HEIC",
    `${"x".repeat(200)}é.JPG`,
    "tab\tname.JPG",
    "\u202egpj.JPG",
    "trailing .JPG",
    "Á.JPG",
    "A\u0301.JPG",
    "-rf.JPG",
    "=cmd.JPG",
    "\x1b[31mred.JPG",
  ];
  const hostile = names.map((n, i) => generated(`/DCIM/100APPLE/${n}`, 1000 + i));
  await using mock = await startMock({ name: "../../../tmp/\x1b[2Jevil", files: hostile });
  const to = temporaryFolder();
  await using source = await mock.open();
  const result = await exportOnce(source, to, { template: new PathTemplate("{phone}/{name}") });
  expect(result.summary.failures).toEqual([]);
  const listed = result.summary.listed.items;
  expect(result.summary.outcomes.copied.items + (result.summary.skippedByReason["not-media"] ?? 0)).toBe(listed);
  expect(
    await notWhole(
      mock.phone,
      hostile.map((f) => f.path),
      to,
    ),
  ).toEqual([]);
  const stored = [...filesBelow(to)];
  expect(stored).toHaveLength(result.summary.outcomes.copied.items);
  for (const name of stored) expect(name).not.toMatch(/[\u0000-\u001f\u202e:?*<>|"\\]|(^|\/)\.\.(\/|$)/);
});

test("a destination that is a file, missing, linked, or inside a cloud folder", async () => {
  const to = temporaryFolder();
  writeFileSync(join(to, "file"), "x");
  expect(() => inspectFolder(join(to, "file"), "/")).toThrow(/is a file/);
  expect(() => inspectFolder(join(to, "file/inside"), "/")).toThrow(/is a file/);
  expect(() => inspectFolder(join(to, "a/b"), "/")).toThrow(/does not exist/);
  expect(inspectFolder(join(to, "new"), "/").isNew).toBe(true);
  mkdirSync(join(to, "linked"));
  symlinkSync(temporaryFolder(), join(to, "linked/.offroll"));
  expect(() => inspectFolder(join(to, "linked"), "/")).toThrow(/not a plain folder/);
  mkdirSync(join(to, "Dropbox"));
  expect(inspectFolder(join(to, "Dropbox"), "/").cloudService).toBe("Dropbox");
});

test("files moved or renamed in the destination are found again by their hash", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  mkdirSync(join(mock.to, "best of"));
  renameSync(join(mock.to, "2024/01/IMG_0000.JPG"), join(mock.to, "best of/sunset.jpg"));
  renameSync(join(mock.to, "2024/05/IMG_0100.MOV"), join(mock.to, "2024/05/holiday.mov"));
  const again = await exportOnce(source, mock.to);
  expect(again.summary.outcomes.copied.items).toBe(0);
  expect(again.summary.outcomes.present.items).toBe(media.length);
  expect([...filesBelow(mock.to)]).toHaveLength(media.length);
});

test("--adopt registers what was copied by other means, under its own name, and copies only the rest", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  const other = temporaryFolder();
  await exportOnce(source, other);
  mkdirSync(join(mock.to, "from the old tool"));
  const old = [...filesBelow(other)].filter((f) => f.includes("IMG_000") || f.endsWith(".MOV"));
  for (const [i, f] of old.entries())
    writeFileSync(join(mock.to, "from the old tool", `photo ${i}.bin`), readFileSync(join(other, f)));
  // One of equal size that is another picture is not taken for it.
  const twin = readFileSync(join(mock.to, "from the old tool/photo 0.bin"));
  twin[100]! ^= 1;
  writeFileSync(join(mock.to, "from the old tool/photo 0.bin"), twin);
  const result = await exportOnce(source, mock.to, { adopt: true });
  expect(result.events.filter((e) => e.type === "item" && e.reason === "adopted")).toHaveLength(old.length - 1);
  expect(result.summary.outcomes.copied.items).toBe(media.length - old.length + 1);
  expect(sumsAddUp(result)).toBe(true);
  expect((await exportOnce(source, mock.to)).summary.outcomes.copied.items).toBe(0);
});

test("another template renames and copies nothing that is there", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  await exportOnce(source, mock.to);
  const before = [...filesBelow(mock.to)].sort();
  const again = await exportOnce(source, mock.to, { template: new PathTemplate("{camera|x}/{id}") });
  expect(again.summary.outcomes.copied.items).toBe(0);
  expect([...filesBelow(mock.to)].sort()).toEqual(before);
});

test("a template that gives one name for everything loses nothing", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  const result = await exportOnce(source, mock.to, { template: new PathTemplate("same") });
  expect(result.summary.outcomes.copied.items).toBe(media.length);
  expect([...filesBelow(mock.to)]).toHaveLength(media.length);
  expect(await notWhole(mock.phone, media, mock.to)).toEqual([]);
});

test("a full disk is foreseen, and says how much is missing", async () => {
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/huge.MOV", 900_000_000_000_000)] });
  await using source = await mock.open();
  const result = await exportOnce(source, temporaryFolder());
  expect(result.summary.stoppedBy).toMatchObject({
    code: "destination-full",
    message: expect.stringMatching(/\d+ MB more is needed/),
  });
  expect(result.summary.outcomes.cancelled.items).toBe(1);
  expect(sumsAddUp(result)).toBe(true);
});

test("a file over 4 GiB is refused up front for FAT32, by name", async () => {
  const files = [generated("/DCIM/100APPLE/long.MOV", 5 * 1024 ** 3), generated("/DCIM/100APPLE/a.JPG", 10)];
  await using mock = await startMock({ files });
  await using source = await mock.open();
  const result = await exportOnce(source, temporaryFolder(), { targetFileSystem: "fat32" });
  expect(result.events.find((e) => e.type === "item" && e.path.endsWith("long.MOV"))).toMatchObject({
    outcome: "skipped",
    reason: "too-large-for-target",
  });
  expect(result.summary.outcomes.copied.items).toBe(1);
});

test("a destination that vanishes pauses the run, and it goes on when it is back", async () => {
  await using mock = await startMock({
    files: Array.from({ length: 60 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 200_000)),
    link: { bytesPerSecond: 10_000_000 },
  });
  await using source = await mock.open();
  const to = temporaryFolder();
  let away = false;
  const result = await exportOnce(source, to, {
    waitMs: 20_000,
    onEvent(event) {
      if (!away && event.type === "item" && event.outcome === "copied") {
        away = true;
        renameSync(to, `${to}-away`);
      }
      if (event.type === "waiting") {
        expect(event.code).toBe("destination-not-there");
        if (existsSync(`${to}-away`)) renameSync(`${to}-away`, to);
      }
    },
  });
  expect(result.summary.failures).toEqual([]);
  expect(result.summary.ok).toBe(true);
  expect(result.events.filter((e) => e.type === "resumed")).toHaveLength(1);
  expect([...filesBelow(to)]).toHaveLength(60);
  expect(
    await notWhole(
      mock.phone,
      Array.from({ length: 60 }, (_, i) => `/DCIM/100APPLE/IMG_${i}.JPG`),
      to,
    ),
  ).toEqual([]);
  expect((await exportOnce(source, to)).summary.outcomes.copied.items).toBe(0);
});

test("a Live Photo whose movie is missing is reported as half a pair", async () => {
  const { exifBlock } = await import("../../fixtures/make/exif-writer.ts");
  const { encodeJpeg } = await import("../../fixtures/make/encode.ts");
  const { drawScene } = await import("../../fixtures/make/scene.ts");
  const still = encodeJpeg(
    drawScene("lake", 1, 32, 24),
    70,
    exifBlock({
      make: "Apple",
      contentIdentifier: "0F0F0F0F-1111-4222-8333-444444444444",
      dateTimeOriginal: "2024:01:02 03:04:05",
    }),
  );
  await using mock = await startMock({
    files: [{ path: "/DCIM/100APPLE/IMG_1.JPG", modified: "2024-01-02T03:04:05Z", base64: still.toString("base64") }],
  });
  await using source = await mock.open();
  const { summary } = await exportOnce(source, temporaryFolder());
  expect([summary.halfPairs, summary.outcomes.copied.items]).toEqual([1, 1]);
});

test("on a share the catalog lives in the person's folder, and the share carries a copy", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  const dataFolder = temporaryFolder();
  await exportOnce(source, mock.to, { onShare: true, dataFolder });
  expect(existsSync(join(mock.to, ".offroll/catalog.sqlite-wal"))).toBe(false);
  using copy = Catalog.open(join(mock.to, ".offroll"), { create: false, readOnly: true })!;
  expect(copy.items.rows({ state: "done" })).toHaveLength(media.length);
  // Another computer, without the first one's folder, goes on from the copy; then the first takes the newer one.
  const elsewhere = temporaryFolder();
  unlinkSync(join(mock.to, "2024/01/IMG_0000.JPG"));
  expect(
    (await exportOnce(source, mock.to, { onShare: true, dataFolder: elsewhere })).summary.outcomes.copied.items,
  ).toBe(1);
  expect((await exportOnce(source, mock.to, { onShare: true, dataFolder })).summary.outcomes.copied.items).toBe(0);
});

test("the computer's clock jumps in mid-run: dates and sums do not care", async () => {
  await using mock = await setup();
  await using source = await mock.open();
  let jumps = 0;
  const clock = { ...systemClock, now: () => Date.now() + (jumps++ % 2 === 0 ? -1 : 1) * 86_400_000 * 400 };
  const result = await exportOnce(source, mock.to, { clock });
  expect(result.summary.ok).toBe(true);
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary.seconds).toBeGreaterThanOrEqual(0);
  expect(statSync(join(mock.to, "2024/01/IMG_0000.JPG")).mtime.toISOString()).toBe("2024-01-01T10:00:00.000Z");
});

test("nonsense dates make an undated photo, not one of 1970 or 2099", async () => {
  const times = ["0", "-2082844800000000000", "4102444800000000000", "9223372036854775807", "-9223372036854775808"];
  const files = times.map((modified, i) => ({ ...generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 1000 + i), modified }));
  await using mock = await startMock({ files });
  await using source = await mock.open();
  const to = temporaryFolder();
  const result = await exportOnce(source, to);
  expect(result.summary.failures).toEqual([]);
  expect([...filesBelow(to)].sort()).toEqual(times.map((_, i) => `undated/IMG_${i}.JPG`));
  const since = await exportOnce(source, temporaryFolder(), { selection: new Selection({ since: "2020-01-01" }) });
  expect([since.summary.outcomes.copied.items, since.summary.undated]).toEqual([0, times.length]);
});

test("at every single request of a small backup: the connection drops, or the cable is pulled and comes back", async () => {
  const small = [generated("/DCIM/100APPLE/IMG_0001.JPG", 30_000), generated("/DCIM/101APPLE/IMG_0003.MOV", 600_000)];
  await using mock = await startMock({ files: small });
  await using source = await mock.open();
  const count = (): number =>
    [...mock.phone.operationCounts].filter(([name]) => !name.startsWith("lockdown")).reduce((sum, [, n]) => sum + n, 0);
  const before = count();
  await exportOnce(source, temporaryFolder());
  const requests = count() - before;
  expect(requests).toBeGreaterThan(20);
  let struck = 0;
  const struckAt = cases(1, requests, 5);
  for (const nth of struckAt)
    for (const action of [{ type: "disconnect" }, { type: "unplug", replugMs: 10 }] as const) {
      mock.phone.disarm();
      mock.phone.arm([{ when: { nth }, do: action }]);
      const to = temporaryFolder();
      const result = await exportOnce(source, to, { waitMs: 10_000 });
      expect(result.summary.failures, `${action.type} at ${nth}`).toEqual([]);
      expect(result.summary.ok, `${action.type} at ${nth}: ${result.summary.stoppedBy?.message}`).toBe(true);
      expect(sumsAddUp(result)).toBe(true);
      expect(
        await notWhole(
          mock.phone,
          small.map((f) => f.path),
          to,
        ),
      ).toEqual([]);
      expect([...filesBelow(to)]).toHaveLength(small.length);
      struck += 1;
      mock.daemon.plug(mock.phone);
      rmSync(to, { recursive: true });
    }
  mock.phone.disarm();
  expect(struck).toBe(2 * struckAt.length);
  await expect.poll(() => mock.phone.openHandles).toBe(0);
});
