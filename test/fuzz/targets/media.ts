/** Heads of files: whatever the bytes are there are fewer facts, never an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeJpeg, encodePng } from "../../../fixtures/make/encode.ts";
import { exifBlock } from "../../../fixtures/make/exif-writer.ts";
import { heicMotion, microVideo, motionPhoto, samsungMotion } from "../../../fixtures/make/motion-photo.ts";
import { drawScene } from "../../../fixtures/make/scene.ts";
import { parseAppleMakerNote } from "../../../src/media/apple-maker-note.ts";
import { parseExifTime, parseQuickTimeDate } from "../../../src/media/capture-time.ts";
import { embeddedPicture, findMotionVideo, kindOfBytes, readFacts } from "../../../src/media/index.ts";
import { keyFrameMovie } from "../../../src/media/key-frame.ts";
import { sniffFormat } from "../../../src/media/kinds.ts";
import { boundedRange } from "../../../src/media/range-reader.ts";
import { factsOfXmp, motionBytesOf } from "../../../src/media/xmp-packet.ts";
import { keysBox, movieOf } from "../../helpers/movie.ts";
import { type FuzzTarget, fail } from "../target.ts";

const maxBytes = 16 * 1024;
/** What is read of a file comes in stretches of a megabyte; a picture in it is copied once more. */
const maxAllocation = (inputBytes: number): number => 24 * 1024 * 1024 + 64 * inputBytes;

const exif = exifBlock({
  make: "Canon",
  model: "R6",
  orientation: 6,
  dateTimeOriginal: "2022:02:03 04:05:06",
  offset: "+02:00",
  exposureSeconds: 1 / 120,
  aperture: 1.8,
  iso: 64,
  lens: "Lens",
  gps: { lat: -33.86, lon: 151.2 },
  userComment: "Screenshot",
});
const scene = drawScene("hills", 3, 16, 12);
const jpeg = (): Buffer => encodeJpeg(scene, 60, exif);
const heic = (): Buffer => readFileSync(join(import.meta.dirname, "../../../fixtures/demo-media/IMG_0057.heic"));
const movie = (): Buffer =>
  movieOf(
    { created: 3_700_000_000, isTurned: true },
    keysBox({
      "com.apple.quicktime.creationdate": "2024-05-01T12:34:56+0200",
      "com.apple.quicktime.location.ISO6709": "+46.95+007.45+500/",
    }),
  );
const tiff = (): Buffer => exif.subarray(6);
const chunk = (id: string, data: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
};
const webp = (): Buffer => {
  const body = Buffer.concat([
    Buffer.from("WEBP"),
    chunk("VP8X", Buffer.from("0c0000003f01000f0000", "hex")),
    chunk("EXIF", tiff()),
  ]);
  return chunk("RIFF", body);
};
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description exif:DateTimeOriginal="2021-01-02T03:04:05+01:00" tiff:Make="M" GCamera:MicroVideoOffset="1234"><photoshop:DateCreated>2021-01-02</photoshop:DateCreated></rdf:Description></rdf:RDF></x:xmpmeta>`;

/** As a phone's file is read: a bounded number of requests, however the bytes lead on. */
function ranged(input: Buffer) {
  let asked = 0;
  return boundedRange(input.length, async (offset, length) => {
    asked += 1;
    if (asked > 100) fail("a hundred requests for one head");
    if (offset < 0 || length < 0 || offset > input.length)
      fail(`a request for ${length} bytes at ${offset} of ${input.length}`);
    return input.subarray(offset, offset + length);
  });
}

const heads = (name: string, seeds: () => Buffer[], words: (string | Buffer)[]): FuzzTarget => ({
  name,
  maxBytes,
  maxAllocation,
  seeds,
  words,
  async run(input) {
    const facts = await readFacts(ranged(input));
    if (facts.durationSeconds !== undefined && !Number.isFinite(facts.durationSeconds))
      fail("a length that is no number");
    if (facts.gps && !(Math.abs(facts.gps.lat) <= 90 && Math.abs(facts.gps.lon) <= 180)) fail("a place that is none");
    for (const size of [facts.width, facts.height])
      if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) fail("a size that is none");
  },
});

const boxWords = [
  "ftyp",
  "moov",
  "mvhd",
  "trak",
  "tkhd",
  "mdia",
  "mdhd",
  "hdlr",
  "minf",
  "stbl",
  "stsd",
  "meta",
  "keys",
  "ilst",
  "data",
  "udta",
  "moof",
  "mfra",
  "sidx",
  "mdat",
  "uuid",
  "wide",
  "free",
  "qt  ",
  "heic",
  "mif1",
];
const heifWords = [
  "ftyp",
  "heic",
  "mif1",
  "meta",
  "hdlr",
  "pict",
  "pitm",
  "iloc",
  "iinf",
  "infe",
  "iref",
  "cdsc",
  "thmb",
  "dimg",
  "iprp",
  "ipco",
  "ipma",
  "ispe",
  "irot",
  "imir",
  "idat",
  "Exif",
  "mime",
  "hvc1",
  "grid",
  "jxlc",
  "jxlp",
  "JXL ",
  "CTMD",
  "CMT1",
];

export const mediaTargets: readonly FuzzTarget[] = [
  heads("head-jpeg", () => [jpeg()], [
    "Exif\x00\x00",
    "http://ns.adobe.com/xap/1.0/\x00",
    "\xff\xe1",
    "\xff\xd8",
    "\xff\xc0",
    "\xff\xda",
    "MPF\x00",
    "II*\x00",
    "MM\x00*",
  ]),
  heads("head-tiff", () => [tiff(), Buffer.concat([Buffer.from("FUJIFILMCCD-RAW "), Buffer.alloc(200), jpeg()])], [
    "II*\x00",
    "MM\x00*",
    "II+\x00",
    "\x87\x69",
    "\x88\x25",
    "\x90\x03",
    "\x92\x7c",
    "\x01\x4a",
    "\x02\x01",
    "\x02\x02",
    "Apple iOS\x00",
  ]),
  heads("head-heif", () => [heic()], heifWords),
  heads("head-movie", () => [movie()], boxWords),
  heads("head-png", () => [encodePng(scene, exif), encodePng(scene)], [
    "IHDR",
    "eXIf",
    "tEXt",
    "iTXt",
    "zTXt",
    "IDAT",
    "IEND",
    "XML:com.adobe.xmp",
    "Creation Time",
  ]),
  heads("head-webp-gif", () => [webp(), Buffer.from("GIF89a\x40\x01\xf0\x00\xf7\x00\x00", "latin1")], [
    "RIFF",
    "WEBP",
    "VP8X",
    "VP8 ",
    "VP8L",
    "EXIF",
    "XMP ",
    "GIF89a",
  ]),
  {
    name: "embedded-picture",
    maxBytes,
    maxAllocation,
    seeds: () => [jpeg(), heic(), tiff(), movie()],
    words: heifWords,
    run: async (input) => await embeddedPicture(ranged(input), sniffFormat(input.subarray(0, 64))),
  },
  {
    name: "motion-photo",
    maxBytes,
    maxAllocation,
    seeds: () => [
      motionPhoto(jpeg(), movie()),
      microVideo(jpeg(), movie()),
      samsungMotion(jpeg(), movie()),
      heicMotion(heic(), movie()),
    ],
    words: ["MotionPhoto_Data", "SEFT", "SEFH", "ftyp", "mpvd", "GCamera:MicroVideoOffset", "Item:Length"],
    async run(input) {
      const video = await findMotionVideo(ranged(input));
      if (video && !(video.offset >= 0 && video.length > 0 && video.offset + video.length <= input.length))
        fail("a movie that lies outside of its file");
    },
  },
  {
    name: "key-frame",
    maxBytes,
    maxAllocation,
    seeds: () => [movie(), movieOf({ tables: Buffer.from("00000018737473730000000000000002000000010000001e", "hex") })],
    words: [...boxWords, "stss", "stsz", "stsc", "stco", "co64", "stts"],
    run: async (input) => await keyFrameMovie(ranged(input)),
  },
  {
    name: "texts-of-media",
    seeds: () => [Buffer.from(xmp), Buffer.from("2022:02:03 04:05:06"), Buffer.from("2024-05-01T12:34:56+0200")],
    words: ["DateTimeOriginal", "DateCreated", "MicroVideoOffset", "<rdf:li>", "Item:Length=", "+14:00", "Z"],
    run(input) {
      const text = input.toString("utf8");
      factsOfXmp(text);
      motionBytesOf(text);
      parseExifTime(text, "+02:00");
      parseExifTime("2022:02:03 04:05:06", text);
      parseQuickTimeDate(text);
      kindOfBytes(input);
      parseAppleMakerNote(input);
    },
  },
];
