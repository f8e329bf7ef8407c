import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { parseAppleMakerNote } from "../../src/media/apple-maker-note.ts";
import {
  captureInstant,
  formatCaptured,
  fromInstant,
  inferZone,
  isPlausible,
  parseExifTime,
  parseQuickTimeDate,
} from "../../src/media/capture-time.ts";
import { readFacts } from "../../src/media/index.ts";
import { sniffFormat, splitName } from "../../src/media/kinds.ts";
import { boundedRange, bufferRange } from "../../src/media/range-reader.ts";
import { longMovie } from "../helpers/movie.ts";

const media = join(import.meta.dirname, "../../fixtures/demo-media");

test("every HEIC and movie of the demo phone tells what the roll says", async () => {
  for (const shot of demoRoll().filter((s) => s.type !== "jpeg" && s.type !== "png")) {
    const stem = mediaName(shot, shot.type === "heic" || shot.type === "live" ? "still" : "movie");
    const facts = await readFacts(bufferRange(readFileSync(join(media, stem))));
    if (shot.type === "screen-recording") {
      expect(facts.format).toBe("quicktime");
      continue;
    }
    expect(facts.make, stem).toBe("Apple");
    expect(facts.model, stem).toBe(shot.exif.model);
    expect(facts.captured && formatCaptured(facts.captured), stem).toBe(`${shot.taken.local}${shot.taken.offset}`);
    if (shot.type === "live") expect(facts.contentIdentifier, stem).toBe(shot.exif.contentIdentifier);
    if (shot.exif.gps) expect(Math.abs(facts.gps!.lat - shot.exif.gps.lat), stem).toBeLessThan(0.001);
    expect(facts.width, stem).toBeGreaterThan(0);
  }
});

test("JPEG facts, upright whatever the orientation", async () => {
  const picture = drawScene("hills", 3, 40, 30);
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const exif = exifBlock({
      make: "Canon",
      model: "R6",
      orientation,
      dateTimeOriginal: "2022:02:03 04:05:06",
      exposureSeconds: 1 / 120,
      aperture: 1.8,
      iso: 64,
      focalLength35mm: 26,
      gps: { lat: -33.86, lon: 151.2 },
    });
    const facts = await readFacts(bufferRange(encodeJpeg(picture, 80, exif)));
    expect([facts.width, facts.height]).toEqual(orientation >= 5 ? [30, 40] : [40, 30]);
    expect(facts).toMatchObject({
      format: "jpeg",
      make: "Canon",
      aperture: 1.8,
      iso: 64,
      focalLength35mm: 26,
      orientation,
    });
    expect(facts.gps!.lat).toBeCloseTo(-33.86, 4);
    expect(facts.captured).toEqual({
      local: "2022-02-03T04:05:06",
      offsetMinutes: undefined,
      zone: "unknown",
      source: "exif",
    });
  }
  expect(await readFacts(bufferRange(encodePng(drawScene("screen", 1, 20, 40))))).toMatchObject({
    format: "png",
    width: 20,
    height: 40,
  });
});

test("damaged, truncated and random files give fewer facts, never a crash", async () => {
  const names = readdirSync(media).filter((_, i) => i % 7 === 0);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.nat(20_000),
      fc.array(fc.tuple(fc.nat(8_000), fc.nat(255)), { maxLength: 30 }),
      async (name, cut, changes) => {
        const bytes = Buffer.from(readFileSync(join(media, name))).subarray(0, cut + 1);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect((await readFacts(bufferRange(bytes))).format).toBeTypeOf("string");
      },
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      expect((await readFacts(bufferRange(Buffer.from(bytes)))).format).toBeTypeOf("string");
    }),
  );
});

test.each([
  [false, 131_072],
  [true, 40_000],
])("a movie with moov last costs one head and one tail read (known to be one: %s)", async (isMovie, mostBytes) => {
  const big = longMovie(20_000_000);
  const reads: [number, number][] = [];
  const facts = await readFacts(
    boundedRange(
      big.length,
      async (offset, length) => {
        reads.push([offset, length]);
        return big.subarray(offset, offset + length);
      },
      { isMovie },
    ),
  );
  expect(facts.make).toBe("Apple");
  expect(reads.length).toBeLessThanOrEqual(2);
  expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThanOrEqual(mostBytes);
});

test("a picture under a movie's name has its facts all the same", async () => {
  const picture = readFileSync(join(media, mediaName(demoRoll().find((s) => s.type === "heic")!, "still")));
  const long = Buffer.concat([picture, Buffer.alloc(200_000)]);
  const read = async (offset: number, length: number) => long.subarray(offset, offset + length);
  const facts = await readFacts(boundedRange(long.length, read, { isMovie: true }));
  expect(facts).toEqual(await readFacts(bufferRange(long)));
  expect(facts.captured).toBeDefined();
});

test("capture times: offsets, zones, nonsense", () => {
  const exif = parseExifTime("2024:03:31 02:30:00", "+02:00")!;
  expect(formatCaptured(exif)).toBe("2024-03-31T02:30:00+02:00");
  expect(captureInstant(exif).toISOString()).toBe("2024-03-31T00:30:00.000Z");
  for (const bad of ["0000:00:00 00:00:00", "2024:13:01 00:00:00", "2024:02:30 00:00:00", "", "    :  :     :  :  "])
    expect(parseExifTime(bad, undefined)).toBeUndefined();
  expect(formatCaptured(parseQuickTimeDate("2024-05-01T12:34:56-0530")!)).toBe("2024-05-01T12:34:56-05:30");
  const inferred = inferZone(parseExifTime("2024:07:01 12:00:00", undefined)!, "Europe/Berlin");
  expect([inferred.offsetMinutes, inferred.zone]).toEqual([120, "inferred"]);
  expect(inferZone(parseExifTime("2024:01:01 12:00:00", undefined)!, "Europe/Berlin").offsetMinutes).toBe(60);
  expect(inferZone(parseExifTime("2024:01:01 12:00:00", undefined)!, undefined).zone).toBe("unknown");
  expect(fromInstant(new Date("2023-12-31T23:30:00Z"), "Asia/Tokyo", "file-created").local).toBe("2024-01-01T08:30:00");
  expect(isPlausible("1970-01-01T00:00:00", Date.UTC(2026, 0))).toBe(false);
  expect(isPlausible("2099-01-01T00:00:00", Date.UTC(2026, 0))).toBe(false);
});

test("names and magic", () => {
  expect(splitName("IMG_0001.HEIC")).toEqual({ stem: "IMG_0001", extension: "HEIC" });
  expect(splitName(".hidden")).toEqual({ stem: ".hidden", extension: "" });
  expect(splitName("a.")).toEqual({ stem: "a.", extension: "" });
  expect(sniffFormat(Buffer.from("\0\0\0\x18ftypheic\0\0\0\0", "latin1"))).toBe("heif");
  expect(sniffFormat(Buffer.from("\0\0\0\x14ftypqt  \0\0\0\0", "latin1"))).toBe("quicktime");
  expect(parseAppleMakerNote(Buffer.from("Apple iOS\0\0\x01MM\xff\xff", "latin1"))).toEqual({});
});
