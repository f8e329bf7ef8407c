import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DiskPort } from "../../../src/transfer/destination/disk-port.ts";
import { nodeDisk } from "../../../src/transfer/destination/node-disk.ts";
import { filesBelow, LocalDestination } from "../../../src/transfer/index.ts";
import { testDestination } from "../../conformance/destination.ts";

async function open(disk: DiskPort = nodeDisk, bootId = "boot-1") {
  const root = await mkdtemp(join(tmpdir(), "offroll-dest-"));
  mkdirSync(join(root, ".offroll"));
  const destination = new LocalDestination(root, { disk, bootId });
  return {
    root,
    destination,
    visible: async () => [...filesBelow(root)].sort(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

testDestination("a local folder", () => open());

/** exFAT and FAT refuse hard links. */
const withoutLinks: DiskPort = {
  ...nodeDisk,
  link: async () => {
    throw Object.assign(new Error("no links"), { code: "EPERM" });
  },
};
testDestination("a file system without hard links", () => open(withoutLinks));

/** A stick whose every write takes its time. */
const slow: DiskPort = {
  ...nodeDisk,
  async open(path, mode) {
    const file = await nodeDisk.open(path, mode);
    const writev = file.writev.bind(file);
    file.writev = async (buffers, position) => {
      await new Promise((done) => setTimeout(done, 5));
      await writev(buffers, position);
    };
    return file;
  },
};
testDestination("a slow disk", () => open(slow));

test("what other programs left among the partials stays", async () => {
  await using h = await open();
  mkdirSync(join(h.root, ".offroll/partials"));
  writeFileSync(join(h.root, ".offroll/partials/IMG_0001.JPG.part"), "somebody's");
  expect(await h.destination.sweep(() => false)).toBe(0);
  expect(existsSync(join(h.root, ".offroll/partials/IMG_0001.JPG.part"))).toBe(true);
});

test("a symbolic link below the root is never followed", async () => {
  await using h = await open();
  const outside = await mkdtemp(join(tmpdir(), "offroll-outside-"));
  symlinkSync(outside, join(h.root, "2024"));
  await using file = await h.destination.create({ key: "a".repeat(64), sizeBytes: 1 });
  await file.write(Buffer.from("x"));
  await expect(file.commit("2024/05/a.jpg", undefined)).rejects.toMatchObject({ code: "destination-unsafe" });
  expect([...filesBelow(outside)]).toEqual([]);
  symlinkSync(join(outside, "target.jpg"), join(h.root, "link.jpg"));
  expect(await file.commit("link.jpg", undefined)).toBe("name-taken");
  expect([...filesBelow(outside)]).toEqual([]);
});

test("after a new start of the computer only what was flushed is continued from", async () => {
  await using h = await open();
  const size = 100 * 1024 * 1024;
  const key = "b".repeat(64);
  const first = await h.destination.create({ key, sizeBytes: size });
  for (let i = 0; i < 20; i += 1) await first.write(Buffer.alloc(1024 * 1024, i));
  await first.flush();
  for (let i = 20; i < 30; i += 1) await first.write(Buffer.alloc(1024 * 1024, i));
  await first.readBack(0, 1); // everything is written, not everything is flushed
  await using same = await new LocalDestination(h.root, { bootId: "boot-1" }).create({ key, sizeBytes: size });
  expect(same.offset).toBe(30 * 1024 * 1024);
  await same.restart();
  same.keep();
  const again = await h.destination.create({ key: "c".repeat(64), sizeBytes: size });
  for (let i = 0; i < 20; i += 1) await again.write(Buffer.alloc(1024 * 1024, i));
  await again.flush();
  for (let i = 20; i < 30; i += 1) await again.write(Buffer.alloc(1024 * 1024, i));
  await again.readBack(0, 1);
  await using rebooted = await new LocalDestination(h.root, { bootId: "boot-2" }).create({
    key: "c".repeat(64),
    sizeBytes: size,
  });
  expect(rebooted.offset).toBe(20 * 1024 * 1024);
});

test.each([
  ["ENOSPC", "destination-full"],
  ["EROFS", "destination-read-only"],
  ["EACCES", "destination-no-permission"],
  ["EIO", "destination-io"],
])("%s while writing is %s", async (code, expected) => {
  const failing: DiskPort = {
    ...nodeDisk,
    async open(path, mode) {
      const file = await nodeDisk.open(path, mode);
      return new Proxy(file, {
        get(target, property, receiver) {
          if (property === "writev") return () => Promise.reject(Object.assign(new Error(code), { code }));
          const value = Reflect.get(target, property, target) as unknown;
          void receiver;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
  await using h = await open(failing);
  await using file = await h.destination.create({ key: "d".repeat(64), sizeBytes: 3 });
  await file.write(Buffer.from("abc"));
  await expect(file.commit("a.jpg", undefined)).rejects.toMatchObject({ code: expected });
  expect(await h.visible()).toEqual([]);
});
