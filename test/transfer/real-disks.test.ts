/** Real file systems, where root may mount them: ext4, FAT32 and exFAT images, a tmpfs that fills up, a disk that turned read-only. */
import { copyFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { verifyDestination } from "../../src/transfer/check/index.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { type Disk, mountDisk, recipes } from "../helpers/disks.ts";
import { exportOnce, notWhole, sumsAddUp } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, startMock } from "../helpers/mock.ts";

const available = Object.keys(recipes).filter((name) => {
  using disk = mountDisk(name);
  return disk !== undefined;
});

const files = [
  ...Array.from({ length: 10 }, (_, i) => generated(`/DCIM/100APPLE/IMG_000${i}.JPG`, 100_000 + i)),
  generated("/DCIM/101APPLE/img_0001.jpg", 50_000),
  generated("/DCIM/101APPLE/é:?.JPG", 50_001),
  generated("/DCIM/101APPLE/IMG_0100.MOV", 10_000_000),
];
const media = files.map((f) => f.path);

test.runIf(process.env["CI"] === "true" && process.getuid?.() === 0)("ext4, exFAT and tmpfs can be mounted here", () =>
  expect(available).toEqual(expect.arrayContaining(["ext4", "exfat", "tmpfs"])),
);

for (const name of ["ext4", "fat32", "exfat"])
  test.skipIf(!available.includes(name))(`${name}: copied whole, once, under names it can hold; verified`, async () => {
    using disk = mountDisk(name) as Disk;
    await using mock = await startMock({ files });
    await using source = await mock.open();
    const result = await exportOnce(source, disk.root, { verify: "reread" });
    expect(result.summary.failures).toEqual([]);
    expect(result.summary.stoppedBy?.message).toBeUndefined();
    expect(result.summary.outcomes.copied.items).toBe(files.length);
    expect(await notWhole(mock.phone, media, disk.root)).toEqual([]);
    expect((await exportOnce(source, disk.root)).summary.outcomes.copied.items).toBe(0);
    expect([...filesBelow(disk.root)].filter((f) => !f.startsWith("lost+found"))).toHaveLength(files.length);
  });

test.skipIf(!available.includes("ext4"))("verify works on media that are read-only", async () => {
  using disk = mountDisk("ext4") as Disk;
  await using mock = await startMock({ files });
  await using source = await mock.open();
  await exportOnce(source, disk.root);
  disk.readOnly();
  {
    using catalog = Catalog.open(join(disk.root, ".offroll"), { create: false, readOnly: true })!;
    const result = await verifyDestination(catalog, new LocalDestination(disk.root));
    expect([result.checked, result.problems.length, result.reread]).toEqual([files.length, 0, "disk"]);
  }
  await expect(exportOnce(source, disk.root)).rejects.toMatchObject({ code: "destination-read-only" });
});

test.skipIf(!available.includes("tmpfs"))("on media that are read-only an earlier version's catalog is read", () => {
  using disk = mountDisk("tmpfs") as Disk;
  const stored = join(import.meta.dirname, "../../fixtures/catalogs");
  const names = readdirSync(stored);
  for (const name of names) {
    copyFileSync(join(stored, name), join(disk.root, name));
    // As a run that was killed leaves it: its journal would need memory that is shared through a file.
    using db = new DatabaseSync(join(disk.root, name));
    db.exec("PRAGMA journal_mode = WAL");
  }
  disk.readOnly();
  for (const name of names) {
    using catalog = Catalog.open(disk.root, { create: false, readOnly: true, name })!;
    expect(catalog.items.rows({ state: "done" })).toHaveLength(2);
  }
  expect(readdirSync(disk.root)).toEqual(names);
});

test.skipIf(!available.includes("tmpfs"))(
  "a disk that fills up in mid-run ends it cleanly; with room again the next run finishes",
  async () => {
    using disk = mountDisk("tmpfs") as Disk;
    const small = Array.from({ length: 20 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 100_000));
    await using mock = await startMock({ files: small, link: { bytesPerSecond: 3_000_000 } });
    await using source = await mock.open();
    const full = await exportOnce(source, disk.root, {
      // The plan fits; then somebody else takes the room.
      reservedBytes: 0,
      onEvent: (e) => e.type === "started" && writeFileSync(join(disk.root, "somebody's.bin"), Buffer.alloc(4_900_000)),
    });
    expect(full.summary.stoppedBy?.code).toBe("destination-full");
    expect(full.summary.outcomes.cancelled.items).toBeGreaterThan(0);
    expect(sumsAddUp(full)).toBe(true);
    rmSync(join(disk.root, "somebody's.bin"));
    expect(
      await notWhole(
        mock.phone,
        small.map((f) => f.path),
        disk.root,
      ),
    ).toEqual([]);
    const next = await exportOnce(source, disk.root, { reservedBytes: 0 });
    expect(next.summary.ok).toBe(true);
    expect([...filesBelow(disk.root)]).toHaveLength(small.length);
  },
);
