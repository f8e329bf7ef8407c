import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { expect, test } from "vitest";
import { boxesIn } from "../../src/media/boxes.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import { Decoder, readFacts } from "../../src/media/index.ts";
import { keyFrameMovie } from "../../src/media/key-frame.ts";
import { bufferRange, type RangeReader } from "../../src/media/range-reader.ts";
import { box, longMovie, movieOf, trackOf, words } from "../helpers/movie.ts";

const media = join(import.meta.dirname, "../../fixtures/demo-media");
const facts = async (movie: Buffer) => await readFacts(bufferRange(movie));

test("size, codec and length of every movie of the demo phone are those that mediabunny finds", async () => {
  const names = readdirSync(media).filter((name) => /\.(mov|mp4)$/.test(name));
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const bytes = readFileSync(join(media, name));
    using input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) });
    const track = await input.getPrimaryVideoTrack();
    const { width, height, codec, durationSeconds } = await facts(bytes);
    expect({ width, height, codec }, name).toEqual({
      width: track!.displayWidth,
      height: track!.displayHeight,
      codec: track!.codec,
    });
    expect(Math.abs(durationSeconds! - (await input.computeDuration())), name).toBeLessThan(0.1);
  }
});

test("the first frame of every movie of the demo phone is the one that mediabunny finds", async () => {
  for (const name of readdirSync(media).filter((file) => /\.(mov|mp4)$/.test(file))) {
    const bytes = readFileSync(join(media, name));
    using input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) });
    const packet = await new EncodedPacketSink((await input.getPrimaryVideoTrack())!).getFirstKeyPacket();
    expect(await frameOf(bytes), name).toEqual(Buffer.from(packet!.data));
    const made = Buffer.from((await keyFrameMovie(bufferRange(bytes)))!);
    using again = new Input({ formats: ALL_FORMATS, source: new BufferSource(made) });
    const track = (await again.getPrimaryVideoTrack())!;
    const old = (await input.getPrimaryVideoTrack())!;
    expect([track.codec, track.rotation, track.displayWidth], name).toEqual([
      old.codec,
      old.rotation,
      old.displayWidth,
    ]);
    expect(await track.getDecoderConfig(), name).toEqual(await old.getDecoderConfig());
  }
});

/** What stands in the media of the movie that is made of one frame. */
async function frameOf(movie: Buffer): Promise<Buffer | undefined> {
  const made = await keyFrameMovie(bufferRange(movie));
  const bytes = made && Buffer.from(made);
  const mdat = bytes && [...boxesIn(bytes, 0, bytes.length)].find(({ type }) => type === "mdat");
  return mdat && bytes.subarray(mdat.start, mdat.end);
}

test("the first key frame is found behind other samples, in a later chunk, beyond 4 GiB, and in fragments", async () => {
  const sync = (first: number): Buffer => box("stss", words(0, 1, first));
  const sizes = box("stsz", words(0, 0, 5, 1, 2, 3, 4, 5));
  // Two chunks of two samples, then one of one.
  const chunks = box("stsc", words(0, 2, 1, 2, 1, 3, 1, 1));
  const frameAt = async (...tables: Buffer[]): Promise<string | undefined> => {
    const head = movieOf({ tables: Buffer.concat(tables) });
    const text = Buffer.from("abcdefghijklmnopqrstuvwxyz");
    return (await frameOf(Buffer.concat([head, Buffer.alloc(2_000 - head.length), text])))?.toString();
  };
  const starts = box("stco", words(0, 3, 2_000, 2_010, 2_020));
  expect(await frameAt(sizes, chunks, starts)).toBe("a");
  expect(await frameAt(sync(2), sizes, chunks, starts)).toBe("bc");
  expect(await frameAt(sync(4), sizes, chunks, starts)).toBe("nopq");
  expect(await frameAt(sync(5), sizes, chunks, starts)).toBe("uvwxy");
  expect(await frameAt(sync(6), sizes, chunks, starts)).toBeUndefined();
  expect(await frameAt(sync(3), box("stsz", words(0, 4, 5)), chunks, starts)).toBe("klmn");
  expect(await frameAt(sync(3), sizes, chunks, box("co64", words(0, 2, 0, 2_000, 0, 2_010)))).toBe("klm");
  // What lies beyond the file is not read.
  expect(await frameAt(sizes, chunks, box("co64", words(0, 1, 1, 2_000)))).toBeUndefined();
  const moof = (tfhd: number[], trun: number[]): Buffer =>
    box("moof", box("mfhd", words(0, 1)), box("traf", box("tfhd", words(...tfhd)), box("trun", words(...trun))));
  const fragment = async (tfhd: number[], trun: number[]): Promise<string | undefined> => {
    const begin = movieOf({});
    return (await frameOf(Buffer.concat([begin, moof(tfhd, trun), Buffer.from("abcdefghij")])))?.toString();
  };
  expect(await fragment([0x20000, 1], [0x205, 1, 76, 0, 3])).toBe("abc");
  expect(await fragment([0x20010, 1, 4], [1, 1, 74])).toBe("cdef");
  expect(await fragment([0x20010, 2, 4], [1, 1, 74])).toBeUndefined();
});

/** 2024-03-22T15:40:00Z, from 1904. */
const created = Date.UTC(2024, 2, 22, 15, 40) / 1000 + 2_082_844_800;

const apple = (name: string): string => `com.apple.quicktime.${name}`;

/** Apple's keys, with or without the version that MPEG-4 puts first. */
function meta(texts: Readonly<Record<string, string>>, hasVersion = false): Buffer {
  const names = Object.keys(texts).map((name) => box("mdta", Buffer.from(name)));
  const items = Object.values(texts).map((text, i) =>
    box(words(i + 1).toString("latin1"), box("data", words(1, 0), Buffer.from(text))),
  );
  const handler = box("hdlr", words(0, 0), Buffer.from("mdta"), Buffer.alloc(12));
  const keys = box("keys", words(0, names.length), ...names);
  return box("meta", hasVersion ? words(0) : Buffer.alloc(0), handler, keys, box("ilst", ...items));
}

function shortText(type: string, text: string): Buffer {
  const head = Buffer.from([0, text.length, 0x15, 0xc7]);
  return box(type, head, Buffer.from(text));
}

test("Apple's keys, in QuickTime's and MPEG-4's form; the creation date before the header's", async () => {
  const keys = meta({ [apple("creationdate")]: "2024-03-22T16:40:00+0100", [apple("make")]: "Apple" });
  const inUdta = box("udta", meta({ [apple("location.ISO6709")]: "+46.9500+007.4500/" }, true));
  const found = await facts(
    movieOf({ created: created + 86_400, width: 1920, height: 1080, isTurned: true }, keys, inUdta),
  );
  expect(found).toMatchObject({ make: "Apple", width: 1080, height: 1920, codec: "hevc", durationSeconds: 2 });
  expect(found.gps).toEqual({ lat: 46.95, lon: 7.45 });
  expect(formatCaptured(found.captured!)).toBe("2024-03-22T16:40:00+01:00");
});

test("a movie without keys has its header's time, and what Android writes as short texts", async () => {
  const udta = box(
    "udta",
    shortText("©xyz", "-33.8600+151.2000/"),
    shortText("©mak", "Google"),
    shortText("©mod", "Pixel 8"),
  );
  expect(await facts(movieOf({ created }, udta))).toMatchObject({
    captured: { local: "2024-03-22T15:40:00", source: "movie-header" },
    gps: { lat: -33.86, lon: 151.2 },
    make: "Google",
    model: "Pixel 8",
  });
});

test("a clock that never ran, and a length that nobody knows, are not told", async () => {
  expect(await facts(movieOf({ created: 0, duration: 0xffffffff, codec: "xxxx" }))).toEqual({
    format: "quicktime",
    width: 640,
    height: 360,
  });
});

test("of several picture tracks the one that is switched on, then the largest", async () => {
  const off = trackOf({ width: 4000, height: 3000, isDisabled: true });
  const large = trackOf({ width: 1280, height: 720, codec: "avc1" });
  expect(await facts(movieOf({}, off, large))).toMatchObject({ width: 1280, height: 720, codec: "avc" });
});

const most = 0xffffffff;
/** So many samples that no memory holds what is told of them. */
const endless = Buffer.concat([
  box("stts", words(0, 1, most, 1)),
  box("ctts", words(0, 1, most, 1)),
  box("stsc", words(0, 2, 1, most, 1, most, 1, 1)),
  box("stsz", words(0, 1000, most)),
  box("stco", words(0, 1, 8)),
]);

test("a movie that counts four thousand million samples tells its facts, and costs no decoder anything", async () => {
  const movie = movieOf({ created, tables: endless });
  expect(await facts(movie)).toMatchObject({ width: 640, height: 360, codec: "hevc", durationSeconds: 2 });
  await using decoder = new Decoder();
  let asked = 0;
  const { size, read } = bufferRange(movie);
  const counted: RangeReader = {
    size,
    read: async (offset, length) => {
      asked += length;
      return await read(offset, length);
    },
  };
  expect(await keyFrameMovie(counted)).toBeUndefined();
  expect(asked).toBeLessThan(100_000);
  // The next one is served as ever.
  const whole = readFileSync(join(media, "IMG_0014.mov"));
  expect((await decoder.keyFrame(bufferRange(whole)))?.subarray(4, 8)).toEqual(new Uint8Array(Buffer.from("ftyp")));
});

test("boxes within boxes without end are left after a while", async () => {
  const many = Array.from({ length: 3_000 }, () => box("trak", box("mdia"), box("mdia")));
  const movie = movieOf({}, ...many);
  let reads = 0;
  const { read } = bufferRange(movie);
  const counted: RangeReader = {
    size: movie.length,
    read: async (offset, length) => {
      reads += 1;
      return await read(offset, length);
    },
  };
  expect(await readFacts(counted)).toMatchObject({ width: 640, height: 360 });
  expect(reads).toBeLessThan(1_100);
});

test("a phone that is gone while a frame is looked for is told of", async () => {
  await using decoder = new Decoder();
  const gone = new Error("gone");
  await expect(decoder.keyFrame({ size: 1_000_000, read: async () => await Promise.reject(gone) })).rejects.toBe(gone);
});

test("who no longer wants a movie's picture is let go, and the next one is made", async () => {
  await using decoder = new Decoder();
  const stop = new AbortController();
  // A phone that never answers.
  const asked = decoder.keyFrame(
    {
      size: 1_000_000,
      read: () => {
        setTimeout(() => stop.abort(), 10);
        return new Promise(() => {});
      },
    },
    { signal: stop.signal },
  );
  const next = decoder.keyFrame(bufferRange(longMovie(1_000)));
  expect(await asked).toBeUndefined();
  expect((await next)?.subarray(4, 8)).toEqual(new Uint8Array(Buffer.from("ftyp")));
});
