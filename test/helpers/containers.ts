/** The same metadata in every place and form that a container allows, and what reading it costs. */
import {
  cr3Of,
  type ExifForm,
  exifForms,
  exifSegment,
  heifOf,
  jpegOf,
  jxlOf,
  jxlSize,
  longSegment,
  pngOf,
  rafOf,
  segment,
  webpOf,
} from "../../fixtures/make/containers.ts";
import { chunk } from "../../fixtures/make/encode.ts";
import { directoryBlock, type ExifFields, exifBlock } from "../../fixtures/make/exif-writer.ts";
import { placeTiff } from "../../fixtures/make/tiff-writer.ts";
import { type MediaFacts, readFacts } from "../../src/media/index.ts";
import { boundedRange } from "../../src/media/range-reader.ts";

export interface Cost {
  readonly requests: number;
  readonly bytes: number;
}

/** As from a phone: within the bound. */
export async function readCounted(
  file: Buffer,
  { isMovie = false, size = file.length } = {},
): Promise<{ facts: MediaFacts; cost: Cost }> {
  let [requests, bytes] = [0, 0];
  const fetch = async (offset: number, length: number): Promise<Buffer> => {
    requests += 1;
    const got = file.subarray(offset, offset + length);
    bytes += got.length;
    return got;
  };
  const facts = await readFacts(boundedRange(size, fetch, { isMovie }));
  return { facts, cost: { requests, bytes } };
}

export const size = { width: 640, height: 480 } as const;
/** A picture that no head holds. */
const pictureBytes = 300_000;

export interface Place {
  readonly name: string;
  /** Written so by iPhones: then it costs one request, as ever. */
  readonly isUsual?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  make(fields: ExifFields): Buffer;
}

const tiffOf = (fields: ExifFields): Buffer => exifBlock(fields).subarray(6);

function heifs(): Place[] {
  const places: Place[] = [];
  for (const form of Object.keys(exifForms) as ExifForm[])
    for (const isMetaLast of [false, true])
      for (const place of ["before the picture", "behind the picture"] as const)
        places.push({
          name: `HEIC, Exif ${form}, ${place}, meta ${isMetaLast ? "behind" : "before"} the media`,
          isUsual: !isMetaLast && place === "before the picture",
          make: (f) => heifOf({ ...size, exif: tiffOf(f), form, isMetaLast, place, pictureBytes }),
        });
  for (const method of [0, 1, 2] as const)
    for (const extents of [1, 3])
      for (const ilocVersion of [1, 2] as const)
        places.push({
          name: `HEIC, construction method ${method}, ${extents} extents, iloc version ${ilocVersion}`,
          make: (f) =>
            heifOf({ ...size, exif: tiffOf(f), method, extents, ilocVersion, hasBase: extents > 1, pictureBytes }),
        });
  places.push(
    { name: "AVIF", make: (f) => heifOf({ ...size, brand: "avif", exif: tiffOf(f), pictureBytes }) },
    {
      name: "HIF, by its compatible brands",
      make: (f) => heifOf({ ...size, brand: "mif1", exif: tiffOf(f), pictureBytes, isMetaLast: true }),
    },
  );
  return places;
}

function jpegs(): Place[] {
  const long = (count: number): Buffer[] => Array.from({ length: count }, () => longSegment());
  const app6 = (bytes: number): Buffer => segment(0xe6, Buffer.alloc(bytes, 1));
  return [
    { name: "JPEG", isUsual: true, make: (f) => jpegOf(640, 480, exifSegment(tiffOf(f))) },
    {
      name: "JPEG, behind filled markers",
      make: (f) => jpegOf(640, 480, Buffer.alloc(5, 0xff), exifSegment(tiffOf(f))),
    },
    ...[1, 2, 8, 15].map(
      (n): Place => ({
        name: `JPEG, behind ${n} long segments`,
        make: (f) => jpegOf(640, 480, ...long(n), exifSegment(tiffOf(f))),
      }),
    ),
    {
      name: "JPEG, across the end of the head",
      make: (f) => jpegOf(640, 480, app6(65_400), exifSegment(Buffer.concat([tiffOf(f), Buffer.alloc(20_000)]))),
    },
    {
      name: "JPEG, its frame behind long segments",
      make: (f) => jpegOf(640, 480, exifSegment(tiffOf(f)), ...long(3)),
    },
    {
      name: "JPEG, behind a marker without length",
      make: (f) => jpegOf(640, 480, Buffer.of(0xff, 1), exifSegment(tiffOf(f))),
    },
    {
      name: "JPEG, behind EXIF that tells nothing",
      make: (f) => jpegOf(640, 480, exifSegment(tiffOf({ software: "Turner" })), exifSegment(tiffOf(f))),
    },
    {
      name: "JPEG, behind an EXIF segment that is none",
      make: (f) => jpegOf(640, 480, exifSegment(Buffer.alloc(40)), exifSegment(tiffOf(f))),
    },
  ];
}

function others(): Place[] {
  const tiff = (f: ExifFields): Buffer => tiffOf({ ...f, pixels: size });
  const dng = (f: ExifFields): Buffer => tiffOf({ ...f, pixels: { width: 160, height: 120 }, full: size });
  const tail = Buffer.alloc(200_000);
  return [
    ...[false, true].flatMap((isLittle): Place[] => [
      {
        name: `TIFF, little-endian: ${isLittle}`,
        make: (f) => Buffer.concat([placeTiff(tiff(f), { isLittle }), tail]),
      },
      {
        name: `TIFF, directories at its end, little-endian: ${isLittle}`,
        make: (f) => placeTiff(tiff(f), { at: 300_000, isLittle }),
      },
      { name: `DNG, little-endian: ${isLittle}`, make: (f) => Buffer.concat([placeTiff(dng(f), { isLittle }), tail]) },
      {
        name: `DNG, directories in its middle, little-endian: ${isLittle}`,
        make: (f) => Buffer.concat([placeTiff(dng(f), { at: 150_000, isLittle }), tail]),
      },
    ]),
    { name: "PNG", isUsual: true, make: (f) => pngOf({ ...size, exif: tiffOf(f), pictureBytes }) },
    { name: "PNG, behind the picture", make: (f) => pngOf({ ...size, exif: tiffOf(f), pictureBytes, isBehind: true }) },
    {
      name: "PNG, behind a picture of one chunk",
      make: (f) => pngOf({ ...size, exif: tiffOf(f), pictureBytes, chunkBytes: pictureBytes, isBehind: true }),
    },
    {
      name: "PNG, behind a picture of one chunk, before much else",
      make: (f) => {
        const png = pngOf({ ...size, exif: tiffOf(f), pictureBytes, chunkBytes: pictureBytes, isBehind: true });
        return Buffer.concat([png.subarray(0, -12), chunk("prVt", Buffer.alloc(100_000)), png.subarray(-12)]);
      },
    },
    ...[8192, pictureBytes].flatMap((chunkBytes): Place[] => [
      {
        name: `PNG, behind a picture in chunks of ${chunkBytes}, with a text before it`,
        make: (f) => {
          const creationTime = "Sat, 02 Jan 2021 03:04:05 GMT";
          return pngOf({ ...size, exif: tiffOf(f), pictureBytes, chunkBytes, isBehind: "exif", creationTime });
        },
      },
      {
        name: `PNG, behind a picture in chunks of ${chunkBytes}, with XMP of other things before it`,
        make: (f) => {
          const xmp = '<rdf:Description xmp:Rating="3"/>';
          return pngOf({ ...size, exif: tiffOf(f), pictureBytes, chunkBytes, isBehind: "exif", xmp });
        },
      },
    ]),
    { name: "PNG, raw profile", make: (f) => pngOf({ ...size, exif: tiffOf(f), pictureBytes, isRawProfile: true }) },
    {
      name: "PNG, raw profile behind the picture",
      make: (f) => pngOf({ ...size, exif: tiffOf(f), pictureBytes, isRawProfile: true, isBehind: true }),
    },
    ...[false, true].map(
      (hasMark): Place => ({
        name: `WebP, with JPEG's mark: ${hasMark}`,
        make: (f) => webpOf({ kind: "VP8X", ...size, exif: tiffOf(f), hasMark, pictureBytes }),
      }),
    ),
    ...[3, 300].map(
      (frames): Place => ({
        name: `WebP, behind ${frames} frames`,
        make: (f) => webpOf({ kind: "VP8X", ...size, exif: tiffOf(f), frames, pictureBytes: 100_000 / frames }),
      }),
    ),
    {
      name: "WebP, behind long frames",
      make: (f) => webpOf({ kind: "VP8X", ...size, exif: tiffOf(f), frames: 6, pictureBytes: 100_001 }),
    },
    ...[false, true].flatMap((isBehind) =>
      [false, true].map(
        (isCompressed): Place => ({
          name: `JPEG XL, ${isBehind ? "behind" : "before"} the picture, compressed: ${isCompressed}`,
          size: jxlSize,
          make: (f) => jxlOf({ exif: tiffOf(f), isBehind, isCompressed, pictureBytes }),
        }),
      ),
    ),
    { name: "RAF", make: (f) => rafOf(640, 480, jpegOf(160, 120, longSegment(), exifSegment(tiffOf(f)))) },
    {
      name: "CR3",
      make: (f) =>
        cr3Of(
          tiffOf({ ...f, dates: none, gps: undefined, pixels: size } as ExifFields),
          directoryBlock("exif", f),
          directoryBlock("gps", f),
        ),
    },
  ];
}

const none = {
  original: undefined,
  digitized: undefined,
  modified: undefined,
  originalOffset: undefined,
  digitizedOffset: undefined,
  modifiedOffset: undefined,
};

export const places: readonly Place[] = [...heifs(), ...jpegs(), ...others()];
