/** A backup of as many photos as wanted, over ten years: rows of their own, files that are links to a few, so that it takes seconds. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { randomFrom } from "../../fixtures/make/random.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";

const people = ["Anna Muster", "Ben", "Chloé", "花子", "Zoë Müller", "Omar", "Ingrid"];
const places: readonly (readonly [string, number, number])[] = [
  ["Bern", 46.95, 7.45],
  ["Lisbon", 38.72, -9.14],
  ["Tokyo", 35.68, 139.76],
  ["Österreich", 47.26, 11.39],
  ["New York", 40.78, -73.97],
];
const albums = ["Best of", "Family", "Garden", "House", "Dogs"];
const shapes: readonly (readonly [number, number])[] = [
  [4032, 3024],
  [3024, 4032],
  [3840, 2160],
  [3000, 3000],
  [1170, 2532],
  [8000, 2400],
];

/** Pictures that files are links to: JPEGs that carry a thumbnail, as cameras write them, each of its own colour and shape. */
async function pictures(folder: string): Promise<string[]> {
  const made: string[] = [];
  for (let i = 0; i < 48; i += 1) {
    const [w, h] = shapes[i % shapes.length]!;
    const hue = (i * 47) % 360;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="hsl(${hue},48%,62%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360},52%,82%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#s)"/><circle cx="${w * (0.25 + (i % 5) * 0.12)}" cy="${h * 0.3}" r="${Math.min(w, h) * 0.09}" fill="#fff6d8"/><path d="M0 ${h * 0.72}Q${w * 0.3} ${h * 0.5} ${w * 0.55} ${h * 0.7}T${w} ${h * 0.62}V${h}H0z" fill="hsl(${(hue + 150) % 360},28%,38%)"/></svg>`;
    const bytes = await sharp(Buffer.from(svg))
      .resize(Math.round(w / 4), Math.round(h / 4))
      .jpeg({ quality: 82 })
      .toBuffer();
    const file = join(folder, `source-${i}.jpg`);
    writeFileSync(file, bytes);
    made.push(file);
  }
  return made;
}

/** @returns the destination's folder */
export async function makeMany(count: number, seed = 1): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "offroll-many-"));
  const sources = await pictures(root);
  const sizes = sources.map((file) => readFileSync(file).length);
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const photos = function* (): Generator<MadePhoto, void, undefined> {
    let at = Date.UTC(2014, 0, 1, 8);
    for (let i = 0; i < count; i += 1) {
      // Days with many photos, and weeks with none.
      at += random() < 0.03 ? random() * 6 * 86_400_000 * (100_000 / Math.max(count, 20_000)) : random() * 600_000;
      const id = createHash("sha256").update(`${seed}/${i}`).digest("hex").slice(0, 8);
      const captured = `${new Date(Math.min(at, Date.UTC(2024, 5, 1))).toISOString().slice(0, 19)}+01:00`;
      const source = i % sources.length;
      const [width, height] = shapes[source % shapes.length]!;
      const [place, lat, lon] = pick(places);
      const name = `IMG_${String(i % 10_000).padStart(4, "0")}.JPG`;
      yield {
        id,
        captured,
        kept: {
          ...{ width, height, make: "Apple", model: pick(["iPhone 8", "iPhone 14 Pro"]), favourite: random() < 0.03 },
          ...(random() < 0.6 ? { place, gps: { lat: lat + random() / 5, lon: lon + random() / 5 } } : {}),
          ...(random() < 0.2 ? { people: [pick(people)] } : {}),
          ...(random() < 0.2
            ? { albumPaths: [{ title: pick(albums), folders: random() < 0.5 ? ["Trips"] : [] }] }
            : {}),
          ...(random() < 0.02 ? { caption: pick(["京都の桜と寺", "Strandurlaub", "The first snow of the year"]) } : {}),
        },
        files: [
          {
            target: `${captured.slice(0, 4)}/${captured.slice(5, 7)}/${i}-${name}`,
            linkTo: sources[source]!,
            sizeBytes: sizes[source]!,
            sha256: createHash("sha256").update(`content ${i}`).digest("hex"),
          },
        ],
      };
    }
  };
  return makeDestination(photos(), { root });
}
