/** A large catalog is looked through for damage beside the main thread, and a damaged one is found all the same. */
import { mkdtempSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { isWholeCatalog } from "../../../src/transfer/catalog/check.ts";
import { catalogName } from "../../../src/transfer/destination/metadata-folder.ts";
import { openTransfer } from "../../../src/transfer/index.ts";
import { MemorySource } from "../../fakes/memory-source.ts";
import { exportOnce, temporaryFolder, transferOptions } from "../../helpers/engine.ts";

const rows = 15_000;

async function large(folder: string): Promise<string> {
  const file = join(folder, catalogName);
  using catalog = Catalog.open(folder, { create: true }) as Catalog;
  const numbers = Array.from({ length: rows }, (_, n) => n);
  await catalog.inPages(numbers, (n) => {
    const path = `/DCIM/100APPLE/IMG_${n}.JPG`;
    const item = { id: path, path, name: "", area: "camera-roll" as const, sizeBytes: n, createdAt: undefined };
    const row = { target: `2024/05/IMG_${n}.JPG`, sha256: "0".repeat(64), photoId: "00000000", uuid: undefined };
    const rest = { role: "original" as const, captured: undefined, copiedAt: n, runId: "r" };
    catalog.items.markDone("d", { ...item, modifiedAt: undefined }, { ...row, ...rest });
  });
  expect(catalog.items.held("d").files).toBe(rows);
  return file;
}

/** As a failing disk does: some pages are nonsense. */
function damage(file: string): void {
  const handle = openSync(file, "r+");
  for (let at = 400_000; at < statSync(file).size; at += 400_000)
    writeSync(handle, Buffer.alloc(4096, 0x5a), 0, 4096, at);
}

test("a whole one is found whole; a small, damaged or missing one is left to who opens it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-check-"));
  const file = await large(folder);
  const before = readFileSync(file);
  expect(await isWholeCatalog(file)).toBe(true);
  expect(readFileSync(file).equals(before)).toBe(true);
  damage(file);
  expect(await isWholeCatalog(file)).toBe(false);
  expect(await isWholeCatalog(join(folder, "nothing"))).toBe(false);
  writeFileSync(join(folder, "small"), "x");
  expect(await isWholeCatalog(join(folder, "small"))).toBe(false);
});

test("who asks for an end waits for no check", async () => {
  const file = await large(mkdtempSync(join(tmpdir(), "offroll-check-")));
  const stop = new AbortController();
  const looking = isWholeCatalog(file, { signal: stop.signal });
  setImmediate(() => stop.abort());
  await expect(looking).rejects.toMatchObject({ code: "cancelled" });
});

test("a run stops at a damaged one", async () => {
  const source = new MemorySource(new Map([["/DCIM/100APPLE/IMG_0001.JPG", Buffer.alloc(100)]]));
  const to = temporaryFolder();
  await exportOnce(source, to);
  damage(await large(join(to, ".offroll")));
  await expect(openTransfer(source, transferOptions(to))).rejects.toMatchObject({ code: "catalog-corrupt" });
});
