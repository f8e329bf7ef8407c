/** Files as somebody would make them who wants a gallery, or its browser, to fall over: small, and whole enough for decoders to begin. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { demoTile, tiledHeic } from "../../helpers/heic.ts";

/** What the page is to do with it. */
export interface HostileFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** `own`: the file itself is shown; `made`: a picture made of it; else the words that say why not. */
  readonly opened: "own" | "made" | RegExp;
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const segment = (marker: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body]);

/** One grey, of as many pixels as wanted, whole: a bit or two for 64 of them. ITU T.81, B.2. */
function grey(width: number, height: number, isProgressive: boolean, more: readonly Buffer[] = []): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // One code, of one bit: no difference, and no coefficients.
  const table = (kind: number): Buffer =>
    segment(0xc4, Buffer.concat([Buffer.from([kind, 1]), Buffer.alloc(15), Buffer.from([0])]));
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...more,
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 16)])),
    segment(
      isProgressive ? 0xc2 : 0xc0,
      Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.from([1, 1, 0x11, 0])]),
    ),
    table(0),
    ...(isProgressive ? [] : [table(0x10)]),
    segment(0xda, Buffer.from([1, 1, 0, 0, isProgressive ? 0 : 63, 0])),
    Buffer.alloc(Math.ceil((blocks * (isProgressive ? 1 : 2)) / 8)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** CIPA DC-007: another picture lies behind this one. */
function withGainMap(first: (block: Buffer) => Buffer, map: Buffer): Buffer {
  const block = Buffer.alloc(58);
  block.write("MM\0*", "latin1");
  block.writeUInt32BE(8, 4);
  block.writeUInt16BE(1, 8);
  block.set([0xb0, 0x02, 0, 7, 0, 0, 0, 32, 0, 0, 0, 26], 10);
  block.writeUInt32BE(map.length, 26 + 16 + 4);
  block.writeUInt32BE(first(app2(block)).length - 10, 26 + 16 + 8);
  return Buffer.concat([first(app2(block)), map]);
}

const app2 = (block: Buffer): Buffer => segment(0xe2, Buffer.concat([Buffer.from("MPF\0"), block]));

/** One bit a pixel, all of it there. */
function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 1 });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...(
      [
        ["IHDR", head],
        ["IDAT", rows],
        ["IEND", Buffer.alloc(0)],
      ] as const
    ).map(([type, body]) => {
      const [length, told, sum] = [Buffer.alloc(4), Buffer.concat([Buffer.from(type), body]), Buffer.alloc(4)];
      length.writeUInt32BE(body.length);
      sum.writeUInt32BE(crc32(told));
      return Buffer.concat([length, told, sum]);
    }),
  ]);
}

/** A screen of any size, on which frames of one pixel come and go. */
function gif(width: number, height: number, frames: number): Buffer {
  const le16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
  const frame = Buffer.from("21f904000a0000002c0000000001000100000202440100", "hex");
  return Buffer.concat([
    Buffer.from("GIF89a"),
    ...[le16(width), le16(height), Buffer.from("800000ff0000000000", "hex")],
    ...Array.from({ length: frames }, () => frame),
    Buffer.from([0x3b]),
  ]);
}

/** Frames as large as the picture, each of one colour. RFC 9649, 2.7.1. */
async function movingWebp(side: number, frames: number): Promise<Buffer> {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const still = await sharp({ create: { width: side, height: side, channels: 3, background: "#c32" } })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
  const [canvas, place] = [Buffer.alloc(10), Buffer.alloc(16)];
  canvas[0] = 2;
  canvas.writeUIntLE(side - 1, 4, 3);
  canvas.writeUIntLE(side - 1, 7, 3);
  place.writeUIntLE(side - 1, 6, 3);
  place.writeUIntLE(side - 1, 9, 3);
  place[12] = 20;
  const frame = chunk("ANMF", Buffer.concat([place, still.subarray(12)]));
  const body = Buffer.concat([
    Buffer.from("WEBP"),
    chunk("VP8X", canvas),
    chunk("ANIM", Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => frame),
  ]);
  const head = Buffer.alloc(8);
  head.write("RIFF");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** Where ffmpeg is not installed there is none. */
function hugeMovie(): readonly HostileFile[] {
  const folder = mkdtempSync(join(tmpdir(), "offroll-hostile-"));
  const file = join(folder, "a.mp4");
  const from = ["-v", "error", "-f", "lavfi", "-i", "color=c=red:s=9600x9600:r=1", "-frames:v", "1"];
  const how = ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "ref=1:bframes=0", "-pix_fmt", "yuv420p"];
  try {
    execFileSync("ffmpeg", [...from, ...how, file]);
    return [{ name: "a movie of 92 megapixels.mp4", bytes: readFileSync(file), opened: /too large to play/ }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function hostileFiles(): Promise<readonly HostileFile[]> {
  const tooLarge = /is too large to show here/;
  const damaged = /is damaged/;
  const photo = await sharp({
    create: {
      width: 1600,
      height: 1200,
      channels: 3,
      background: "#28c",
      noise: { type: "gaussian", mean: 128, sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer();
  const heic = tiledHeic(1024, 1024);
  return [
    { name: "a progressive JPEG of 20,000 x 20,000.jpg", bytes: grey(20_000, 20_000, true), opened: tooLarge },
    { name: "a JPEG of 30,000 x 30,000.jpg", bytes: grey(30_000, 30_000, false), opened: tooLarge },
    {
      name: "a JPEG of 200 megapixels, as some phones make them.jpg",
      bytes: grey(16_320, 12_240, false),
      opened: "made",
    },
    {
      name: "a JPEG with a gain map of 400 megapixels.jpg",
      bytes: withGainMap((block) => grey(1600, 1200, false, [block]), grey(20_000, 20_000, true)),
      opened: "made",
    },
    { name: "a PNG of 30,000 x 30,000.png", bytes: png(30_000, 30_000), opened: tooLarge },
    { name: "a HEIC of 30,000 x 30,000, in tiles.heic", bytes: tiledHeic(30_000, 30_000), opened: tooLarge },
    {
      name: "a HEIC that says its tile is larger than it is.heic",
      bytes: tiledHeic(20_000, 20_000, { ...demoTile(), width: 20_000, height: 20_000 }),
      opened: tooLarge,
    },
    { name: "a GIF of 65,535 x 65,535.gif", bytes: gif(65_535, 65_535, 2), opened: "made" },
    { name: "a GIF of 4,000 x 4,000 with 3,000 frames.gif", bytes: gif(4_000, 4_000, 3_000), opened: "made" },
    { name: "a WebP of 4,000 x 4,000 with 500 frames.webp", bytes: await movingWebp(4_000, 500), opened: "made" },
    {
      name: "an SVG under the name of a JPEG.jpg",
      bytes: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='taken over'</script></svg>"),
      opened: /contains nothing that can be decoded/,
    },
    {
      name: "a page under the name of a PNG.png",
      bytes: Buffer.from("<!doctype html><title>taken over</title><script>document.title='taken over'</script>"),
      opened: /contains nothing that can be decoded/,
    },
    { name: "half of a JPEG.jpg", bytes: photo.subarray(0, photo.length / 2), opened: "own" },
    { name: "the first 100 bytes of a JPEG.jpg", bytes: photo.subarray(0, 100), opened: damaged },
    { name: "half of a HEIC.heic", bytes: heic.subarray(0, heic.length - 3_000), opened: damaged },
    { name: "nothing.jpg", bytes: Buffer.alloc(0), opened: /contains nothing that can be decoded/ },
    { name: "a movie of garbage.mov", bytes: Buffer.alloc(300_000, "garbage"), opened: /could not make a copy/ },
    ...hugeMovie(),
  ];
}
