import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decidingBytes, kindOfBytes } from "../../src/media/index.ts";
import { fileKind } from "../../src/media/kinds.ts";

const bytes = (text: string, filling = 40): Buffer =>
  Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(filling)]);
const ftyp = (brand: string): Buffer => bytes(`\0\0\0\x18ftyp${brand}`);

test("each format is known by its first bytes", () => {
  const photo = [
    "\xff\xd8\xff\xe0",
    "\x89PNG\r\n\x1a\n",
    "GIF89a",
    "8BPS\0\x01",
    "\xff\x0a",
    "\0\0\0\x0cJXL \r\n\x87\n",
    "\0\0\0\x0cjP  \r\n\x87\n",
    "RIFF\0\0\0\0WEBP",
    "II*\0",
    "MM\0*",
    "BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0",
  ];
  for (const head of photo) expect(kindOfBytes(bytes(head)), JSON.stringify(head)).toBe("photo");
  for (const brand of ["heic", "heix", "mif1", "msf1", "avif"]) expect(kindOfBytes(ftyp(brand)), brand).toBe("photo");
  for (const head of ["FUJIFILMCCD-RAW", "IIRO", "MMOR", "IIU\0", "\0MRM", "FOVb", "II\x1a\0\0\0HEAPCCDR"])
    expect(kindOfBytes(bytes(head)), JSON.stringify(head)).toBe("raw");
  expect(kindOfBytes(ftyp("crx "))).toBe("raw");
  const video = [
    "RIFF\0\0\0\0AVI ",
    "\x1aE\xdf\xa3",
    "\0\0\x01\xba",
    "0&\xb2u\x8ef\xcf\x11",
    "FLV\x01",
    "\0\0\0\x08wide",
  ];
  for (const head of video) expect(kindOfBytes(bytes(head)), JSON.stringify(head)).toBe("video");
  for (const brand of ["qt  ", "mp42", "isom", "M4V ", "3gp4"]) expect(kindOfBytes(ftyp(brand)), brand).toBe("video");
});

test("a transport stream is known by its packets", () => {
  const packets = (step: number, from: number): Buffer => {
    const head = Buffer.alloc(decidingBytes);
    for (let at = from; at < head.length; at += step) head[at] = 0x47;
    return head;
  };
  expect(kindOfBytes(packets(188, 0))).toBe("video");
  expect(kindOfBytes(packets(192, 4))).toBe("video");
  expect(kindOfBytes(packets(190, 0))).toBe("other");
});

test("what is no picture is none: text, archives, sound, Apple's resource forks, and nothing at all", () => {
  const other = [
    "Hello, world",
    "PK\x03\x04",
    "%PDF-1.7",
    "SQLite format 3\0",
    "bplist00",
    "<?xml version",
    "\0\x05\x16\x07\0\x02\0\0Mac OS X",
    "RIFF\0\0\0\0WAVE",
    "OggS",
    "ID3\x04",
    "BM is how this text begins",
    "",
  ];
  for (const head of other) expect(kindOfBytes(bytes(head)), JSON.stringify(head)).toBe("other");
  expect(kindOfBytes(ftyp("M4A "))).toBe("other");
  expect(kindOfBytes(Buffer.alloc(0))).toBe("other");
});

test("real files without their names are what their names said", () => {
  const media = join(import.meta.dirname, "../../fixtures/demo-media");
  const names = readdirSync(media).filter((name) => fileKind(name) !== "other");
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const kind = kindOfBytes(readFileSync(join(media, name)).subarray(0, decidingBytes));
    // A DNG is a TIFF: by its bytes alone it is a photo, which is enough to be taken.
    expect(kind === "raw" ? "photo" : kind, name).toBe(fileKind(name) === "video" ? "video" : "photo");
  }
});

const hasFfmpeg = (() => {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasFfmpeg).each([
  ["avi", "mpeg4"],
  ["matroska", "mpeg4"],
  ["mpegts", "mpeg2video"],
  ["mpeg", "mpeg2video"],
  ["asf", "wmv2"],
  ["flv", "flv1"],
  ["mov", "mpeg4"],
  ["3gp", "mpeg4"],
])("a movie that ffmpeg wrote as %s is a video", (format, codec) => {
  const file = execFileSync(
    "ffmpeg",
    // biome-ignore format: the arguments go by pairs
    ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=176x144:rate=25", "-t", "0.2", "-c:v", codec, "-f", format,
      ...(format === "mov" || format === "3gp" ? ["-movflags", "frag_keyframe+empty_moov"] : []), "-"],
  );
  expect(kindOfBytes(file.subarray(0, decidingBytes))).toBe("video");
});
