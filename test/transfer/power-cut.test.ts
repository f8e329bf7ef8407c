/** The power goes at every single operation (by `npm run test:thorough`; at some, else) of a small backup, on a disk that keeps only what was flushed. */
import { createHash } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { CameraRoll } from "../../src/library/roll.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { foldName } from "../../src/shared/safe-name.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import type { RunSummary } from "../../src/transfer/events.ts";
import { everyPart, PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { makePlan } from "../../src/transfer/plan/plan.ts";
import { run } from "../../src/transfer/run/run.ts";
import { ForgettingDisk } from "../fakes/forgetting-disk.ts";
import { temporaryFolder } from "../helpers/engine.ts";
import { generated, startMock, truth } from "../helpers/mock.ts";
import { cases } from "../helpers/thorough.ts";

const files = [
  generated("/DCIM/100APPLE/IMG_0001.JPG", 30_000, "2024-01-01T10:00:00Z"),
  generated("/DCIM/100APPLE/IMG_0002.JPG", 31_000, "2024-01-01T10:00:00Z"),
  generated("/DCIM/101APPLE/IMG_0001.JPG", 32_000, "2024-01-01T10:00:00Z"),
  generated("/DCIM/100APPLE/IMG_0003.MOV", 9_000_000, "2024-02-01T10:00:00Z"),
];

async function backup(
  disk: ForgettingDisk,
  source: MediaSource,
  roll: CameraRoll,
  catalogFolder: string,
  reported: Set<string> = new Set(),
): Promise<RunSummary> {
  using catalog = Catalog.open(catalogFolder, { create: true })!;
  const destination = new LocalDestination("/", { disk });
  await catalog.items.reconcile(async (row) => {
    const stat = await destination.stat(row.target);
    return stat?.sizeBytes === row.sizeBytes && (await destination.hash(row.target)).sha256 === row.sha256;
  });
  const sizes = new Map([...disk.files()].map(([path, bytes]) => [foldName(path), bytes.length]));
  const plan = await makePlan(
    roll,
    {
      known({ item }) {
        const row = catalog.items.find(source.device.id, item);
        return row?.state === "done" && sizes.get(foldName(row.target)) === row.sizeBytes
          ? { ...row, isIdentified: true }
          : undefined;
      },
      takenStems: new Map(
        catalog.items.rows().map((r) => [foldName(r.target.replace(/\.[^./]*$/, "")), `${r.device}/${r.photoId}`]),
      ),
      sizeAt: (target) => sizes.get(foldName(target)),
      maxFileBytes: Number.MAX_SAFE_INTEGER,
    },
    {
      template: new PathTemplate("{year}/{month}/{name}"),
      selection: new Selection(),
      parts: everyPart,
      phoneName: "x",
      device: source.device.id,
    },
  );
  let summary: RunSummary | undefined;
  for await (const event of run(plan, source, destination, {
    runId: "r",
    catalog,
    clock: systemClock,
    verify: "hash",
    waitMs: 0,
  }))
    if (event.type === "summary") summary = event;
    else if (event.type === "item" && event.outcome === "copied") reported.add(event.target as string);
  await destination.sweep(() => false);
  return summary!;
}

test("at every operation index, whether the catalog survived or lost everything since the run began: nothing under a final name is torn, nothing is lost, nothing is twice", async () => {
  await using mock = await startMock({ files });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now: systemClock.now() });
  const hashes = new Map<string, string>();
  for (const { path } of files)
    hashes.set(
      createHash("sha256")
        .update(await truth(mock.phone, path))
        .digest("hex"),
      path,
    );
  const visible = (disk: ForgettingDisk): [string, string | undefined][] =>
    [...disk.files()]
      .filter(([path]) => !path.startsWith(".offroll"))
      .map(([path, bytes]) => [path, hashes.get(createHash("sha256").update(bytes).digest("hex"))]);

  const rehearsal = new ForgettingDisk();
  await rehearsal.mkdir("/.offroll");
  await rehearsal.syncFolder("/");
  expect((await backup(rehearsal, source, roll, temporaryFolder())).ok).toBe(true);
  const total = rehearsal.operations;
  expect(total).toBeGreaterThan(40);

  const empty = temporaryFolder();
  Catalog.open(empty, { create: true })![Symbol.dispose]();
  const goesOn = async (disk: ForgettingDisk, catalogFolder: string, when: string): Promise<void> => {
    const second = await backup(disk, source, roll, catalogFolder);
    expect(second.ok, `${when}: ${JSON.stringify(second.failures)} ${second.stoppedBy?.message}`).toBe(true);
    for (const [path, names] of disk.links()) expect(names, `${when}: ${path} has several names`).toBe(1);
    const after = visible(disk);
    expect(after.map(([, is]) => is).sort(), when).toEqual([...hashes.values()].sort());
  };
  let cuts = 0;
  const moments = cases(3, total, 6);
  for (const cutAt of moments) {
    const disk = new ForgettingDisk();
    await disk.mkdir("/.offroll");
    await disk.syncFolder("/");
    const catalogFolder = temporaryFolder();
    disk.cutAt = cutAt;
    const reported = new Set<string>();
    const first = await backup(disk, source, roll, catalogFolder, reported).catch(() => undefined);
    if (!first?.ok) cuts += 1;
    disk.restart();
    for (const [path, is] of visible(disk)) expect(is, `cut at ${cutAt}: ${path} is torn`).toBeDefined();
    // What was told as copied is on the disk, name and all.
    for (const target of reported)
      expect(disk.files().has(target), `cut at ${cutAt}: ${target} was reported and is gone`).toBe(true);
    const same = disk.copy();
    await goesOn(disk, catalogFolder, `cut at ${cutAt}`);
    copyFileSync(join(empty, "catalog.sqlite"), join(catalogFolder, "catalog.sqlite"));
    await goesOn(same, catalogFolder, `cut at ${cutAt}, without the catalog`);
    rmSync(catalogFolder, { recursive: true });
  }
  expect(cuts).toBeGreaterThan(moments.length / 2);
});
