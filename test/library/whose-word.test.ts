/** Where the library, its owner and the file say different things; and what nobody says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { exifSegment, heifOf, jpegOf, longSegment, pngOf } from "../../fixtures/make/containers.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { motionPhoto } from "../../fixtures/make/motion-photo.ts";
import type { LibraryAsset } from "../../fixtures/make/photos-library.ts";
import { type BuildOptions, buildCameraRoll } from "../../src/library/index.ts";
import { reportLibrary } from "../../src/library/library-report.ts";
import { photoJson } from "../../src/library/photo-json.ts";
import type { CameraRoll, RollItem } from "../../src/library/roll.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import { dateWords, photoDetails } from "../../src/present/item-view.ts";
import { catalogName } from "../../src/transfer/destination/metadata-folder.ts";
import { openTransfer } from "../../src/transfer/index.ts";
import { PathTemplate } from "../../src/transfer/plan/index.ts";
import { exportOnce, temporaryFolder, transferOptions } from "../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { box, movieOf, words } from "../helpers/movie.ts";

const now = Date.UTC(2026, 0, 15);
const modified = "2024-06-15T12:00:00Z";
const flat = { template: new PathTemplate("{name}") };

/** A phone whose library has these assets, with files that say what they are given to say. */
async function phoneOf(assets: readonly LibraryAsset[], bytes: Buffer): Promise<MockSetup> {
  const phone = libraryPhone({ assets });
  const files = phone.files.map((f) =>
    f.path.startsWith("/DCIM/") ? { path: f.path, base64: bytes.toString("base64"), modified } : f,
  );
  return await startMock({ files }, { baseFolder: phone.baseFolder });
}

async function treeOf(files: Readonly<Record<string, Buffer>>): Promise<MockSetup> {
  const described = Object.entries(files).map(([name, bytes]) => ({
    path: `/DCIM/100APPLE/${name}`,
    base64: bytes.toString("base64"),
    modified,
  }));
  return await startMock({ files: described });
}

async function rollOf(mock: MockSetup, options: Partial<BuildOptions> = {}): Promise<CameraRoll> {
  await using source = await mock.open();
  return await buildCameraRoll(source, { now, ...options });
}

const named = (roll: CameraRoll, name: string): RollItem => roll.items.find((i) => i.parts[0].item.name === name)!;

const told = exifBlock({
  make: "Example",
  model: "Model 7",
  lens: "A lens",
  dateTimeOriginal: "2023:03:04 05:06:07",
  offset: "+02:00",
  gps: { lat: 10, lon: 20 },
}).subarray(6);

test.each(["all", "cameras"] as const)(
  "what the owner set or took away counts, not the file's word: heads %s",
  async (heads) => {
    const moved = asset({
      filename: "IMG_0001.JPG",
      gps: { lat: 48.8584, lon: 2.2945 },
      width: 300,
      height: 200,
      camera: { make: "Apple", model: "iPhone 15 Pro" },
    });
    const removed = asset({ filename: "IMG_0002.JPG" });
    await using mock = await phoneOf([moved, removed], jpegOf(640, 480, exifSegment(told)));
    const roll = await rollOf(mock, { heads, library: libraryOptions() });
    expect(roll.knowledge.source).toBe("library");
    expect(named(roll, "IMG_0001.JPG").parts[0].facts).toMatchObject({
      ...{ width: 300, height: 200, make: "Apple", model: "iPhone 15 Pro" },
      gps: { lat: 48.8584, lon: 2.2945 },
    });
    const { facts } = named(roll, "IMG_0002.JPG").parts[0];
    expect(facts?.gps).toBeUndefined();
    // What the library does not know the file may say.
    expect(facts).toMatchObject({ make: "Example", model: "Model 7", lens: "A lens" });
  },
);

test("dates that an owner typed are theirs everywhere, and the row's EXIF stands in where there is none", async () => {
  const typed = asset({ filename: "IMG_0001.JPG", created: Date.UTC(1975, 7, 2, 15) / 1000, zone: { offset: 3600 } });
  const none = asset({ filename: "IMG_0002.JPG", created: undefined });
  const toCome = asset({ filename: "IMG_0003.JPG", created: Date.UTC(2031, 2, 1, 11) / 1000, zone: { offset: 3600 } });
  const phone = libraryPhone({ assets: [typed, none, toCome] });
  const db = new DatabaseSync(phone.database);
  db.exec("UPDATE ZADDITIONALASSETATTRIBUTES SET ZEXIFTIMESTAMPSTRING = '2022:02:03 04:05:06'");
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const files = phone.files.filter((f) => !f.path.endsWith("-wal"));
  await using mock = await startMock({ files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "photos");
  const { events } = await exportOnce(source, to, { library: libraryOptions() });
  const outcomes = events.flatMap((e) => (e.type === "item" ? [[e.target, e.captured, e.capturedFrom]] : []));
  expect(outcomes.sort()).toEqual([
    ["1975/08/IMG_0001.JPG", "1975-08-02T16:00:00+01:00", "library"],
    ["2022/02/IMG_0002.JPG", "2022-02-03T04:05:06+02:00", "library"],
    ["2031/03/IMG_0003.JPG", "2031-03-01T12:00:00+01:00", "library"],
  ]);
});

test("a file's own times name its folder, and are told as nothing more", async () => {
  await using mock = await treeOf({
    "IMG_0001.JPG": jpegOf(640, 480),
    "IMG-20200229-WA0003.JPG": jpegOf(640, 480),
    "IMG_0002.JPG": jpegOf(640, 480, exifSegment(exifBlock({ dateTimeOriginal: "2023:03:04 05:06:07" }).subarray(6))),
  });
  const roll = await rollOf(mock);
  const bare = named(roll, "IMG_0001.JPG");
  expect(photoJson(bare)).toMatchObject({ capturedFrom: "file-created", zone: "inferred" });
  expect(dateWords(bare)).toBe("~2024-06-15 14:00");
  expect(reportLibrary(roll, now).years.map(({ name }) => name)).toEqual(["2020", "2023", "~2024"]);
  // A name that has the day has no time of day, and nobody makes one up.
  expect(dateWords(named(roll, "IMG-20200229-WA0003.JPG"))).toBe("2020-02-29");
  const byTime = new PathTemplate("{date} {time|unknown}");
  expect(byTime.render(named(roll, "IMG-20200229-WA0003.JPG"), "phone")).toBe("2020-02-29 unknown");
  const labels = new Map(photoDetails(bare));
  expect(labels.has("Taken")).toBe(false);
  expect(labels.get("File date")).toContain("nothing tells when it was taken");
  await using source = await mock.open();
  const to = join(temporaryFolder(), "photos");
  const { events } = await exportOnce(source, to, { extras: { albumsAs: "none", sidecar: "xmp" } });
  expect(events).toContainEqual(
    expect.objectContaining({ target: "2024/06/IMG_0001.JPG", capturedFrom: "file-created" }),
  );
  const sidecar = (name: string): string => readFileSync(join(to, name), "utf8");
  expect(sidecar("2024/06/IMG_0001.JPG.xmp")).not.toMatch(/DateTimeOriginal|CreateDate|DateCreated/);
  expect(sidecar("2020/02/IMG-20200229-WA0003.JPG.xmp")).toContain(
    "<exif:DateTimeOriginal>2020-02-29</exif:DateTimeOriginal>",
  );
  // The phone's zone is as good as any for a folder, and nobody recorded it.
  expect(formatCaptured(named(roll, "IMG_0002.JPG").captured!)).toBe("2023-03-04T05:06:07+01:00");
  expect(sidecar("2023/03/IMG_0002.JPG.xmp")).toContain(
    "<exif:DateTimeOriginal>2023-03-04T05:06:07</exif:DateTimeOriginal>",
  );
});

test("names from before lose an extension, and nothing else", async () => {
  const names = ["Mr. Smith v1.5", "05.12.1999", "DSC0001", "Holiday.heic", "Plan v2.JPG", "a.b.c"];
  const assets = names.map((originalFilename, i) => asset({ filename: `IMG_000${i}.JPG`, originalFilename }));
  await using mock = await phoneOf(assets, jpegOf(64, 48));
  await using source = await mock.open();
  const { events } = await exportOnce(source, join(temporaryFolder(), "photos"), {
    ...flat,
    library: libraryOptions(),
    extras: { albumsAs: "none", sidecar: "json" },
  });
  const targets = events.flatMap((e) => (e.type === "item" ? [e.target] : []));
  expect(targets.sort()).toEqual(
    ["05.12.1999.JPG", "DSC0001.JPG", "Holiday.JPG", "Mr. Smith v1.5.JPG", "Plan v2.JPG", "a.b.c.JPG"].sort(),
  );
});

test("screenshots are what says so: HEICs of iOS 26 too, and no PNG of the web", async () => {
  const screenshot = exifBlock({ dateTimeOriginal: "2025:10:01 12:00:00", userComment: "Screenshot" }).subarray(6);
  await using mock = await treeOf({
    "IMG_0001.HEIC": heifOf({ width: 1179, height: 2556, exif: screenshot }),
    "IMG_0002.PNG": pngOf({ width: 1179, height: 2556, exif: screenshot }),
    "IMG_0003.PNG": pngOf({ width: 1179, height: 2556 }),
  });
  const roll = await rollOf(mock);
  expect(roll.items.map((i) => i.subtype)).toEqual(["screenshot", "screenshot", undefined]);
});

test("a Live Photo whose EXIF lies deep pairs by its identifier; a Motion Photo's deep XMP is found", async () => {
  const contentIdentifier = "11111111-2222-4333-8444-555555555555";
  const exif = exifBlock({
    make: "Apple",
    dateTimeOriginal: "2024:08:15 10:00:00",
    offset: "+02:00",
    contentIdentifier,
  }).subarray(6);
  const name = Buffer.from("com.apple.quicktime.content.identifier");
  const item = box(words(1).toString("latin1"), box("data", words(1, 0), Buffer.from(contentIdentifier)));
  const keys = box(
    "meta",
    box("hdlr", words(0, 0), Buffer.from("mdta"), Buffer.alloc(12)),
    box("keys", words(0, 1), box("mdta", name)),
    box("ilst", item),
  );
  const video = Buffer.concat([Buffer.of(0, 0, 0, 16), Buffer.from("ftypmp42"), Buffer.alloc(5_000, 7)]);
  const motion = motionPhoto(jpegOf(640, 480), video);
  await using mock = await treeOf({
    "IMG_0001.HEIC": heifOf({
      width: 640,
      height: 480,
      exif,
      isMetaLast: true,
      place: "behind the picture",
      pictureBytes: 200_000,
    }),
    // Longer than a Live Photo's movie is: the identifier alone makes them one.
    "IMG_0001.MOV": movieOf({ duration: 600 * 20 }, keys),
    "IMG_0002.JPG": Buffer.concat([motion.subarray(0, 2), longSegment(), longSegment(), motion.subarray(2)]),
  });
  const roll = await rollOf(mock);
  expect(named(roll, "IMG_0001.HEIC")).toMatchObject({ pairedBy: "content-identifier", subtype: "live" });
  expect(named(roll, "IMG_0002.JPG").parts[0].facts?.motionVideoBytes).toBe(video.length);
});

test("what an earlier version read of a file is read anew, once, and counted", async () => {
  await using mock = await treeOf({
    "IMG_0001.JPG": jpegOf(640, 480, exifSegment(told)),
    "IMG_0002.JPG": jpegOf(64, 48),
  });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "photos");
  const anew = async (): Promise<number> => {
    await using transfer = await openTransfer(source, transferOptions(to, flat));
    for await (const _ of transfer.run({})) {
      // carried out
    }
    return transfer.readAnew;
  };
  expect(await anew()).toBe(0);
  const db = new DatabaseSync(join(to, ".offroll", catalogName));
  db.exec("UPDATE facts SET version = 1");
  db.close();
  expect(await anew()).toBe(2);
  expect(await anew()).toBe(0);
});
