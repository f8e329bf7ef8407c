/** Which physical disk a folder lies on, by a sysfs laid out as Linux has it, and by this computer's own. */
import { mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { areApart, type DiskIdentity, diskIdentity, isSameDisk } from "../../src/shared/disks.ts";

const here = mkdtempSync(join(tmpdir(), "offroll-disks-"));
const { dev } = statSync(here);
const numbers = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;

/** A sysfs in which the file system of the tests' folder is this device. Values are files, `->` links. */
function sysfs(device: string, entries: Readonly<Record<string, string>>): string {
  const sys = mkdtempSync(join(tmpdir(), "offroll-sysfs-"));
  const link = (at: string, to: string): void => {
    mkdirSync(dirname(join(sys, at)), { recursive: true });
    mkdirSync(join(sys, to), { recursive: true });
    symlinkSync(relative(dirname(join(sys, at)), join(sys, to)), join(sys, at));
  };
  link(`dev/block/${numbers}`, device);
  for (const [path, value] of Object.entries(entries)) {
    if (value.startsWith("-> ")) link(path, value.slice(3));
    else {
      mkdirSync(dirname(join(sys, path)), { recursive: true });
      writeFileSync(join(sys, path), value);
    }
  }
  return sys;
}

function disksOf(device: string, entries: Readonly<Record<string, string>> = {}): string[] | undefined {
  const sys = sysfs(device, entries);
  return diskIdentity(here, sys).disks?.map((disk) => relative(sys, disk));
}

const sda = "devices/pci0000:00/ata1/block/sda";
const sdb = "devices/pci0000:00/usb1/block/sdb";

// Where folders lie on no block device, as in most containers, the system tells nothing to begin with.
const isBlock = numbers.split(":")[0] !== "0";

test.runIf(isBlock).each<[string, string, Record<string, string>, string[] | undefined]>([
  ["a partition lies on its disk", `${sda}/sda1`, { [`${sda}/sda1/partition`]: "1" }, [sda]],
  ["a disk without partitions is one", sda, {}, [sda]],
  [
    "an encrypted volume lies on what is below it",
    "devices/virtual/block/dm-0",
    { "devices/virtual/block/dm-0/slaves/sdb1": `-> ${sdb}/sdb1`, [`${sdb}/sdb1/partition`]: "1" },
    [sdb],
  ],
  [
    "a RAID lies on all of its disks",
    "devices/virtual/block/md0",
    { "devices/virtual/block/md0/slaves/sda": `-> ${sda}`, "devices/virtual/block/md0/slaves/sdb": `-> ${sdb}` },
    [sda, sdb],
  ],
  [
    "of a RAID with a part over a network nobody knows",
    "devices/virtual/block/md0",
    {
      "devices/virtual/block/md0/slaves/sda": `-> ${sda}`,
      "devices/virtual/block/md0/slaves/nbd0": "-> devices/virtual/block/nbd0",
    },
    undefined,
  ],
  ["memory is no disk", "devices/virtual/block/ram0", {}, undefined],
  ["a disk of a storage network may be any", "devices/platform/host3/session1/target3/block/sdc", {}, undefined],
  [
    "namespaces of one controller are one",
    "devices/pci0000:00/nvme/nvme0/nvme0n2",
    {},
    ["devices/pci0000:00/nvme/nvme0"],
  ],
])("%s", (_, device, entries, disks) => {
  expect(disksOf(device, entries)).toEqual(disks);
});

test.runIf(isBlock)("volumes within volumes without end are not followed", () => {
  const dm = "devices/virtual/block/dm-0";
  expect(disksOf(dm, { [`${dm}/slaves/again`]: `-> ${dm}` })).toBeUndefined();
});

test("two folders of one file system are on one disk; what is not there is nowhere", () => {
  expect([isSameDisk(here, tmpdir()), isSameDisk(here, join(here, "none"))]).toEqual([true, undefined]);
  expect(diskIdentity(join(here, "none"))).toEqual({ fileSystem: undefined, disks: undefined });
});

test("what one of two does not tell is not known, but for one file system", () => {
  const of = (fileSystem: number, disks?: string[]): DiskIdentity => ({ fileSystem, disks });
  expect(areApart(of(1, ["a"]), of(2, ["b"]))).toBe(true);
  expect(areApart(of(1, ["a"]), of(2, ["b", "a"]))).toBe(false);
  expect(areApart(of(1, ["a"]), of(2))).toBeUndefined();
  expect(areApart(of(1), of(1))).toBe(false);
});
