/** A place that is no folder of this computer: whole backups run through it, and end as they do on a disk. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MediaItem, ReadOptions } from "../../src/device/media-source.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { readCatalog } from "../../src/transfer/catalog/catalog-home.ts";
import { changeCatalog } from "../../src/transfer/check/change-catalog.ts";
import { rebuildCatalog } from "../../src/transfer/check/rebuild.ts";
import { verifyDestination } from "../../src/transfer/check/verify.ts";
import type { MemoryDisk } from "../../src/transfer/destination/memory/memory-disk.ts";
import { makeMemoryPlace } from "../../src/transfer/destination/memory/memory-place.ts";
import { inspectDestination, openDestination } from "../../src/transfer/destination/open-place.ts";
import { openTransfer } from "../../src/transfer/transfer.ts";
import type { TransferOptions } from "../../src/transfer/transfer-options.ts";
import { MemorySource } from "../fakes/memory-source.ts";
import { temporaryFolder, transferOptions } from "../helpers/engine.ts";

const mib = 1024 * 1024;
const photos = (count: number): Map<string, Buffer> =>
  new Map(
    Array.from({ length: count }, (_, n) => [`/DCIM/100APPLE/IMG_${1000 + n}.JPG`, Buffer.alloc(1000 + n, n)] as const),
  );

/** Gives large pieces, each in memory of its own: what is hashed on another thread is copied there with all that it is a part of. */
class LargePieces extends MemorySource {
  override async *read(item: MediaItem, options?: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    let pieces: Uint8Array[] = [];
    for await (const chunk of super.read(item, options)) {
      pieces.push(chunk);
      if (pieces.length < 256) continue;
      yield Buffer.concat(pieces);
      pieces = [];
    }
    if (pieces.length > 0) yield Buffer.concat(pieces);
  }
}

let places = 0;

function place(capacityBytes?: number): { disk: MemoryDisk; dataFolder: string } {
  places += 1;
  return {
    disk: makeMemoryPlace(`memory:backup-${places}`, capacityBytes),
    dataFolder: join(temporaryFolder(), "data"),
  };
}

async function optionsFor(disk: MemoryDisk, dataFolder: string, over: Partial<TransferOptions> = {}) {
  const folder = await inspectDestination(disk.name, "/");
  return { ...transferOptions(temporaryFolder()), folder, dataFolder, kind: "backup" as const, ...over };
}

async function backup(source: MemorySource, disk: MemoryDisk, dataFolder: string, over: Partial<TransferOptions> = {}) {
  await using transfer = await openTransfer(source, await optionsFor(disk, dataFolder, over));
  const events = await Array.fromAsync(transfer.run());
  const summary = events.at(-1);
  if (summary?.type !== "summary") throw new Error("the last event is no summary");
  return summary;
}

async function verify(disk: MemoryDisk) {
  const { place } = await openDestination(disk.name, "/");
  using catalog = await readCatalog(place.metadata);
  if (!catalog) throw new Error("no catalog was brought there");
  await using destination = place.destination(await place.metadata.readId());
  return await verifyDestination(catalog, destination);
}

const visible = (disk: MemoryDisk): string[] => [...disk.files.keys()].filter((path) => !path.startsWith(".offroll"));

test("a backup goes there whole, with its catalog and its log, and a night with nothing new copies nothing", async () => {
  const { disk, dataFolder } = place();
  const source = new MemorySource(photos(40));
  expect(await backup(source, disk, dataFolder)).toMatchObject({ ok: true, outcomes: { copied: { items: 40 } } });
  expect(visible(disk)).toHaveLength(40);
  expect(disk.metadata?.catalog?.subarray(0, 15).toString()).toBe("SQLite format 3");
  expect(disk.metadata?.runs.size).toBe(1);
  expect(disk.lock).toBeUndefined();
  expect(await backup(source, disk, dataFolder)).toMatchObject({ ok: true, outcomes: { present: { items: 40 } } });
  expect(await verify(disk)).toMatchObject({ checked: 40, problems: [], foreign: [], unreadableFolders: [] });
  // Another computer knows what was copied, by the catalog that lies there.
  const elsewhere = join(temporaryFolder(), "other");
  expect(await backup(source, disk, elsewhere)).toMatchObject({ ok: true, outcomes: { copied: { items: 0 } } });
  // And what it wrote is newer than what the first one has here.
  expect(await backup(new MemorySource(photos(41)), disk, elsewhere)).toMatchObject({
    outcomes: { copied: { items: 1 } },
  });
  expect(await backup(new MemorySource(photos(41)), disk, dataFolder)).toMatchObject({
    outcomes: { copied: { items: 0 } },
  });
});

test("verify names what was damaged and what is missing, and leaves nothing of itself on this computer", async () => {
  const { disk, dataFolder } = place();
  await backup(new MemorySource(photos(10)), disk, dataFolder);
  const [torn, gone] = visible(disk) as [string, string];
  const file = disk.files.get(torn);
  disk.files.set(torn, { bytes: Buffer.alloc(file?.bytes.length ?? 0, 255), modifiedMs: file?.modifiedMs ?? 0 });
  disk.files.delete(gone);
  disk.files.set("another's.txt", { bytes: Buffer.from("x"), modifiedMs: 0 });
  const { problems, foreign } = await verify(disk);
  expect(problems.map((p) => [p.target, p.problem]).sort()).toEqual(
    [
      [torn, "damaged"],
      [gone, "missing"],
    ].sort(),
  );
  expect(foreign).toEqual(["another's.txt"]);
});

test.each([
  ["with what this computer kept", true],
  ["on another computer", false],
])("killed at many points and run again, %s: all is there once, whole", async (_, keepsData) => {
  const files = photos(12).set("/DCIM/100APPLE/MOV_1.MOV", Buffer.alloc(14 * mib, 7));
  for (const killAfter of [1, 5, 12]) {
    const { disk, dataFolder } = place();
    const source = new LargePieces(files);
    const transfer = await openTransfer(source, await optionsFor(disk, dataFolder));
    let outcomes = 0;
    for await (const event of transfer.run()) {
      if (event.type === "item") outcomes += 1;
      if (outcomes === killAfter) disk.endSessions();
    }
    await Promise.resolve(transfer[Symbol.asyncDispose]()).catch(() => {});
    const data = keepsData ? dataFolder : join(temporaryFolder(), "fresh");
    const again = await backup(new LargePieces(files), disk, data);
    expect(again).toMatchObject({ ok: true, listed: { items: files.size } });
    expect(visible(disk)).toHaveLength(files.size);
    expect(await verify(disk)).toMatchObject({ checked: files.size, problems: [], foreign: [] });
  }
});

test("a place that is taken away in mid-run ends it cleanly, and the next one goes on behind the part that arrived", async () => {
  const { disk, dataFolder } = place();
  const files = new Map([["/DCIM/100APPLE/MOV_1.MOV", Buffer.alloc(14 * mib, 7)]]);
  const source = new LargePieces(files);
  const { read } = source;
  let received = 0;
  source.read = async function* (item, options) {
    for await (const chunk of read.call(source, item, options)) {
      received += chunk.length;
      if (received > 10 * mib) disk.isAttached = false;
      yield chunk;
    }
  };
  const offsets: number[] = [];
  await expect(backup(source, disk, dataFolder)).rejects.toMatchObject({ code: "destination-io" });
  disk.isAttached = true;
  const next = new LargePieces(files);
  const original = next.read.bind(next);
  next.read = (item, options = {}) => {
    offsets.push(options.offset ?? 0);
    return original(item, options);
  };
  expect(await backup(next, disk, dataFolder)).toMatchObject({ ok: true, outcomes: { copied: { items: 1 } } });
  expect(offsets.some((offset) => offset > 0)).toBe(true);
  expect((await verify(disk)).problems).toEqual([]);
});

test("a place without room says so before the first byte, and two runs at a time are one", async () => {
  const { disk, dataFolder } = place(mib);
  const files = new Map([["/DCIM/100APPLE/MOV_1.MOV", Buffer.alloc(3 * mib, 7)]]);
  const full = await backup(new LargePieces(files), disk, dataFolder);
  expect(full.stoppedBy?.code).toBe("destination-full");
  expect(visible(disk)).toEqual([]);
  await using held = await openTransfer(new LargePieces(files), await optionsFor(disk, dataFolder));
  expect(held.plan.toCopy.items).toBe(1);
  await expect(backup(new LargePieces(files), disk, dataFolder)).rejects.toMatchObject({ code: "destination-in-use" });
});

test("a new place where no run begins is as it was", async () => {
  const { disk, dataFolder } = place();
  const transfer = await openTransfer(new MemorySource(photos(3)), await optionsFor(disk, dataFolder));
  expect(disk.metadata?.id).toBeDefined();
  await transfer.discard();
  expect(disk.metadata).toBeUndefined();
  const dry = await openTransfer(new MemorySource(photos(3)), await optionsFor(disk, dataFolder, { dryRun: true }));
  expect(dry.plan.toCopy.items).toBe(3);
  await dry.discard();
  expect(disk.metadata).toBeUndefined();
});

test("its catalog is changed and made anew as a folder's is", async () => {
  const { disk, dataFolder } = place();
  await backup(new MemorySource(photos(5)), disk, dataFolder);
  const folder = await inspectDestination(disk.name, "/");
  const options = { clock: systemClock, pid: process.pid, dataFolder };
  const counted = await changeCatalog(folder, options, (catalog) => catalog.items.rows({ state: "done" }).length);
  expect(counted).toBe(5);
  rmSync(join(dataFolder, "catalogs"), { recursive: true });
  const before = disk.metadata?.catalog;
  expect(await rebuildCatalog(folder, options)).toMatchObject({ registered: 5, missing: 0, runs: 1 });
  expect(disk.metadata?.catalog).not.toBe(before);
  expect(await verify(disk)).toMatchObject({ checked: 5, problems: [] });
  expect(existsSync(join(dataFolder, "catalogs"))).toBe(true);
  expect(readdirSync(join(dataFolder, "catalogs")).some((name) => name.includes("fetched"))).toBe(false);
});
