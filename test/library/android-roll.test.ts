/** The demo Android phone as a roll, over each route; and what names alone say. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { heicMotion, microVideo, motionPhoto, samsungMotion } from "../../fixtures/make/motion-photo.ts";
import { readDescription } from "../../src/device/mock/described-phone.ts";
import { burstOf, isMotionName, rawShotOf, specialName, trashedAt } from "../../src/library/android/android-names.ts";
import { timeOfName } from "../../src/library/file-name-time.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { CameraRoll, RollItem } from "../../src/library/roll.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import { findMotionVideo, readFacts } from "../../src/media/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";
import { startAdb, startAndroid } from "../helpers/android.ts";
import { generated } from "../helpers/mock.ts";

const demo = resolve(import.meta.dirname, "../../dist/demo-android/phone.json");
const now = Date.UTC(2026, 0, 1);

async function rollOf(description: Parameters<typeof startAdb>[0], options = {}): Promise<CameraRoll> {
  await using mock = await startAdb(description);
  await using source = await mock.open();
  return await buildCameraRoll(source, { now, ...options });
}

const nameOf = (item: RollItem): string => item.library?.originalFilename ?? item.parts[0].item.name;

test("the demo phone: what is shown, hidden, thrown away and unfinished; dates, albums, favourites", async () => {
  const { description, baseFolder } = await readDescription(demo);
  await using mock = await startAdb({ ...description }, { baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  const by = (name: string): RollItem => {
    const found = roll.items.find((i) => nameOf(i) === name);
    if (!found) throw new Error(`${name} is not in the roll`);
    return found;
  };
  expect(roll.items).toHaveLength(27);
  expect(roll.items.filter((i) => i.library?.trashed).map(nameOf)).toEqual(["PXL_20240315_090000123.jpg"]);
  expect(roll.items.filter((i) => i.library?.hidden).map(nameOf)).toEqual(["IMG_20240210_120000.jpg"]);
  expect(roll.items.filter((i) => i.library?.unfinished).map(nameOf)).toEqual(["PXL_20240324_090000123.mp4"]);
  expect(roll.items.filter((i) => i.library?.favourite)).toHaveLength(2);
  expect(roll.items.filter((i) => i.subtype === "live").map(nameOf)).toEqual([
    "MVIMG_20190704_183012.jpg",
    "PXL_20240320_080000123.MP.jpg",
  ]);
  const burst = roll.items.filter((i) => i.burst);
  expect(burst).toHaveLength(3);
  expect(new Set(burst.map((i) => i.burst?.uuid)).size).toBe(1);
  expect(roll.items.filter((i) => i.subtype === "screenshot")).toHaveLength(2);
  expect(by("IMG_20220601_101010.jpg").parts[0].item.path).toBe("/SD card/DCIM/Camera/IMG_20220601_101010.jpg");
  expect(by("PXL_20240105_121530123.jpg").library?.albums.map((a) => a.path)).toEqual(["Camera"]);
  // A screenshot has no date of its own but in its name, and the name is the phone's wall clock.
  const shot = by("Screenshot_20240323-101112.png").captured!;
  expect([formatCaptured(shot), shot.source]).toEqual(["2024-03-23T10:11:12+01:00", "file-name"]);
  expect(roll.knowledge.source).toBe("library");
  expect([...roll.knowledge.unknown]).toEqual([]);
});

test("a photo has one short id over both routes, wherever this computer is", async () => {
  const file = { ...generated("/DCIM/Camera/a.jpg", 300, "2024-01-31T22:59:59Z") };
  await using mock = await startAdb({ files: [file], timeZone: "Asia/Tokyo" }, { withCable: true });
  const ids = [];
  for (const via of ["mtp", "adb"] as const) {
    const hub = mock.hubWith({ via });
    await using source = await hub.open((await hub.find(undefined)).info);
    ids.push((await buildCameraRoll(source, { now: Date.UTC(2025, 0) })).items.map((i) => i.id));
  }
  expect(ids[0]).toEqual(ids[1]);
  expect(ids[0]).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/)]);
  // MTP's time is this computer's wall clock, another one's in another zone.
  const dated = (modified: string) => ({ ...file, modified });
  await using elsewhere = await startAdb({ files: [dated("2024-01-31T14:59:59Z")] }, { withCable: true });
  const hub = elsewhere.hubWith({ via: "mtp" });
  await using source = await hub.open((await hub.find(undefined)).info);
  expect((await buildCameraRoll(source, { now: Date.UTC(2025, 0) })).items.map((i) => i.id)).toEqual(ids[0]);
});

test("a file that is silent about its zone: the name's wall clock and the index's instant tell it together", async () => {
  const takenMs = Date.UTC(2024, 0, 31, 18, 29, 59);
  const named = (name: string, ms = takenMs) => ({
    ...generated(`/DCIM/Camera/${name}`, 300, "2024-06-01T00:00:00Z"),
    mediaStore: { takenMs: ms },
  });
  const files = [
    named("IMG_20240131_235959.jpg"), // 5:30 ahead
    named("IMG_20240131_235959_2.jpg", takenMs - 15_000), // a quarter of a minute off: no zone
    named("PXL_20240131_182959000.jpg"), // in UTC
    named("a.jpg"),
  ];
  await using mock = await startAdb({ files, timeZone: "Europe/Berlin" });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now: Date.UTC(2025, 0) });
  const captured = new Map(roll.items.map((i) => [i.parts[0].item.name, i.captured]));
  expect(captured.get("IMG_20240131_235959.jpg")).toMatchObject({
    local: "2024-01-31T23:59:59",
    offsetMinutes: 330,
    zone: "inferred",
    source: "library",
  });
  for (const name of ["PXL_20240131_182959000.jpg", "a.jpg"])
    expect(captured.get(name)).toMatchObject({ local: "2024-01-31T19:29:59", offsetMinutes: 60 });
  expect(captured.get("IMG_20240131_235959_2.jpg")).toMatchObject({ local: "2024-01-31T19:29:44", offsetMinutes: 60 });
});

test("messengers by choice, and any folder that is named", async () => {
  const files = [
    generated("/DCIM/Camera/a.jpg", 10),
    generated("/Android/media/com.whatsapp/WhatsApp/Media/WhatsApp Images/IMG-20240301-WA0001.jpg", 10),
    generated("/Android/media/com.whatsapp/WhatsApp/Media/.Statuses/x.jpg", 10),
    generated("/Download/b.jpg", 10),
    generated("/Android/data/com.game/cache.jpg", 10),
  ];
  const names = async (options: object): Promise<string[]> =>
    (await rollOf({ files }, options)).items.map((i) => i.parts[0].item.name).sort();
  expect(await names({})).toEqual(["a.jpg"]);
  expect(await names({ messengers: true })).toEqual(["IMG-20240301-WA0001.jpg", "a.jpg"]);
  expect(await names({ extraFolder: "Download" })).toEqual(["a.jpg", "b.jpg"]);
  expect(await names({ extraFolder: "/DCIM" })).toEqual(["a.jpg"]);
});

test("what belongs together: RAW and JPEG, a sidecar, a recipe of nothing; movies of the same name are movies", async () => {
  const files = [
    "/DCIM/Camera/X.RAW-01.COVER.jpg",
    "/DCIM/Camera/X.RAW-02.ORIGINAL.dng",
    "/DCIM/Camera/Y.jpg",
    "/DCIM/Camera/Y.dng",
    "/DCIM/Camera/Y.xmp",
    "/DCIM/Camera/Y.mp4",
    "/DCIM/Camera/Z.dng",
  ];
  const roll = await rollOf({ files: files.map((p) => generated(p, 100)) });
  const parts = roll.items.map((i) => i.parts.map((p) => `${p.role} ${p.item.name}`).join(", ")).sort();
  expect(parts).toEqual([
    "original X.RAW-01.COVER.jpg, raw X.RAW-02.ORIGINAL.dng",
    "original Y.jpg, raw Y.dng, sidecar Y.xmp",
    "original Y.mp4",
    "original Z.dng",
  ]);
});

test(".nomedia hides its folder and all below, but never the camera's own", async () => {
  const files = [
    "/DCIM/Camera/.nomedia",
    "/DCIM/Camera/a.jpg",
    "/Pictures/Secret/.nomedia",
    "/Pictures/Secret/Deep/b.jpg",
    "/Pictures/.private/c.jpg",
    "/Pictures/d.jpg",
  ];
  const roll = await rollOf({ files: files.map((p) => generated(p, 10)) });
  expect(
    roll.items
      .filter((i) => i.library?.hidden)
      .map(nameOf)
      .sort(),
  ).toEqual(["b.jpg", "c.jpg"]);
  expect(
    roll.items
      .filter((i) => !i.library?.hidden)
      .map(nameOf)
      .sort(),
  ).toEqual(["a.jpg", "d.jpg"]);
});

test("over MTP favourites are not known, and the rest is the same", async () => {
  const files = [generated("/DCIM/Camera/.trashed-1893456000-a.jpg", 10), generated("/DCIM/Camera/b.jpg", 10)];
  await using mock = await startAndroid({ files });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now });
  expect([...roll.knowledge.unknown]).toEqual(["favourite"]);
  expect(roll.items.map((i) => [nameOf(i), i.library?.trashed, i.library?.favourite])).toEqual([
    ["a.jpg", true, undefined],
    ["b.jpg", false, undefined],
  ]);
});

test("names: trash, pending, times, bursts, RAW shots, motion", () => {
  const trashed = specialName(".trashed-1706741999-IMG 1.jpg")!;
  expect([trashed.kind, trashed.name]).toEqual(["trashed", "IMG 1.jpg"]);
  expect(trashedAt(trashed).toISOString()).toBe("2024-01-01T22:59:59.000Z");
  expect(specialName(".Pending-1706741999-a.mp4")?.kind).toBe("pending");
  expect(specialName(".trashed-x-a.jpg")).toBeUndefined();
  const times: [string, string | undefined, boolean?][] = [
    ["PXL_20240131_235959123.jpg", "2024-01-31T23:59:59", true],
    ["IMG_20240131_235959.jpg", "2024-01-31T23:59:59"],
    ["20240131_235959_001.jpg", "2024-01-31T23:59:59"],
    ["Screenshot_20240131-235959_Maps.jpg", "2024-01-31T23:59:59"],
    ["IMG-20240131-WA0001.jpg", "2024-01-31T12:00:00"],
    ["IMG_20249931_235959.jpg", undefined],
    ["12345678_123456789012.jpg", undefined],
    ["holiday.jpg", undefined],
  ];
  for (const [name, local, isUtc = false] of times)
    expect(timeOfName(name), name).toEqual(local === undefined ? undefined : expect.objectContaining({ local, isUtc }));
  expect(burstOf("PXL_20240131_235959123-BURST-01.COVER")).toBe("PXL_20240131_235959123");
  expect(burstOf("00000IMG_00000_BURST20170131235959123_COVER")).toBe("20170131235959123");
  expect(burstOf("20240131_235959_001")).toBe("20240131_235959");
  expect(burstOf("20240131_235959")).toBeUndefined();
  expect(rawShotOf("PXL_1.RAW-02.ORIGINAL")).toBe("PXL_1");
  expect([isMotionName("PXL_1.MP.jpg"), isMotionName("MVIMG_1.jpg"), isMotionName("IMG_1.jpg")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("the movie of a Motion Photo: each of the four ways it is told, and only where it really begins", async () => {
  const still = Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(2_000, 1), Buffer.of(0xff, 0xd9)]);
  const heic = Buffer.concat([Buffer.of(0, 0, 0, 16), Buffer.from("ftypheic"), Buffer.alloc(4)]);
  const video = Buffer.concat([Buffer.of(0, 0, 0, 16), Buffer.from("ftypmp42"), Buffer.alloc(5_000, 7)]);
  const find = async (bytes: Buffer) => await findMotionVideo(bufferRange(bytes));
  for (const photo of [
    motionPhoto(still, video),
    microVideo(still, video),
    samsungMotion(still, video),
    heicMotion(heic, video),
  ]) {
    const found = (await find(photo))!;
    expect(photo.subarray(found.offset, found.offset + found.length).equals(video)).toBe(true);
  }
  // Edited: the announcement stayed, the movie went.
  const edited = motionPhoto(still, video).subarray(0, -video.length);
  expect((await readFacts(bufferRange(edited))).motionVideoBytes).toBe(video.length);
  expect(await find(Buffer.concat([edited, Buffer.alloc(video.length)]))).toBeUndefined();
  expect(await find(still)).toBeUndefined();
  for (let i = 0; i < 300; i += 1) {
    const broken = Buffer.from(i % 2 ? samsungMotion(still, video) : heicMotion(heic, video));
    for (let n = 0; n < 3; n += 1) broken[broken.length - 1 - ((i * 7 + n * 13) % 60)]! ^= 1 << (i % 8);
    const found = await find(broken);
    if (found) expect(found.offset + found.length).toBeLessThanOrEqual(broken.length);
  }
});
