/** Which still and which movie of one name are a Live Photo, where no library says it. */
import { beforeAll, expect, test } from "vitest";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { type ExifFields, exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { RollItem } from "../../src/library/roll.ts";
import { everyPart, PathTemplate } from "../../src/transfer/plan/index.ts";
import { startAndroid } from "../helpers/android.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { startMock } from "../helpers/mock.ts";
import { keysBox, movieOf } from "../helpers/movie.ts";

const now = Date.UTC(2026, 0);
const folder = "/DCIM/100APPLE";
const picture = drawScene("lake", 1, 32, 24);
const taken: ExifFields = { dateTimeOriginal: "2024:08:15 10:00:00", offset: "+02:00", model: "iPhone 14 Pro" };
const still = (exif: ExifFields = taken): Buffer => encodeJpeg(picture, 50, exifBlock(exif));
const key = (name: string): string => `com.apple.quicktime.${name}`;
const id = "11111111-2222-4333-8444-555555555555";
const macEpoch = Date.UTC(1904, 0);

interface Clip {
  readonly seconds?: number;
  readonly date?: string;
  readonly model?: string;
  readonly contentIdentifier?: string;
  /** UTC of the header, where there is no creation date. */
  readonly header?: number;
}

function clip({ seconds = 3, date, model, contentIdentifier, header }: Clip): Buffer {
  const values = {
    ...(date === undefined ? {} : { [key("creationdate")]: date }),
    ...(model === undefined ? {} : { [key("model")]: model }),
    ...(contentIdentifier === undefined ? {} : { [key("content.identifier")]: contentIdentifier }),
  };
  const created = header === undefined ? 0 : (header - macEpoch) / 1000;
  return movieOf({ duration: seconds * 600, created }, ...(Object.keys(values).length > 0 ? [keysBox(values)] : []));
}

const sameSecond = "2024-08-15T10:00:00+0200";

async function itemsOf(
  files: Record<string, Buffer>,
  options: { android?: boolean } = {},
): Promise<readonly RollItem[]> {
  const list = described(files, options.android ? "/DCIM/Camera" : folder);
  await using mock = options.android ? await startAndroid({ files: list }) : await startMock({ files: list });
  await using source = await mock.open();
  return (await buildCameraRoll(source, { now })).items;
}

function described(files: Record<string, Buffer>, where: string): FileDescription[] {
  return Object.entries(files).map(([name, bytes]) => ({
    path: `${where}/${name}`,
    modified: "2024-08-20T12:00:00Z",
    base64: bytes.toString("base64"),
  }));
}

const cases: readonly [name: string, still: ExifFields, clip: Clip, isPair: boolean][] = [
  ["taken in the same second", taken, { date: sameSecond }, true],
  ["taken four seconds apart", taken, { date: "2024-08-15T10:00:04+0200" }, true],
  ["the same moment, told in two zones", taken, { date: "2024-08-15T08:00:00+0000" }, true],
  ["taken six seconds apart", taken, { date: "2024-08-15T10:00:06+0200" }, false],
  ["taken two weeks apart", taken, { date: "2024-09-01T10:00:00+0200" }, false],
  ["the same wall clock in two zones", taken, { date: "2024-08-15T10:00:00+0900" }, false],
  ["no date in the movie", taken, {}, true],
  ["no date in the still", { model: "iPhone 14 Pro" }, { date: sameSecond }, true],
  ["the header's UTC, the still's zone known", taken, { header: Date.UTC(2024, 7, 15, 8) }, true],
  ["the header's UTC an hour off, the still's zone known", taken, { header: Date.UTC(2024, 7, 15, 9) }, false],
  ["the header's UTC, the still's zone not", { ...noZone() }, { header: Date.UTC(2024, 7, 15, 4, 30) }, true],
  ["the header's UTC ten minutes off", { ...noZone() }, { header: Date.UTC(2024, 7, 15, 8, 10) }, false],
  ["the header's UTC of the next day", { ...noZone() }, { header: Date.UTC(2024, 7, 16, 8) }, false],
  ["six seconds long", taken, { date: sameSecond, seconds: 6 }, true],
  ["seven seconds long", taken, { date: sameSecond, seconds: 7 }, false],
  ["of a length that nobody knows", taken, { date: sameSecond, seconds: 0 }, false],
  ["of the same camera", taken, { date: sameSecond, model: "iPhone 14 Pro" }, true],
  ["of another camera", taken, { date: sameSecond, model: "iPhone 8" }, false],
  ["an identifier in the movie alone", taken, { date: sameSecond, contentIdentifier: id }, true],
  ["an identifier in the still alone", { ...taken, contentIdentifier: id }, { date: sameSecond }, true],
  ["an identifier in one, and another day", taken, { date: "2024-09-01T10:00:00+0200", contentIdentifier: id }, false],
  [
    "the same identifier, whatever else",
    { ...taken, contentIdentifier: id },
    { contentIdentifier: id, seconds: 9 },
    true,
  ],
  ["two identifiers", { ...taken, contentIdentifier: id }, { date: sameSecond, contentIdentifier: `${id}0` }, false],
];

function noZone(): ExifFields {
  const { offset: _, ...rest } = taken;
  return rest;
}

const all: Record<string, Buffer> = {};
for (const [i, [, exif, movie]] of cases.entries()) {
  all[`IMG_${i}.JPG`] = still(exif);
  all[`IMG_${i}.MOV`] = clip(movie);
}
const rolls: { name: string; items: readonly RollItem[] }[] = [];
beforeAll(async () => {
  for (const android of [false, true])
    rolls.push({ name: android ? "Android" : "iPhone", items: await itemsOf(all, { android }) });
});

test.each(cases.map((c, i) => [c[0], c[3], i] as const))("a still and a movie of one name, %s", (_, isPair, i) => {
  for (const { name, items } of rolls) {
    const mine = items.filter((item) => item.parts[0].item.name.startsWith(`IMG_${i}.`));
    expect(mine.length, name).toBe(isPair ? 1 : 2);
    expect(mine.some((item) => item.subtype === "live")).toBe(isPair);
    if (isPair) expect(mine[0]!.parts.map((p) => p.role)).toEqual(["original", "live-video"]);
  }
});

test("no PNG and no GIF is half of a Live Photo, no MP4 is, and neither is a JPEG that is called a movie", async () => {
  const movie = clip({ date: sameSecond });
  const gif = Buffer.from("GIF89a\x01\0\x01\0\0\0\0;                    ", "latin1");
  const kinds = (items: readonly RollItem[]): string[] => items.map((i) => `${i.kind} ${i.parts.length}`).sort();
  const unrelated: Record<string, Buffer>[] = [
    { "IMG_1.PNG": encodePng(picture), "IMG_1.MOV": movie },
    { "IMG_1.GIF": gif, "IMG_1.MOV": movie },
    { "IMG_1.JPG": still(), "IMG_1.MP4": movie },
    { "IMG_1.JPG": still(), "IMG_1.MOV": still() },
  ];
  for (const files of unrelated)
    expect(kinds(await itemsOf(files)), Object.keys(files).join()).toEqual(["photo 1", "video 1"]);
  expect(kinds(await itemsOf({ "IMG_1.JPG": still(), "IMG_1.mov": movie }))).toEqual(["photo 2"]);
});

test("`--live still` never leaves out a video that only has a photo's name; a pair keeps one stem", async () => {
  const files = {
    "IMG_0001.JPG": still(),
    "IMG_0001.MOV": clip({ date: "2024-09-01T10:00:00+0200" }),
    "IMG_0002.JPG": still(),
    "IMG_0002.MOV": clip({ date: sameSecond, contentIdentifier: id }),
  };
  await using mock = await startMock({ files: described(files, folder) });
  await using source = await mock.open();
  const template = new PathTemplate("{year}/{month}/{name}");
  const stills = `${temporaryFolder()}/stills`;
  await exportOnce(source, stills, { template, parts: { ...everyPart, live: "still" } });
  expect([...filesBelow(stills)].sort()).toEqual([
    "2024/08/IMG_0001.JPG",
    "2024/08/IMG_0002.JPG",
    "2024/09/IMG_0001.MOV",
  ]);
  const both = `${temporaryFolder()}/both`;
  await exportOnce(source, both, { template });
  expect([...filesBelow(both)].sort()).toContain("2024/08/IMG_0002.MOV");
});
