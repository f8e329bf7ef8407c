/** What counts as somebody's photo: the library's row, else a known extension, else the first bytes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll, type FactsCache } from "../../src/library/index.ts";
import type { CameraRoll } from "../../src/library/roll.ts";
import type { MediaFacts } from "../../src/media/index.ts";
import { summaryLines } from "../../src/present/summary-lines.ts";
import { PathTemplate } from "../../src/transfer/plan/index.ts";
import { startAndroid } from "../helpers/android.ts";
import { exportOnce, sumsAddUp, temporaryFolder } from "../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { generated, startMock } from "../helpers/mock.ts";

const now = Date.UTC(2026, 0);
const modified = "2024-01-01T00:00:00Z";
const media = join(import.meta.dirname, "../../fixtures/demo-media");
const shot = (type: string) => demoRoll().find((s) => s.type === type)!;
const bytesOf = (name: string): string => readFileSync(join(media, name)).toString("base64");
const still = bytesOf(mediaName(shot("heic"), "still"));
const movie = bytesOf(mediaName(shot("mov"), "movie"));
const resourceFork = Buffer.from("\0\x05\x16\x07\0\x02\0\0Mac OS X        ", "latin1").toString("base64");
const file = (path: string, base64: string): FileDescription => ({ path, modified, base64 });
const text = (path: string): FileDescription => file(path, Buffer.from("no picture at all").toString("base64"));

const names = (roll: CameraRoll): string[] => roll.items.map((i) => i.parts[0].item.name).sort();
const plain = { ...{ bold: String, dim: String, good: String, warn: String, bad: String } };

test("a row of the library makes a photo of a file, whatever it is called and whatever its bytes are", async () => {
  const assets = ["IMG_0001.JFIF", "IMG_0002", "IMG_0003.XYZ"].map((filename) => asset({ filename }));
  const clip = asset({ filename: "IMG_0004.ABC", kind: "video" });
  const phone = libraryPhone({ assets: [...assets, clip] });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "photos");
  const result = await exportOnce(source, to, { template: new PathTemplate("{name}"), library: libraryOptions() });
  expect(result.summary.skippedByReason).toEqual({});
  expect(result.summary.outcomes.copied.items).toBe(4);
  expect(result.summary.availability).toEqual({ library: 4, phone: 4, icloud: 0, missing: 0, empty: 0 });
  const roll = await buildCameraRoll(source, { now, library: libraryOptions() });
  expect(roll.otherFiles).toEqual([]);
  expect(roll.items.map((i) => i.kind)).toEqual(["photo", "photo", "photo", "video"]);
});

const oddFiles = [
  file("/DCIM/100APPLE/IMG_1", still),
  file("/DCIM/100APPLE/IMG_2.dat", still),
  file("/DCIM/100APPLE/IMG_3.clip", movie),
  file("/DCIM/100APPLE/.IMG_4.JPG", still),
  file("/DCIM/.MISC/IMG_5.JPG", still),
  file("/DCIM/100APPLE/IMG_6.JFIF", still),
  file("/DCIM/100APPLE/IMG_7.mpo", still),
  file("/DCIM/100APPLE/._IMG_6.JPG", resourceFork),
  text("/DCIM/100APPLE/.DS_Store"),
  text("/DCIM/.MISC/Info.plist"),
  text("/DCIM/100APPLE/notes.xyz"),
];
const photos = [".IMG_4.JPG", "IMG_1", "IMG_2.dat", "IMG_3.clip", "IMG_5.JPG", "IMG_6.JFIF", "IMG_7.mpo"];
const others = ["._IMG_6.JPG", ".DS_Store", "Info.plist", "notes.xyz"];

test("without a row a known extension decides, else the first bytes; what stays out is counted and named", async () => {
  await using mock = await startMock({ files: oddFiles });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  expect(names(roll)).toEqual(photos);
  expect(roll.items.find((i) => i.parts[0].item.name === "IMG_3.clip")?.kind).toBe("video");
  expect(roll.items.find((i) => i.parts[0].item.name === "IMG_1")?.captured?.source).toBe("exif");
  expect(roll.otherFiles.map((f) => f.name).sort()).toEqual([...others].sort());
  const result = await exportOnce(source, join(temporaryFolder(), "photos"));
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary.outcomes.copied.items).toBe(photos.length);
  expect(result.summary.skippedByReason).toEqual({ "not-media": others.length });
  const lines = summaryLines(result.summary, plain, "phone").join("\n");
  for (const name of others) expect(lines).toContain(`/${name}`);
});

test("the first bytes are read once: what they said is remembered, of photos and of others", async () => {
  await using mock = await startMock({ files: oddFiles });
  await using source = await mock.open();
  const known = new Map<string, MediaFacts>();
  const cache: FactsCache = { get: (i) => known.get(i.path), set: (i, f) => void known.set(i.path, f) };
  await buildCameraRoll(source, { now, cache });
  const opens = mock.phone.operationCounts.get("open");
  expect(opens).toBeGreaterThan(oddFiles.length - 1);
  const again = await buildCameraRoll(source, { now, cache });
  expect(mock.phone.operationCounts.get("open")).toBe(opens);
  expect(names(again)).toEqual(photos);
});

test("a file that nobody can look into is not said to be no photo", async () => {
  const path = "/DCIM/100APPLE/IMG_2.dat";
  await using mock = await startMock({
    files: oddFiles,
    faults: [{ when: { operation: "open", path }, do: { type: "status", status: 10 }, times: 0 }],
  });
  await using source = await mock.open();
  const { summary } = await exportOnce(source, join(temporaryFolder(), "photos"));
  expect(summary.ok).toBe(false);
  expect(summary.failures.map((f) => f.path)).toEqual([path]);
  expect(summary.skippedByReason).toEqual({ "not-media": others.length });
});

test("more files than a screen holds are counted", async () => {
  const many = Array.from({ length: 23 }, (_, i) => text(`/DCIM/100APPLE/${String(i).padStart(2, "0")}.xyz`));
  await using mock = await startMock({ files: many });
  await using source = await mock.open();
  const { summary } = await exportOnce(source, join(temporaryFolder(), "photos"));
  expect(summary.notMedia).toHaveLength(20);
  expect(summaryLines(summary, plain, "phone")).toContain("    and 3 more, all in the run log");
});

test("on Android the same: .jfif, .mpo, and files without an extension", async () => {
  await using mock = await startAndroid({
    files: [
      generated("/DCIM/Camera/a.jfif", 10),
      generated("/DCIM/Camera/b.mpo", 10),
      file("/DCIM/Camera/c", still),
      generated("/DCIM/Camera/.trashed-1893456000-d.jpg", 10),
      text("/DCIM/Camera/e.txt"),
    ],
  });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  expect(names(roll)).toEqual([".trashed-1893456000-d.jpg", "a.jfif", "b.mpo", "c"]);
  expect(roll.otherFiles.map((f) => f.name)).toEqual(["e.txt"]);
});
