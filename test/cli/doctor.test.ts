/** `offroll doctor`: why is it not backed up? One page, the worst first, each with what to do now. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FreeupBench, plugged } from "../helpers/freeup.ts";
import { asset } from "../helpers/library-phone.ts";
import { assertSchema } from "../helpers/schemas.ts";

interface Doctor {
  readonly findings: readonly { readonly check: string; readonly verdict: string; readonly remedy?: string }[];
}

const old = { created: Date.UTC(2022, 1, 3, 12) / 1000 };
const library = {
  assets: [
    ...[1, 2, 3].map((n) => asset({ filename: `IMG_000${n}.HEIC`, cloud: { state: 3 } })),
    asset({ filename: "IMG_0004.HEIC", cloud: { state: 1 }, ...old }),
    asset({ filename: "IMG_0005.MOV", kind: "video" }),
  ],
};

test("an upload that is held up: counts of the library, what a cable tells of it, and where to look for the rest", async () => {
  const bench = new FreeupBench();
  const ill = { batteryPercent: 9, charging: false, freeBytes: 2e8, clockAheadSeconds: -7200, productVersion: "18.3" };
  await using mock = await plugged(library, { iCloud: true, ...ill });
  await bench.run(mock, ["pair"]);
  const { stdout, code } = await bench.run(mock, ["doctor", "--json"]);
  expect(code).toBe(1);
  const told = assertSchema("doctor", stdout) as Doctor;
  const icloud = { on: true, synced: 3, notYet: 2, onlyThere: 0, oldestNotYet: "2022-02-03" };
  expect(told).toMatchObject({
    icloud,
    phones: [
      { icloud, condition: { batteryPercent: 9, charging: false, clockAheadSeconds: -7200, osVersion: "18.3" } },
    ],
  });
  const verdicts = told.findings.map(({ verdict }) => verdict);
  expect(verdicts).toEqual([...verdicts].sort((a, b) => rank[a]! - rank[b]!));
  const checks = new Map(told.findings.map(({ check, verdict }) => [check, verdict]));
  for (const check of ["icloud: held-up", "upload: battery-low", "upload: storage-full", "upload: clock-off"])
    expect(checks.get(check), check).toBe("problem");
  for (const check of ["plan", "sign-in", "network"].map((what) => `upload: ${what}-not-told`))
    expect(told.findings.find((f) => f.check === check)?.remedy, check).toMatch(/^Settings/);
  expect(checks.get("upload: ios-older")).toBe("note");
  const report = await bench.run(mock, ["library", "--json"]);
  expect(assertSchema("library", report.stdout)).toMatchObject({ icloud, icloudDetails: { by: "mark", notBegun: 1 } });
  const words = await bench.run(mock, ["library"]);
  expect(words.stdout).toMatch(
    /iCloud by year\n +there and here +not yet there +only there\n +2022 +0 +1 +0\n +2024 +3 +1 +0\n/,
  );
});

const rank: Record<string, number> = { problem: 0, note: 1, ok: 2 };

test("our own side: the backup, what is to come, copies, and a disk that is away", async () => {
  const bench = new FreeupBench();
  {
    await using mock = await plugged(library);
    await bench.backedUp(mock);
  }
  const more = { assets: [...library.assets, asset({ filename: "IMG_0006.HEIC" })] };
  await using mock = await plugged(more);
  await bench.run(mock, ["pair"]);
  const checksOf = async (): Promise<string[]> => {
    const { stdout } = await bench.run(mock, ["doctor", "--json"]);
    return (assertSchema("doctor", stdout) as Doctor).findings.map(({ check }) => check);
  };
  const checks = await checksOf();
  expect(checks).toEqual(
    expect.arrayContaining(["icloud: held-up", "backup: behind", "backup: complete", "copies: there"]),
  );
  expect(checks).toContain("autosave: off");
  renameSync(bench.one, join(bench.home.folder, "away"));
  mkdirSync(bench.one);
  expect((await checksOf()).slice(0, 2)).toEqual(["icloud: held-up", "backup: destination-not-there"]);
  rmSync(join(bench.two, ".."), { recursive: true });
});
