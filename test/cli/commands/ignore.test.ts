/** What fails keeps a run from being complete until a person settles it; what a person removed is told once. */
import { existsSync, mkdtempSync, renameSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generated, type MockSetup, startMock } from "../../helpers/mock.ts";
import { type Home, homeOf } from "../../helpers/program.ts";
import { assertSchema } from "../../helpers/schemas.ts";

const names = ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"] as const;
const bad = "/DCIM/100APPLE/IMG_0002.JPG";

interface Scene extends AsyncDisposable {
  readonly mock: MockSetup;
  readonly home: Home;
  readonly to: string;
  file(name: string): string;
}

async function scene(): Promise<Scene> {
  const mock = await startMock({ files: names.map((n, i) => generated(`/DCIM/100APPLE/${n}`, 3_000 + i)) });
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ignore-")), "Phone");
  return {
    mock,
    home: homeOf(mock.daemon.address),
    to,
    file: (name) => join(to, "2024", "05", name),
    [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose](),
  };
}

/** The phone refuses this file, again and again. */
function refuse(mock: MockSetup, path = bad): void {
  mock.phone.arm([{ when: { operation: "open", path }, do: { type: "status", status: 10 }, times: 0 }]);
}

function summaryOf(stdout: string): unknown {
  return assertSchema("transfer-event", stdout.trim().split("\n").at(-1) as string);
}

test("a file that cannot be had ends every run with 3, until it is ignored; then it is told, and copied again on request", async () => {
  await using s = await scene();
  refuse(s.mock);
  const first = await s.home.run(["backup", s.to]);
  expect(first.code).toBe(3);
  expect(first.stderr).toContain("offroll ignore ITEM");
  expect((await s.home.run(["backup"])).stderr).toContain("1 file, as in an earlier run and for the same cause");
  const settled = await s.home.run(["ignore", "img_0002.jpg", "--json"]);
  expect(settled.code, settled.stderr).toBe(0);
  expect(assertSchema("ignore", settled.stdout)).toMatchObject({
    destinations: [{ destination: s.to, changed: 1, ignored: [{ path: bad, cause: "item-denied" }] }],
  });
  const run = await s.home.run(["backup", "--json"]);
  expect(run.code, run.stderr).toBe(0);
  expect(summaryOf(run.stdout)).toMatchObject({ ok: true, skippedByReason: { ignored: 1 }, knownFailures: 0 });
  const words = await s.home.run(["backup"]);
  expect(words.stderr).toContain("Everything chosen, but for what you ignore, was there already.");
  expect((await s.home.run(["status"])).stdout).toContain("; 1 file ignored; 0 new files on the phone");
  expect((await s.home.run(["ignore", "--list"])).stdout).toContain(
    `item-denied       Test iPhone: ${bad}, in ${s.to}`,
  );
  const phone = await s.home.run(["verify", s.to, "--against-phone"]);
  expect([phone.code, phone.stderr]).toEqual([
    0,
    expect.stringContaining(
      "Everything on Test iPhone (2 files) is in this backup, not counting 1 file that you ignore.",
    ),
  ]);
  // It can be had after all.
  s.mock.phone.disarm();
  expect((await s.home.run(["backup"])).stderr).toContain("nothing new");
  expect(await s.home.run(["ignore", "--remove", bad])).toMatchObject({ code: 0 });
  expect((await s.home.run(["backup", "--json"])).code).toBe(0);
  expect(existsSync(s.file("IMG_0002.JPG"))).toBe(true);
  expect((await s.home.run(["status"])).stdout).not.toContain("ignored");
});

test("another version of an ignored file, and another file of its name, are not ignored", async () => {
  await using s = await scene();
  expect((await s.home.run(["backup", s.to, "--limit", "1"])).code).toBe(0);
  expect((await s.home.run(["ignore", bad])).code).toBe(0);
  expect((await s.home.run(["backup"])).code).toBe(0);
  expect(existsSync(s.file("IMG_0002.JPG"))).toBe(false);
  await using changed = await startMock({ files: [generated(bad, 9_999)] });
  const run = await s.home.run(["backup"], { env: { OFFROLL_USBMUX: changed.daemon.address } });
  expect(run.code, run.stderr).toBe(0);
  expect(existsSync(s.file("IMG_0002.JPG"))).toBe(true);
});

test("a folder of the phone that cannot be looked into is settled by its path", async () => {
  await using mock = await startMock({
    files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 100), generated("/DCIM/101APPLE/IMG_0002.JPG", 200)],
  });
  const home = homeOf(mock.daemon.address);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ignore-")), "Phone");
  mock.phone.arm([
    { when: { operation: "list", path: "/DCIM/101APPLE" }, do: { type: "status", status: 10 }, times: 0 },
  ]);
  expect((await home.run(["backup", to])).code).toBe(3);
  expect((await home.run(["ignore", "/DCIM/101APPLE"])).code).toBe(0);
  const run = await home.run(["backup", "--json"]);
  expect(run.code, run.stderr).toBe(0);
  expect(summaryOf(run.stdout)).toMatchObject({ listed: { items: 2 }, skippedByReason: { ignored: 1 } });
});

test("a name that may be several files is asked about, one that no run has met is not found", async () => {
  await using mock = await startMock({
    files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 100), generated("/DCIM/101APPLE/IMG_0001.JPG", 200)],
  });
  const home = homeOf(mock.daemon.address);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ignore-")), "Phone");
  expect((await home.run(["backup", to])).code).toBe(0);
  const several = await home.run(["ignore", "IMG_0001.JPG"]);
  expect([several.code, several.stderr]).toEqual([2, expect.stringContaining("(item-ambiguous)")]);
  const none = await home.run(["ignore", "IMG_9999.JPG"]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("(item-not-found)")]);
  expect((await home.run(["ignore", "IMG_0001.JPG", "--list"])).code).toBe(2);
  expect((await home.run(["ignore"])).code).toBe(2);
});

test("files that a person removed are told by the run that copies them again, and by no later one", async () => {
  await using s = await scene();
  expect((await s.home.run(["backup", s.to])).code).toBe(0);
  rmSync(s.file("IMG_0001.JPG"));
  rmSync(s.file("IMG_0003.JPG"));
  // Cut short by somebody: it is there, and is copied beside.
  truncateSync(s.file("IMG_0002.JPG"), 7);
  const dry = await s.home.run(["backup", "--dry-run"]);
  expect(dry.stderr).toContain("2 files were removed here since");
  const told = await s.home.run(["backup"]);
  expect(told.stderr).toContain("2 files were removed here since: they are copied again.");
  expect(told.stderr).toContain("offroll ignore --removed");
  expect(existsSync(s.file("IMG_0001.JPG"))).toBe(true);
  expect((await s.home.run(["backup"])).stderr).not.toContain("removed");
});

test("ignore --removed: before they are copied again, they stay away; after, once they are removed again", async () => {
  await using s = await scene();
  expect((await s.home.run(["backup", s.to])).code).toBe(0);
  rmSync(s.file("IMG_0001.JPG"));
  // Only renamed: this one is there.
  renameSync(s.file("IMG_0003.JPG"), s.file("favourite.jpg"));
  const before = await s.home.run(["ignore", "--removed"]);
  expect(before.stderr).toContain("1 file removed from");
  const quiet = await s.home.run(["backup", "--json"]);
  expect(summaryOf(quiet.stdout)).toMatchObject({ ok: true, removedHere: 0, skippedByReason: { ignored: 1 } });
  expect(existsSync(s.file("IMG_0001.JPG"))).toBe(false);
  // What is left out on purpose is not missing.
  expect((await s.home.run(["verify", s.to])).code).toBe(0);
  rmSync(s.file("IMG_0002.JPG"));
  expect((await s.home.run(["backup"])).stderr).toContain("1 file was removed here since: it is copied again.");
  const after = await s.home.run(["ignore", "--removed"]);
  expect(after.stderr).toContain("The last run copied one of them again");
  rmSync(s.file("IMG_0002.JPG"));
  expect((await s.home.run(["backup"])).code).toBe(0);
  expect(existsSync(s.file("IMG_0002.JPG"))).toBe(false);
});

test("ignore --removed takes what the last run told, and nothing that an earlier one did", async () => {
  await using s = await scene();
  expect((await s.home.run(["backup", s.to])).code).toBe(0);
  rmSync(s.file("IMG_0001.JPG"));
  expect((await s.home.run(["backup"])).code).toBe(0);
  expect((await s.home.run(["backup"])).code).toBe(0);
  rmSync(s.file("IMG_0002.JPG"));
  const settled = await s.home.run(["ignore", "--removed", "--json"]);
  expect(assertSchema("ignore", settled.stdout)).toMatchObject({
    destinations: [{ changed: 1, ignored: [{ path: bad, cause: "removed" }] }],
  });
});

test.each([
  ["damaged", (file: string) => truncateSync(file, 100)],
  ["gone", (file: string) => rmSync(file)],
])("what was ignored in a run stays ignored when the catalog is %s, and made anew", async (_, harm) => {
  await using s = await scene();
  refuse(s.mock);
  await s.home.run(["backup", s.to]);
  expect((await s.home.run(["ignore", "IMG_0002.JPG"])).code).toBe(0);
  expect((await s.home.run(["ignore", "IMG_0003.JPG"])).code).toBe(0);
  expect((await s.home.run(["backup"])).code).toBe(0);
  // Of this one a run says that it is wanted again.
  rmSync(s.file("IMG_0003.JPG"));
  await s.home.run(["ignore", "--remove", "IMG_0003.JPG"]);
  expect((await s.home.run(["backup"])).code).toBe(0);
  harm(join(s.to, ".offroll", "catalog.sqlite"));
  expect((await s.home.run(["catalog", "rebuild", s.to])).code).toBe(0);
  const list = JSON.parse((await s.home.run(["ignore", "--list", "--json"])).stdout);
  expect(list.destinations).toMatchObject([{ ignored: [{ path: bad, cause: "item-denied", sizeBytes: 3_001 }] }]);
  expect((await s.home.run(["backup"])).code).toBe(0);
});

test("a rebuilt catalog still ignores, and does not miss what was removed on purpose", async () => {
  await using s = await scene();
  expect((await s.home.run(["backup", s.to])).code).toBe(0);
  rmSync(s.file("IMG_0001.JPG"));
  expect((await s.home.run(["ignore", "--removed"])).code).toBe(0);
  expect((await s.home.run(["catalog", "rebuild", s.to])).code).toBe(0);
  const status = await s.home.run(["status"]);
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining("2 files, ")]);
  expect(status.stdout).toContain("1 file ignored");
  expect((await s.home.run(["backup"])).code).toBe(0);
  expect(existsSync(s.file("IMG_0001.JPG"))).toBe(false);
});
