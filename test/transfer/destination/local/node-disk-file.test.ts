/** Writes past the page cache: the same bytes, wherever the file system allows it or not. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BlockPool, blockBytes } from "../../../../src/shared/block-pool.ts";
import { mountType } from "../../../../src/shared/mounts.ts";
import { nodeDisk } from "../../../../src/transfer/destination/local/node-disk.ts";

const blocks = new BlockPool();

function inBlocks(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const part = bytes.subarray(at, at + blockBytes);
    const block = blocks.take(part.length);
    block.set(part);
    parts.push(block);
  }
  return parts;
}

/** Whether this process has the file open past the cache, as the kernel tells. */
function isOpenPastCache(path: string): boolean {
  const flags = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
        ? [/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]]
        : [];
    } catch {
      return []; // closed since it was listed
    }
  });
  const direct = 0o40000; // O_DIRECT of x86; arm64 has 0o200000
  return flags.some((f) => (Number.parseInt(f ?? "0", 8) & (process.arch === "arm64" ? 0o200000 : direct)) !== 0);
}

for (const where of [tmpdir(), "/dev/shm"])
  test.skipIf(process.platform !== "linux")(`in ${where}: whole blocks, an odd end, and an odd beginning`, async () => {
    const folder = mkdtempSync(join(where, "offroll-direct-"));
    try {
      for (const [name, start] of [
        ["even", 0],
        ["odd", 7],
      ] as const) {
        const bytes = randomBytes(start + 3 * blockBytes + 12_345);
        const path = join(folder, name);
        const file = await nodeDisk.open(path, "create", { pastCache: true });
        await file.writev([bytes.subarray(0, start)], 0);
        await file.writev(inBlocks(bytes.subarray(start)), start);
        await file.sync();
        if (/^(ext[234]|xfs)$/.test(mountType(where) ?? "")) expect(isOpenPastCache(path)).toBe(start === 0);
        const head = Buffer.alloc(100);
        expect(await file.read(head, blockBytes - 50)).toBe(100);
        expect(head.equals(bytes.subarray(blockBytes - 50, blockBytes + 50))).toBe(true);
        await file.close();
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }
      const asked = await nodeDisk.open(join(folder, "plain"), "create");
      await asked.writev(inBlocks(randomBytes(blockBytes)), 0);
      expect(isOpenPastCache(join(folder, "plain"))).toBe(false);
      await asked.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
