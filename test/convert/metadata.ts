/** What is told of a photo is told of its copy: exiftool reads both. */
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Converter } from "../../src/media/convert/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";
import type { HeicParts } from "../helpers/iphone-heic.ts";
import { type Part, run } from "./judge.ts";
import { cameraHeic, displayP3, xmpPacket } from "./pictures.ts";
import { photoTiles } from "./tiles.ts";

type Tags = Readonly<Record<string, unknown>>;

/** Of the file and its coding, not of the photo; and what is corrected. */
const own = /^(?:SourceFile|ExifTool|System|File|Composite|JFIF|QuickTime|Meta|MPF|XMP-xmpNote)/;
const corrected = new Set([
  "IFD0:Orientation",
  "XMP-tiff:Orientation",
  "ExifIFD:ExifImageWidth",
  "ExifIFD:ExifImageHeight",
]);

export async function metadata({ judge, folder, count, seed }: Part): Promise<void> {
  if (!judge.has("exiftool", "heif-enc")) return;
  const tiles = await photoTiles(join(folder, "tiles"), 3);
  await using converter = new Converter({ workers: 1 });
  let state = seed * 7919 + 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const rows: [string, number, HeicParts][] = [1, 2, 3, 4, 5, 6, 7, 8].map((o) => [
    `orientation ${o}`,
    o,
    { width: 1200, height: 900, tiles },
  ]);
  rows.push(["extended XMP", 6, { width: 600, height: 500, tiles, xmp: xmpPacket(6, 150_000) }]);
  for (let i = 0; i < count; i += 1)
    rows.push([`at random ${i}`, 1 + random(8), { width: 64 + random(1500), height: 64 + random(1500), tiles }]);
  for (const [name, orientation, parts] of rows) {
    const heic = cameraHeic(orientation, parts);
    const [from, to] = [join(folder, "a.heic"), join(folder, "a.jpg")];
    writeFileSync(from, heic);
    const { jpeg, width, height } = await converter.toJpeg(
      { name: "a.heic", reader: bufferRange(heic) },
      { quality: 90 },
    );
    writeFileSync(to, jpeg);
    utimesSync(to, 1, 1);
    const [before, after] = [tagsOf(from), tagsOf(to)];
    const size = orientation > 4 ? [parts.height, parts.width] : [parts.width, parts.height];
    judge.holds(`${name}: size`, width === size[0] && height === size[1], { width, height });
    judge.holds(`${name}: exiftool's size`, after["File:ImageWidth"] === width && after["File:ImageHeight"] === height);
    judge.holds(`${name}: orientation in EXIF`, after["IFD0:Orientation"] === 1, after["IFD0:Orientation"]);
    judge.holds(`${name}: orientation in XMP`, after["XMP-tiff:Orientation"] === 1, after["XMP-tiff:Orientation"]);
    judge.holds(
      `${name}: EXIF's size`,
      after["ExifIFD:ExifImageWidth"] === width && after["ExifIFD:ExifImageHeight"] === height,
    );
    judge.holds(`${name}: no warning`, after["ExifTool:Warning"] === undefined, after["ExifTool:Warning"]);
    judge.holds(`${name}: no thumbnail`, !Object.keys(after).some((tag) => tag.startsWith("IFD1")));
    for (const [tag, value] of Object.entries(before))
      if (!own.test(tag) && !corrected.has(tag))
        judge.holds(`${name}: ${tag}`, JSON.stringify(after[tag]) === JSON.stringify(value), {
          was: String(value).slice(0, 80),
          is: String(after[tag]).slice(0, 80),
        });
    judge.holds(`${name}: maker note`, contentOf(after) === "A1B2C3D4-0000-4000-8000-123456789ABC", contentOf(after));
    const icc = join(folder, "a.icc");
    run("sh", "-c", 'exiftool -b -icc_profile "$1" > "$2"', "sh", to, icc);
    judge.holds(`${name}: the profile's bytes`, readFileSync(icc).equals(displayP3));
  }
}

function tagsOf(file: string): Tags {
  const text = run("exiftool", "-j", "-G1", "-n", "-ee", file);
  return (JSON.parse(text) as Tags[])[0] as Tags;
}

/** Two names, by exiftool's age. */
function contentOf(tags: Tags): unknown {
  return tags["Apple:ContentIdentifier"] ?? tags["Apple:MediaGroupUUID"];
}
