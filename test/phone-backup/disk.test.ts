/** Disks that fill up, are read-only or have no links; phones that say nothing. The last good backup is as it was. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type BackUpOptions, backUpPhone, type PhoneEvent, settleWork } from "../../src/phone-backup/index.ts";
import { inspectBackup, isKeptName } from "../../src/phone-backup/layout.ts";
import { fileIdOf } from "../../src/phone-backup/manifest.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { TestClock } from "../fakes/test-clock.ts";
import { clientOf, diskSnapshot, quickTemporary, startBackupPhone } from "../helpers/backup-phone.ts";
import { mountDisk } from "../helpers/disks.ts";

const isRoot = process.getuid?.() === 0;

async function setUp(backup: Parameters<typeof startBackupPhone>[1] = {}) {
  const folder = mkdtempSync(join(quickTemporary(), "offroll-phone-disk-"));
  const mock = await startBackupPhone(folder, backup);
  const events: PhoneEvent[] = [];
  const phone = await clientOf(mock, folder);
  const backUp = async (dir: string, over: Partial<BackUpOptions> = {}) =>
    await backUpPhone(phone, {
      ...{ dir, isFull: false, mustEncrypt: false, keep: 0, pid: process.pid, host: "test-host", clock: systemClock },
      onEvent: (event) => events.push(event),
      ...over,
    });
  return {
    ...{ folder, mock, events, backUp, phone },
    async [Symbol.asyncDispose]() {
      await mock[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test.skipIf(!isRoot)(
  "a disk that fills up ends it with its own error, and the last good backup is as it was",
  async () => {
    await using at = await setUp({ ignoresSpace: true, entries: [] });
    using disk = mountDisk("tmpfs");
    if (!disk) return;
    await at.backUp(disk.root);
    const before = diskSnapshot(disk.root);
    for (const bytes of [9_000_000, 200_000]) {
      for (let i = 0; i < (bytes > 1e6 ? 1 : 60); i += 1)
        at.mock.phone.backup.tree.write(
          "HomeDomain",
          `Library/big-${i}`,
          Buffer.alloc(bytes, i),
          1_700_000_100 + bytes,
        );
      await expect(at.backUp(disk.root)).rejects.toMatchObject({ code: "destination-full" });
      expect(diskSnapshot(disk.root)).toEqual(before);
      expect(at.events.filter(({ type }) => type === "refused")).toEqual([]);
      // The stream was read to its end, and the phone told that the disk is full.
      expect(at.mock.phone.backup.ended.at(-1)).toBe("Backup 105");
    }
    for (let i = 0; i < 60; i += 1) at.mock.phone.backup.tree.remove("HomeDomain", `Library/big-${i}`);
    expect((await at.backUp(disk.root)).isFull).toBe(false);
  },
);

test("where there is no room the phone is told the truth, its wish is answered, and the person learns how much is missing", async () => {
  await using at = await setUp({ entries: [] });
  const { HostFolder } = await import("../../src/phone-backup/run/host-folder.ts");
  const free = vi.spyOn(HostFolder.prototype, "freeBytes").mockResolvedValue(100_000_000);
  try {
    await expect(at.backUp(join(at.folder, "phones"))).rejects.toMatchObject({ code: "destination-full" });
  } finally {
    free.mockRestore();
  }
  const needed = 100_000 + 2_000_000 + 32_768;
  expect(at.events).toContainEqual({ type: "space", missingBytes: needed + 134_217_728 - 100_000_000 });
  expect(readdirSync(join(at.folder, "phones"))).toEqual([]);
});

test.skipIf(!isRoot)("a read-only disk is told before the phone is asked for anything", async () => {
  await using at = await setUp();
  using disk = mountDisk("tmpfs");
  if (!disk) return;
  disk.readOnly();
  await expect(at.backUp(join(disk.root, "phones"))).rejects.toMatchObject({ code: "destination-read-only" });
  expect(at.mock.phone.operationCounts.get("backup:Backup")).toBeUndefined();
});

test("a phone that says nothing for minutes is waited for as long as it answers at all", async () => {
  const clock = new TestClock();
  await using at = await setUp({
    faults: [{ when: { message: "DLMessageGetFreeDiskSpace" }, do: { type: "stall", ms: 400 } }],
  });
  // Hours by the clock, in which the phone still answers everybody else.
  const summary = await at.backUp(join(at.folder, "phones"), { clock });
  expect(summary.isFull).toBe(true);
  at.mock.phone.backup.arm([{ when: { message: "DLMessageGetFreeDiskSpace" }, do: { type: "stall" } }]);
  const before = diskSnapshot(join(at.folder, "phones"));
  const silent = vi.spyOn(at.phone, "isAnswering").mockResolvedValue(false);
  await expect(at.backUp(join(at.folder, "phones"), { clock })).rejects.toMatchObject({ code: "device-stalled" });
  expect(silent).toHaveBeenCalled();
  expect(diskSnapshot(join(at.folder, "phones"))).toEqual(before);
});

test("what another run left behind, or a stranger prepared, is no trouble", async () => {
  await using at = await setUp();
  const dir = join(at.folder, "phones");
  await at.backUp(dir);
  const work = join(dir, ".offroll-work", at.mock.udid);
  mkdirSync(join(work, "new", "ab"), { recursive: true });
  writeFileSync(join(work, "new", "ab", "junk"), "of a run that was killed");
  for (const text of [
    "",
    "{",
    "[]",
    '{"kind":"swap"}',
    '{"kind":"swap","udid":"../..","pid":0,"removed":["../../x"],"keepAs":"../../y"}',
  ]) {
    writeFileSync(join(work, "intention.json"), text);
    const before = diskSnapshot(join(dir, at.mock.udid));
    expect(await settleWork(dir, "test-host")).toEqual([]);
    expect(diskSnapshot(join(dir, at.mock.udid))).toEqual(before);
  }
  rmSync(join(work, "intention.json"));
  await at.backUp(dir);
  expect(readdirSync(dir)).toEqual([at.mock.udid]);
});

test("what a killed run was about to do is finished, though another process has its number by now", async () => {
  await using at = await setUp();
  const dir = join(at.folder, "phones");
  await at.backUp(dir);
  const [place, work] = [join(dir, at.mock.udid), join(dir, ".offroll-work", at.mock.udid)];
  mkdirSync(work, { recursive: true });
  cpSync(place, join(work, "new"), { recursive: true });
  renameSync(place, join(work, "old"));
  const intention = {
    kind: "swap",
    udid: at.mock.udid,
    pid: process.pid,
    host: "test-host",
    keepAs: null,
    removed: [],
  };
  writeFileSync(join(work, "intention.json"), JSON.stringify(intention));
  expect((await at.backUp(dir)).isFull).toBe(false);
  expect(at.events).toContainEqual({ type: "settled", udid: at.mock.udid, outcome: "finished" });
  expect(readdirSync(dir)).toEqual([at.mock.udid]);
});

test("a file in the place of the folder of work is told as what it is", async () => {
  await using at = await setUp();
  const dir = join(at.folder, "phones");
  mkdirSync(dir);
  writeFileSync(join(dir, ".offroll-work"), "somebody's");
  await expect(at.backUp(dir)).rejects.toMatchObject({ code: "destination-unsafe" });
  expect(readdirSync(dir)).toEqual([".offroll-work"]);
});

test("a file that comes anew and is moved away is not there twice", async () => {
  const { HostFolder } = await import("../../src/phone-backup/run/host-folder.ts");
  const root = mkdtempSync(join(quickTemporary(), "offroll-phone-moved-"));
  try {
    const [from, to] = [`01/${"01".repeat(20)}`, `02/${"02".repeat(20)}`];
    for (const folder of ["base/01", "work/01"]) mkdirSync(join(root, folder), { recursive: true });
    for (const folder of ["base", "work"]) writeFileSync(join(root, folder, from), folder);
    const files = new HostFolder({ id: "x", work: join(root, "work"), base: join(root, "base"), root });
    await files.move(`x/${from}`, `x/${to}`);
    expect([...files.removed]).toEqual([from]);
    await expect(files.read(`x/${from}`).next()).rejects.toThrow("no such file");
    let text = "";
    for await (const bytes of files.read(`x/${to}`)) text += String(bytes);
    expect(text).toBe("work");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a file that the phone could not read to its end costs no good copy of it: the last backup stays beside", async () => {
  await using at = await setUp({ forgivesUnreadable: true });
  const dir = join(at.folder, "phones");
  await at.backUp(dir);
  const before = diskSnapshot(join(dir, at.mock.udid));
  at.mock.change();
  at.mock.phone.backup.arm([{ when: { afterBytes: 1 }, do: { type: "unreadable", text: "Input/output error (5)" } }]);
  const summary = await at.backUp(dir);
  expect(summary.suspects).toBe(1);
  expect(at.events.find(({ type }) => type === "suspect")).toMatchObject({ why: "Input/output error (5)" });
  const kept = readdirSync(dir).filter((name) => name.startsWith(`${at.mock.udid}-`));
  expect(kept).toHaveLength(1);
  expect(diskSnapshot(join(dir, kept[0] as string))).toEqual(before);
});

test("a file that the last one has ends the run where it is missing; what came shorter keeps the last one beside the new one", async () => {
  await using at = await setUp();
  const dir = join(at.folder, "phones");
  await at.backUp(dir);
  const before = diskSnapshot(join(dir, at.mock.udid));
  const grown = (domain: string, path: string): string => {
    const id = fileIdOf(domain, path);
    return join(dir, ".offroll-work", at.mock.udid, "new", id.slice(0, 2), id);
  };
  /** Between the phone's own look and the last step. */
  const losing = async (lose: () => void, isFull = false) =>
    await at.backUp(dir, {
      isFull,
      onEvent: (event) => {
        at.events.push(event);
        if (event.type === "phase" && event.phase === "saving") lose();
      },
    });
  at.mock.change();
  const sixteen = grown("AppDomain-org.example.notes", "Documents/sixteen");
  await expect(losing(() => rmSync(sixteen), true)).rejects.toMatchObject({
    code: "phone-backup-incomplete",
    message: expect.stringContaining(
      "1 file of the last one did not come (AppDomain-org.example.notes/Documents/sixteen)",
    ) as string,
  });
  expect(readdirSync(dir)).toEqual([at.mock.udid]);
  expect(diskSnapshot(join(dir, at.mock.udid))).toEqual(before);
  const spoil = (): void => {
    writeFileSync(sixteen, "short");
    rmSync(grown("HomeDomain", "Library/new-1.bin"));
  };
  expect(await losing(spoil)).toMatchObject({ suspects: 2, lastStays: true });
  const odd = { file: "AppDomain-org.example.notes/Documents/sixteen", why: "5 bytes are stored, and 6 were sent" };
  expect(at.events).toContainEqual({ type: "odd-size", ...odd });
  const never = { file: "HomeDomain/Library/new-1.bin", why: "the phone lists it and did not send it" };
  expect(at.events).toContainEqual({ type: "odd-size", ...never });
  const kept = readdirSync(dir).filter((name) => name.startsWith(`${at.mock.udid}-`));
  expect(diskSnapshot(join(dir, kept[0] as string))).toEqual(before);
  // What never came costs nothing that the last one has: no further state stays each time.
  const again = await losing(() => rmSync(grown("HomeDomain", "Library/new-1.bin")));
  expect(again).toMatchObject({ suspects: 1, lastStays: false });
  expect(readdirSync(dir).filter((name) => name.startsWith(`${at.mock.udid}-`))).toEqual(kept);
});

test("what a phone always lists and never sends ends no backup on a disk without links", async ({ skip }) => {
  await using at = await setUp();
  using disk = mountDisk("exfat", "400M");
  if (!disk) return skip("no exFAT can be mounted here");
  const dir = join(disk.root, "phones");
  const id = fileIdOf("AppDomain-org.example.notes", "Documents/sixteen");
  const never = join(dir, ".offroll-work", at.mock.udid, "new", id.slice(0, 2), id);
  const losing = async () =>
    await at.backUp(dir, {
      onEvent: (event) => {
        if (event.type === "phase" && event.phase === "saving") rmSync(never);
      },
    });
  // There was none before it.
  expect(await losing()).toMatchObject({ isFull: true, suspects: 1, lastStays: false });
  at.mock.change();
  expect(await losing()).toMatchObject({ isFull: false, suspects: 1, lastStays: false });
});

test.for(["exfat", "links"] as const)(
  "a file that the phone can never read ends no backup, nor does its last state stay each time (%s)",
  async (kind, { skip }) => {
    const name = "Library/never.bin";
    const entries = [{ domain: "HomeDomain", path: name, generated: { bytes: 10_000, seed: 1 } }];
    await using at = await setUp({ forgivesUnreadable: true, frameBytes: [4_096], entries });
    using disk = kind === "exfat" ? mountDisk("exfat", "400M") : undefined;
    if (kind === "exfat" && !disk) return skip("no exFAT can be mounted here");
    const dir = join(disk?.root ?? at.folder, "phones");
    const backUp = async (isReadable = false) => {
      at.mock.phone.backup.disarm();
      const when = { afterBytes: 0, file: name, nth: 2 };
      if (!isReadable) at.mock.phone.backup.arm([{ when, do: { type: "unreadable", text: "I/O" } }]);
      return await at.backUp(dir);
    };
    expect(await backUp()).toMatchObject({ isFull: true, suspects: 1, lastStays: false });
    at.mock.change();
    expect(await backUp()).toMatchObject({ isFull: false, suspects: 1, lastStays: false });
    expect(readdirSync(dir)).toEqual([at.mock.udid]);
    // Once it was read, less of it does not take its place.
    expect(await backUp(true)).toMatchObject({ suspects: 0 });
    const before = diskSnapshot(join(dir, at.mock.udid));
    at.mock.phone.backup.tree.write("HomeDomain", name, Buffer.alloc(9_000, 7), 1_700_000_200);
    expect(await backUp()).toMatchObject({ isFull: false, suspects: 1, lastStays: true });
    const [kept, ...more] = readdirSync(dir).filter((each) => each.startsWith(`${at.mock.udid}-`));
    expect(more).toEqual([]);
    expect(diskSnapshot(join(dir, kept as string))).toEqual(before);
    expect((await inspectBackup(join(dir, at.mock.udid)))?.state).toBe("complete");
    // And from then on it is what cannot be read again.
    expect(await backUp()).toMatchObject({ suspects: 1, lastStays: false });
  },
);

test("a backup that another program begins between the two renames stays, under its date", async () => {
  await using at = await setUp();
  const dir = join(at.folder, "phones");
  await at.backUp(dir);
  const [place, work] = [join(dir, at.mock.udid), join(dir, ".offroll-work", at.mock.udid)];
  const good = diskSnapshot(place);
  mkdirSync(work, { recursive: true });
  cpSync(place, join(work, "new"), { recursive: true });
  renameSync(place, join(work, "old"));
  mkdirSync(place);
  writeFileSync(join(place, "Info.plist"), "somebody's");
  const intention = { kind: "swap", udid: at.mock.udid, pid: 0, host: "test-host", keepAs: null, removed: [] };
  writeFileSync(join(work, "intention.json"), JSON.stringify(intention));
  expect(await settleWork(dir, "test-host")).toEqual([{ udid: at.mock.udid, outcome: "finished" }]);
  expect(diskSnapshot(place)).toEqual(good);
  const kept = readdirSync(dir).filter((name) => isKeptName(name, at.mock.udid));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(dir, kept[0] as string, "Info.plist"), "utf8")).toBe("somebody's");
  expect(existsSync(join(dir, ".offroll-work"))).toBe(false);
});

test.for(["with links", "without links"])(
  "a phone that was erased in between does not take its last backup with it (%s)",
  async (links, { skip }) => {
    await using at = await setUp();
    using disk = links === "without links" ? mountDisk("exfat", "400M") : undefined;
    if (links === "without links" && !disk) return skip("no exFAT can be mounted here");
    const dir = join(disk?.root ?? at.folder, "phones");
    await at.backUp(dir);
    const before = diskSnapshot(join(dir, at.mock.udid));
    const { tree } = at.mock.phone.backup;
    const [kept] = [...tree.entries.values()].filter(({ kind, onlyEncrypted }) => kind === "file" && !onlyEncrypted);
    tree.entries.clear();
    if (kept) tree.put(kept);
    tree.write("HomeDomain", "Library/anew", Buffer.from("anew"));
    await at.backUp(dir);
    const told = at.events.find((event) => event.type === "most-gone");
    expect(told).toMatchObject({ files: 10, ofFiles: 11 });
    const aside = readdirSync(dir).find((name) => isKeptName(name, at.mock.udid)) as string;
    expect(told).toMatchObject({ name: aside });
    expect(diskSnapshot(join(dir, aside))).toEqual(before);
    const stored = [...diskSnapshot(join(dir, at.mock.udid)).keys()].filter((name) => /^..\/.{40}$/.test(name));
    expect(stored).toHaveLength(2);
  },
);
