import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { DiskPort } from "../../../../src/transfer/destination/local/disk-port.ts";
import { LocalDestination } from "../../../../src/transfer/destination/local/local-destination.ts";
import { nodeDisk } from "../../../../src/transfer/destination/local/node-disk.ts";
import { diskStat } from "../../../../src/transfer/destination/local/node-disk-file.ts";
import { type DestinationHarness, testDestination } from "../../../conformance/destination.ts";
import { filesBelow } from "../../../helpers/files-below.ts";

const id = "22222222-2222-4222-8222-222222222222";

async function open(disk: DiskPort = nodeDisk, more: Partial<DestinationHarness> = {}) {
  const root = await mkdtemp(join(tmpdir(), "offroll-dest-"));
  mkdirSync(join(root, ".offroll"));
  writeFileSync(join(root, ".offroll/destination.json"), JSON.stringify({ id }));
  const destination = new LocalDestination(root, { disk, id });
  return {
    root,
    destination,
    restart: async () => new LocalDestination(root, { disk, id }),
    pull: async () => renameSync(root, `${root}-away`),
    plugIn: async () => renameSync(`${root}-away`, root),
    visible: async () => [...filesBelow(root)].sort(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
    ...more,
  };
}

testDestination("a local folder", () => open());

const { openDoor: _, ...withoutHandles } = nodeDisk;
testDestination("a local folder, by looking", () => open(withoutHandles));

/** Some FUSE file systems keep no dates. */
const withoutDates: DiskPort = {
  ...nodeDisk,
  async open(path, mode, options) {
    const file = await nodeDisk.open(path, mode, options);
    file.setModified = async () => {
      throw Object.assign(new Error("no dates"), { code: "EPERM" });
    };
    return file;
  },
};
testDestination("a file system without dates", () => open(withoutDates, { keepsNoDates: true }));

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

const mib = 1024 * 1024;
const bigKey = "b".repeat(64);

/** A run is killed: 20 MiB of a file are flushed, 10 more are written. */
async function leavePartial(root: string): Promise<void> {
  const file = await new LocalDestination(root, {}).create({ key: bigKey, sizeBytes: 100 * mib });
  for (let i = 0; i < 20; i += 1) await file.write(Buffer.alloc(mib, i));
  await file.flush();
  for (let i = 20; i < 30; i += 1) await file.write(Buffer.alloc(mib, i));
  await file.readBack(0, 1); // everything is written, not everything is flushed
}

const partialsOf = (root: string): string[] => readdirSync(join(root, ".offroll/partials"));
const onlyPartial = (root: string): string =>
  join(root, ".offroll/partials", partialsOf(root).find((n) => n.endsWith(".part")) as string);

test("only what was flushed is continued from, under a name of the new run's", async () => {
  await using h = await open();
  await leavePartial(h.root);
  const before = onlyPartial(h.root);
  await using file = await h.destination.create({ key: bigKey, sizeBytes: 100 * mib });
  expect(file.offset).toBe(20 * mib);
  let sum = 0;
  for (let i = 0; i < 20; i += 1) sum = crc32(Buffer.alloc(mib, i), sum);
  expect(file.offsetCrc32).toBe(sum);
  expect(partialsOf(h.root)).toHaveLength(2);
  expect(onlyPartial(h.root)).not.toBe(before);
  // Written to its end, it has the size that it should have, though more was there than is its own.
  await file.write(Buffer.alloc(mib, 20));
  expect(await file.commit("cut.bin", undefined)).toBe("stored");
  expect((await h.destination.stat("cut.bin"))?.sizeBytes).toBe(21 * mib);
  expect(partialsOf(h.root)).toEqual([]);
});

test.each([[1000], [20 * mib], [100 * mib]])(
  "a finished file of %d bytes whose partial is its second name is never opened, cut or written to",
  async (sizeBytes) => {
    await using h = await open();
    await leavePartial(h.root);
    const partial = onlyPartial(h.root);
    rmSync(partial);
    writeFileSync(join(h.root, "whole.bin"), Buffer.alloc(sizeBytes, 9));
    linkSync(join(h.root, "whole.bin"), partial);
    {
      await using file = await h.destination.create({ key: bigKey, sizeBytes: 100 * mib });
      expect(file.offset).toBe(0);
      await file.write(Buffer.alloc(mib, 5));
      await file.restart();
      await file.write(Buffer.alloc(mib, 6));
      expect(await file.commit("other.bin", undefined)).toBe("stored");
    }
    expect(readFileSync(join(h.root, "whole.bin")).equals(Buffer.alloc(sizeBytes, 9))).toBe(true);
    expect(statSync(join(h.root, "whole.bin")).nlink).toBe(1);
  },
);

test("where the file system hides second names, a whole file that is taken for a partial stays whole", async () => {
  const forgetful: DiskPort = {
    ...nodeDisk,
    async open(path, mode, options) {
      const file = await nodeDisk.open(path, mode, options);
      file.stat = async () => ({ ...diskStat(statSync(path)), links: 1 });
      return file;
    },
  };
  await using h = await open(forgetful);
  await leavePartial(h.root);
  const whole = Buffer.concat(Array.from({ length: 30 }, (_, i) => Buffer.alloc(mib, i)));
  linkSync(onlyPartial(h.root), join(h.root, "whole.bin"));
  {
    await using file = await h.destination.create({ key: bigKey, sizeBytes: 100 * mib });
    expect(file.offset).toBe(20 * mib);
    await file.restart();
    await file.write(Buffer.alloc(mib, 77));
  }
  expect(readFileSync(join(h.root, "whole.bin")).equals(whole)).toBe(true);
});

test("a link, a pipe or a folder under a partial's name is left alone, and the file begun anew", async () => {
  for (const plant of [
    (path: string) => symlinkSync("/etc/hostname", path),
    (path: string) => execFileSync("mkfifo", [path]),
  ]) {
    await using h = await open();
    await leavePartial(h.root);
    const partial = onlyPartial(h.root);
    rmSync(partial);
    plant(partial);
    await using file = await h.destination.create({ key: bigKey, sizeBytes: 100 * mib });
    expect(file.offset).toBe(0);
  }
});

test("of two runs that know nothing of each other, what gets a name is whole", async () => {
  await using h = await open();
  const other = new LocalDestination(h.root, {});
  const later = new LocalDestination(h.root, {});
  for (const sizeBytes of [1000, 20 * mib]) {
    const options = { key: "e".repeat(64), sizeBytes };
    await using first = await h.destination.create(options);
    await first.write(Buffer.alloc(1000, 1));
    await first.flush();
    for (const [i, run] of [other, later].entries()) {
      await using file = await run.create(options);
      await file.restart();
      await file.write(Buffer.alloc(1000, 2 + i));
      await first.write(Buffer.alloc(1000, 1));
      expect(await file.commit(`${i}-${sizeBytes}`, undefined)).toBe("stored");
    }
    // It may have lost its partial to a run that took it for dead, and then says so.
    await first.commit(`first-${sizeBytes}`, undefined).catch(() => {});
  }
  for (const name of await h.visible()) {
    const bytes = readFileSync(join(h.root, name));
    const [fill] = bytes;
    expect(bytes.equals(Buffer.alloc(fill === 1 ? 3000 : 1000, fill)), name).toBe(true);
  }
});

test("what is put in a partial's place while it is written does not get the photo's name", async () => {
  await using h = await open();
  await using file = await h.destination.create({ key: "f".repeat(64), sizeBytes: 4 });
  await file.write(Buffer.from("real"));
  await file.written();
  const partial = onlyPartial(h.root);
  rmSync(partial);
  symlinkSync("/etc/hostname", partial);
  await expect(file.commit("a.jpg", undefined)).rejects.toMatchObject({ code: "destination-unsafe" });
  expect(await h.visible()).toEqual([]);
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
