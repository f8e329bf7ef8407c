/** What is mounted where, by the system's own table. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { isMountPoint, isShare, mountPointOf, mountType } from "../../src/shared/mounts.ts";

let table: string | undefined;
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const read = (path: never, options: never): unknown => {
    if (path !== "/proc/mounts" || table === undefined) return fs.readFileSync(path, options);
    if (table === "none") throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    return table;
  };
  return { ...fs, readFileSync: read };
});
afterEach(() => {
  table = undefined;
});

const mounts = `rootfs / ext4 rw 0 0
/dev/sdb1 /media/usb vfat rw 0 0
/dev/sdc1 /media/usb/inner exfat rw 0 0
/dev/sdd1 /media/My\\040Disk\\134x ext4 rw 0 0
//nas/photos /mnt/nas cifs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
/dev/sde1 /media/usb btrfs rw 0 0
broken
`;

test.each([
  ["/home/me/photos", "ext4"],
  ["/media/usb/inner", "exfat"],
  ["/media/usb/inner/a/b", "exfat"],
  // The one that was mounted last lies on top.
  ["/media/usb/DCIM", "btrfs"],
  // A name that only begins alike is another folder.
  ["/media/usb-stick", "ext4"],
  ["/media/My Disk\\x/photos", "ext4"],
  ["/mnt/nas/2024", "cifs"],
])("%s lies on %s", (path, type) => {
  table = mounts;
  expect(mountType(path)).toBe(type);
});

test("shares whose locks cannot be trusted are known, whoever serves them; disks are none", () => {
  table = mounts;
  expect(["/mnt/nas/a", "/mnt/ssh/a", "/media/usb/a", "/home", "/mnt/nas2"].map(isShare)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("where the system has no such table nothing is known, and nothing is a share", () => {
  table = "none";
  expect([mountType("/home"), isShare("/home")]).toEqual([undefined, false]);
});

test("a folder is no mount point, the place of a file system is, and what is missing is none", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-mounts-"));
  expect([isMountPoint(folder), isMountPoint(join(folder, "none"))]).toEqual([false, false]);
  expect(mountPointOf(join(folder, "none"))).toBeUndefined();
  if (!readFileSync("/proc/mounts", "utf8").includes(" /proc proc")) return;
  expect([isMountPoint("/proc"), mountPointOf("/proc/self")]).toEqual([true, "/proc"]);
});
