/** Read back before the name is given: where that was asked for, nothing unproven ever stands under its final name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";
import { damagingDisk } from "../fakes/damaging-disk.ts";
import { MemorySource } from "../fakes/memory-source.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";

const files = new Map(
  [1, 2, 3, 4].map((n) => [`/DCIM/100APPLE/IMG_000${n}.JPG`, Buffer.alloc(20_000 + n, n)] as const),
);
const names = [...files.keys()].map((path) => `2024/05/${path.slice(path.lastIndexOf("/") + 1)}`);
/** A folder that is read whole: what a person sees, with the bytes. */
const seen = (to: string): Record<string, Buffer> =>
  Object.fromEntries([...filesBelow(to)].sort().map((f) => [f, readFileSync(join(to, f))]));
const all = Object.fromEntries(names.map((name, i) => [name, [...files.values()][i]]));

test("what a disk damaged while it was written never gets its name, and the next run gives it to the good one", async () => {
  const source = new MemorySource(files);
  const to = temporaryFolder();
  const disk = damagingDisk((_, number) => number % 2 === 1);
  const first = await exportOnce(source, to, { verify: "reread", disk });
  expect(first.summary.ok).toBe(false);
  expect(first.summary.failures.map((f) => f.code)).toEqual(["destination-mismatch", "destination-mismatch"]);
  for (const [name, bytes] of Object.entries(seen(to))) expect(bytes.equals(all[name] as Buffer)).toBe(true);
  expect(Object.keys(seen(to))).toHaveLength(2);

  const second = await exportOnce(source, to, { verify: "reread" });
  expect(second.summary.outcomes).toMatchObject({ copied: { items: 2 }, present: { items: 2 } });
  expect(seen(to)).toEqual(all);
});

test("a copy of a stored file is read back too, before it has a name", async () => {
  const to = temporaryFolder();
  await exportOnce(new MemorySource(files), to);
  const [from = ""] = names;
  const copy = (disk: DiskPort) => new LocalDestination(to, { disk }).duplicate(from, "Albums/a.JPG", "copy");
  await expect(copy(damagingDisk(() => true))).rejects.toMatchObject({ code: "destination-mismatch" });
  expect(Object.keys(seen(to))).toEqual(names);
  expect(await copy(nodeDisk)).toBe("stored");
  expect(seen(to)["Albums/a.JPG"]).toEqual(all[from]);
});

test("without reading back, a damaged file has its name: what verify is for", async () => {
  const source = new MemorySource(files);
  const to = temporaryFolder();
  const { summary } = await exportOnce(source, to, { verify: "hash", disk: damagingDisk((_, number) => number === 0) });
  expect(summary.ok).toBe(true);
  expect(Object.keys(seen(to))).toEqual(names);
  expect(seen(to)).not.toEqual(all);
});
