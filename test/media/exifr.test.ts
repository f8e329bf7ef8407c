/** A reader of EXIF that nobody here wrote reads the same of the demo phone's photos. */
import exifr from "exifr";
import { expect, test } from "vitest";
import { demoRoll } from "../../fixtures/make/demo-roll.ts";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import { type MediaFacts, readFacts } from "../../src/media/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";

const picture = drawScene("hills", 3, 40, 30);
// Every fourth is enough: they differ in little more than their numbers.
const shots = demoRoll()
  .filter(({ exif }) => exif.model !== undefined)
  .filter((_, i) => i % 4 === 0);

/** What is compared, as each tells it. */
function ours(facts: MediaFacts) {
  const { make, model, iso, aperture, exposureSeconds, gps } = facts;
  return {
    make,
    model,
    iso,
    aperture: aperture?.toFixed(2),
    exposure: exposureSeconds?.toPrecision(3),
    taken: facts.captured && formatCaptured(facts.captured),
    place: gps && [gps.lat.toFixed(5), gps.lon.toFixed(5)],
  };
}

function theirs(tags: Readonly<Record<string, unknown>>) {
  const number = (name: string): number | undefined => tags[name] as number | undefined;
  const taken = (tags["DateTimeOriginal"] as string | undefined)?.replace(/^(\d+):(\d+):(\d+) /, "$1-$2-$3T");
  const [lat, lon] = [number("latitude"), number("longitude")];
  return {
    make: tags["Make"],
    model: tags["Model"],
    iso: number("ISO"),
    aperture: number("FNumber")?.toFixed(2),
    exposure: number("ExposureTime")?.toPrecision(3),
    taken: taken && `${taken}${(tags["OffsetTimeOriginal"] as string | undefined) ?? ""}`,
    place: lat === undefined || lon === undefined ? undefined : [lat.toFixed(5), lon.toFixed(5)],
  };
}

test("of each photo's EXIF the same is read", async () => {
  expect(shots.length).toBeGreaterThan(30);
  for (const { exif, path } of shots) {
    const bytes = Buffer.from(encodeJpeg(picture, 80, exifBlock({ ...exif, width: 40, height: 30 })));
    const tags = await exifr.parse(bytes, { reviveValues: false, gps: true });
    expect(ours(await readFacts(bufferRange(bytes))), path).toEqual(theirs(tags));
  }
});
