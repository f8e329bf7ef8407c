/** What a file says about itself is read wherever it stands in it, in every form that phones write it, by four requests at most. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  exifSegment,
  heifOf,
  jpegOf,
  pngOf,
  segment,
  webpOf,
  xmpOf,
  xmpSegment,
} from "../../fixtures/make/containers.ts";
import { type ExifFields, exifBlock } from "../../fixtures/make/exif-writer.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import type { MediaFacts } from "../../src/media/index.ts";
import { factsBound } from "../../src/media/range-reader.ts";
import { places, readCounted, size } from "../helpers/containers.ts";

const fields: ExifFields = {
  make: "Samsung",
  model: "SM-S918B",
  dateTimeOriginal: "2023:03:04 05:06:07",
  offset: "+02:00",
  iso: 64,
  aperture: 1.8,
  gps: { lat: -33.8568, lon: 151.2153 },
};
/** Four requests, of which no one brings more than a megabyte and what is left of the file where that is little. */
const mostBytes = 64 * 1024 + 3 * (factsBound.bytesAtOnce + 16 * 1024);

function told(facts: MediaFacts): object {
  const { captured, make, model, iso, aperture, gps, width, height } = facts;
  return {
    captured: captured && formatCaptured(captured),
    ...{ make, model, iso, aperture, width, height },
    gps: gps && [gps.lat.toFixed(3), gps.lon.toFixed(3)],
  };
}

function expected(f: ExifFields, { width, height }: { width: number; height: number }): object {
  const [date = "", time] = (f.dateTimeOriginal ?? "").split(" ");
  const isTurned = (f.orientation ?? 1) >= 5;
  return {
    captured: `${date.replaceAll(":", "-")}T${time}${f.offset ?? ""}`,
    make: f.make,
    model: f.model,
    iso: f.iso,
    aperture: f.aperture,
    gps: f.gps && [f.gps.lat.toFixed(3), f.gps.lon.toFixed(3)],
    ...(isTurned ? { width: height, height: width } : { width, height }),
  };
}

test.each(places)("$name", async ({ make, isUsual, size: own = size }) => {
  const { facts, cost } = await readCounted(make(fields));
  expect(told(facts)).toEqual(expected(fields, own));
  expect(cost.requests).toBeLessThanOrEqual(isUsual ? 1 : factsBound.requests);
  expect(cost.bytes).toBeLessThanOrEqual(isUsual ? 64 * 1024 : mostBytes);
});

const two = (n: number): string => String(n).padStart(2, "0");
const anyFields: fc.Arbitrary<ExifFields> = fc.record({
  make: fc.constantFrom("Apple", "Google", "Xiaomi"),
  model: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 -]{0,28}[A-Za-z0-9]$/),
  dateTimeOriginal: fc
    .tuple(
      fc.integer({ min: 1830, max: 2025 }),
      fc.nat(11),
      fc.nat(27),
      fc.nat(23),
      fc.nat(59),
      fc.integer({ min: 1, max: 59 }),
    )
    .map(([y, mo, d, h, mi, s]) => `${y}:${two(mo + 1)}:${two(d + 1)} ${two(h)}:${two(mi)}:${two(s)}`),
  offset: fc.constantFrom("+00:00", "-07:00", "+05:45", "+13:00", "-03:30"),
  iso: fc.integer({ min: 1, max: 60_000 }),
  aperture: fc.integer({ min: 100, max: 2200 }).map((n) => n / 100),
  gps: fc
    .tuple(fc.integer({ min: -89_000, max: 89_000 }), fc.integer({ min: -179_000, max: 179_000 }))
    .filter(([a, b]) => a !== 0 || b !== 0)
    .map(([a, b]) => ({ lat: a / 1000, lon: b / 1000 })),
});

test("any metadata is the same in any place and form", async () => {
  await fc.assert(
    fc.asyncProperty(anyFields, fc.constantFrom(...places), async (f, { make, size: own = size }) => {
      const { facts, cost } = await readCounted(make(f));
      expect(told(facts)).toEqual(expected(f, own));
      expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
    }),
    { numRuns: 300 },
  );
});

test("orientation turns the size where EXIF is what says it, and not where the boxes do", async () => {
  for (const { name, make, size: own = size } of places) {
    const turned = { ...fields, orientation: 6 };
    const { facts } = await readCounted(make(turned));
    const byBoxes = /^(?:HEIC|HIF|AVIF|JPEG XL)/.test(name);
    expect(told(facts), name).toEqual(expected(byBoxes ? fields : turned, own));
    expect(facts.orientation, name).toBe(byBoxes ? 1 : 6);
  }
});

test.each([
  ["irot and EXIF that agree", { irot: 3 }, 6, [480, 640, 6]],
  ["EXIF without irot", {}, 6, [640, 480, 1]],
  ["irot without EXIF", { irot: 1 }, undefined, [480, 640, 8]],
  ["half a turn", { irot: 2 }, undefined, [640, 480, 3]],
  ["a mirror", { imir: 1 }, undefined, [640, 480, 2]],
  ["a mirror and a turn", { irot: 3, imir: 1 }, undefined, [480, 640, 5]],
  ["clap", { clap: { width: 639, height: 479 } }, undefined, [639, 479, 1]],
  ["clap, then a turn", { clap: { width: 639, height: 479 }, irot: 3 }, undefined, [479, 639, 6]],
  [
    "a larger picture that is not the primary one",
    { others: [{ width: 8000, height: 6000 }] },
    undefined,
    [640, 480, 1],
  ],
])("a HEIC's size and turning: %s", async (_, shape, orientation, want) => {
  const exif = exifBlock({ ...fields, ...(orientation ? { orientation } : {}) }).subarray(6);
  const { facts } = await readCounted(heifOf({ ...size, ...shape, exif }));
  expect([facts.width, facts.height, facts.orientation]).toEqual(want);
});

test("of two Exif items the one that describes the primary picture is taken, and the first where none says so", async () => {
  const file = heifOf({ ...size, exif: exifBlock(fields).subarray(6) });
  const without = Buffer.from(file);
  without.write("cdsx", without.indexOf("cdsc"), "latin1");
  expect((await readCounted(without)).facts.make).toBe("Samsung");
});

const xmp = {
  "exif:DateTimeOriginal": "2021-01-02T03:04:05+01:00",
  "exif:GPSLatitude": "46,56.892N",
  "exif:GPSLongitude": "7,26.64E",
  "tiff:Make": "Example",
};

test.each(["attributes", "elements"] as const)("XMP alone, as %s, in every container that may have it", async (how) => {
  const packet = xmpOf(xmp, how);
  const files = [
    jpegOf(640, 480, xmpSegment(packet)),
    heifOf({ ...size, xmp: packet }),
    heifOf({ ...size, xmp: packet, isMetaLast: true, place: "behind the picture", pictureBytes: 300_000 }),
    heifOf({ ...size, xmp: packet, method: 1 }),
    pngOf({ ...size, xmp: packet }),
    pngOf({ ...size, xmp: packet, isBehind: true, pictureBytes: 300_000 }),
    webpOf({ kind: "VP8X", ...size, xmp: packet, pictureBytes: 300_000 }),
  ];
  for (const file of files) {
    const { facts, cost } = await readCounted(file);
    expect(facts).toMatchObject({ ...size, make: "Example", captured: { source: "xmp", zone: "recorded" } });
    expect(formatCaptured(facts.captured!)).toBe("2021-01-02T03:04:05+01:00");
    expect(facts.gps!.lat).toBeCloseTo(46.9482, 4);
    expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
  }
});

test("a PNG's own words for its date, as EXIF and as e-mails write it", async () => {
  for (const [text, want] of [
    ["2021:01:02 03:04:05", "2021-01-02T03:04:05"],
    ["2021-01-02T03:04:05+01:00", "2021-01-02T03:04:05+01:00"],
    ["Sat, 02 Jan 2021 03:04:05 GMT", "2021-01-02T03:04:05+00:00"],
    ["yesterday", undefined],
  ] as const) {
    const { facts } = await readCounted(pngOf({ ...size, creationTime: text }));
    expect(facts.captured && formatCaptured(facts.captured), text).toBe(want);
  }
});

test("WebP's three kinds, by their own size", async () => {
  for (const kind of ["VP8 ", "VP8L", "VP8X"] as const)
    expect((await readCounted(webpOf({ kind, width: 1234, height: 567 }))).facts).toMatchObject({
      width: 1234,
      height: 567,
    });
});

test("an iPhone's XMP behind the head is not asked for: all that matters is in its EXIF", async () => {
  const exif = exifBlock({ ...fields, make: "Apple" }).subarray(6);
  const packet = `${xmpOf(xmp)}${" ".repeat(80_000)}`;
  const apple = await readCounted(heifOf({ ...size, exif, xmp: packet, pictureBytes: 300_000 }));
  expect(apple.cost).toEqual({ requests: 1, bytes: 64 * 1024 });
  expect(apple.facts.captured?.source).toBe("exif");
});

test.each<[string, ExifFields["gps"], MediaFacts["gps"]]>([
  ["0 and 0, of cameras without a fix, is none", { lat: 0, lon: 0 }, undefined],
  ["on the meridian", { lat: -0.5, lon: 0 }, { lat: -0.5, lon: 0 }],
  ["on the equator", { lat: 0, lon: -0.5 }, { lat: 0, lon: -0.5 }],
])("a place: %s", async (_, gps, want) => {
  const exif = exifBlock({ make: "Apple", gps } as ExifFields).subarray(6);
  expect((await readCounted(jpegOf(640, 480, exifSegment(exif)))).facts.gps).toEqual(want);
});

test("a text in Exif 3.0's UTF-8", async () => {
  const block = exifBlock({ make: "Fujifilm", model: "Größe" }).subarray(6);
  block.writeUInt16BE(129, block.indexOf("010f0002", 0, "hex") + 2);
  const { facts } = await readCounted(jpegOf(64, 48, exifSegment(block)));
  expect(facts).toMatchObject({ make: "Fujifilm" });
});

test("a turning that is none is not told", async () => {
  const { facts } = await readCounted(jpegOf(64, 48, exifSegment(exifBlock({ orientation: 99 }).subarray(6))));
  expect(facts).toEqual({ format: "jpeg", width: 64, height: 48 });
});

const spaces = 'xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:t="http://ns.adobe.com/tiff/1.0/"';
const oddly = `<rdf:Description ${spaces} t:Make="Example"><e:DateTimeOriginal>2023-03-04T05:06:07+02:00</e:DateTimeOriginal></rdf:Description>`;
test.each<[string, Buffer]>([
  ["other prefixes", Buffer.from(oddly)],
  ["UTF-16", Buffer.from(`\ufeff${oddly}`, "utf16le")],
  ["UTF-16, big-endian", Buffer.from(`\ufeff${oddly}`, "utf16le").swap16()],
])("XMP in %s", async (_, bytes) => {
  const packet = Buffer.concat([Buffer.from("http://ns.adobe.com/xap/1.0/\0"), bytes]);
  const { facts } = await readCounted(jpegOf(64, 48, segment(0xe1, packet)));
  expect(facts).toMatchObject({ make: "Example", captured: { local: "2023-03-04T05:06:07", offsetMinutes: 120 } });
});

test("a day in XMP has its time from another date of that day, and is its noon without one", async () => {
  const of = async (more: Record<string, string>): Promise<string | undefined> => {
    const packet = xmpOf({ "photoshop:DateCreated": "2021-01-02", ...more });
    const captured = (await readCounted(jpegOf(64, 48, xmpSegment(packet)))).facts.captured;
    return captured && formatCaptured(captured);
  };
  expect(await of({})).toBe("2021-01-02");
  expect(await of({ "xmp:CreateDate": "2021-01-02T03:04:05" })).toBe("2021-01-02T03:04:05");
  expect(await of({ "xmp:CreateDate": "2023-01-02T03:04:05" })).toBe("2021-01-02");
});

test.each([0, 2])("XMP in a GIF, behind %i other extensions", async (others) => {
  const comment = Buffer.concat([Buffer.of(0x21, 0xfe, 4), Buffer.from("here"), Buffer.of(0)]);
  const packet = xmpOf({ "xmp:CreateDate": "2021-01-02T03:04:05+01:00", "tiff:Make": "Example" });
  const trailer = Buffer.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]);
  const file = Buffer.concat([
    Buffer.from("GIF89a"),
    Buffer.of(64, 1, 240, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255),
    ...Array.from({ length: others }, () => comment),
    Buffer.of(0x21, 0xff, 11),
    Buffer.from(`XMP DataXMP${packet}`),
    trailer,
    Buffer.of(0x2c),
    Buffer.alloc(300_000),
  ]);
  const { facts, cost } = await readCounted(file);
  expect(facts).toMatchObject({ width: 320, height: 240, make: "Example", captured: { local: "2021-01-02T03:04:05" } });
  expect(cost.requests).toBe(1);
});
