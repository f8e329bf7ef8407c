/** A browser is given a picture's own file only where its bytes say that all of its pixels can be had at once. */
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import type { PhotoAnswer } from "../../src/gallery/wire.ts";
import { makeDestination } from "../helpers/made-destination.ts";
import { opened } from "./opened.ts";

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const segment = (marker: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body]);
const frame = (marker: number, width: number, height: number): Buffer =>
  segment(marker, Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.from([1, 1, 0x11, 0])]));
const jpeg = (...parts: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from("JFIF\0\x01\x01\0\0\x01\0\x01\0\0")),
    ...parts,
    Buffer.alloc(64),
  ]);

/** A block that says where the next picture begins, in front of a frame, and that picture behind it. */
function twoPictures(next: Buffer, isLost = false): Buffer {
  const first = jpeg(frame(0xc0, 4000, 3000));
  const block = Buffer.alloc(8 + 2 + 12 + 4 + 32);
  block.write("MM\0*", "latin1");
  block.writeUInt32BE(8, 4);
  block.writeUInt16BE(1, 8);
  block.set([0xb0, 0x02, 0, 7, 0, 0, 0, 32, 0, 0, 0, 26], 10);
  const app2 = segment(0xe2, Buffer.concat([Buffer.from("MPF\0"), block]));
  // From the block on: the second picture lies behind the first.
  block.writeUInt32BE(first.length - 2 + app2.length - 8 + (isLost ? 7 : 0), 26 + 16 + 8);
  const told = segment(0xe2, Buffer.concat([Buffer.from("MPF\0"), block]));
  return Buffer.concat([first.subarray(0, 2), told, first.subarray(2), next]);
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

function png(width: number, height: number, frames?: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 0], 8);
  const moving = Buffer.alloc(8);
  moving.writeUInt32BE(frames ?? 0);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    ...(frames === undefined ? [] : [chunk("acTL", moving)]),
    chunk("IDAT", deflateSync(Buffer.alloc(1))),
  ]);
}

const le16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);

function gif(width: number, height: number, frames: readonly (readonly [width: number, height: number])[]): Buffer {
  return Buffer.concat([
    Buffer.from("GIF89a"),
    ...[le16(width), le16(height), Buffer.from([0, 0, 0])],
    Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0]),
    ...frames.map(([w, h]) =>
      Buffer.concat([Buffer.from([0x2c, 0, 0, 0, 0]), le16(w), le16(h), Buffer.from([0, 2, 1, 0, 0])]),
    ),
    Buffer.from([0x3b]),
  ]);
}

function webp(...chunks: readonly (readonly [type: string, body: Buffer])[]): Buffer {
  const parts = chunks.map(([type, body]) => {
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  });
  const riff = Buffer.alloc(12);
  riff.write("RIFF");
  riff.writeUInt32LE(4 + Buffer.concat(parts).length, 4);
  riff.write("WEBP", 8);
  return Buffer.concat([riff, ...parts]);
}

function canvas(width: number, height: number): Buffer {
  const body = Buffer.alloc(10);
  body.writeUIntLE(width - 1, 4, 3);
  body.writeUIntLE(height - 1, 7, 3);
  return body;
}

const made = sharp({ create: { width: 40, height: 30, channels: 3, background: "#c32" } });
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const cases: readonly (readonly [what: string, name: string, bytes: Buffer, isGiven: boolean])[] = [
  ["a JPEG as cameras write it", "a.jpg", await made.jpeg().toBuffer(), true],
  ["a progressive one", "a.jpg", await made.jpeg({ progressive: true }).toBuffer(), true],
  ["a PNG", "a.png", await made.png().toBuffer(), true],
  ["a WebP", "a.webp", await made.webp().toBuffer(), true],
  ["a lossless WebP", "a.webp", await made.webp({ lossless: true }).toBuffer(), true],
  ["a GIF", "a.gif", await made.gif().toBuffer(), true],
  ["48 megapixels", "a.jpg", jpeg(frame(0xc0, 8064, 6048)), true],
  ["a JPEG with a gain map", "a.jpg", twoPictures(jpeg(frame(0xc0, 2000, 1500))), true],
  ["one whose gain map is elsewhere by now", "a.jpg", twoPictures(jpeg(frame(0xc2, 20_000, 20_000)), true), true],
  ["a PNG under the name of a JPEG", "a.jpg", await made.png().toBuffer(), true],
  ["a GIF that moves", "a.gif", gif(480, 480, many(200, [480, 480])), true],
  ["a PNG that moves", "a.png", png(480, 480, 30), true],
  [
    "a WebP that moves",
    "a.webp",
    webp(["VP8X", canvas(480, 480)], ...many(50, ["ANMF", Buffer.alloc(30)] as const)),
    true,
  ],
  ["a progressive JPEG of 400 megapixels", "a.jpg", jpeg(frame(0xc2, 20_000, 20_000)), false],
  ["a plain one of 400 megapixels", "a.jpg", jpeg(frame(0xc0, 20_000, 20_000)), false],
  [
    "a JPEG with a gain map of 400 megapixels behind it",
    "a.jpg",
    twoPictures(jpeg(frame(0xc2, 20_000, 20_000))),
    false,
  ],
  ["a JPEG with a gain map without a size", "a.jpg", twoPictures(jpeg()), false],
  ["a JPEG of no height", "a.jpg", jpeg(frame(0xc0, 4000, 0)), false],
  ["a JPEG without a size", "a.jpg", jpeg(), false],
  // A decoder searches on behind a marker that is none, and finds the larger one first.
  ["a JPEG of two sizes", "a.jpg", jpeg(segment(0x00, frame(0xc2, 20_000, 20_000)), frame(0xc0, 40, 30)), false],
  ["another of two sizes", "a.jpg", jpeg(segment(0x02, frame(0xc2, 20_000, 20_000)), frame(0xc0, 40, 30)), false],
  ["a PNG of 900 megapixels", "a.png", png(30_000, 30_000), false],
  ["a PNG of many frames", "a.png", png(4_000, 4_000, 10_000), false],
  ["a GIF with a screen of 4 gigapixels", "a.gif", gif(65_535, 65_535, [[1, 1]]), false],
  ["a GIF with a frame of 4 gigapixels", "a.gif", gif(1, 1, [[65_535, 65_535]]), false],
  ["a GIF of many large frames", "a.gif", gif(2_000, 2_000, many(1_000, [1, 1])), false],
  ["a GIF of more frames than are counted", "a.gif", gif(1, 1, many(5_000, [1, 1])), false],
  ["a WebP of 16,383 × 16,383", "a.webp", webp(["VP8X", canvas(16_383, 16_383)]), false],
  [
    "a WebP of many large frames",
    "a.webp",
    webp(["VP8X", canvas(4_000, 4_000)], ...many(300, ["ANMF", Buffer.alloc(2)] as const)),
    false,
  ],
  ["a bitmap under the name of a JPEG", "a.jpg", Buffer.concat([Buffer.from("BM"), Buffer.alloc(60)]), false],
  ["an AVIF under its own name", "a.avif", await made.avif({ effort: 0 }).toBuffer(), false],
  ["markup under the name of a PNG", "a.png", Buffer.from("<!doctype html><script>1</script>"), false],
  ["nothing", "a.jpg", Buffer.alloc(0), false],
];

test("a picture's own file is given by its pixels, not by its bytes or its name; for everything else one is made", async () => {
  const root = makeDestination(
    cases.map(([, name, bytes], i) => ({
      id: String(i).padStart(8, "0"),
      captured: new Date(Date.UTC(2024, 0, 1 + i)).toISOString(),
      files: [{ target: `2024/${i}-${name}`, bytes }],
    })),
  );
  await using g = await opened([root]);
  const { id, name } = await g.json<{ id: number[]; name: string[] }>("/api/items?view=&from=0&count=100");
  expect(id).toHaveLength(cases.length);
  for (const [at, photo] of id.entries()) {
    const [what, file, , isGiven] = cases[Number.parseInt(name[at]!, 10)]!;
    const answer = await g.json<PhotoAnswer>(`/api/photo/${photo}`);
    const first = isGiven ? "/f/" : "/l/";
    expect([what, answer.picture.slice(0, 3), answer.full === null]).toEqual([what, first, !isGiven]);
    expect(answer.made.slice(0, 3)).toBe("/l/");
    // Nor is it had under an address that was good for another file.
    const asked = await g.ask(`/f/${photo}/0/x`);
    if (!file.endsWith(".avif")) expect([what, asked.status]).toEqual([what, isGiven ? 200 : 422]);
    if (!isGiven && !file.endsWith(".avif"))
      expect(JSON.parse(`${asked.body}`).reason).toMatch(/^(too-large|not-a-picture)$/);
    // As a file to be saved it is had whatever it is.
    expect((await g.ask(`/d/${photo}/0`)).status).toBe(200);
  }
});
