/** A lost catalog, made anew: everything that was known is known again. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LibraryDescription } from "../../../fixtures/make/photos-library.ts";
import type { MediaSource } from "../../../src/device/media-source.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import { changeCatalog, type RebuildResult, rebuildCatalog } from "../../../src/transfer/check/index.ts";
import { inspectFolder } from "../../../src/transfer/destination/local/local-folder.ts";
import type { TransferOptions } from "../../../src/transfer/index.ts";
import { PathTemplate } from "../../../src/transfer/plan/index.ts";
import { exportOnce, type RunResult, temporaryFolder } from "../../helpers/engine.ts";
import { filesBelow } from "../../helpers/files-below.ts";
import { asset, libraryOptions, libraryPhone } from "../../helpers/library-phone.ts";
import { startMock } from "../../helpers/mock.ts";

const live = asset({ filename: "IMG_0001.HEIC", kindSubtype: 2 });
const other = asset({ filename: "IMG_0002.JPG" });
const cloud = asset({ filename: "IMG_0003.HEIC", original: "cloud" });
const library = (...more: LibraryDescription["assets"]): LibraryDescription => ({
  assets: [live, other, ...more],
  albums: [{ title: "Lisbon", assets: [live.uuid] }],
});
const extras = { albumsAs: "links", sidecar: "xmp" } as const;

async function withPhone<T>(described: LibraryDescription, use: (source: MediaSource) => Promise<T>): Promise<T> {
  const phone = libraryPhone(described);
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  return await use(source);
}

const backup = (source: MediaSource, to: string, over: Partial<TransferOptions> = {}): Promise<RunResult> =>
  exportOnce(source, to, {
    template: new PathTemplate("{name}"),
    extras,
    verify: "reread",
    library: libraryOptions(),
    ...over,
  });

const options = (to: string) => ({ clock: systemClock, pid: process.pid, dataFolder: join(to, "..", "data") });
const rebuild = (to: string): Promise<RebuildResult> => rebuildCatalog(inspectFolder(to, "/"), options(to));

/** All that a catalog tells, but for when files were last read. */
function told(to: string): unknown {
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  return {
    devices: catalog.devices.all().map(({ lastSeen: _, ...device }) => device),
    rows: catalog.items.rows().map(({ copiedAt: _, readBack, storedMs, ...row }) => {
      const found = readBack?.found;
      // What is not what was copied has a time that says nothing.
      return { ...row, found, storedMs: found === "whole" ? storedMs : undefined };
    }),
    extras: catalog.made.files(),
    runs: catalog.runs.all().map(({ startedAt: _, finishedAt, summary, ...run }) => ({
      ...run,
      isFinished: finishedAt !== undefined,
      summary: JSON.parse(summary ?? "{}"),
    })),
    failures: catalog.settled.failures(),
    ignored: catalog.settled.ignored(),
    copies: catalog.copies.all(),
    copyOf: catalog.copies.copyOf(),
  };
}

test("files, runs, completions, sidecars, album links, failures, copies and what was ignored are known again", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), async (source) => {
    const nightly = { kind: "backup", command: "offroll backup" } as const;
    await backup(source, to, nightly);
    const file = join(to, "IMG_0002.JPG");
    writeFileSync(file, Buffer.alloc(readFileSync(file).length));
    await changeCatalog(inspectFolder(to, "/"), options(to), (catalog) => {
      const [row] = catalog.items.rows().filter((r) => r.target === "IMG_0002.JPG");
      catalog.items.noteRead("IMG_0002.JPG", row?.sha256, { at: 1, found: "damaged" });
      const key = {
        device: "x",
        path: "/a",
        sizeBytes: 1,
        createdMs: 0,
        modifiedMs: 1,
        uuid: "u",
        role: "raw",
      } as const;
      catalog.settled.ignore(key, "asked", 1);
      catalog.copies.add({ name: "usb", id: "c1", path: "/mnt/usb", addedAt: 1 });
      catalog.copies.note("usb", { result: "complete", completeAt: 2, files: 3 });
      catalog.copies.noteCopyOf({ id: "f1", name: "attic", path: "/mnt/one", completeAt: 1 });
    });
    expect((await backup(source, to, nightly)).summary).toMatchObject({ ok: false, knownFailures: 0 });
    const again = await backup(source, to, nightly);
    expect(again.summary).toMatchObject({ outcomes: { failed: { items: 1 } }, knownFailures: 1 });
  });
  const before = told(to);
  const result = await rebuild(to);
  expect(result).toMatchObject({ registered: 2, missing: 0, changed: 1, runs: 3, made: 4 });
  expect(told(to)).toEqual(before);
  await withPhone(library(), async (source) => {
    const next = await backup(source, to);
    expect(next.summary.outcomes.copied.items).toBe(0);
    expect(next.summary.extras).toMatchObject({ sidecarsWritten: 0, albumEntries: 0 });
    expect(next.summary.extras.sidecarsKept).toBeUndefined();
  });
});

test("a file that is not what was copied, and one that is gone, are known as such", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to));
  writeFileSync(join(to, "IMG_0001.HEIC"), "something else");
  rmSync(join(to, "IMG_0002.JPG"));
  expect(await rebuild(to)).toMatchObject({ registered: 1, missing: 1, changed: 1 });
  {
    using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
    expect(catalog.items.notWhole().map((r) => [r.target, r.readBack?.found])).toEqual([
      ["IMG_0001.HEIC", "damaged"],
      ["IMG_0002.JPG", "missing"],
    ]);
  }
  // The good one is not put beside the damaged one; what is gone comes back.
  const { summary } = await withPhone(library(), (source) => backup(source, to));
  expect([summary.outcomes.copied.items, summary.failures.map((f) => f.code)]).toEqual([1, ["copy-damaged"]]);
  expect([...filesBelow(to)].filter((f) => f.startsWith("IMG_") && !f.endsWith(".xmp")).sort()).toEqual([
    "IMG_0001.HEIC",
    "IMG_0001.MOV",
    "IMG_0002.JPG",
  ]);
});

test("a preview that was replaced by its original is not missed", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(cloud), (source) => backup(source, to, { derivatives: true }));
  await withPhone(library({ ...cloud, original: "local" }), (source) => backup(source, to, { derivatives: true }));
  const before = told(to);
  expect(await rebuild(to)).toMatchObject({ missing: 0, changed: 0, runs: 2 });
  expect(told(to)).toEqual(before);
});

test("a rebuild that is stopped leaves the catalog as it was", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to));
  const file = join(to, ".offroll/catalog.sqlite");
  const before = readFileSync(file);
  const stopped = rebuildCatalog(inspectFolder(to, "/"), { ...options(to), signal: AbortSignal.abort() });
  await expect(stopped).rejects.toBeDefined();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("on a share the catalog in the person's folder is made anew too, and the share gets its copy", async () => {
  const to = join(temporaryFolder(), "photos");
  const dataFolder = options(to).dataFolder;
  const onShare = true;
  await withPhone(library(), (source) => backup(source, to, { onShare, dataFolder }));
  const { id } = JSON.parse(readFileSync(join(to, ".offroll/destination.json"), "utf8")) as { id: string };
  mkdirSync(join(dataFolder, "catalogs"), { recursive: true });
  for (const file of [join(dataFolder, "catalogs", `${id}.sqlite`), join(to, ".offroll/catalog.sqlite")])
    writeFileSync(file, "this is no database");
  await expect(withPhone(library(), (source) => backup(source, to, { onShare, dataFolder }))).rejects.toMatchObject({
    code: "catalog-corrupt",
  });
  const made = await rebuildCatalog(inspectFolder(to, "/"), { ...options(to), onShare });
  expect(made).toMatchObject({ registered: 3, runs: 1 });
  const next = await withPhone(library(), (source) => backup(source, to, { onShare, dataFolder }));
  expect(next.summary.outcomes.present.items).toBe(3);
});

test.each([
  ["are lost", (runs: string) => rmSync(runs, { recursive: true })],
  [
    "are no folder",
    (runs: string) => {
      rmSync(runs, { recursive: true });
      writeFileSync(runs, "");
    },
  ],
  [
    "are damaged",
    (runs: string) => {
      for (const log of readdirSync(runs)) writeFileSync(join(runs, log), "x");
    },
  ],
] as const)("what only the old catalog knows is kept where the logs %s", async (_, harm) => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to, { kind: "backup", command: "offroll backup" }));
  const before = told(to);
  harm(join(to, ".offroll/runs"));
  expect(await rebuild(to)).toMatchObject({ registered: 3, missing: 0, changed: 0, runs: 1, made: 4, fromCatalog: 3 });
  expect(told(to)).toEqual(before);
  rmSync(join(to, "IMG_0001.MOV"));
  writeFileSync(join(to, "IMG_0002.JPG"), "");
  expect(await rebuild(to)).toMatchObject({ registered: 1, missing: 0, changed: 1, fromCatalog: 2 });
});

const catalogOf = (to: string): string => join(to, ".offroll/catalog.sqlite");

test("of a damaged catalog without logs every row that can still be read is kept, and the damaged one too", async () => {
  const to = join(temporaryFolder(), "photos");
  const many = Array.from({ length: 400 }, (_, i) => asset({ filename: `IMG_${1000 + i}.JPG` }));
  await withPhone(library(...many), async (source) => {
    const plain = { extras: { albumsAs: "none" } } as const;
    await backup(source, to, plain);
    const before = told(to) as { rows: { target: string; sha256: string }[]; devices: unknown };
    rmSync(join(to, ".offroll/runs"), { recursive: true });
    // A page in the middle of the rows is nonsense.
    const file = catalogOf(to);
    const bytes = readFileSync(file);
    const page = bytes.indexOf(before.rows[200]?.sha256 as string) & ~4095;
    bytes.fill(0x5a, page, page + 4096);
    // And a bit of a hash is another.
    const hash = bytes.indexOf(before.rows[10]?.sha256 as string);
    bytes.writeUInt8(bytes.readUInt8(hash) ^ 1, hash);
    writeFileSync(file, bytes);
    expect(() => told(to)).toThrow(expect.objectContaining({ code: "catalog-corrupt" }));
    const result = await rebuild(to);
    expect(result.registered).toBeGreaterThan(370);
    expect(result.registered).toBeLessThan(403);
    expect(result).toMatchObject({ missing: 0, changed: 0, fromCatalog: result.registered });
    const after = told(to) as typeof before;
    expect(after.devices).toEqual(before.devices);
    for (const row of after.rows) expect(before.rows).toContainEqual(row);
    expect(readFileSync(`${file}.damaged`).equals(bytes)).toBe(true);
    expect(readdirSync(join(to, ".offroll")).filter((name) => /salvaged|rebuilt/.test(name))).toEqual([]);
    // What was lost is known again by its bytes.
    const { summary } = await backup(source, to, { ...plain, adopt: true });
    expect(summary).toMatchObject({ ok: true, outcomes: { copied: { items: 0 }, present: { items: 403 } } });
  });
});

test("where neither logs nor a page of the catalog can be read, an empty one is there, and the way on is named", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), async (source) => {
    await backup(source, to);
    rmSync(join(to, ".offroll/runs"), { recursive: true });
    const damaged = Buffer.alloc(40_960, 0x5a);
    writeFileSync(catalogOf(to), damaged);
    await expect(rebuild(to)).rejects.toMatchObject({
      code: "catalog-corrupt",
      message: expect.stringContaining(`kept as ${catalogOf(to)}.damaged`),
      remedy: expect.stringContaining(`offroll backup ${to} --adopt`),
    });
    expect(readFileSync(`${catalogOf(to)}.damaged`).equals(damaged)).toBe(true);
    const { summary } = await backup(source, to, { adopt: true });
    expect(summary).toMatchObject({ ok: true, outcomes: { copied: { items: 0 }, present: { items: 3 } } });
  });
  for (const name of ["catalog.sqlite", "runs"]) rmSync(join(to, ".offroll", name), { recursive: true });
  await expect(rebuild(to)).rejects.toMatchObject({
    code: "nothing-here",
    remedy: expect.stringContaining(`offroll backup ${to} --adopt`),
  });
});

test("a catalog whose logs are gone altogether is made anew from itself", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to));
  const before = told(to);
  rmSync(join(to, ".offroll/runs"), { recursive: true });
  expect(await rebuild(to)).toMatchObject({ registered: 3, missing: 0, changed: 0, fromCatalog: 3, made: 4 });
  expect(told(to)).toEqual(before);
});

test("a log that calls what is ours a photo is not believed", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to));
  const runs = join(to, ".offroll/runs");
  for (const name of readdirSync(runs).filter((n) => n.endsWith(".jsonl"))) {
    const log = readFileSync(join(runs, name), "utf8");
    const item = JSON.parse(log.split("\n").find((l) => l.includes('"item"')) as string) as object;
    const ours = [".offroll/destination.json", ".OffRoll/catalog.sqlite", ".offroll"];
    const lines = ours.map((target, n) => `${JSON.stringify({ ...item, path: `/odd${n}`, target })}\n`);
    writeFileSync(join(runs, name), log + lines.join(""));
  }
  expect(await rebuild(to)).toMatchObject({ registered: 3, missing: 0, changed: 0 });
});

test("a folder in the catalog's place is named, and left", async () => {
  const to = join(temporaryFolder(), "photos");
  await withPhone(library(), (source) => backup(source, to));
  rmSync(join(to, ".offroll/catalog.sqlite"));
  mkdirSync(join(to, ".offroll/catalog.sqlite/x"), { recursive: true });
  await expect(rebuild(to)).rejects.toMatchObject({ code: "destination-unsafe" });
});
