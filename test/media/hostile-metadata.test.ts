/** Files made to be read for ever: each ends within four requests and a stated number of bytes, and tells what is left of it. */
import { brotliCompressSync, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  ascii,
  exifSegment,
  heifOf,
  isoBox,
  jpegOf,
  longSegment,
  pngOf,
  segment,
  u16,
  u32,
} from "../../fixtures/make/containers.ts";
import { chunk } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { placeTiff } from "../../fixtures/make/tiff-writer.ts";
import { factsBound } from "../../src/media/range-reader.ts";
import { places, readCounted, size } from "../helpers/containers.ts";
import { movieOf } from "../helpers/movie.ts";

const mostBytes = 64 * 1024 + 3 * (factsBound.bytesAtOnce + 16 * 1024);
const exif = exifBlock({ make: "Canon", model: "R6", dateTimeOriginal: "2022:02:03 04:05:06" }).subarray(6);
const tail = Buffer.alloc(300_000);

/** A directory with these entries: tag, type, count, value. */
function directory(entries: readonly (readonly [number, number, number, number])[], next: number): Buffer {
  const rows = entries.map(([tag, type, count, value]) => Buffer.concat([u16(tag, type), u32(count, value)]));
  return Buffer.concat([u16(entries.length), ...rows, u32(next)]);
}
const tiffHead = (first: number): Buffer => Buffer.concat([ascii("MM\0*"), u32(first)]);

const heif = heifOf({ ...size, exif, method: 2, pictureBytes: 300_000, isMetaLast: true });
/** The same file with an item that lies within itself. */
function withinItself(): Buffer {
  const file = Buffer.from(heif);
  const at = file.lastIndexOf("iloc");
  u16(30).copy(file, at + 8);
  return file;
}

function endlessFragments(): Buffer {
  const mvex = isoBox("mvex", isoBox("trex", u32(0, 1, 1, 1, 0, 0)));
  const run = isoBox("trun", u32(0x100, 0xffffffff));
  const fragment = isoBox("moof", isoBox("traf", isoBox("tfhd", u32(0, 1)), run));
  return Buffer.concat([movieOf({ duration: 0 }, mvex), ...Array.from({ length: 20_000 }, () => fragment)]);
}

const cases: readonly (readonly [string, Buffer, object])[] = [
  [
    "directories that are each other's next",
    Buffer.concat([
      tiffHead(8),
      directory(
        [
          [0x100, 4, 1, 640],
          [0x101, 4, 1, 480],
        ],
        38,
      ),
      directory([], 8),
      tail,
    ]),
    { width: 640, height: 480 },
  ],
  [
    "a directory that hangs from itself",
    Buffer.concat([
      tiffHead(8),
      directory(
        [
          [0x8769, 4, 1, 8],
          [0x14a, 4, 1, 8],
        ],
        8,
      ),
      tail,
    ]),
    {},
  ],
  ["4,096 directories below one", Buffer.concat([tiffHead(8), directory([[0x14a, 4, 4096, 100_000]], 0), tail]), {}],
  ["a directory of 65,535 entries far away", Buffer.concat([tiffHead(100_000), tail.fill(0xff, 99_000, 99_100)]), {}],
  [
    "values behind the file's end",
    Buffer.concat([tiffHead(8), directory([[0x10f, 2, 0xffffffff, 0xfffffff0]], 0), tail]),
    {},
  ],
  [
    "10,000 segments",
    jpegOf(640, 480, ...Array.from({ length: 10_000 }, () => segment(0xe2, Buffer.of(1))), exifSegment(exif)),
    {},
  ],
  [
    "thirty megabytes of segments",
    jpegOf(640, 480, ...Array.from({ length: 460 }, () => longSegment()), exifSegment(exif)),
    {},
  ],
  ["nothing but markers that fill up", Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(3_000_000, 0xff)]), {}],
  ["an item that lies within itself", withinItself(), { ...size }],
  [
    "boxes that claim what the file has not",
    Buffer.concat([isoBox("ftyp", ascii("heicmif1")), u32(1), ascii("meta"), u32(0xffffffff, 0xffffffff), tail]),
    {},
  ],
  [
    "a hundred thousand empty boxes",
    Buffer.concat([isoBox("ftyp", ascii("heic"), u32(0)), ...Array.from({ length: 100_000 }, () => isoBox("free"))]),
    {},
  ],
  [
    "a hundred thousand chunks",
    Buffer.concat([
      pngOf({ ...size, pictureBytes: 0 }).subarray(0, 33),
      ...Array.from({ length: 100_000 }, () => chunk("eXIf", Buffer.of(1))),
    ]),
    { ...size },
  ],
  [
    "a chunk of four gigabytes",
    Buffer.concat([pngOf({ ...size }).subarray(0, 33), u32(0xffffffff), ascii("eXIf"), tail]),
    { ...size },
  ],
  [
    "a text that is inflated for ever",
    Buffer.concat([
      pngOf({ ...size }).subarray(0, 33),
      chunk("zTXt", Buffer.concat([ascii("Raw profile type exif\0\0"), deflateSync(Buffer.alloc(50_000_000))])),
    ]),
    { ...size },
  ],
  [
    "compressed EXIF that is inflated for ever",
    Buffer.concat([
      isoBox("JXL ", Buffer.of(0x0d, 0x0a, 0x87, 0x0a)),
      isoBox("brob", ascii("Exif"), brotliCompressSync(Buffer.alloc(50_000_000))),
    ]),
    {},
  ],
  ["fragments without end, of samples without number", endlessFragments(), { width: 640, height: 360 }],
  [
    "a WebP whose chunk is the rest of the world",
    Buffer.concat([ascii("RIFF"), u32(0xffffffff), ascii("WEBPVP8 "), u32(0xfeffffff), tail]),
    {},
  ],
];

test.each(cases)("%s", async (_, file, want) => {
  for (const isMovie of [false, true]) {
    const { facts, cost } = await readCounted(file, { isMovie });
    expect(facts).toMatchObject(want);
    expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
    expect(cost.bytes).toBeLessThanOrEqual(mostBytes);
  }
});

vi.mock("node:zlib", async (original) => {
  const real = await original<typeof import("node:zlib")>();
  return { ...real, inflateSync: vi.fn(real.inflateSync) };
});

test("thousands of texts that are much once inflated are not all opened", async () => {
  const text = chunk("zTXt", Buffer.concat([ascii("Raw profile type exif\0\0"), deflateSync(Buffer.alloc(200_000))]));
  const file = Buffer.concat([pngOf({ ...size }).subarray(0, 33), ...Array.from({ length: 2000 }, () => text)]);
  vi.mocked(inflateSync).mockClear();
  expect((await readCounted(file)).facts).toMatchObject(size);
  const opened = vi.mocked(inflateSync).mock.calls.length;
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThanOrEqual(16);
});

test("a file that is shorter than it was listed gives what is there", async () => {
  const file = Buffer.concat([placeTiff(exif, {}), Buffer.alloc(100)]);
  const { facts, cost } = await readCounted(file, { size: 4_000_000_000 });
  expect(facts.make).toBe("Canon");
  expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
});

test("any file of which any numbers are changed ends within the bound", async () => {
  const files = new Map(
    places.map((place) => [place.name, place.make({ make: "Canon", model: "R6", offset: "+02:00" })]),
  );
  const numbers = fc.constantFrom(0, 1, 8, 0x7fffffff, 0xffffffff, 0xfffffff0, 0x00010000);
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), numbers, fc.boolean());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files.keys()),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      async (name, changes) => {
        const file = Buffer.from(files.get(name)!);
        // What matters stands at the beginning or at the end.
        for (const [where, value, isAtEnd] of changes) {
          const at = Math.floor(where * Math.min(2_000, file.length - 4));
          file.writeUInt32BE(value, isAtEnd ? file.length - 4 - at : at);
        }
        const { facts, cost } = await readCounted(file);
        expect(facts.format).toBeTypeOf("string");
        expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
        expect(cost.bytes).toBeLessThanOrEqual(mostBytes);
      },
    ),
    { numRuns: 500 },
  );
});
