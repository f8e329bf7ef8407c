import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { BlockPool, blockBytes } from "../../../src/shared/block-pool.ts";
import { Hasher } from "../../../src/transfer/run/content-hash.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("large and small files at once have the hashes of their bytes, and every block comes back", async () => {
  await using hasher = new Hasher();
  const blocks = new BlockPool();
  const files = [5 * blockBytes + 17, 3 * blockBytes, 40_000, blockBytes].map((size) => randomBytes(size));
  const hashes = files.map((f) => hasher.start(f.length));
  let back = 0;
  for (let at = 0; at < 6 * blockBytes; at += blockBytes)
    for (const [i, file] of files.entries()) {
      const part = file.subarray(at, at + blockBytes);
      if (part.length === 0) continue;
      const block = blocks.take(part.length);
      block.set(part);
      hashes[i]?.update(block, () => {
        back += 1;
        blocks.give(block);
      });
    }
  expect(await Promise.all(hashes.map((h) => h.digest()))).toEqual(files.map(sha256));
  expect(back).toBe(6 + 3 + 1 + 1);
  expect(blocks.peakBytes).toBeLessThanOrEqual(11 * blockBytes);
});

test("a hash that nobody needs any more disturbs no other", async () => {
  await using hasher = new Hasher();
  const [gone, kept] = [hasher.start(9 * blockBytes), hasher.start(9 * blockBytes)];
  const bytes = randomBytes(blockBytes);
  gone.update(bytes);
  kept.update(bytes);
  gone.discard();
  expect(await kept.digest()).toBe(sha256(bytes));
});

test("a thread that ends takes no promise with it", async () => {
  const hasher = new Hasher();
  const hash = hasher.start(9 * blockBytes);
  let isBack = false;
  hash.update(randomBytes(blockBytes), () => {
    isBack = true;
  });
  await hasher[Symbol.asyncDispose]();
  await expect(hash.digest()).rejects.toThrow("ended");
  expect(isBack).toBe(true);
});

test("a block is used again; memory that is none is left alone", () => {
  const blocks = new BlockPool();
  const first = blocks.take(blockBytes);
  blocks.give(first.subarray(10, 20));
  const second = blocks.take(600_000);
  expect(second.byteOffset).toBe(first.byteOffset);
  expect(second.byteOffset % 4096).toBe(0);
  blocks.give(Buffer.alloc(10));
  const small = blocks.take(10);
  expect(small.length).toBe(10);
  blocks.give(small);
  expect(blocks.take(60_000).byteOffset).toBe(small.byteOffset);
  expect(blocks.take(blockBytes).byteOffset).not.toBe(second.byteOffset);
});
