/** Files that a person names as output are tried before the copy: an impossible one is a usage error, and nothing is copied. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generated, startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const files = [generated("/DCIM/100APPLE/IMG_0001.JPG", 3_000)];

/** Paths that nobody can write, with what is said of each. */
function impossible(): [path: string, why: string][] {
  const folder = mkdtempSync(join(tmpdir(), "offroll-output-"));
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "folder.json"));
  return [
    [join(folder, "no", "such", "report.json"), "its folder does not exist"],
    [join(folder, "file", "report.json"), "a file stands where its folder should be"],
    [join(folder, "folder.json"), "it is a folder"],
    [`/dev/null/${"x".repeat(10)}.json`, "a file stands where its folder should be"],
    [join(folder, `${"x".repeat(300)}.json`), "its name is too long"],
  ];
}

test.each(["--report", "--debug"])("%s to an impossible path", async (flag) => {
  await using mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  for (const [path, why] of impossible()) {
    const to = join(home.folder, "photos");
    const run = await home.run(["export", to, flag, path]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(`${flag} ${path} cannot be written: ${why}.`)]);
    expect(existsSync(to)).toBe(false);
  }
  expect(mock.phone.refusedOperations).toEqual([]);
});

test("--preview to an impossible path, or one that is taken, is refused before a phone is asked", async () => {
  const home = homeOf();
  for (const [path, why] of impossible().filter(([p]) => !p.endsWith("folder.json"))) {
    const run = await home.run(["info", "IMG_0001.JPG", "--preview", path]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(why)]);
  }
  const taken = join(home.folder, "taken.jpg");
  writeFileSync(taken, "mine");
  expect((await home.run(["info", "IMG_0001.JPG", "--preview", taken])).code).toBe(2);
  expect(readFileSync(taken, "utf8")).toBe("mine");
});

test("a report is written where it can be, also into a destination that is only made by the run", async () => {
  await using mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  const to = join(home.folder, "photos");
  const report = join(to, "report.json");
  expect(await home.run(["export", to, "--report", report])).toMatchObject({ code: 0 });
  const { summary, items } = JSON.parse(readFileSync(report, "utf8"));
  expect([summary.ok, items.length, items[0].outcome]).toEqual([true, 1, "copied"]);
  // What is there is told as well, though the run's own log does not repeat it.
  expect(await home.run(["export", to, "--report", report])).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(report, "utf8")).items).toMatchObject([{ outcome: "present" }]);
});

test("trying leaves nothing behind, and nothing of what is there is lost when the run cannot begin", async () => {
  const home = homeOf();
  const [fresh, old] = [join(home.folder, "fresh.json"), join(home.folder, "old.json")];
  writeFileSync(old, "mine");
  for (const path of [fresh, old])
    expect((await home.run(["export", join(home.folder, "p"), "--report", path])).code).toBe(1);
  expect([existsSync(fresh), readFileSync(old, "utf8")]).toEqual([false, "mine"]);
});

test("a report that can no longer be written when the photos are there is an error of the disk, and no bug", async () => {
  await using mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  const to = join(home.folder, "photos");
  // The name is taken by a folder of the destination that the run itself makes.
  const report = join(to, "2024.json");
  const run = home.run(["export", to, "--report", report, "--template", "2024.json/{name}"]);
  const { code, stderr } = await run;
  expect([code, stderr]).toEqual([1, expect.stringContaining("The run is done, but its report")]);
  expect(stderr).not.toContain("bug");
  expect(existsSync(join(report, "IMG_0001.JPG"))).toBe(true);
});
