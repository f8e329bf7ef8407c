/** What an export asks of phone and disk, as numbers that do not depend on the machine's mood. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { buildCameraRoll, Previews } from "../../src/library/index.ts";
import { Decoder } from "../../src/media/index.ts";
import type { DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";
import { PathTemplate } from "../../src/transfer/plan/index.ts";
import { copyOnto, exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { longMovie } from "../helpers/movie.ts";

const count = 400;
const flat = { template: new PathTemplate("{year}/{month}/{name}") };

async function phoneOf(sizes: number, thumbnails = false): Promise<MockSetup> {
  const assets = Array.from({ length: count }, (_, i) =>
    asset({ filename: `IMG_${1000 + i}.JPG`, originalSize: sizes }),
  );
  const thumbnail = encodeJpeg(drawScene("lake", 1, 120, 90), 60).toString("base64");
  const extraFiles = thumbnails
    ? assets.map((a) => ({
        path: `/PhotoData/Thumbnails/V2/${a.directory}/${a.filename}/5005.JPG`,
        base64: thumbnail,
        modified: "2024-05-01T10:00:00Z",
      }))
    : [];
  const phone = libraryPhone({ assets }, { extraFiles });
  return await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
}

/** Requests by operation since the last call. */
function counterOf(mock: MockSetup): () => ReadonlyMap<string, number> {
  let before = new Map(mock.phone.operationCounts);
  return () => {
    const now = new Map(mock.phone.operationCounts);
    const since = new Map([...now].map(([name, n]) => [name, n - (before.get(name) ?? 0)]));
    before = now;
    return since;
  };
}

test("a first export: each file is looked at twice, opened once, read once for each megabyte, closed", async () => {
  await using mock = await phoneOf(40_000);
  await using source = await mock.open();
  const before = new Map(mock.phone.operationCounts);
  const { summary } = await exportOnce(source, join(temporaryFolder(), "photos"), {
    ...flat,
    library: libraryOptions(),
  });
  expect(summary.outcomes.copied.items).toBe(count);
  const asked = (name: string): number => (mock.phone.operationCounts.get(name) ?? 0) - (before.get(name) ?? 0);
  // The library: database, log, and the log's header before and after.
  const library = 4;
  expect(asked("open")).toBe(count + library);
  expect(asked("close")).toBe(asked("open"));
  expect(asked("read")).toBeLessThanOrEqual(count + library + 4);
  // Listed, and looked at again after the read; beside them the folders, the library twice, and the mark of iCloud.
  expect(asked("stat")).toBeLessThanOrEqual(2 * count + 20);
  expect(mock.phone.openHandles).toBe(0);
});

test("a nightly run with nothing new: the folders and the library, no file looked at, nothing opened but the log's header", async () => {
  await using mock = await phoneOf(40_000);
  await using source = await mock.open();
  const options = { ...flat, library: libraryOptions() };
  const to = join(temporaryFolder(), "photos");
  const asked = counterOf(mock);
  await exportOnce(source, to, options);
  const first = asked();
  const { summary } = await exportOnce(source, to, options);
  expect(summary.outcomes.present.items).toBe(count);
  const night = asked();
  expect(night.get("open")).toBe(1);
  // Folders and the library's two files are looked at, and the mark of iCloud.
  expect(night.get("stat")).toBeLessThanOrEqual(12);
  const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
  expect(total(night)).toBeLessThanOrEqual(0.05 * total(first));
});

test("a preview: one file opened, a few kilobytes, no original", async () => {
  await using mock = await phoneOf(2_500_000, true);
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now: Date.now(), library: libraryOptions() });
  await using decoder = new Decoder();
  const previews = new Previews(source, decoder);
  const [opened, sent] = [mock.phone.operationCounts.get("open") ?? 0, mock.phone.fileBytesSent];
  for (const item of roll.items.slice(0, 100)) expect((await previews.of(item))?.from).toBe("phone");
  expect((mock.phone.operationCounts.get("open") ?? 0) - opened).toBe(100);
  expect((mock.phone.fileBytesSent - sent) / 100).toBeLessThan(20_000);
});

test("a movie without a library: its head and its tail, not one after the other, and its thumbnail", async () => {
  const names = Array.from({ length: 100 }, (_, i) => `IMG_${1000 + i}.MOV`);
  const modified = "2024-05-01T10:00:00Z";
  const thumbnail = encodeJpeg(drawScene("lake", 1, 1024, 768), 90).toString("base64");
  const folder = temporaryFolder();
  writeFileSync(join(folder, "movie.mov"), longMovie(1_000_000));
  await using mock = await startMock(
    {
      files: names.flatMap((name) => [
        { path: `/DCIM/100APPLE/${name}`, modified, file: "movie.mov" },
        { path: `/PhotoData/Thumbnails/V2/DCIM/100APPLE/${name}/5005.JPG`, modified, base64: thumbnail },
      ]),
    },
    { baseFolder: folder },
  );
  await using source = await mock.open();
  const asked = counterOf(mock);
  const sent = mock.phone.fileBytesSent;
  const roll = await buildCameraRoll(source, { now: Date.now() });
  expect(roll.items.map((i) => i.parts[0].facts?.make)).toEqual(names.map(() => "Apple"));
  await using decoder = new Decoder();
  const previews = new Previews(source, decoder);
  for (const item of roll.items) expect((await previews.of(item))?.from).toBe("phone");
  // Two files: the movie twice, because its tail does not wait for its head, and the thumbnail.
  const counts = asked();
  expect(counts.get("open")).toBe(3 * names.length);
  expect(counts.get("read")).toBe(3 * names.length);
  expect((mock.phone.fileBytesSent - sent) / names.length).toBeLessThanOrEqual(100_000);
});

test("on the disk: each file is flushed once, its folder far less often than that", async () => {
  await using mock = await phoneOf(40_000);
  await using source = await mock.open();
  const counts = { sync: 0, syncFolder: 0, open: 0, rename: 0 };
  const disk: DiskPort = {
    ...nodeDisk,
    async open(path, mode) {
      counts.open += 1;
      const file = await nodeDisk.open(path, mode);
      const sync = file.sync.bind(file);
      return Object.assign(file, {
        async sync() {
          counts.sync += 1;
          await sync();
        },
      });
    },
    async syncFolder(path) {
      counts.syncFolder += 1;
      await nodeDisk.syncFolder(path);
    },
  };
  const roll = await buildCameraRoll(source, { now: Date.now(), library: libraryOptions() });
  await copyOnto(source, { ...flat, disk, roll });
  expect(counts.sync).toBe(count);
  expect(counts.open).toBe(count);
  expect(counts.syncFolder).toBeLessThan(count);
  expect(counts.rename).toBe(0);
});
