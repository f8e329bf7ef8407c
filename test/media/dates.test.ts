/** When a photo was taken: whose word counts, and what is no date. */
import { expect, test } from "vitest";
import { exifSegment, jpegOf, xmpOf, xmpSegment } from "../../fixtures/make/containers.ts";
import { type ExifFields, exifBlock } from "../../fixtures/make/exif-writer.ts";
import type { MediaItem } from "../../src/device/media-source.ts";
import { captureOfLibrary, captureOfPart } from "../../src/library/capture.ts";
import { timeOfName } from "../../src/library/file-name-time.ts";
import { type CaptureTime, formatCaptured, isRecorded } from "../../src/media/capture-time.ts";
import { readCounted } from "../helpers/containers.ts";
import { box, movieOf, words } from "../helpers/movie.ts";

const now = Date.UTC(2026, 0, 15);
const inBerlin = "Europe/Berlin";

async function ofExif(fields: ExifFields): Promise<CaptureTime | undefined> {
  const exif = exifBlock({ make: "Apple", ...fields }).subarray(6);
  return (await readCounted(jpegOf(64, 48, exifSegment(exif)))).facts.captured;
}
const told = (captured: CaptureTime | undefined): string | undefined =>
  captured && `${formatCaptured(captured)} ${captured.zone}`;

const day = "2022:02:03 04:05:06";
const later = "2023:05:05 05:05:05";
test.each<[string, ExifFields, string | undefined]>([
  [
    "the original's own offset",
    { dates: { original: day, originalOffset: "-07:00" } },
    "2022-02-03T04:05:06-07:00 recorded",
  ],
  ["DateTime alone", { dates: { modified: day } }, "2022-02-03T04:05:06 unknown"],
  [
    "DateTime with its offset",
    { dates: { modified: day, modifiedOffset: "-07:00" } },
    "2022-02-03T04:05:06-07:00 recorded",
  ],
  ["CreateDate alone", { dates: { digitized: day, digitizedOffset: "+05:45" } }, "2022-02-03T04:05:06+05:45 recorded"],
  [
    "the offset of the same moment's DateTime",
    { dates: { original: day, modified: day, modifiedOffset: "-07:00" } },
    "2022-02-03T04:05:06-07:00 recorded",
  ],
  [
    "an offset without a date of its own",
    { dates: { original: day, digitizedOffset: "-07:00" } },
    "2022-02-03T04:05:06-07:00 recorded",
  ],
  [
    "the offset of a later change, which may be elsewhere",
    { dates: { original: day, modified: later, modifiedOffset: "-07:00" } },
    "2022-02-03T04:05:06-07:00 inferred",
  ],
  [
    "the clock of GPS before that",
    {
      dates: { original: day, modified: later, modifiedOffset: "+01:00" },
      gpsClock: { date: "2022:02:03", time: [11, 5, 4] },
    },
    "2022-02-03T04:05:06-07:00 inferred",
  ],
  [
    "the clock of GPS over midnight",
    { dates: { original: "2022:02:03 23:30:00" }, gpsClock: { date: "2022:02:04", time: [6, 30, 0] } },
    "2022-02-03T23:30:00-07:00 inferred",
  ],
  [
    "a fix that is old",
    { dates: { original: day }, gpsClock: { date: "2022:02:03", time: [10, 51, 0] } },
    "2022-02-03T04:05:06 unknown",
  ],
  [
    "a fix that is some minutes old",
    { dates: { original: day }, gpsClock: { date: "2022:02:03", time: [11, 1, 0] } },
    "2022-02-03T04:05:06 unknown",
  ],
  ["zeros, then a date", { dates: { original: "0000:00:00 00:00:00", digitized: day } }, "2022-02-03T04:05:06 unknown"],
  [
    "a clock's zero, then a date",
    { dates: { original: "1980:01:01 00:00:00", digitized: day } },
    "2022-02-03T04:05:06 unknown",
  ],
  ["a scan of 1901", { dates: { original: "1901:01:01 00:00:00", digitized: day } }, "1901-01-01T00:00:00 unknown"],
  ["1989", { dates: { original: "1989:12:31 23:59:59" } }, "1989-12-31T23:59:59 unknown"],
  ["a day whose time is left blank", { dates: { original: "2021:01:02   :  :  " } }, "2021-01-02 unknown"],
  [
    "the first day of a clock, blank",
    { dates: { original: "2000:01:01   :  :  ", digitized: day } },
    "2022-02-03T04:05:06 unknown",
  ],
  ["before photography", { dates: { original: "1825:12:31 23:59:59" } }, undefined],
  ["nothing", {}, undefined],
])("EXIF: %s", async (_, fields, want) => {
  expect(told(await ofExif(fields))).toBe(want);
});

const keys = (text: string): Buffer => {
  const name = "com.apple.quicktime.creationdate";
  const item = box(words(1).toString("latin1"), box("data", words(1, 0), Buffer.from(text)));
  return box(
    "meta",
    box("hdlr", words(0, 0), Buffer.from("mdta"), Buffer.alloc(12)),
    box("keys", words(0, 1), box("mdta", Buffer.from(name))),
    box("ilst", item),
  );
};
const userData = box(
  "udta",
  box("©day", Buffer.from([0, 4, 0, 0]), Buffer.from("2021")),
  box("date", Buffer.from("2020-05-05T05:05:05+0200")),
);
const since1904 = (iso: string): number => Date.parse(iso) / 1000 + 2_082_844_800;
test.each<[string, Buffer, string | undefined]>([
  ["as iPhones write it", movieOf({}, keys("2024-05-01T12:34:56-0400")), "2024-05-01T12:34:56-04:00 recorded"],
  ["with blanks", movieOf({}, keys("2024-05-01 12:34:56 -0400")), "2024-05-01T12:34:56-04:00 recorded"],
  ["with hours alone", movieOf({}, keys("2024-05-01T12:34:56-04")), "2024-05-01T12:34:56-04:00 recorded"],
  ["of 1985", movieOf({}, keys("1985-06-01T12:00:00+02:00")), "1985-06-01T12:00:00+02:00 recorded"],
  ["a day alone", movieOf({}, keys("2024-05-01")), "2024-05-01 unknown"],
  [
    "nonsense, then the header",
    movieOf({ created: since1904("1985-06-01T12:00:00Z") }, keys("soon")),
    "1985-06-01T12:00:00+00:00 inferred",
  ],
  [
    "a header that counts from 1970",
    movieOf({ created: Date.parse("2010-06-01T12:00:00Z") / 1000 }),
    "2010-06-01T12:00:00+00:00 inferred",
  ],
  [
    "in user data, as AVFoundation writes it into an MP4, beside a year alone",
    movieOf({ created: since1904("2021-01-01T00:00:01Z") }, userData),
    "2020-05-05T05:05:05+02:00 recorded",
  ],
  ["a clock that never ran", movieOf({ created: 0 }), undefined],
  ["a clock that began in 1970", movieOf({ created: since1904("1970-01-01T00:00:00Z") }), undefined],
])("a movie's date: %s", async (_, movie, want) => {
  expect(told((await readCounted(movie, { isMovie: true })).facts.captured)).toBe(want);
});

test("a day that a name tells is no time of day", () => {
  const whatsapp = part(undefined, { name: "IMG-20200229-WA0001.jpg" });
  expect(formatCaptured(captureOfPart(whatsapp, inBerlin, now)!)).toBe("2020-02-29");
  // Noon is two hours from it, which tells nothing of where it was taken.
  const indexed = new Date("2020-02-29T10:00:00Z");
  expect(captureOfPart(whatsapp, inBerlin, now, { indexed })).toMatchObject({ local: "2020-02-29T11:00:00" });
});

test("a date that is yet to come leaves the word to the file's others", async () => {
  const roll = async (file: Buffer): Promise<string | undefined> => {
    const { facts } = await readCounted(file);
    return told(captureOfPart({ ...part(undefined), facts }, inBerlin, now));
  };
  const future = { original: "2087:01:01 01:01:01" };
  const ofFile = (fields: ExifFields, ...more: Buffer[]): Buffer =>
    jpegOf(64, 48, exifSegment(exifBlock(fields).subarray(6)), ...more);
  expect(await roll(ofFile({ dates: { ...future, digitized: day, digitizedOffset: "-07:00" } }))).toBe(
    "2022-02-03T04:05:06-07:00 recorded",
  );
  const xmp = xmpSegment(xmpOf({ "xmp:CreateDate": "2022-02-03T04:05:06-07:00" }));
  expect(await roll(ofFile({ dates: future }, xmp))).toBe("2022-02-03T04:05:06-07:00 recorded");
  const movie = movieOf({ created: since1904("2022-02-03T11:05:06Z") }, keys("2087-01-01T01:01:01+0100"));
  expect(await roll(movie)).toBe("2022-02-03T12:05:06+01:00 inferred");
  // One that may be stays, whatever else there is.
  expect(await roll(ofFile({ dates: { original: later, digitized: day } }))).toBe("2023-05-05T05:05:05+02:00 inferred");
});

function part(captured: CaptureTime | undefined, over: Partial<MediaItem> = {}): Parameters<typeof captureOfPart>[0] {
  const modifiedAt = new Date("2024-06-15T12:00:00Z");
  const item = {
    id: "a",
    path: "/DCIM/a.JPG",
    name: "IMG_0001.JPG",
    area: "camera-roll",
    sizeBytes: 1,
    createdAt: undefined,
    modifiedAt,
  } as const;
  return {
    role: "original",
    item: { ...item, ...over },
    availability: "phone",
    facts: captured && { format: "jpeg", captured },
  };
}
const written = (local: string): CaptureTime => ({ local, offsetMinutes: undefined, zone: "unknown", source: "exif" });

test("file, then index, then name, then the file's times: which are no word on when it was taken", () => {
  const indexed = new Date("2022-02-03T11:05:06Z");
  const of = (...[p, hints]: [Parameters<typeof captureOfPart>[0], Parameters<typeof captureOfPart>[3]?]) =>
    captureOfPart(p, inBerlin, now, hints);
  // Where they differ by what zones differ by, the index says the zone; else the phone's is as good as any.
  expect(told(of(part(written("2022-02-03T04:05:06")), { indexed }))).toBe("2022-02-03T04:05:06-07:00 inferred");
  expect(told(of(part(written("2022-02-03T04:17:06")), { indexed }))).toBe("2022-02-03T04:17:06+01:00 inferred");
  expect(of(part(undefined), { indexed })).toMatchObject({ local: "2022-02-03T12:05:06", source: "library" });
  const named = part(undefined, { name: "IMG_20240131_235959.jpg" });
  expect(of(named)).toMatchObject({ local: "2024-01-31T23:59:59", source: "file-name" });
  expect(isRecorded(of(named)!)).toBe(true);
  const bare = of(part(undefined))!;
  expect(bare).toMatchObject({ local: "2024-06-15T14:00:00", source: "file-modified" });
  expect(isRecorded(bare)).toBe(false);
  expect(of(part(undefined, { modifiedAt: new Date(0) }))).toBeUndefined();
  expect(of(part(written("2031-01-01T00:00:00")))?.source).toBe("file-modified");
});

test.each([
  ["RPReplay_Final1700000000.MP4", "2023-11-14T22:13:20", true],
  ["ScreenRecording_09-17-2024 12-34-56_1.MP4", "2024-09-17T12:34:56", false],
  ["ScreenRecording_17-09-2024 12-34-56_1.MP4", undefined, false],
  ["IMG_0001.JPG", undefined, false],
])("the name %s", (name, local, isUtc) => {
  expect(timeOfName(name)).toEqual(local === undefined ? undefined : { local, isUtc });
});

const seconds = (iso: string): number => (Date.parse(iso) - Date.UTC(2001, 0, 1)) / 1000;
test.each<[string, Partial<Parameters<typeof captureOfLibrary>[0]>, string | undefined]>([
  [
    "what its owner typed",
    { seconds: seconds("1975-08-02T15:00:00Z"), recordedZone: 3600 },
    "1975-08-02T16:00:00+01:00 recorded",
  ],
  ["1931", { seconds: seconds("1931-03-01T11:00:00Z"), guessedZone: 3600 }, "1931-03-01T12:00:00+01:00 inferred"],
  ["a year to come", { seconds: seconds("2031-03-01T11:00:00Z") }, "2031-03-01T12:00:00+01:00 inferred"],
  ["Apple's never", { seconds: seconds("4001-01-01T00:00:00Z"), recordedZone: -3600 }, undefined],
  [
    "the zero of its clock, and the EXIF's",
    { seconds: 0, exifText: "2022:02:03 04:05:06", recordedZone: -25_200 },
    "2022-02-03T04:05:06-07:00 recorded",
  ],
  ["none, and the EXIF's", { exifText: "2022:02:03 04:05:06" }, "2022-02-03T04:05:06+01:00 inferred"],
  ["impossible, and the EXIF's is the zero of a clock", { seconds: 1e300, exifText: "1970:01:01 00:00:00" }, undefined],
])("the library's date: %s", (_, row, want) => {
  const whole = { seconds: undefined, recordedZone: undefined, guessedZone: undefined, exifText: undefined, ...row };
  expect(told(captureOfLibrary(whole, inBerlin, now))).toBe(want);
});
