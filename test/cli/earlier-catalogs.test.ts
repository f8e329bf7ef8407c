/** What only reads a destination reads one that an earlier version left, and leaves its catalog as it is. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const day = "2024-06-15T12:00:00.000Z";
const phone = {
  udid: "00008150-TESTFIXTURE",
  name: "Fixture",
  files: [
    { path: "/DCIM/100APPLE/IMG_0001.HEIC", modified: day, born: day, base64: Buffer.from("a").toString("base64") },
    { path: "/DCIM/100APPLE/IMG_0003.JPG", modified: day, born: day, base64: Buffer.from("ccc").toString("base64") },
  ],
};

test.each([1, 2, 3, 4])("version %i: status, verify, history and a dry run work", async (version) => {
  await using mock = await startMock(phone);
  const home = homeOf(mock.daemon.address);
  const root = mkdtempSync(join(tmpdir(), "offroll-earlier-"));
  mkdirSync(join(root, ".offroll"));
  mkdirSync(join(root, "2024/06"), { recursive: true });
  writeFileSync(join(root, "2024/06/IMG_0001.HEIC"), "a");
  writeFileSync(join(root, "2024/06/IMG_0002.JPG"), "bb");
  writeFileSync(join(root, ".offroll/destination.json"), '{"id":"f0000000-0000-4000-8000-000000000001"}\n');
  const catalog = join(root, ".offroll/catalog.sqlite");
  copyFileSync(join(import.meta.dirname, `../../fixtures/catalogs/version-${version}.sqlite`), catalog);
  const before = readFileSync(catalog);
  const status = await home.run(["status", root]);
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining("Fixture: last complete ")]);
  expect(status.stdout).toContain("2 files, 3 B");
  expect((await home.run(["history", root])).stdout).toContain("Fixture  complete");
  const dry = await home.run(["backup", root, "--dry-run", "--verbose"]);
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/copy +\/DCIM\/100APPLE\/IMG_0003.JPG/)]);
  expect(dry.stdout).toMatch(/present +\/DCIM\/100APPLE\/IMG_0001.HEIC/);
  expect(readFileSync(catalog).equals(before)).toBe(true);
  // verify keeps what it finds: the catalog becomes a current one then.
  const verified = await home.run(["verify", root]);
  expect([verified.code, verified.stderr]).toEqual([0, expect.stringContaining("2 files")]);
  const run = await home.run(["backup", root, "--json"]);
  expect(run.code, run.stderr).toBe(0);
  expect(JSON.parse(run.stdout.trim().split("\n").at(-1) as string)).toMatchObject({
    outcomes: { copied: { items: 1 }, present: { items: 1 } },
  });
});
