import { cp, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FolderTraits, identifyFolder, identityOf } from "../../../src/device/folder/folder-identity.ts";
import { openFolder } from "../../../src/device/folder/found-folder.ts";
import { mountIn } from "../../../src/device/folder/mounts.ts";

async function withFolder<T>(work: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), "offroll-identity-"));
  try {
    return await work(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function makeFolder(path: string): Promise<string> {
  await mkdir(join(path, "DCIM"), { recursive: true });
  await writeFile(join(path, "DCIM", "a.jpg"), "a");
  return path;
}

test("two folders of one name are two; one that is moved or written to stays itself, a copy is another", async () => {
  await withFolder(async (home) => {
    const first = await makeFolder(join(home, "a", "CARD"));
    const second = await makeFolder(join(home, "b", "CARD"));
    const id = async (path: string) => (await openFolder(path)).info.id;
    const before = await id(first);
    expect(await id(second)).not.toBe(before);
    await writeFile(join(first, "new.jpg"), "b");
    expect(await id(first)).toBe(before);
    await rename(first, join(home, "elsewhere"));
    expect(await id(join(home, "elsewhere"))).toBe(before);
    await symlink(join(home, "elsewhere"), join(home, "link"));
    expect(await id(join(home, "link"))).toBe(before);
    await cp(join(home, "elsewhere"), join(home, "copy"), { recursive: true });
    expect(await id(join(home, "copy"))).not.toBe(before);
  });
});

test("another folder in the place of the first is another", async () => {
  await withFolder(async (home) => {
    const path = await makeFolder(join(home, "CARD"));
    const before = await identifyFolder(path);
    const { birthtimeNs } = await stat(path, { bigint: true });
    await rm(path, { recursive: true });
    // The disk's clock ticks every few milliseconds, and a number that was given back is given out again.
    do await writeFile(join(home, "tick"), "");
    while ((await stat(join(home, "tick"), { bigint: true })).mtimeNs === birthtimeNs);
    await makeFolder(path);
    expect((await identifyFolder(path)).id).not.toBe(before.id);
  });
});

test("a card's DCIM is the card, whichever of the two is named", async () => {
  await withFolder(async (home) => {
    const path = await makeFolder(join(home, "CARD"));
    const [card, dcim] = [await openFolder(path), await openFolder(join(path, "DCIM"))];
    expect(dcim.info.id).toBe(card.info.id);
    expect(dcim.info.name).toBe("CARD");
    expect(dcim.layout.prefix).toBe("/DCIM");
  });
});

test("where no file system keeps when a folder was made, the path alone tells it, and is not trusted", async () => {
  // /proc keeps no such time and lies on no disk.
  expect(await identifyFolder("/proc")).toMatchObject({ hasSerial: false });
});

const ofDisk: FolderTraits = {
  root: "/home/me/card",
  number: 4711n,
  madeNs: 1_700_000_000_123_456_789n,
  mount: { at: "/", root: "/", type: "ext4", source: "/dev/vda" },
  volume: undefined,
};
const ofCard: FolderTraits = {
  root: "/media/me/EOS/DCIM",
  number: 1n,
  madeNs: 1_700_000_000_120_000_000n,
  mount: { at: "/media/me/EOS", root: "/", type: "vfat", source: "/dev/sdb1" },
  volume: "1234-ABCD",
};

test("a number that is given out again is another folder; the place on the computer does not matter", () => {
  const { id, hasSerial } = identityOf(ofDisk);
  expect(hasSerial).toBe(true);
  expect(identityOf({ ...ofDisk, madeNs: ofDisk.madeNs + 1n }).id).not.toBe(id);
  expect(identityOf({ ...ofDisk, number: 4712n }).id).not.toBe(id);
  expect(identityOf({ ...ofDisk, root: "/elsewhere", mount: ofCard.mount }).id).toBe(id);
});

test("a card is its volume and the path on it, wherever it is mounted and by whatever number", () => {
  const { id, hasSerial } = identityOf(ofCard);
  expect(hasSerial).toBe(true);
  const elsewhere = { at: "/media/me/EOS1", root: "/", type: "vfat", source: "/dev/sdc1" };
  expect(identityOf({ ...ofCard, root: "/media/me/EOS1/DCIM", number: 9n, mount: elsewhere }).id).toBe(id);
  expect(identityOf({ ...ofCard, madeNs: 0n }).id).toBe(id);
  expect(identityOf({ ...ofCard, volume: "5678-ABCD" }).id).not.toBe(id);
  expect(identityOf({ ...ofCard, root: "/media/me/EOS/DCIM2" }).id).not.toBe(id);
  const alone = { at: "/mnt/dcim", root: "/DCIM", type: "vfat", source: "/dev/sdb1" };
  expect(identityOf({ ...ofCard, root: "/mnt/dcim", mount: alone }).id).toBe(id);
});

test("a mounted phone is its path and what is mounted there, which another may be", () => {
  const mounted: FolderTraits = {
    ...ofCard,
    root: "/mnt/phone",
    volume: undefined,
    mount: { at: "/mnt/phone", root: "/", type: "fuse.ifuse", source: "ifuse" },
  };
  const { id, hasSerial } = identityOf(mounted);
  expect(hasSerial).toBe(false);
  expect(identityOf({ ...mounted, root: "/mnt/phone2" }).id).not.toBe(id);
  // The empty folder that stays when nothing is mounted is not the phone.
  expect(identityOf({ ...mounted, mount: ofDisk.mount }).id).not.toBe(id);
  expect(identityOf({ ...mounted, mount: undefined }).hasSerial).toBe(false);
});

const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 8:17 / /media/me/EOS\\040DIGITAL rw,nosuid - vfat /dev/sdb1 rw,uid=1000
41 27 8:33 /sub /mnt/bind rw - ext4 /dev/sdc1 rw
42 27 0:50 / /mnt/phone rw - fuse.ifuse ifuse rw
43 42 0:51 / /mnt/phone rw - fuse.other other rw
broken line
`;

test("the mount that holds a path is the longest, and of two on one place the later", () => {
  expect(mountIn(mountinfo, "/home/me")).toEqual({ at: "/", root: "/", type: "ext4", source: "/dev/vda" });
  expect(mountIn(mountinfo, "/media/me/EOS DIGITAL/DCIM")).toMatchObject({ type: "vfat", source: "/dev/sdb1" });
  expect(mountIn(mountinfo, "/media/me/EOS DIGITAL2")).toMatchObject({ type: "ext4", source: "/dev/vda" });
  expect(mountIn(mountinfo, "/mnt/bind/x")).toMatchObject({ at: "/mnt/bind", root: "/sub" });
  expect(mountIn(mountinfo, "/mnt/phone")).toMatchObject({ type: "fuse.other" });
});
