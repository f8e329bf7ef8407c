/** What movies say that were written in fragments, by other makers, or for hours. */
import { expect, test } from "vitest";
import { ascii, isoBox, u16, u32 } from "../../fixtures/make/containers.ts";
import { factsBound } from "../../src/media/range-reader.ts";
import { readCounted } from "../helpers/containers.ts";
import { box, keysBox, movieOf, trackOf, words } from "../helpers/movie.ts";

const second = 600;
const trex = (sampleDuration: number): Buffer => isoBox("trex", u32(0, 1, 1, sampleDuration, 0, 0));
const mehd = isoBox("mehd", u32(0, 7 * second));

/** One fragment, of samples of this length each, or of the track's. */
function fragment(begins: number | undefined, samples: number, each?: number): Buffer {
  const durations = each === undefined ? [] : Array.from({ length: samples }, () => each);
  return isoBox(
    "moof",
    isoBox("mfhd", u32(0, 1)),
    isoBox(
      "traf",
      isoBox("tfhd", u32(0, 1)),
      ...(begins === undefined ? [] : [isoBox("tfdt", u32(0, begins))]),
      isoBox("trun", u32(each === undefined ? 0 : 0x100, samples, ...durations)),
    ),
  );
}
const media = (bytes: number): Buffer => isoBox("mdat", Buffer.alloc(bytes));

function index(moofAt: number): Buffer {
  const tfra = isoBox("tfra", u32(0, 1, 0, 1, 0, moofAt), Buffer.of(1, 1, 1));
  const length = 8 + tfra.length + 16;
  return isoBox("mfra", tfra, isoBox("mfro", u32(0, length)));
}

test.each<[string, number, (start: Buffer) => Buffer]>([
  ["as its header foresaw", 7, (start) => Buffer.concat([start, fragment(0, 10, 60), media(10)])],
  [
    "by the sum of its fragments, of samples that say their length",
    3,
    (start) => Buffer.concat([start, fragment(undefined, 10, 120), media(10), fragment(undefined, 10, 60), media(10)]),
  ],
  [
    "by its track's own length of a sample",
    2,
    (start) => Buffer.concat([start, fragment(0, 10), media(10), fragment(second, 10), media(10)]),
  ],
])("a movie in fragments lasts %s", async (name, seconds, make) => {
  const mvex = isoBox("mvex", ...(name.includes("foresaw") ? [mehd] : []), trex(60));
  const file = make(movieOf({ duration: 0 }, mvex));
  expect((await readCounted(file, { isMovie: true })).facts.durationSeconds).toBe(seconds);
});

test("a long movie in fragments lasts until its last one, which its index finds, by four requests", async () => {
  const start = movieOf({ duration: 0 }, isoBox("mvex", trex(60)));
  const many = Array.from({ length: 500 }, (_, i) => Buffer.concat([fragment(i * second, 10), media(3_000)]));
  const before = Buffer.concat([start, ...many]);
  const file = Buffer.concat([before, fragment(500 * second, 10, 90), media(50_000), index(before.length)]);
  const { facts, cost } = await readCounted(file, { isMovie: true });
  expect(facts.durationSeconds).toBe(501.5);
  expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
  // Without it there is no way through so many: then nothing is told, and nothing made up.
  const without = await readCounted(file.subarray(0, before.length), { isMovie: true });
  expect(without.facts.durationSeconds).toBeUndefined();
  expect(without.cost.requests).toBeLessThanOrEqual(factsBound.requests);
});

test.each<[string, Buffer]>([
  ["a name of one byte a letter", ascii("Berne\0")],
  ["a name of two", Buffer.concat([u16(0xfeff), ...[..."Berne"].map((c) => u16(c.charCodeAt(0))), u16(0)])],
  ["no name", ascii("\0")],
])("a place as 3GPP has it, with %s", async (_, name) => {
  const degrees = (n: number): Buffer => u32(Math.round(n * 0x10000));
  const loci = isoBox("loci", u32(0), u16(0), name, Buffer.of(0), degrees(-70.5), degrees(-33.25), degrees(500));
  const { facts } = await readCounted(movieOf({}, isoBox("udta", loci)), { isMovie: true });
  expect(facts.gps).toEqual({ lat: -33.25, lon: -70.5 });
});

test("0 and 0 is no place", async () => {
  const zero = isoBox("loci", u32(0), u16(0), ascii("\0"), Buffer.of(0), u32(0, 0, 0));
  expect((await readCounted(movieOf({}, isoBox("udta", zero)))).facts.gps).toBeUndefined();
  const text = ascii("+00.0000+000.0000/");
  const short = box("©xyz", u16(text.length, 0x15c7), text);
  expect((await readCounted(movieOf({}, isoBox("udta", short)))).facts.gps).toBeUndefined();
});

test("a movie of hours, whose tables are megabytes, tells all by four requests and a megabyte", async () => {
  const name = ascii("com.apple.quicktime.creationdate");
  const item = box(words(1).toString("latin1"), box("data", words(1, 0), ascii("2024-05-01T12:34:56-0400")));
  const handler = box("hdlr", words(0, 0), ascii("mdta"), Buffer.alloc(12));
  const keys = box("meta", handler, box("keys", words(0, 1), box("mdta", name)), box("ilst", item));
  const tables = box("stsz", words(0, 0, 500_000), Buffer.alloc(2_000_000));
  const sound = trackOf({ tables });
  sound.write("soun", sound.indexOf("vide"), "latin1");
  const moov = movieOf({ tables, width: 3840, height: 2160 }, sound, sound, keys);
  const start = moov.readUInt32BE(0);
  const file = Buffer.concat([moov.subarray(0, start), media(3_000_000), moov.subarray(start)]);
  const { facts, cost } = await readCounted(file, { isMovie: true });
  expect(facts).toMatchObject({ width: 3840, height: 2160, codec: "hevc", durationSeconds: 2 });
  expect(facts.captured).toMatchObject({ local: "2024-05-01T12:34:56", offsetMinutes: -240 });
  expect(cost.requests).toBeLessThanOrEqual(factsBound.requests);
  expect(cost.bytes).toBeLessThan(1024 * 1024);
});

test("Android's camera names itself under its own keys", async () => {
  const keys = keysBox({
    "com.android.version": "14",
    "com.android.manufacturer": "Google",
    "com.android.model": "Pixel 8",
  });
  expect((await readCounted(movieOf({}, keys), { isMovie: true })).facts).toMatchObject({
    make: "Google",
    model: "Pixel 8",
  });
});
