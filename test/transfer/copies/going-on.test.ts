/** The first disk is lost: a phone goes on to a copy. And what becomes of a run that ends at the wrong moment. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LibraryDescription } from "../../../fixtures/make/photos-library.ts";
import { inspectDestination } from "../../../src/transfer/destination/index.ts";
import { LocalPlace } from "../../../src/transfer/destination/local/local-place.ts";
import { nodeDisk } from "../../../src/transfer/destination/local/node-disk.ts";
import type { DestinationFolder } from "../../../src/transfer/destination/place.ts";
import {
  added,
  backedUp,
  brought,
  type CopyBench,
  catalogOf,
  contentsOf,
  copyBench,
  stateOf,
} from "../../helpers/copies.ts";
import { exportOnce, type RunResult } from "../../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../../helpers/library-phone.ts";
import { startMock } from "../../helpers/mock.ts";

const live = asset({ filename: "IMG_0001.HEIC", kindSubtype: 2 });
const still = asset({ filename: "IMG_0002.JPG" });
const later = asset({ filename: "IMG_0003.JPG" });

async function backup(bench: CopyBench, to: string, assets: LibraryDescription["assets"]): Promise<RunResult> {
  const phone = libraryPhone({ assets, albums: [{ title: "Lisbon", assets: [live.uuid] }] });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const common = { kind: "backup", verify: "reread", library: libraryOptions(), snapshot: true } as const;
  return await exportOnce(source, to, {
    ...common,
    dataFolder: bench.dataFolder,
    extras: { albumsAs: "links", sidecar: "xmp" },
  });
}

test("the first is deleted: the phone goes on to the copy, nothing is copied or made twice, and what is new comes", async () => {
  const bench = copyBench();
  await backup(bench, bench.one, [live, still]);
  const { id = "" } = await inspectDestination(bench.one, "/");
  const copy = await added(bench, { ...(await inspectDestination(bench.one, "/")), id });
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, files: 3 });
  rmSync(bench.one, { recursive: true });
  const before = stateOf(bench.two);
  const on = await backup(bench, bench.two, [live, still]);
  expect(on.summary.outcomes).toMatchObject({ copied: { items: 0 }, failed: { items: 0 }, present: { items: 3 } });
  expect(on.summary.extras).toMatchObject({ sidecarsWritten: 0, albumEntries: 0 });
  expect(stateOf(bench.two)).toEqual(before);
  const next = await backup(bench, bench.two, [live, still, later]);
  expect(next.summary.outcomes).toMatchObject({ copied: { items: 1 }, present: { items: 3 } });
  // And the copy has a copy.
  const two = await inspectDestination(bench.two, "/");
  const third = await added(bench, { ...two, id: two.id as string }, "usb", join(bench.folder, "three"));
  expect((await brought(bench, third)).summary).toMatchObject({ ok: true, files: 4 });
  expect(contentsOf(join(bench.folder, "three"))).toEqual(contentsOf(bench.two));
});

test("a file that got its name just before the end is known by its hash, and not copied again", async () => {
  const bench = copyBench();
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`2024/IMG_${i}.JPG`, `photo ${i}`]));
  const copy = await added(bench, await backedUp(bench.one, { files }));
  let named = 0;
  const dying = {
    ...nodeDisk,
    link: async (...args: Parameters<typeof nodeDisk.link>) => {
      const isLinked = await nodeDisk.link(...args);
      named += 1;
      if (named > 7) throw Object.assign(new Error("the power went"), { code: "EIO" });
      return isLinked;
    },
  };
  const open = (found: DestinationFolder) => new LocalPlace(found, found.root === bench.two ? dying : nodeDisk);
  const { summary } = await brought(bench, copy, { open });
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "destination-io" } });
  const before = stateOf(bench.two);
  expect(before.length).toBeGreaterThan(7);
  {
    using theirs = catalogOf(bench.two);
    const known = new Set(theirs.items.rows().map((row) => row.target));
    expect(before.filter((line) => !known.has(line.split(" ")[0] as string))).toEqual([]);
  }
  const again = await brought(bench, copy);
  expect(again.summary).toMatchObject({ ok: true, present: before.length, copied: { files: 20 - before.length } });
  expect(stateOf(bench.two)).toEqual(expect.arrayContaining(before));
  using theirs = catalogOf(bench.two);
  expect(new Set(theirs.items.rows().map((row) => row.state))).toEqual(new Set(["done"]));
});

test("another disk that takes the copy's place in mid-run gets nothing", async () => {
  const bench = copyBench();
  const files = Object.fromEntries(Array.from({ length: 72 }, (_, i) => [`${i % 9}/IMG_${i}.JPG`, `photo ${i}`]));
  const copy = await added(bench, await backedUp(bench.one, { files }));
  const other = join(bench.folder, "other");
  await backedUp(other, { files: { "a.jpg": "another's" } });
  const before = stateOf(other);
  let seen = 0;
  await brought(bench, copy, {
    onEvent: (event) => {
      if (event.type !== "file" || ++seen !== 10) return;
      renameSync(bench.two, `${bench.two}.away`);
      renameSync(other, bench.two);
    },
  });
  expect(stateOf(bench.two)).toEqual(before);
  const whole = contentsOf(bench.one);
  for (const [path, content] of Object.entries(contentsOf(`${bench.two}.away`))) expect(content).toBe(whole[path]);
});

test("the first that goes away in mid-run ends the run, and its copy is finished later", async () => {
  const bench = copyBench();
  const files = Object.fromEntries(Array.from({ length: 72 }, (_, i) => [`${i % 9}/IMG_${i}.JPG`, `photo ${i}`]));
  const copy = await added(bench, await backedUp(bench.one, { files }));
  let seen = 0;
  const { summary } = await brought(bench, copy, {
    onEvent: (event) => {
      if (event.type !== "file" || ++seen !== 10) return;
      for (const name of Array.from({ length: 9 }, (_, i) => String(i)))
        rmSync(join(bench.one, name), { recursive: true });
      rmSync(join(bench.one, ".offroll"), { recursive: true });
      mkdirSync(join(bench.one, ".offroll"));
    },
  });
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "destination-not-there" } });
  expect(summary.failures).toEqual([]);
});
