/** On which disk a place's files are, for a proof. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskIdentity } from "../../../src/shared/disks.ts";
import { areOnDifferentDisks } from "../../../src/transfer/freeup/apart.ts";
import { placeDisk } from "../../../src/transfer/freeup/places.ts";

test("where something is mounted within a place, nobody can tell on what disk its files are", () => {
  const root = mkdtempSync(join(tmpdir(), "offroll-place-"));
  const { fileSystem } = diskIdentity(root);
  expect(placeDisk(root, [join(root, "2024")])).toEqual({ fileSystem, disks: undefined, within: [] });
  for (const elsewhere of [[], [root], [`${root}-2/2024`], ["/"]])
    expect(placeDisk(root, elsewhere), elsewhere.join()).toEqual(diskIdentity(root));
});

test("a place with another's file system within it is never apart from it, whatever a person says", () => {
  const root = mkdtempSync(join(tmpdir(), "offroll-place-"));
  mkdirSync(join(root, "2024"));
  const one = { ...{ id: "1", name: undefined, path: root, isSaidApart: false }, disk: diskIdentity(root) };
  // As if it lay on another file system, and held a folder of the first's.
  const disk = { ...placeDisk(root, [join(root, "2024")]), fileSystem: -1 };
  const usb = { ...{ id: "2", name: "usb", path: "/usb", isSaidApart: true }, disk };
  expect([areOnDifferentDisks(one, usb), areOnDifferentDisks(usb, one)]).toEqual([false, false]);
  const bare = { ...usb, disk: { fileSystem: -1, disks: undefined } };
  expect(areOnDifferentDisks(one, bare)).toBe(true);
});
