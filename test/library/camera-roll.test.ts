import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { makeDemoPhone } from "../../fixtures/make/demo-phone.ts";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";
import { readDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll, type FactsCache } from "../../src/library/index.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import type { MediaFacts } from "../../src/media/index.ts";
import { generated, startMock } from "../helpers/mock.ts";

const folder = mkdtempSync(join(tmpdir(), "offroll-demo-"));
beforeAll(() => void makeDemoPhone(folder), 300_000);
const now = Date.UTC(2026, 0);

test("the demo phone's roll is what was drawn: kinds, pairs, dates, cameras", async () => {
  const { description } = await readDescription(join(folder, "phone.json"));
  await using mock = await startMock(description, { baseFolder: folder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const shots = demoRoll();
  expect(roll.items).toHaveLength(shots.length);
  expect(roll.items.filter((i) => i.edited)).toHaveLength(shots.filter((s) => s.edited).length);
  expect(roll.unreadable).toEqual([]);
  const byPath = new Map(roll.items.map((i) => [i.parts[0].item.path, i]));
  for (const shot of shots) {
    const item = byPath.get(shot.path)!;
    expect(item.subtype === "live", shot.path).toBe(shot.type === "live");
    if (shot.type === "live") {
      expect(item.pairedBy).toBe("content-identifier");
      expect(item.parts.map((p) => p.role)).toEqual(["original", "live-video"]);
    }
    if (shot.type === "png") expect(item.subtype).toBe("screenshot");
    if (shot.exif.dateTimeOriginal) expect(item.captured!.local, shot.path).toBe(shot.taken.local);
    if (shot.exif.offset) expect(formatCaptured(item.captured!)).toBe(`${shot.taken.local}${shot.taken.offset}`);
    else expect(item.captured!.zone, shot.path).toBe("inferred");
  }
  expect(new Set(roll.items.map((i) => i.id)).size).toBe(shots.length);
  // IMG_0001 exists twice: two photos.
  expect(roll.items.filter((i) => i.parts[0].item.name === "IMG_0001.JPG")).toHaveLength(2);
});

test("a second build with the facts known opens no file", async () => {
  const { description } = await readDescription(join(folder, "phone.json"));
  await using mock = await startMock(description, { baseFolder: folder });
  await using source = await mock.open();
  const known = new Map<string, MediaFacts>();
  const cache: FactsCache = { get: (i) => known.get(i.path), set: (i, f) => void known.set(i.path, f) };
  await buildCameraRoll(source, { now, cache });
  const opens = mock.phone.operationCounts.get("open");
  const again = await buildCameraRoll(source, { now, cache });
  expect(mock.phone.operationCounts.get("open")).toBe(opens);
  expect(again.items.filter((i) => i.subtype === "live")).toHaveLength(
    demoRoll().filter((s) => s.type === "live").length,
  );
});

test("unrelated files of one name, RAW pairs, recipes and orphans", async () => {
  await using mock = await startMock({
    files: [
      generated("/DCIM/100APPLE/IMG_1.JPG", 100),
      generated("/DCIM/100APPLE/IMG_1.DNG", 100),
      generated("/DCIM/100APPLE/IMG_1.AAE", 100),
      generated("/DCIM/100APPLE/IMG_2.MOV", 100),
      generated("/DCIM/100APPLE/IMG_3.AAE", 100),
      generated("/DCIM/101APPLE/IMG_1.MOV", 100),
      generated("/DCIM/100APPLE/Thumbs.db", 100),
    ],
  });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  expect(roll.otherFiles.map((f) => f.name)).toEqual(["Thumbs.db"]);
  expect(roll.items.map((i) => i.parts.map((p) => `${p.role}:${p.item.name}`))).toEqual([
    ["original:IMG_1.JPG", "raw:IMG_1.DNG", "sidecar:IMG_1.AAE"],
    ["original:IMG_2.MOV"],
    ["sidecar:IMG_3.AAE"],
    ["original:IMG_1.MOV"],
  ]);
});

test("still and movie of one name with different content identifiers are not a pair", async () => {
  const media = join(import.meta.dirname, "../../fixtures/demo-media");
  const [one, two] = demoRoll().filter((s) => s.type === "live");
  const base64 = (name: string): string => readFileSync(join(media, name)).toString("base64");
  const file = (path: string, name: string) => ({ path, modified: "2024-01-01T00:00:00Z", base64: base64(name) });
  await using mock = await startMock({
    files: [
      file("/DCIM/100APPLE/IMG_1.HEIC", mediaName(one!, "still")),
      file("/DCIM/100APPLE/IMG_1.MOV", mediaName(two!, "movie")),
      file("/DCIM/100APPLE/IMG_2.HEIC", mediaName(two!, "still")),
      file("/DCIM/100APPLE/IMG_2.MOV", mediaName(two!, "movie")),
    ],
  });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  expect(roll.items.map((i) => i.parts.map((p) => p.item.name))).toEqual([
    ["IMG_1.HEIC"],
    ["IMG_1.MOV"],
    ["IMG_2.HEIC", "IMG_2.MOV"],
  ]);
});
