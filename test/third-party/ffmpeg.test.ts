/** Videos for which the phone has no thumbnail get a frame through the ffmpeg that is installed; it also makes the videos here. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { buildCameraRoll, Previews } from "../../src/library/index.ts";
import { MovieConverter, NotConverted } from "../../src/media/convert/index.ts";
import { Decoder, VideoFrames } from "../../src/media/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";
import { decodeAlone } from "../helpers/decode-alone.ts";
import { firstFrame, type Tile, tiledHeic } from "../helpers/heic.ts";
import { startMock } from "../helpers/mock.ts";

const ci = process.env["CI"] === "true";
const encoders = (() => {
  try {
    return execFileSync("ffmpeg", ["-hide_banner", "-encoders"], { encoding: "utf8" });
  } catch {
    return "";
  }
})();
const isAbsent = !encoders.includes("libx264") || !encoders.includes("libx265");

test.runIf(ci)("ffmpeg is installed, with encoders for H.264 and HEVC", () => expect(isAbsent).toBe(false));

/** Twelve seconds: red above blue, with sound that cannot be made small, `moov` at the end as on phones. */
function movie(codec: string, ...more: string[]): Buffer {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-ffmpeg-")), "a.mov");
  const picture = "color=c=red:s=640x360:r=30,drawbox=y=180:h=180:c=blue:t=fill";
  const noise = ["-f", "lavfi", "-i", "anoisesrc=r=48000", "-c:a", "pcm_s24le"];
  const from = ["-f", "lavfi", "-i", picture, ...noise, "-t", "12", "-pix_fmt", "yuv420p", "-c:v", codec, "-g", "30"];
  execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", ...from, ...more, file], { stdio: "ignore" });
  return readFileSync(file);
}

/** Red, green, blue at a place from 0 to 1. */
async function colourAt(jpeg: Uint8Array, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3;
  return [...data.subarray(at, at + 3)];
}

const isRed = ([r = 0, g = 0, b = 0]: number[]): boolean => r > 200 && g < 60 && b < 60;
const isBlue = ([r = 0, g = 0, b = 0]: number[]): boolean => r < 60 && g < 60 && b > 200;

describe.skipIf(isAbsent)("ffmpeg", () => {
  test.each([
    ["H.264", "libx264", []],
    ["HEVC", "libx265", ["-tag:v", "hvc1", "-x265-params", "log-level=none"]],
  ] as const)("a frame of a %s video on the phone, of which little is read", async (_, codec, more) => {
    const bytes = movie(codec, ...more);
    await using mock = await startMock({
      files: [
        { path: "/DCIM/100APPLE/IMG_0001.MOV", base64: bytes.toString("base64"), modified: "2024-05-01T10:00:00Z" },
      ],
    });
    await using source = await mock.open();
    const roll = await buildCameraRoll(source, { now: 0 });
    await using decoder = new Decoder();
    const sent = mock.phone.fileBytesSent;
    const preview = await new Previews(source, decoder, undefined, new VideoFrames(decoder)).of(roll.items[0]!);
    expect(preview).toMatchObject({ from: "video-frame", orientation: 1 });
    expect(mock.phone.fileBytesSent - sent).toBeLessThan(bytes.length / 4);
    expect(await sharp(preview!.bytes).metadata()).toMatchObject({ format: "jpeg", width: 512, height: 288 });
    expect(isRed(await colourAt(preview!.bytes, 0.5, 0.2))).toBe(true);
    expect(isBlue(await colourAt(preview!.bytes, 0.5, 0.8))).toBe(true);
  });

  test("a frame of more pixels than 8K has is not decoded", async () => {
    await using decoder = new Decoder();
    const frames = new VideoFrames(decoder);
    const converter = new MovieConverter();
    const folder = mkdtempSync(join(tmpdir(), "offroll-ffmpeg-"));
    for (const [size, isMade] of [
      ["1920x1080", true],
      ["9600x3600", false],
    ] as const) {
      const [file, copy] = [join(folder, `${size}.mp4`), join(folder, `${size}-copy.mp4`)];
      const from = ["-v", "error", "-f", "lavfi", "-i", `color=c=red:s=${size}:r=1`, "-frames:v", "1"];
      execFileSync("ffmpeg", [...from, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", file]);
      expect([size, (await frames.frame(bufferRange(readFileSync(file)), 320)) !== undefined]).toEqual([size, isMade]);
      const copied = converter.toBareMp4(file, copy, 240);
      if (isMade) await copied;
      else await expect(copied).rejects.toBeInstanceOf(NotConverted);
    }
  });

  test("upright when the movie says how it was held; what is no movie has no picture; given up means given up", async () => {
    await using decoder = new Decoder();
    const frames = new VideoFrames(decoder);
    const held = movie("libx264");
    const file = join(mkdtempSync(join(tmpdir(), "offroll-ffmpeg-")), "b.mov");
    const turn = ["-hide_banner", "-loglevel", "error", "-f", "mov", "-i", "pipe:0", "-c", "copy"];
    execFileSync("ffmpeg", [...turn, "-metadata:s:v:0", "rotate=90", file], { input: await faststart(held) });
    const jpeg = (await frames.frame(bufferRange(readFileSync(file)), 512))!;
    const { width = 0, height = 0 } = await sharp(jpeg).metadata();
    expect(height).toBeGreaterThan(width);
    // As ffmpeg shows the whole movie.
    const whole = ["-hide_banner", "-loglevel", "error", "-i", file, "-frames:v", "1", "-f", "image2pipe"];
    const truth = execFileSync("ffmpeg", [...whole, "-c:v", "mjpeg", "pipe:1"]);
    for (const x of [0.2, 0.8]) {
      const [here, there] = [await colourAt(jpeg, x, 0.5), await colourAt(truth, x, 0.5)];
      expect([isRed(here), isBlue(here)]).toEqual([isRed(there), isBlue(there)]);
      expect(isRed(here) || isBlue(here)).toBe(true);
    }
    expect(await frames.frame(bufferRange(held.subarray(0, 5_000)), 512)).toBeUndefined();
    expect(await frames.frame(bufferRange(Buffer.alloc(100_000, 7)), 512)).toBeUndefined();
    const given = frames.frame(bufferRange(held), 512, { signal: AbortSignal.abort() });
    await expect(given).rejects.toMatchObject({ code: "cancelled" });
  });
});

/** A pipe cannot be read backwards: `moov` first. */
async function faststart(movie: Buffer): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "offroll-ffmpeg-"));
  const { writeFile, readFile } = await import("node:fs/promises");
  await writeFile(join(folder, "in.mov"), movie);
  const args = ["-hide_banner", "-loglevel", "error", "-i", join(folder, "in.mov"), "-c", "copy"];
  execFileSync("ffmpeg", [...args, "-movflags", "faststart", join(folder, "out.mov")]);
  return await readFile(join(folder, "out.mov"));
}

describe.skipIf(isAbsent)("HEICs of ten bits, as cameras write them", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-ten-bits-"));
  const [movie, file] = [join(folder, "a.mp4"), join(folder, "a.heic")];
  const from = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=512x512", "-frames:v", "1"];
  const made = ["-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=none"];
  let tile: Tile;
  beforeAll(() => {
    execFileSync("ffmpeg", [...from, ...made, movie]);
    tile = firstFrame(readFileSync(movie), 512, 512);
  });

  test("24 megapixels are decoded, in at most 400 MB", async () => {
    writeFileSync(file, tiledHeic(5712, 4284, tile));
    const { bytes, peakMb } = await decodeAlone(file, "heif");
    expect(bytes).toBeGreaterThan(1000);
    expect(peakMb).toBeLessThan(400);
  });

  test("48 are not, in no more memory, even where the file says that they have eight bits", async () => {
    for (const eightBits of [false, true]) {
      // The lowest three bits of these two bytes: how many more than eight, of luma and of chroma.
      const hvcC = Buffer.from(tile.hvcC.map((byte, i) => (eightBits && (i === 17 || i === 18) ? byte & 0xf8 : byte)));
      expect(hvcC.equals(tile.hvcC)).toBe(!eightBits);
      writeFileSync(file, tiledHeic(8064, 6048, { ...tile, hvcC }));
      const { bytes, peakMb } = await decodeAlone(file, "heif");
      expect(bytes).toBeUndefined();
      expect(peakMb).toBeLessThan(400);
    }
  });
});

test("without ffmpeg there is no frame, and the phone is not asked for one", async () => {
  await using decoder = new Decoder();
  const frames = new VideoFrames(decoder, "/nonexistent/ffmpeg");
  const noMovie = bufferRange(readFileSync(join(import.meta.dirname, "../../fixtures/demo-media/IMG_0014.mov")));
  let reads = 0;
  const read = async (offset: number, length: number): Promise<Buffer> => {
    reads += 1;
    return await noMovie.read(offset, length);
  };
  const counted = { size: noMovie.size, read };
  expect(await frames.frame(counted, 512)).toBeUndefined();
  expect(await frames.frame(counted, 512)).toBeUndefined();
  expect(reads, "of a movie nothing is read that nobody could make a picture of").toBe(0);
});
