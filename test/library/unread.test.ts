/** What the phone does not let us look at is not missing: its library's photos there are told as not looked at. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asset, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const assets = [
  asset({ filename: "IMG_0001.JPG" }),
  asset({ filename: "IMG_0002.JPG" }),
  asset({ filename: "IMG_0003.JPG", directory: "DCIM/101APPLE" }),
  asset({ filename: "IMG_0004.JPG", directory: "DCIM/101APPLE", original: "gone" }),
  asset({ filename: "IMG_0005.JPG", original: "cloud" }),
];

async function start(operation: "list" | "stat", path: string): Promise<MockSetup> {
  const phone = libraryPhone({ assets });
  const faults = [{ when: { operation, path }, do: { type: "status", status: 10 }, times: 0 }] as const;
  return await startMock({ files: phone.files, faults }, { baseFolder: phone.baseFolder });
}

test.each([
  ["list", "/DCIM/100APPLE", "2 photos and videos", "3 photos and videos in the library, 1 on this phone"],
  ["stat", "/DCIM/100APPLE/IMG_0002.JPG", "1 photo or video", "4 photos and videos in the library, 2 on this phone"],
] as const)("after a refused %s nothing there is called missing", async (operation, path, there, library) => {
  await using mock = await start(operation, path);
  const home = homeOf(mock.daemon.address);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-unread-")), "photos");
  const run = await home.run(["backup", to]);
  expect(run.code, run.stderr).toBe(3);
  expect(run.stderr).toContain(`By its library ${there} should be there.`);
  expect(run.stderr).toContain(`${library}, 1 only in iCloud, 1 missing.`);
  expect(run.stderr).toContain("1 photo or video (1 file): in the phone's library, but neither on the phone nor");
  const said = await home.run(["verify", to, "--against-phone"]);
  expect(said.code, said.stderr).toBe(3);
  expect(said.stderr).toContain(
    `1 folder or file on the phone could not be looked at: what is there is not known to be here.\n  ${path}\n`,
  );
  expect(said.stderr).toContain("1 photo or video missing: neither here");
  expect(said.stderr).not.toContain("Everything on");
  // Nor is nothing new where nobody could look.
  const { phones } = JSON.parse((await home.run(["status", "--json"])).stdout);
  expect(phones).toMatchObject([{ newFiles: null, error: { code: "item-unreadable" } }]);
});
