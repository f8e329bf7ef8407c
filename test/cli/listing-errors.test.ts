/** Whoever reads our JSON finds in it why a listing did not end with 0. */
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
