/** A backup goes where it went before, or nowhere: an empty mount point is no new backup. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isMountPoint, mountPointOf } from "../../src/shared/mounts.ts";
import { generated, type MockSetup, startMock } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";

const files = [generated("/DCIM/100APPLE/IMG_0001.JPG", 3_000), generated("/DCIM/100APPLE/IMG_0002.JPG", 4_000)];

interface Scene extends AsyncDisposable {
  readonly mock: MockSetup;
  readonly home: Home;
  /** The mount point; the backup is in `Phone` on it. */
  readonly mount: string;
  readonly place: string;
  /** The disk goes: its mount point is an empty folder again. */
  unmount(): void;
  mountAgain(): void;
}

async function scene(): Promise<Scene> {
  const mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  const mount = mkdtempSync(join(tmpdir(), "offroll-mount-"));
  const away = `${mount}-away`;
  return {
    mock,
    home,
    mount,
    place: join(mount, "Phone"),
    unmount() {
      renameSync(mount, away);
      mkdirSync(mount);
    },
    mountAgain() {
      rmSync(mount, { recursive: true });
      renameSync(away, mount);
    },
    [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose](),
  };
}

const nothingIn = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

test.each([
  ["backup", (place: string) => ["backup", place]],
  ["backup of a folder in it", (place: string) => ["backup", join(place, "Ann")]],
  ["export", (place: string) => ["export", "--to", place]],
  ["dry run", (place: string) => ["backup", place, "--dry-run"]],
])("%s: a remembered folder whose disk is away is refused, and nothing is written", async (_, command) => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  s.unmount();
  mkdirSync(s.place);
  const refused = await s.home.run(command(s.place));
  expect(refused.code, refused.stderr).toBe(1);
  expect(refused.stderr).toContain("(destination-not-there)");
  expect(refused.stderr).toContain("--new-destination");
  expect(nothingIn(s.place)).toBe(true);
  s.mountAgain();
  const again = await s.home.run(["backup", s.place]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("nothing new");
});

test("the mount point itself is remembered too, and an export's place as a backup's", async () => {
  await using s = await scene();
  expect(await s.home.run(["export", "--to", s.mount])).toMatchObject({ code: 0 });
  s.unmount();
  for (const command of [
    ["export", "--to", s.mount],
    ["backup", s.mount],
  ])
    expect(await s.home.run(command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("destination-not-there"),
    });
  expect(nothingIn(s.mount)).toBe(true);
});

test("a place is remembered from the moment that a run begins there: one that was stopped counts", async () => {
  await using s = await scene();
  const stop = new AbortController();
  const stopped = s.home.run(["backup", s.place, "--json"], { signal: stop.signal });
  while (!existsSync(join(s.place, ".offroll", "runs"))) await new Promise((done) => setImmediate(done));
  // Already now: a run that is killed notes nothing any more.
  const [note] = readdirSync(join(s.home.data, "destinations")) as [string];
  const noted = JSON.parse(readFileSync(join(s.home.data, "destinations", note), "utf8"));
  expect(noted).toMatchObject({ path: s.place, phones: [{ lastRun: "interrupted", kind: "backup" }] });
  stop.abort();
  expect([0, 130]).toContain((await stopped).code);
  s.unmount();
  mkdirSync(s.place);
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 1 });
  expect(nothingIn(s.place)).toBe(true);
});

test("another phone is refused at the same place as well", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  s.unmount();
  mkdirSync(s.place);
  await using other = await startMock({
    files,
    name: "Other",
    udid: "00008110-00FFFFFFFFFFFFFF",
    serialNumber: "TEST02",
  });
  const refused = await s.home.run(["backup", s.place], { env: { OFFROLL_USBMUX: other.daemon.address } });
  expect([refused.code, nothingIn(s.place)]).toEqual([1, true]);
});

test("another disk at the same place is refused; both are taken once both are known", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  const elsewhere = join(s.home.folder, "elsewhere");
  expect(await s.home.run(["export", "--to", elsewhere])).toMatchObject({ code: 0 });
  s.unmount();
  cpSync(elsewhere, s.place, { recursive: true });
  // Known, but not from here: this disk was never at this place.
  const refused = await s.home.run(["backup", s.place]);
  expect(refused.code, refused.stderr).toBe(1);
  expect(refused.stderr).toContain("another disk seems to be at its place");
  expect(await s.home.run(["backup", s.place, "--new-destination"])).toMatchObject({ code: 0 });
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  s.mountAgain();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
});

test("--new-destination, or a yes on a terminal, begins anew; a no does not", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  s.unmount();
  mkdirSync(s.place);
  const no = await s.home.run(["backup", s.place], { answers: [""] });
  expect([no.code, nothingIn(s.place)]).toEqual([1, true]);
  const yes = await s.home.run(["backup", s.place], { answers: ["y"] });
  expect(yes.code, yes.stderr).toBe(0);
  rmSync(s.place, { recursive: true });
  mkdirSync(s.place);
  expect(await s.home.run(["backup", s.place, "--new-destination"])).toMatchObject({ code: 0 });
  expect(await s.home.run(["backup"])).toMatchObject({ code: 0 });
});

test("a backup remembered by the settings alone is held to its id, without a folder on the command line too", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  rmSync(join(s.home.data, "destinations"), { recursive: true });
  s.unmount();
  mkdirSync(s.place);
  for (const command of [["backup"], ["backup", s.place], ["export", "--to", s.place]])
    expect(await s.home.run(command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("destination-not-there"),
    });
  expect(nothingIn(s.place)).toBe(true);
});

test("a link to the place leads to the same refusal, whatever it leads to now", async () => {
  await using s = await scene();
  const link = join(s.home.folder, "disk");
  symlinkSync(s.mount, link);
  expect(await s.home.run(["backup", join(link, "Phone")])).toMatchObject({ code: 0 });
  s.unmount();
  rmSync(link);
  mkdirSync(join(link, "Phone"), { recursive: true });
  expect(await s.home.run(["backup", join(link, "Phone")])).toMatchObject({ code: 1 });
  expect(nothingIn(join(link, "Phone"))).toBe(true);
});

test("what looks at a place whose disk is away says so", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  s.unmount();
  mkdirSync(s.place);
  for (const command of [
    ["verify", s.place],
    ["history", s.place],
    ["why", "IMG_0001.JPG", "--in", s.place],
  ])
    expect(await s.home.run(command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("destination-not-there"),
    });
  const rebuild = await s.home.run(["catalog", "rebuild", s.place]);
  expect([rebuild.code, rebuild.stderr]).toEqual([1, expect.stringContaining("destination-not-there")]);
  // None of them could begin anew.
  expect(rebuild.stderr).not.toContain("--new-destination");
  expect((await s.home.run(["verify", s.place])).stderr).not.toContain("--new-destination");
  expect(nothingIn(s.place)).toBe(true);
});

test("a destination that was moved by its owner is taken where it is", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  const moved = join(s.mount, "Moved");
  renameSync(s.place, moved);
  const run = await s.home.run(["backup", moved]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain("nothing new");
});

test("a folder beside a remembered one is nobody's", async () => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  rmSync(s.place, { recursive: true });
  expect(await s.home.run(["backup", `${s.place}2`])).toMatchObject({ code: 0 });
});

test.each([
  ["beside it", (s: Scene) => join(s.mount, "Lisbon")],
  ["above it", (s: Scene) => s.mount],
])("a disk that is away is missed by every folder on it: %s", async (_, other) => {
  await using s = await scene();
  expect(await s.home.run(["backup", s.place])).toMatchObject({ code: 0 });
  // As after a run on a disk that was mounted there: a test cannot mount one.
  const [note] = readdirSync(join(s.home.data, "destinations")) as [string];
  const file = join(s.home.data, "destinations", note);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), disk: s.mount }));
  s.unmount();
  const refused = await s.home.run(["export", other(s)]);
  expect(refused.code, refused.stderr).toBe(1);
  expect(refused.stderr).toContain(`nothing is mounted at ${s.mount} now, where ${s.place} was.`);
  expect(nothingIn(s.mount)).toBe(true);
  expect(refused.stderr).toContain("--new-destination");
  s.mountAgain();
  expect(await s.home.run(["export", other(s)])).toMatchObject({ code: 0 });
});

test.runIf(platform() === "linux")("a run notes the mount point of its disk", () => {
  expect([mountPointOf("/proc/self"), mountPointOf("/proc"), mountPointOf("/")]).toEqual(["/proc", "/proc", undefined]);
  expect([isMountPoint("/proc"), isMountPoint("/proc/self/fd"), isMountPoint("/no/such")]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  ["backup", (none: string) => ["backup", none]],
  ["export", (none: string) => ["export", none, "--yes"]],
  ["export --to", (none: string) => ["export", "--to", none]],
  ["verify", (none: string) => ["verify", none]],
  ["status", (none: string) => ["status", none]],
  ["ignore --in", (none: string) => ["ignore", "--list", "--in", none]],
  ["catalog rebuild", (none: string) => ["catalog", "rebuild", none]],
])(
  "%s of a folder without a name, as from a variable that is not set, is not the folder one stands in",
  async (_, command) => {
    await using s = await scene();
    const cwd = mkdtempSync(join(tmpdir(), "offroll-cwd-"));
    for (const none of ["", " "]) {
      const said = await s.home.run(command(none), { cwd });
      expect([said.code, said.stderr]).toEqual([2, expect.stringContaining("The folder has no name")]);
    }
    expect(nothingIn(cwd)).toBe(true);
  },
);

test.runIf(platform() === "linux")("a folder that cannot be made is not called one that went away", async () => {
  await using s = await scene();
  const said = await s.home.run(["export", "/proc/offroll-photos", "--yes"]);
  expect([said.code, said.stderr]).toEqual([1, expect.stringContaining("/proc/offroll-photos cannot be made.")]);
});

test("a home that cannot be written costs no run; it is said", async () => {
  await using s = await scene();
  // A file stands where the folder should be: even the superuser can write nothing below it.
  writeFileSync(join(s.home.data, "destinations"), "");
  const run = await s.home.run(["export", "--to", s.place]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain("could not be remembered on this computer");
});

test("a run that ends while the phone is listed leaves no trace: the next one asks again", async () => {
  await using s = await scene();
  s.mock.phone.arm([{ when: { operation: "list" }, do: { type: "disconnect" }, times: 0 }]);
  expect((await s.home.run(["export", s.place, "--wait", "0"])).code).toBe(1);
  expect(existsSync(s.place)).toBe(false);
  // A folder that its owner made stays, empty as it was.
  mkdirSync(s.place);
  expect((await s.home.run(["export", s.place, "--wait", "0"])).code).toBe(1);
  expect([existsSync(s.place), nothingIn(s.place)]).toEqual([true, true]);
  s.mock.phone.disarm();
  expect(await s.home.run(["export", s.place])).toMatchObject({ code: 0 });
  // A destination that is used stays whole.
  s.mock.phone.arm([{ when: { operation: "list" }, do: { type: "disconnect" }, times: 0 }]);
  expect((await s.home.run(["export", s.place, "--wait", "0"])).code).toBe(1);
  s.mock.phone.disarm();
  expect((await s.home.run(["export", s.place])).stderr).toContain("nothing new");
});
