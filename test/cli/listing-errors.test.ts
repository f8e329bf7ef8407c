/** Whoever reads our JSON finds in it why a listing did not end with 0. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAndroid } from "../helpers/android.ts";
import { generated } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

test("ls and library that could not read everything end with 3, and say so in JSON", async () => {
  const files = [generated("/DCIM/100/a.jpg", 3_000), generated("/Pictures/b.jpg", 3_000)];
  const refused = { when: { operation: "stat", path: "/Pictures" }, do: { type: "status", status: 0x2002 }, times: 0 };
  const listed = async (faults: readonly object[]) => {
    await using mock = await startAndroid({ files, faults: faults as never });
    const env = { OFFROLL_VIA: "mtp", OFFROLL_USBIP: mock.server.address };
    const ends: [string, unknown, unknown][] = [];
    for (const name of ["ls", "library"]) {
      const { code, stdout } = await homeOf().run([name, "--json"], { env });
      ends.push([name, code, (assertSchema(name, stdout) as { error?: { code: string } }).error?.code]);
    }
    return ends;
  };
  expect(await listed([refused])).toEqual([
    ["ls", 3, "listing-incomplete"],
    ["library", 3, "listing-incomplete"],
  ]);
  expect(await listed([])).toEqual([
    ["ls", 0, undefined],
    ["library", 0, undefined],
  ]);
});

test("a folder that lies too deep is told with the flag that reads it; with that flag it is read, and the run is complete", async () => {
  const deep = `/DCIM/${Array.from({ length: 14 }, (_, i) => i).join("/")}`;
  await using mock = await startAndroid({
    files: [generated(`${deep}/a.jpg`, 3_000), generated("/DCIM/b.jpg", 3_000)],
  });
  const env = { OFFROLL_VIA: "mtp", OFFROLL_USBIP: mock.server.address };
  const home = homeOf();
  const to = join(mkdtempSync(join(tmpdir(), "offroll-deep-")), "photos");
  const first = await home.run(["backup", to], { env });
  expect([first.code, first.stderr]).toEqual([3, expect.stringContaining("Copied        1 file")]);
  const flag = /--folder (\/DCIM\/[\d/]+)$/m.exec(first.stderr)?.[1] as string;
  const second = await home.run(["backup", to, "--folder", `${flag}/`], { env });
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("Copied        1 file")]);
});
