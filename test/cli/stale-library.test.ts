/** A check that had to ask an older library says so: what is in iCloud or missing now nobody knows then. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bufferContent, type FileNode, findNode } from "../../src/device/mock/described-phone.ts";
import { asset, databasePath, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

test("`verify --against-phone` tells that the library is an older one, and why", async () => {
  const assets = [asset({ filename: "IMG_0001.JPG" }), asset({ filename: "IMG_0002.JPG", original: "cloud" })];
  const phone = libraryPhone({ assets });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-stale-")), "photos");
  expect((await home.run(["backup", to])).code).toBe(0);
  const check = () => home.run(["verify", to, "--against-phone"]);
  expect((await check()).stderr).not.toContain("from the last run");

  const database = findNode(mock.phone.root, databasePath) as FileNode;
  database.content = bufferContent(Buffer.alloc(50_000, 0x41));
  database.size = 50_000;
  database.modifiedNs += 1_000_000_000n;
  const said = await check();
  expect(said.stderr).toMatch(
    /The phone's library is the one from the last run, because .*damaged.*: what is in iCloud or missing now is not known\./,
  );
  const { stdout } = await home.run(["verify", to, "--against-phone", "--json"]);
  const { againstPhone } = assertSchema("verify", stdout) as { againstPhone: object };
  expect(againstPhone).toMatchObject({ staleLibrary: expect.stringContaining("damaged") });
});
