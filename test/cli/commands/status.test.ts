/** `status` and `history`: every phone that is known is told, wherever its disk is, and how old its last complete backup is. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import { asset, libraryPhone } from "../../helpers/library-phone.ts";
import { generated, startMock } from "../../helpers/mock.ts";
import { homeOf } from "../../helpers/program.ts";
import { assertSchema } from "../../helpers/schemas.ts";

const day = 86_400_000;
const photos = [generated("/DCIM/100APPLE/IMG_0001.JPG", 3_000), generated("/DCIM/100APPLE/IMG_0002.JPG", 4_000)];
const other = { name: "Other iPhone", udid: "00008110-00EEEEEEEEEEEEEE", serialNumber: "TESTSERIAL02" };

/** The real clock, some days on. */
function later(days: number): Clock {
  return { now: () => systemClock.now() + days * day, sleep: systemClock.sleep };
}

interface Phone {
  readonly [key: string]: unknown;
  readonly name: string;
}

function phonesOf(stdout: string): Phone[] {
  return (assertSchema("status", stdout) as { phones: Phone[] }).phones;
}

/** A disk at its mount point, which can be taken away. */
function disk(): { readonly mount: string; readonly place: string; takeAway(): void } {
  const mount = mkdtempSync(join(tmpdir(), "offroll-mount-"));
  return {
    mount,
    place: join(mount, "Phone"),
    takeAway() {
      renameSync(mount, `${mount}-away`);
      mkdirSync(mount);
    },
  };
}

test("a phone whose disk is away is listed from memory, held to its age, and no failure by itself", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  usb.takeAway();
  mock.daemon.unplug(mock.phone);
  const away = await home.run(["status"]);
  expect([away.code, away.stderr]).toEqual([0, ""]);
  expect(away.stdout).toBe(
    `Test iPhone: last complete within the last hour; 2 files, 7.0 kB in ${usb.place}, which is not there\n`,
  );
  expect(phonesOf((await home.run(["status", "--json"])).stdout)).toMatchObject([
    { name: "Test iPhone", destination: usb.place, state: "not-there", files: 2, bytes: 7_000, lastRun: "complete" },
  ]);
  expect((await home.run(["status", "--require-disk"])).code).toBe(3);
  expect((await home.run(["status", "--stale-after", "7d"])).code).toBe(0);
  const stale = await home.run(["status", "--stale-after", "7d", "--json"], { clock: later(8) });
  expect(stale.code).toBe(3);
  expect(phonesOf(stale.stdout)).toMatchObject([{ stale: true, state: "not-there" }]);
  // The same when the folder is named, whether its mount point is there or not.
  expect((await home.run(["status", usb.place])).stdout).toContain("which is not there");
  mkdirSync(usb.place);
  expect((await home.run(["status", usb.place, "--stale-after", "7d"], { clock: later(8) })).code).toBe(3);
});

test("with the disk there, the same numbers come from its catalog", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  const strip = ({ state: _, newFiles: __, ...rest }: Phone): object => rest;
  const there = phonesOf((await home.run(["status", "--json"])).stdout);
  expect(there).toMatchObject([{ state: "there", newFiles: 0 }]);
  usb.takeAway();
  const away = phonesOf((await home.run(["status", "--json"])).stdout);
  expect(away.map(strip)).toEqual(there.map(strip));
});

test("a backup of the time before anything was remembered is listed by the settings alone", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  rmSync(join(home.data, "destinations"), { recursive: true });
  usb.takeAway();
  // What is not remembered is not told as if it had not been.
  expect((await home.run(["status"])).stdout).toBe(
    `Test iPhone: its backup in ${usb.place} is not there, and none of its runs is remembered on this computer\n`,
  );
  const away = await home.run(["status", "--stale-after", "7d", "--json"]);
  expect(away.code).toBe(3);
  expect(phonesOf(away.stdout)).toMatchObject([{ name: "Test iPhone", state: "not-there", lastCompleteAt: null }]);
});

test("one destination that cannot be opened hides no other", async () => {
  await using mock = await startMock({ files: photos });
  await using second = await startMock({ files: photos, ...other });
  const home = homeOf(mock.daemon.address);
  const [one, two] = [disk(), disk()];
  expect(await home.run(["backup", one.place])).toMatchObject({ code: 0 });
  expect(await home.run(["backup", two.place], { env: { OFFROLL_USBMUX: second.daemon.address } })).toMatchObject({
    code: 0,
  });
  writeFileSync(join(one.place, ".offroll", "catalog.sqlite"), "not a database, but long enough to be looked into");
  const all = await home.run(["status", "--json"]);
  expect(all.code).toBe(3);
  const phones = phonesOf(all.stdout);
  expect(phones.find((p) => p.name === "Test iPhone")).toMatchObject({
    state: "unreadable",
    files: 2,
    error: { code: "catalog-corrupt" },
  });
  expect(phones.find((p) => p.name === "Other iPhone")).toMatchObject({ state: "there", files: 2 });
  expect((await home.run(["history"])).stdout).toContain("Other iPhone");
  // Nor does a note of our own that is damaged.
  const notes = join(home.data, "destinations");
  for (const name of readdirSync(notes))
    if (readFileSync(join(notes, name), "utf8").includes(one.place)) writeFileSync(join(notes, name), "{");
  expect((await home.run(["status"])).stdout).toContain("Other iPhone: last complete");
});

test("one phone that cannot be opened hides no other", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  mock.phone.arm([{ when: { operation: "list" }, do: { type: "disconnect" }, times: 0 }]);
  const locked = await home.run(["status", "--json"]);
  expect(locked.code, locked.stderr).toBe(0);
  expect(phonesOf(locked.stdout)).toMatchObject([
    { state: "there", files: 2, newFiles: null, error: { scope: "device" } },
  ]);
});

test("what is only in iCloud or missing is told by status and history", async () => {
  const phone = libraryPhone({
    assets: [
      asset({ filename: "IMG_0001.JPG" }),
      asset({ filename: "IMG_0002.JPG", original: "cloud", originalSize: 9_000 }),
      asset({ filename: "IMG_0003.JPG", original: "cloud", originalSize: 9_000 }),
    ],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  expect((await home.run(["status"])).stdout).toContain("; 2 photos only in iCloud;");
  expect((await home.run(["history"])).stdout).toContain("2 photos only in iCloud");
  expect(assertSchema("history", (await home.run(["history", "--json"])).stdout)).toMatchObject({
    runs: [{ iCloudOnly: 2, missing: 0, kind: "backup", knownFailures: 0 }],
  });
  usb.takeAway();
  expect(phonesOf((await home.run(["status", "--json"])).stdout)).toMatchObject([{ iCloudOnly: 2, missing: 0 }]);
});

test("a run whose only failure was met before is complete but for it; a new cause is not", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  const failsWith = (status: number): void => {
    mock.phone.disarm();
    mock.phone.arm([
      { when: { operation: "open", path: "/DCIM/100APPLE/IMG_0002.JPG" }, do: { type: "status", status }, times: 0 },
    ]);
  };
  failsWith(10);
  expect((await home.run(["backup", usb.place])).code).toBe(3);
  const first = await home.run(["status", "--stale-after", "1d"]);
  expect([first.code, first.stdout]).toEqual([3, expect.stringContaining("never completed")]);
  const again = await home.run(["backup", "--json"]);
  expect(again.code).toBe(3);
  expect(JSON.parse(again.stdout.trim().split("\n").at(-1) as string)).toMatchObject({ ok: false, knownFailures: 1 });
  const known = await home.run(["status", "--stale-after", "1d"]);
  expect(known.code, known.stdout).toBe(0);
  expect(known.stdout).toContain("last complete within the last hour but for 1 known failure");
  expect((await home.run(["history"])).stdout).toContain("complete but for 1 known failure");
  usb.takeAway();
  expect((await home.run(["status"])).stdout).toContain("but for 1 known failure");
  rmSync(usb.mount, { recursive: true });
  renameSync(`${usb.mount}-away`, usb.mount);
  // Another cause, later: the last complete run is the one before.
  failsWith(7);
  expect((await home.run(["backup"], { clock: later(2) })).code).toBe(3);
  const changed = await home.run(["status", "--stale-after", "1d"], { clock: later(2) });
  expect([changed.code, changed.stdout]).toEqual([3, expect.stringContaining("last complete 2 days ago; ")]);
});

test("a few photos exported into a backup do not make it complete again", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  expect(await home.run(["export", "--to", usb.place, "--limit", "1"], { clock: later(8) })).toMatchObject({ code: 0 });
  const look = (): Promise<{ code: number | null }> =>
    home.run(["status", "--stale-after", "7d"], { clock: later(8.5) });
  expect((await look()).code).toBe(3);
  usb.takeAway();
  expect((await look()).code).toBe(3);
});

test("a destination that will not come back is forgotten when its owner says so", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const [old, fresh] = [disk(), disk()];
  expect(await home.run(["backup", old.place])).toMatchObject({ code: 0 });
  old.takeAway();
  expect(await home.run(["backup", fresh.place], { clock: later(8) })).toMatchObject({ code: 0 });
  const look = (): Promise<{ code: number | null; stdout: string }> =>
    home.run(["status", "--stale-after", "7d"], { clock: later(8.5) });
  expect((await look()).code).toBe(3);
  expect(await home.run(["status", old.place, "--forget"])).toMatchObject({ code: 0 });
  const after = await look();
  expect([after.code, after.stdout.includes(old.place)]).toEqual([0, false]);
});

test("a new destination at the place of another takes its turn: the other is told, and held to no age", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect(await home.run(["backup", usb.place])).toMatchObject({ code: 0 });
  usb.takeAway();
  expect(await home.run(["backup", usb.place, "--new-destination"], { clock: later(8) })).toMatchObject({ code: 0 });
  const both = await home.run(["status", "--stale-after", "7d", "--json"], { clock: later(8.5) });
  expect(both.code, both.stdout).toBe(0);
  expect(
    phonesOf(both.stdout)
      .map((p) => [p["state"], p["replaced"], p["stale"]])
      .sort(),
  ).toEqual([
    ["not-there", true, false],
    ["there", false, false],
  ]);
});

test("where nothing is known, that is said, and no age is held", async () => {
  const home = homeOf();
  expect(await home.run(["status"])).toMatchObject({ code: 0, stderr: "No phone was backed up yet.\n" });
  expect((await home.run(["status", "--stale-after", "7d"])).code).toBe(3);
});

test("a folder whose catalog is damaged, and that this computer never saw, is no folder without backups", async () => {
  await using mock = await startMock({ files: photos });
  const { place } = disk();
  expect(await homeOf(mock.daemon.address).run(["backup", place])).toMatchObject({ code: 0 });
  writeFileSync(join(place, ".offroll/catalog.sqlite"), "this is no database");
  const stranger = homeOf(mock.daemon.address);
  const told = await stranger.run(["status", place]);
  expect(told).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("(catalog-corrupt)") });
});

test("wherever the exit code is not 0 the JSON has an error code, and nowhere else", async () => {
  await using mock = await startMock({ files: photos });
  const home = homeOf(mock.daemon.address);
  const usb = disk();
  expect((await home.run(["backup", usb.place])).code).toBe(0);
  const ends = async (schema: string, command: string[], clock?: Clock): Promise<unknown[]> => {
    const { code, stdout } = await home.run([...command, "--json"], clock ? { clock } : {});
    const { error } = assertSchema(schema, stdout) as { error?: { code: string } };
    return [code, error?.code];
  };
  expect(await ends("status", ["status"])).toEqual([0, undefined]);
  expect(await ends("verify", ["verify", usb.place, "--against-phone"])).toEqual([0, undefined]);
  expect(await ends("status", ["status", "--stale-after", "7d"], later(8))).toEqual([3, "backup-stale"]);
  const some = join(usb.mount, "some");
  expect((await home.run(["export", some, "--limit", "1", "--yes"])).code).toBe(0);
  expect(await ends("verify", ["verify", some, "--against-phone"])).toEqual([3, "backup-incomplete"]);
  writeFileSync(join(usb.place, "2024", "05", "IMG_0001.JPG"), "x");
  expect(await ends("verify", ["verify", usb.place])).toEqual([3, "copy-damaged"]);
  expect(await ends("status", ["status"])).toEqual([3, "copy-damaged"]);
  usb.takeAway();
  expect(await ends("status", ["status", "--require-disk"])).toEqual([3, "destination-not-there"]);
});
