/** On which disk a place's files are, for a proof. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskIdentity } from "../../../src/shared/disks.ts";
import { placeDisk } from "../../../src/transfer/freeup/places.ts";

test("where something is mounted within a place, nobody can tell on what disk its files are", () => {
  const root = mkdtempSync(join(tmpdir(), "offroll-place-"));
  const { fileSystem } = diskIdentity(root);
  expect(placeDisk(root, [join(root, "2024")])).toEqual({ fileSystem, disks: undefined });
  for (const elsewhere of [[], [root], [`${root}-2/2024`], ["/"]])
    expect(placeDisk(root, elsewhere), elsewhere.join()).toEqual(diskIdentity(root));
});
